"""The edge: what the cluster's objects declare is what a browser gets, and the corpus meets a real firewall."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.planes.engines.edge.configuration import render
from sandbox.planes.engines.edge.policy import LoadBalancer, Site, balancers
from tests.planes.edge import Edge, running
from tests.waf.corpus import Sample, load

HOSTS = ("api.iworkz.jp", "chat.iworkz.jp", "events.iworkz.jp", "id.iworkz.jp", "www.iworkz.jp")
NET = "127.18.53"
REFUSED = {400, 403, 405, 413, 414, 415}
DIFFERS = {
    "rce-backquote": "one word in backquotes: below paranoia level 3 the core rule set lets it be, as people quote so",
}
"""Samples on which AWS WAF and the core rule set differ for good, by name, each with why."""


def balancer(**changes: Any) -> LoadBalancer:
    given = {
        "name": "iworkz-sandbox",
        "region": "ap-northeast-1",
        "plain": True,
        "redirects": True,
        "secure": True,
        "protocols": "TLSv1.2 TLSv1.3",
        "headers": {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"},
        "sites": tuple(Site(host, {"Referrer-Policy": "no-referrer"}, True) for host in HOSTS),
    }
    return LoadBalancer(**{**given, **changes})


@pytest.fixture(scope="module")
def edge() -> Iterator[Edge]:
    with running(f"{NET}.5", balancer()) as found:
        yield found


@pytest.mark.parametrize("sample", load(), ids=lambda sample: sample.name)
def test_corpus(edge: Edge, sample: Sample) -> None:
    host = dict(sample.request.headers).get("Host", HOSTS[0])
    known = host if host in HOSTS else HOSTS[0]
    request = sample.request
    status = edge.ask(known, request.method, request.target, request.headers, request.body).status
    stopped = sample.attack and sample.name not in DIFFERS
    assert (status in REFUSED) == stopped, f"{sample.kind}: {status}"


def test_names_no_sample_that_is_gone() -> None:
    assert DIFFERS.keys() <= {sample.name for sample in load() if sample.attack}


def test_answers_with_the_declared_headers_and_no_others_of_that_kind(edge: Edge) -> None:
    answer = edge.ask(HOSTS[0])
    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Permissions-Policy"] is None


def test_what_it_refuses_has_the_load_balancers_headers(edge: Edge) -> None:
    refused = edge.ask(HOSTS[0], target="/v1/search?q=1%27%20OR%201=1--")
    assert refused.status == 403
    assert "Strict-Transport-Security" in refused.headers


def test_plaintext_is_led_to_tls(edge: Edge) -> None:
    answer = edge.ask(HOSTS[0], target="/sign-in?x=1", tls=False)
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOSTS[0]}:443/sign-in?x=1")


def test_refuses_a_host_that_it_has_no_certificate_for(edge: Edge) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        edge.ask("www.example.com")


def test_weakened_objects_show(edge: Edge) -> None:
    weak = balancer(redirects=False, headers={}, sites=(Site(HOSTS[0], {}, True), Site(HOSTS[1], {}, False)))
    with running(f"{NET}.6", weak) as found:
        assert found.ask(HOSTS[0], tls=False).status == 200
        assert "Strict-Transport-Security" not in found.ask(HOSTS[0]).headers
        assert found.ask(HOSTS[1]).status == 404


def test_a_header_with_a_variable_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="dollar"):
        render([balancer(headers={"X-A": "$host"})], "127.0.0.1", tmp_path, tmp_path, tmp_path, "")


class Cluster:
    """An API server as the edge asks it."""

    def __init__(self, objects: dict[str, list[dict[str, Any]]]) -> None:
        self._objects = objects

    def objects(self, _version: str, kind: str) -> Iterator[dict[str, Any]]:
        yield from self._objects.get(kind, [])


def cluster() -> dict[str, list[dict[str, Any]]]:
    def made(name: str, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"metadata": {"name": name, "namespace": "istio-ingress"}, "spec": spec, **more}

    attribute = "routing.http.response.x_content_type_options.header_value"
    ingress = made(
        "public",
        {"ingressClassName": "alb", "rules": [{"host": HOSTS[0]}]},
        status={"loadBalancer": {"ingress": [{"hostname": "lb"}]}},
    )
    ingress["metadata"]["annotations"] = {"alb.ingress.kubernetes.io/listen-ports": '[{"HTTP": 80}, {"HTTPS": 443}]'}
    sets = [{"A": "1", "B": "2"}, {"A": "1", "B": "3"}]
    return {
        "Ingress": [ingress],
        "IngressClass": [made("alb", {"controller": "ingress.k8s.aws/alb", "parameters": {"name": "alb"}})],
        "IngressClassParams": [
            made(
                "alb",
                {
                    "loadBalancerName": "iworkz-sandbox",
                    "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
                    "sslRedirectPort": "443",
                    "listeners": [
                        {"protocol": "HTTPS", "listenerAttributes": [{"key": attribute, "value": "nosniff"}]}
                    ],
                },
            )
        ],
        "Gateway": [made("public", {"servers": [{"hosts": ["*"], "port": {"protocol": "HTTPS"}}]})],
        "VirtualService": [
            made(
                "api",
                {
                    "hosts": [HOSTS[0]],
                    "gateways": ["istio-ingress/public"],
                    "http": [{"headers": {"response": {"set": one}}} for one in sets],
                },
            )
        ],
    }


def read(objects: dict[str, list[dict[str, Any]]]) -> list[LoadBalancer]:
    return balancers(Cluster(objects), "ap-northeast-1")  # type: ignore[arg-type]


def test_reads_the_policy_of_a_clusters_objects() -> None:
    (found,) = read(cluster())
    assert (found.name, found.plain, found.redirects, found.secure) == ("iworkz-sandbox", True, True, True)
    assert found.protocols == "TLSv1.2 TLSv1.3"
    assert found.headers == {"X-Content-Type-Options": "nosniff"}
    assert found.sites == (Site(HOSTS[0], {"A": "1"}, True),)


@pytest.mark.parametrize(
    ("kind", "spec", "site"),
    [
        ("Gateway", {"servers": []}, Site(HOSTS[0], {}, False)),
        ("VirtualService", {"gateways": ["mesh"]}, Site(HOSTS[0], {}, False)),
        ("VirtualService", {"hosts": ["else.iworkz.jp"]}, Site(HOSTS[0], {}, False)),
        ("VirtualService", {"http": [{}]}, Site(HOSTS[0], {}, True)),
        (
            "VirtualService",
            {"http": [{"route": [{"destination": {"host": "identity.platform.svc.cluster.local"}}]}]},
            Site(HOSTS[0], {}, True, issues=True),
        ),
    ],
)
def test_a_broken_link_leaves_the_host_without_the_gateways_headers(
    kind: str, spec: dict[str, Any], site: Site
) -> None:
    objects = cluster()
    objects[kind][0]["spec"] |= spec
    (found,) = read(objects)
    assert found.sites == (site,)


def test_an_ingress_without_an_address_or_of_another_class_has_no_load_balancer() -> None:
    objects = cluster()
    objects["Ingress"][0]["status"] = {}
    assert read(objects) == []
    objects = cluster()
    objects["Ingress"][0]["spec"]["ingressClassName"] = "nginx"
    assert read(objects) == []


def test_an_old_policy_speaks_old_tls() -> None:
    objects = cluster()
    objects["IngressClassParams"][0]["spec"]["sslPolicy"] = "ELBSecurityPolicy-2016-08"
    (found,) = read(objects)
    assert found.protocols == "TLSv1 TLSv1.1 TLSv1.2"
