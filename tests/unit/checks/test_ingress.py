"""Item 1.3.1.3: a host is followed from the load balancer to the pods of its service, and each broken link is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks._ingress_facts import serves
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.ingress import published
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.kube_facts import Cluster, ClusterWorld, endpoint_slice, made

HOST = "api.iworkz.jp"
NETWORKING, ISTIO = "networking.k8s.io/v1", "networking.istio.io/v1"
INGRESS, PARAMS, CLASS = (
    (NETWORKING, "ingresses"),
    ("elbv2.k8s.aws/v1beta1", "ingressclassparams"),
    (NETWORKING, "ingressclasses"),
)
GATEWAY, ROUTE = (ISTIO, "gateways"), (ISTIO, "virtualservices")
DEPLOYMENT, SERVICE, POD = ("apps/v1", "deployments"), ("v1", "services"), ("v1", "pods")
SLICE = ("discovery.k8s.io/v1", "endpointslices")
ANNOTATION = "alb.ingress.kubernetes.io/"
SERVICES = [
    {"name": "api-gateway", "team": "platform", "exposure": "public", "host": HOST},
    {"name": "search", "team": "discovery", "exposure": "internal"},
]
CONTROLLER = {"app.kubernetes.io/name": "aws-load-balancer-controller"}
REQUIRED = load_requirements().resolve("1.3.1.3").required


def cluster() -> Cluster:
    """A cluster in which the one public host is served."""
    backend = {"service": {"name": "istio-ingressgateway", "port": {"name": "https"}}}
    return copy.deepcopy(
        {
            DEPLOYMENT: [
                made("aws-load-balancer-controller", "kube-system", CONTROLLER, status={"availableReplicas": 2})
            ],
            CLASS: [
                made("alb", spec={"controller": "ingress.k8s.aws/alb", "parameters": {"name": "alb"}}),
                made("nginx", spec={"controller": "k8s.io/ingress-nginx"}),
            ],
            PARAMS: [
                made(
                    "alb",
                    spec={
                        "scheme": "internet-facing",
                        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                        "sslRedirectPort": "443",
                    },
                )
            ],
            INGRESS: [
                {
                    "metadata": {
                        "name": "public",
                        "namespace": "istio-ingress",
                        "annotations": {
                            f"{ANNOTATION}listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]',
                            f"{ANNOTATION}backend-protocol": "HTTPS",
                        },
                    },
                    "spec": {
                        "ingressClassName": "alb",
                        "rules": [{"host": HOST, "http": {"paths": [{"path": "/", "backend": backend}]}}],
                    },
                    "status": {"loadBalancer": {"ingress": [{"hostname": "x.elb.amazonaws.com"}]}},
                }
            ],
            SERVICE: [
                made("istio-ingressgateway", "istio-ingress", spec={"ports": [{"name": "https", "port": 443}]}),
                made("api-gateway", "platform", spec={"ports": [{"name": "http", "port": 8000}]}),
            ],
            POD: [made(name, "istio-ingress", {"istio": "ingressgateway"}) for name in ("gate-a", "gate-b")],
            SLICE: [
                endpoint_slice(
                    "istio-ingress",
                    "istio-ingressgateway",
                    {"https": 8443},
                    {"gate-a": "10.0.0.1", "gate-b": "10.0.0.2"},
                ),
                endpoint_slice("platform", "api-gateway", {"http": 8000}, {"api-a": "10.0.1.1", "api-b": "10.0.1.2"}),
            ],
            GATEWAY: [
                made(
                    "public",
                    "istio-ingress",
                    spec={
                        "selector": {"istio": "ingressgateway"},
                        "servers": [
                            {
                                "port": {"number": 8443, "name": "https", "protocol": "HTTPS"},
                                "tls": {"mode": "SIMPLE"},
                                "hosts": ["*/*.iworkz.jp"],
                            }
                        ],
                    },
                )
            ],
            ROUTE: [
                made(
                    "api-gateway-public",
                    "platform",
                    spec={
                        "hosts": [HOST],
                        "gateways": ["istio-ingress/public"],
                        "http": [{"route": [{"destination": {"host": "api-gateway.platform.svc.cluster.local"}}]}],
                    },
                )
            ],
        }
    )


def judge(objects: Cluster, services: list[dict[str, Any]] = SERVICES) -> Finding:
    return published(ClusterWorld(objects, {"services": services}), dict(REQUIRED))


def told(objects: Cluster) -> list[str]:
    return sorted({breach.id for breach in judge(objects).breaches})


def test_a_host_that_is_served_passes() -> None:
    finding = judge(cluster())
    assert finding.breaches == ()
    assert finding.observed["hosts"] == {
        HOST: {
            "ingress": "istio-ingress/public",
            "gateway_service": "istio-ingress/istio-ingressgateway",
            "gateways": ["istio-ingress/public"],
            "services": ["platform/api-gateway"],
        }
    }
    assert finding.observed["ingresses"]["istio-ingress/public"]["listeners"] == ["HTTP:80", "HTTPS:443"]


def annotate(objects: Cluster, name: str, value: str) -> None:
    objects[INGRESS][0]["metadata"]["annotations"][ANNOTATION + name] = value


def without_parameter(name: str) -> Callable[[Cluster], Any]:
    return lambda objects: objects[PARAMS][0]["spec"].pop(name)


def empty(key: tuple[str, str]) -> Callable[[Cluster], Any]:
    return lambda objects: objects[key].clear()


def server(objects: Cluster) -> dict[str, Any]:
    found: dict[str, Any] = objects[GATEWAY][0]["spec"]["servers"][0]
    return found


def destination(objects: Cluster, host: str) -> None:
    objects[ROUTE][0]["spec"]["http"][0]["route"][0]["destination"]["host"] = host


BROKEN: dict[str, tuple[Callable[[Cluster], Any], list[str]]] = {
    "no controller": (empty(DEPLOYMENT), ["ingress.no_controller"]),
    "one controller pod": (
        lambda objects: objects[DEPLOYMENT][0]["status"].update(availableReplicas=1),
        ["ingress.controller_not_ready"],
    ),
    "controller without status": (
        lambda objects: objects[DEPLOYMENT][0].pop("status"),
        ["ingress.controller_not_ready"],
    ),
    "no ingress": (empty(INGRESS), ["ingress.host_missing"]),
    "another controller's ingress": (
        lambda objects: objects[INGRESS][0]["spec"].update(ingressClassName="nginx"),
        ["ingress.host_missing"],
    ),
    "another host": (
        lambda objects: objects[INGRESS][0]["spec"]["rules"][0].update(host="www.iworkz.jp"),
        ["ingress.host_missing"],
    ),
    "plain HTTP only": (
        lambda objects: annotate(objects, "listen-ports", '[{"HTTP": 80}]'),
        ["ingress.not_https"],
    ),
    "default listener": (
        lambda objects: objects[INGRESS][0]["metadata"]["annotations"].pop(f"{ANNOTATION}listen-ports"),
        ["ingress.not_https"],
    ),
    "nothing to redirect": (
        lambda objects: annotate(objects, "listen-ports", '[{"HTTPS": 443}]'),
        ["ingress.no_redirect"],
    ),
    "no redirect": (without_parameter("sslRedirectPort"), ["ingress.no_redirect"]),
    "no scheme": (without_parameter("scheme"), ["ingress.internal"]),
    "default TLS policy": (without_parameter("sslPolicy"), ["ingress.weak_tls"]),
    "TLS 1.0": (
        lambda objects: objects[PARAMS][0]["spec"].update(sslPolicy="ELBSecurityPolicy-TLS13-1-0-2021-06"),
        ["ingress.weak_tls"],
    ),
    "plain backend": (lambda objects: annotate(objects, "backend-protocol", "HTTP"), ["ingress.plain_backend"]),
    "no address": (
        lambda objects: objects[INGRESS][0].update(status={"loadBalancer": {}}),
        ["ingress.no_load_balancer"],
    ),
    "no status": (lambda objects: objects[INGRESS][0].pop("status"), ["ingress.no_load_balancer"]),
    "gateway Service gone": (lambda objects: objects[SERVICE].pop(0), ["ingress.gateway_down"]),
    "gateway Service without the port": (
        lambda objects: objects[SERVICE][0]["spec"]["ports"][0].update(name="http2"),
        ["ingress.gateway_down"],
    ),
    "one gateway pod": (
        lambda objects: objects[SLICE][0]["endpoints"][0]["conditions"].update(ready=False),
        ["ingress.gateway_down"],
    ),
    "no Gateway": (empty(GATEWAY), ["ingress.no_gateway"]),
    "Gateway on other pods": (
        lambda objects: objects[GATEWAY][0]["spec"].update(selector={"istio": "internal"}),
        ["ingress.no_gateway"],
    ),
    "Gateway for other hosts": (
        lambda objects: server(objects).update(hosts=["*.example.com"]),
        ["ingress.no_gateway"],
    ),
    "Gateway on another port": (lambda objects: server(objects)["port"].update(number=8080), ["ingress.no_gateway"]),
    "plain Gateway": (lambda objects: server(objects)["port"].update(protocol="HTTP"), ["ingress.no_gateway"]),
    "Gateway that passes TLS through": (
        lambda objects: server(objects)["tls"].update(mode="PASSTHROUGH"),
        ["ingress.no_gateway"],
    ),
    "no VirtualService": (empty(ROUTE), ["ingress.no_route"]),
    "VirtualService at another gateway": (
        lambda objects: objects[ROUTE][0]["spec"].update(gateways=["mesh"]),
        ["ingress.no_route"],
    ),
    "VirtualService of another host": (
        lambda objects: objects[ROUTE][0]["spec"].update(hosts=["www.iworkz.jp"]),
        ["ingress.no_route"],
    ),
    "another service": (
        lambda objects: destination(objects, "search.discovery.svc.cluster.local"),
        ["ingress.wrong_route"],
    ),
    "the service's name in another namespace": (
        lambda objects: destination(objects, "api-gateway.discovery"),
        ["ingress.wrong_route"],
    ),
    "service gone": (lambda objects: objects[SERVICE].pop(1), ["ingress.service_down"]),
    "service without pods": (lambda objects: objects[SLICE].pop(1), ["ingress.service_down"]),
    "one pod of the service": (
        lambda objects: objects[SLICE][1]["endpoints"].pop(),
        ["ingress.service_down"],
    ),
}


@pytest.mark.parametrize(("breaking", "breaches"), BROKEN.values(), ids=BROKEN)
def test_each_broken_link_is_named(breaking: Callable[[Cluster], Any], breaches: list[str]) -> None:
    objects = cluster()
    breaking(objects)
    assert told(objects) == breaches


def test_parameters_of_the_class_outrank_annotations() -> None:
    objects = cluster()
    annotate(objects, "scheme", "internal")
    assert told(objects) == []


def test_annotations_count_where_the_class_says_nothing() -> None:
    objects = cluster()
    objects[PARAMS].clear()
    for name, value in (
        ("scheme", "internet-facing"),
        ("ssl-policy", "ELBSecurityPolicy-TLS13-1-3-2021-06"),
        ("ssl-redirect", "443"),
    ):
        annotate(objects, name, value)
    assert told(objects) == []


def test_a_short_destination_is_in_the_routes_namespace() -> None:
    objects = cluster()
    destination(objects, "api-gateway")
    assert told(objects) == []


def test_a_canary_without_a_share_of_requests_does_not_count() -> None:
    objects = cluster()
    stray = {"destination": {"host": "search.discovery"}, "weight": 0}
    objects[ROUTE][0]["spec"]["http"][0]["route"].append(stray)
    assert told(objects) == []
    stray["weight"] = 1
    assert told(objects) == ["ingress.wrong_route"]


def test_without_any_public_host_nothing_passes() -> None:
    finding = judge(cluster(), SERVICES[1:])
    assert [breach.id for breach in finding.breaches] == ["ingress.no_hosts"]


@pytest.mark.parametrize(
    ("pattern", "takes"),
    [
        ("*", True),
        ("*/*", True),
        (HOST, True),
        ("prod/api.iworkz.jp", True),
        ("*.iworkz.jp", True),
        ("*.example.com", False),
        ("iworkz.jp", False),
        ("*.api.iworkz.jp", False),
    ],
)
def test_hosts_of_a_gateway(pattern: str, takes: bool) -> None:
    assert serves(pattern, HOST) is takes
