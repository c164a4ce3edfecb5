"""A cluster that is observed: two services behind a gateway, and a Prometheus and an Alertmanager for them."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from sandbox.kube.controllers import charts
from sandbox.planes.addresses import NAMES
from sandbox.sinks import journal
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.sandbox.eks import make

Object = dict[str, Any]
KEY = "ap-northeast-1/observed"
SPACE = "monitoring"
PROXY = f"/api/v1/namespaces/{SPACE}/services"
SECONDS = 240.0
"""What a loaded machine may take."""
IMAGE = "registry.example/app@sha256:" + "1" * 64


@dataclass
class Observed:
    sandbox: PlanesSandbox

    @property
    def address(self) -> str:
        port = self.sandbox.port
        return f"127.{port // 256}.{port % 256}.{NAMES['observation']}"

    @property
    def facts(self) -> Object:
        found = self.sandbox.planes.describe("observation", "monitoring")
        assert found is not None
        return dict(found["facts"])

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """What the cluster's API answers its administrator; urllib's HTTPError when it refuses."""
        known = self._credentials
        request = urllib.request.Request(
            known["server"] + path, None if body is None else json.dumps(body).encode(), method=method
        )
        request.add_header("Authorization", f"Bearer {known['token']}")
        request.add_header("Content-Type", kind)
        context = ssl.create_default_context(cadata=known["ca"])
        with urllib.request.urlopen(request, context=context, timeout=60) as answer:
            return json.load(answer)

    @cached_property
    def _credentials(self) -> Object:
        return self.sandbox.planes.ask("kubernetes", KEY, "credentials")

    def apply(self, *things: Object, space: str = SPACE) -> None:
        for thing in things:
            path = self._path(thing, space)
            self.ask("PATCH", f"{path}?fieldManager=test&force=true", thing, "application/apply-patch+yaml")

    def delete(self, thing: Object, space: str = SPACE) -> None:
        self.ask("DELETE", self._path(thing, space))

    def _path(self, thing: Object, space: str) -> str:
        version, kind = thing["apiVersion"], thing["kind"]
        known = self._kinds.setdefault((version, kind), {})
        if not known:
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            for each in self.ask("GET", root)["resources"]:
                if each["kind"] == kind and "/" not in each["name"]:
                    known |= {"root": root, "plural": each["name"], "namespaced": each["namespaced"]}
        place = f"/namespaces/{thing['metadata'].get('namespace', space)}" if known["namespaced"] else ""
        return f"{known['root']}{place}/{known['plural']}/{thing['metadata']['name']}"

    @cached_property
    def _kinds(self) -> dict[tuple[str, str], Object]:
        return {}

    def scale(self, space: str, name: str, replicas: int) -> None:
        path = f"/apis/apps/v1/namespaces/{space}/deployments/{name}"
        self.ask("PATCH", path, {"spec": {"replicas": replicas}}, "application/merge-patch+json")

    def prometheus(self, path: str, **query: str) -> Any:
        """Prometheus through the API server's proxy; None while it does not answer."""
        asked = f"?{urlencode(query)}" if query else ""
        try:
            return self.ask("GET", f"{PROXY}/stack-prometheus:http-web/proxy/api/v1/{path}{asked}")["data"]
        except urllib.error.HTTPError:
            return None

    def value(self, query: str) -> float | None:
        """The first value of a query."""
        found = (self.prometheus("query", query=query) or {}).get("result") or []
        return float(found[0]["value"][1]) if found else None

    def targets(self, job: str) -> list[Object]:
        found = self.prometheus("targets", state="active") or {"activeTargets": []}
        return [each for each in found["activeTargets"] if each["labels"]["job"] == job]

    def arrived(self, kind: str, text: str) -> list[Object]:
        entries = [each for each in journal.entries(self.sandbox.state) if each["kind"] == kind]
        return [each for each in entries if text in json.dumps(each, ensure_ascii=False)]


def observe(sandbox: PlanesSandbox) -> Observed:
    """A cluster in a sandbox, once its services are up and scraped."""
    eks = make(sandbox, "observed")
    eks.create("observed")
    wait_for(lambda: eks.describe("observed")["status"] == "ACTIVE", SECONDS, "ACTIVE")
    eks.create_nodegroup(cluster="observed", instanceTypes=["m6i.xlarge"])
    wait_for(lambda: eks.nodegroup("general", "observed")["status"] == "ACTIVE", SECONDS, "node group")
    found = Observed(sandbox)
    for space in (SPACE, "shop", "istio-ingress"):
        found.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
    found.apply(*charts.render("base", "1.30.3", "base", "istio-system", {}).crds)
    stack = charts.render("kube-prometheus-stack", "88.5.3", "stack", SPACE, values(found.address))
    found.apply(*stack.crds)
    found.apply(*stack.objects)
    found.apply(*services(), space="shop")
    found.apply(gateway(), route(), space="istio-ingress")
    wait_for(lambda: (found.value('sum(up{namespace="shop"})') or 0) == 3, SECONDS, "three scraped pods")
    return found


def values(address: str) -> Object:
    """Two replicas of everything; all that fires goes to webhook and mail."""
    every = {"serviceMonitor", "podMonitor", "probe", "rule"}
    receiver = {
        "name": "all",
        "webhook_configs": [{"url": f"http://{address}:9098/alerts"}],
        "email_configs": [{"to": "operations@example.com", "send_resolved": True}],
    }
    config = {
        "global": {"smtp_smarthost": f"{address}:2525", "smtp_from": "alerts@example.com", "smtp_require_tls": False},
        "route": {
            "receiver": "nobody",
            "routes": [{"receiver": "all", "matchers": ['team="shop"']}],
            "group_wait": "1s",
            "group_interval": "2s",
        },
        "receivers": [receiver, {"name": "nobody"}],
        "templates": ["/etc/alertmanager/config/*.tmpl"],
    }
    return {
        "fullnameOverride": "stack",
        "alertmanager": {
            "config": config,
            "templateFiles": {"own.tmpl": '{{ define "own" }}own{{ end }}'},
            "alertmanagerSpec": {"replicas": 2},
        },
        "prometheus": {
            "prometheusSpec": {
                "replicas": 2,
                "retention": "45d",
                "scrapeInterval": "2s",
                "evaluationInterval": "1s",
                **{f"{each}SelectorNilUsesHelmValues": False for each in every},
            }
        },
    }


def rule(name: str, *alerts: Object) -> Object:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name},
        "spec": {"groups": [{"name": name, "labels": {"team": "shop"}, "rules": list(alerts)}]},
    }


def services() -> list[Object]:
    """web, which is public, calls stock."""
    return [*_service("web", 2, ["stock"]), *_service("stock", 1, [])]


def _service(name: str, replicas: int, calls: list[str]) -> list[Object]:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": "service"}
    pod = {"containers": [{"name": name, "image": IMAGE, "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}}}]}
    peers = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": each}}} for each in calls]
    ports = [{"name": "http", "port": 8000}, {"name": "http-metrics", "port": 15020}]
    metadata = {"name": name, "labels": labels}
    chosen = {"matchLabels": {"app.kubernetes.io/name": name}}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {
                "replicas": replicas,
                "selector": chosen,
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": chosen["matchLabels"], "ports": ports},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": metadata,
            "spec": {"podSelector": chosen, "policyTypes": ["Egress"], "egress": [{"to": peers}] if peers else []},
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "ServiceMonitor",
            "metadata": metadata,
            "spec": {
                "jobLabel": "app.kubernetes.io/name",
                "selector": {"matchLabels": labels},
                "endpoints": [{"port": "http-metrics", "path": "/stats/prometheus"}],
            },
        },
    ]


def gateway() -> Object:
    labels = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
    metadata = {"labels": labels, "annotations": {"inject.istio.io/templates": "gateway"}}
    proxy = {"name": "istio-proxy", "image": IMAGE, "ports": [{"name": "http-envoy-prom", "containerPort": 15090}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "istio-ingressgateway", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": metadata, "spec": {"containers": [proxy]}},
        },
    }


def route() -> Object:
    target = {"destination": {"host": "web.shop.svc.cluster.local", "port": {"number": 8000}}}
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "web"},
        "spec": {"hosts": ["shop.example.com"], "gateways": ["istio-ingress/public"], "http": [{"route": [target]}]},
    }


def pod_monitor() -> Object:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": {"name": "istio-ingressgateway"},
        "spec": {
            "selector": {"matchLabels": {"istio": "ingressgateway"}},
            "podMetricsEndpoints": [{"portNumber": 15090, "path": "/stats/prometheus"}],
        },
    }
