"""What objects become for the machine's Prometheus, Alertmanager and exporters, without running any of them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.planes.engines.observation import alerting, portrait, postgres, prometheus, scraping, state
from sandbox.planes.engines.observation.containers import given
from sandbox.planes.engines.observation.exporters import FLAG, image, workload
from sandbox.planes.engines.observation.rules import rule_file
from sandbox.planes.engines.observation.scraping import ADDRESS, PATH, Way
from sandbox.planes.engines.observation.secrets import PLACEHOLDER, Secrets
from sandbox.planes.engines.observation.snapshot import Snapshot
from sandbox.planes.engines.observation.ways import Ways
from sandbox.traffic.cluster import parse

Object = dict[str, Any]
READY = [{"type": "Ready", "status": "True"}]


def made(name: str, namespace: str = "shop", labels: Object | None = None, **parts: Any) -> Object:
    return {"metadata": {"name": name, "namespace": namespace, "labels": labels or {}}, **parts}


def pod(name: str, image: str = "example.com/web:1", ready: bool = True, **spec: Any) -> Object:
    ports = [{"name": "metrics", "containerPort": 9000}]
    container = {"name": "main", "image": image, "ports": ports, **spec.pop("container", {})}
    status = {"podIP": "10.64.0.7", "phase": "Running", "conditions": READY if ready else []}
    labels = {"app": "web", "app.kubernetes.io/name": "web", "pod-template-hash": "abc"}
    found = made(name, labels=labels, spec={"containers": [container], "nodeName": "one", **spec}, status=status)
    found["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "web-abc"}]
    return found


def world(*pods: Object, **more: list[Object]) -> Snapshot:
    """A Service `web` over pods, and the node they are on."""
    endpoints = [
        {
            "addresses": [each["status"]["podIP"]],
            "targetRef": {"kind": "Pod", "namespace": "shop", "name": each["metadata"]["name"]},
        }
        for each in pods
    ]
    named = {"kubernetes.io/service-name": "web"}
    slices = [made("web-x", labels=named, ports=[{"name": "metrics", "port": 9000}], endpoints=endpoints)]
    service = made("web", labels={"app": "web", "team": "a", "job": "shop-web"}, spec={"ports": [{"port": 9000}]})
    objects = {
        "Pod": list(pods),
        "EndpointSlice": slices,
        "Service": [service],
        "Namespace": [made("shop"), made("monitoring", labels={"watched": "yes"})],
        "Node": [made("one", "", status={"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}, spec={})],
    }
    return Snapshot({**objects, **more})


def ways(snapshot: Snapshot, **changes: Any) -> Ways:
    fixed = {"pages": "P:1", "nobody": "N:9", "pooler": "127.0.0.4", "entry": "127.0.0.5:8443", "served": frozenset()}
    return Ways(snapshot, **{**fixed, **changes})


def monitor(**spec: Any) -> Object:
    endpoint = {"port": "metrics", "interval": "5s", "path": "/m"}
    return made("web", spec={"selector": {"matchLabels": {"app": "web"}}, "endpoints": [endpoint], **spec})


def test_a_service_monitor_is_what_the_operator_makes_of_it() -> None:
    snapshot = world(pod("web-1"))
    relabelings = [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}]
    endpoint = {"port": "metrics", "interval": "5s", "path": "/m", "honorLabels": True, "relabelings": relabelings}
    found = monitor(jobLabel="job", targetLabels=["team"], podTargetLabels=["app"], endpoints=[endpoint])
    (job,) = scraping.service_monitor(snapshot, found, lambda *_: Way("A:1", "/p"))
    assert job.name == "serviceMonitor/shop/web/0"
    assert (job.configuration["scrape_interval"], job.configuration["honor_labels"]) == ("5s", True)
    assert job.configuration["metrics_path"] == "/m"
    first, theirs, *_, last = job.configuration["relabel_configs"]
    assert first == {"source_labels": ["__address__"], "target_label": "instance"}
    assert theirs == {"source_labels": ["__meta_kubernetes_pod_node_name"], "target_label": "node"}
    assert last["target_label"] == "__param_hostname"
    (target,) = job.targets
    assert target["targets"] == ["10.64.0.7:9000"]
    plain = {key: value for key, value in target["labels"].items() if not key.startswith("__")}
    assert plain == {
        "job": "shop-web",
        "namespace": "shop",
        "service": "web",
        "pod": "web-1",
        "container": "main",
        "endpoint": "metrics",
        "team": "a",
        "app": "web",
    }
    assert (target["labels"][ADDRESS], target["labels"][PATH]) == ("A:1", "/p")
    assert target["labels"]["__meta_kubernetes_pod_node_name"] == "one"


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"namespaceSelector": {"matchNames": ["other"]}}, 0),
        ({"namespaceSelector": {"any": True}}, 1),
        ({"selector": {"matchLabels": {"app": "else"}}}, 0),
        ({"endpoints": [{"port": "other"}]}, 0),
        ({"endpoints": [{"targetPort": 9000}]}, 1),
    ],
)
def test_what_a_monitor_selects(change: Object, number: int) -> None:
    (job,) = scraping.service_monitor(world(pod("web-1")), monitor(**change), lambda *_: Way("A:1"))
    assert len(job.targets) == number


def test_pods_that_are_not_ready_stay_targets_and_ended_ones_do_not() -> None:
    ended = pod("web-3")
    ended["status"]["phase"] = "Succeeded"
    snapshot = world(pod("web-1"), pod("web-2", ready=False), ended)
    (job,) = scraping.service_monitor(snapshot, monitor(), ways(snapshot).to)
    assert [each["labels"]["pod"] for each in job.targets] == ["web-1", "web-2"]


@pytest.mark.parametrize(
    ("endpoint", "number"), [({"port": "metrics"}, 1), ({"portNumber": 9000}, 1), ({"portNumber": 15020}, 0), ({}, 1)]
)
def test_a_pod_monitor_finds_declared_ports_only(endpoint: Object, number: int) -> None:
    snapshot = world(pod("web-1"))
    spec = {"selector": {"matchLabels": {"app": "web"}}, "podMetricsEndpoints": [endpoint]}
    (job,) = scraping.pod_monitor(snapshot, made("web", spec=spec), ways(snapshot).to)
    assert len(job.targets) == number
    assert all(each["labels"]["job"] == "shop/web" for each in job.targets)


def test_a_probe_asks_the_prober_for_its_targets_where_they_really_are() -> None:
    urls = ["https://www.example.com/health", "http://127.0.0.1:80/"]
    spec = {
        "jobName": "public",
        "module": "well",
        "interval": "30s",
        "prober": {"url": "web.shop.svc:9000"},
        "targets": {"staticConfig": {"static": urls, "labels": {"team": "a"}}},
    }
    snapshot = world(pod("web-1", "example.com/blackbox-exporter:1"))
    known = ways(snapshot, exporters={("shop", "web", ""): "E:9100"})
    job = scraping.probe(made("p", spec=spec), known.to_service, known.to_public)
    assert (job.name, job.configuration["params"], job.configuration["metrics_path"]) == (
        *("probe/shop/p", {"module": ["well"]}),
        "/probe",
    )
    first, second = (each["labels"] for each in job.targets)
    assert (first["job"], first["namespace"], first["team"], first[ADDRESS]) == ("public", "shop", "a", "E:9100")
    assert (first["__sandbox_target"], first["__sandbox_hostname"]) == (
        "https://127.0.0.5:8443/health",
        "www.example.com",
    )
    assert "__sandbox_target" not in second


def test_who_answers_for_what() -> None:
    served = pod("web-1")
    exporter, stranger, away = (pod("web-2", "x/postgres-exporter:1"), pod("web-3"), pod("web-4", ready=False))
    state_metrics = pod("web-5", "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2")
    for each in (exporter, stranger, state_metrics):
        each["metadata"]["ownerReferences"][0]["name"] = f"{each['metadata']['name']}-abc"
    snapshot = world(served, exporter, stranger, away, state_metrics)
    known = ways(snapshot, served=frozenset({("shop", "web-1")}), exporters={("shop", "web-2", ""): "E:1"})
    found = {each["metadata"]["name"]: known.to(each, {}) for each in snapshot.all("Pod")}
    assert found == {
        "web-1": Way("P:1", "/pods/shop/web-1"),
        "web-2": Way("E:1"),
        "web-3": Way("N:9"),
        "web-4": Way("N:9"),
        "web-5": Way("P:1", "/state"),
    }
    (node,) = snapshot.all("Node")
    assert known.to(node, {}) == Way("P:1", "/nodes/one")
    assert known.to_service("nothing.shop.svc:1") == Way("N:9")


def test_each_server_of_postgres_has_an_exporter_of_its_own() -> None:
    params = {"target": ["127.1.1.1:5432/postgres"], "auth_module": ["own"]}
    endpoint = {"port": "metrics", "path": "/probe", "params": params}
    exporter = pod("web-1", "example.com/postgres-exporter:1")
    snapshot = world(exporter, ServiceMonitor=[monitor(endpoints=[endpoint, {"port": "metrics", "path": "/probe"}])])
    (target,) = postgres.targets(snapshot, "shop")
    assert target.slug == "127-1-1-1-5432-postgres"
    known = ways(snapshot, exporters={("shop", "web", target.slug): "E:1"})
    (found,) = snapshot.all("Pod")
    assert known.to(found, endpoint) == Way("E:1", whole="/metrics")
    assert known.to(found, {}) == Way("N:9")
    module = {"userpass": {"username": "u", "password": "p/w"}, "options": {"sslmode": "verify-full"}}
    files = {Path("/d/postgres_exporter.yml"): json.dumps({"auth_modules": {"own": module}})}
    assert postgres.connection(target, files) == "postgresql://u:p%2Fw@127.1.1.1:5432/postgres?sslmode=verify-full"
    with pytest.raises(KeyError):
        postgres.connection(target, {})


def test_selectors_of_a_prometheus() -> None:
    rules = [made("a", labels={"role": "x"}), made("b"), made("c", "monitoring")]
    snapshot = world(PrometheusRule=rules)

    def chosen(**spec: Any) -> list[str]:
        owner = made("stack", "monitoring", spec=spec)
        return [each["metadata"]["name"] for each in snapshot.chosen(owner, "PrometheusRule", "rule")]

    assert chosen() == []
    assert chosen(ruleSelector={}) == ["c"]
    assert chosen(ruleSelector={}, ruleNamespaceSelector={}) == ["a", "b", "c"]
    assert chosen(ruleSelector={"matchLabels": {"role": "x"}}, ruleNamespaceSelector={}) == ["a"]
    assert chosen(ruleSelector={}, ruleNamespaceSelector={"matchLabels": {"watched": "yes"}}) == ["c"]


def test_the_configuration_has_what_the_object_says() -> None:
    rule = made("r", spec={"groups": [{"name": "g", "rules": [{"record": "a", "expr": 1}]}]})
    snapshot = world(pod("web-1"), ServiceMonitor=[monitor()], PrometheusRule=[rule])
    every = {f"{each}{part}Selector": {} for each in ("serviceMonitor", "rule") for part in ("", "Namespace")}
    spec = {"scrapeInterval": "7s", "externalLabels": {"environment": "test"}, "externalUrl": "http://p/", **every}
    found = made("stack", "monitoring", spec=spec)
    files = prometheus.files(found, snapshot, ways(snapshot), Path("/t"), "A:9093")
    configuration = json.loads(files.checked["prometheus.yml"])
    assert configuration["global"] == {
        "scrape_interval": "7s",
        "evaluation_interval": "30s",
        "external_labels": {
            "prometheus": "monitoring/stack",
            "prometheus_replica": "prometheus-stack-0",
            "environment": "test",
        },
    }
    assert configuration["alerting"]["alertmanagers"][0]["static_configs"] == [{"targets": ["A:9093"]}]
    assert json.loads(files.checked["rules/shop-r.yaml"])["groups"][0]["rules"][0]["expr"] == "1"
    assert files.jobs == {"serviceMonitor/shop/web/0": {"targets": 1, "unanswered": 1}}
    (scrape,) = configuration["scrape_configs"]
    assert scrape["file_sd_configs"] == [{"files": ["/t/serviceMonitor_shop_web_0.json"]}]
    command = prometheus.command(found, Path("/d"), "127.0.0.6", 9090)
    assert "--web.external-url=http://p/" in command
    assert "--web.listen-address=127.0.0.6:9090" in command


def test_what_the_machines_prometheus_does_not_know_is_left_out() -> None:
    group = {"name": "g", "labels": {"team": "a"}, "query_offset": "1m", "rules": [{"alert": "A", "expr": "up"}]}
    group["rules"] += [{"alert": "B", "expr": "up", "labels": {"team": "b"}}]
    called, content = rule_file(made("r", spec={"groups": [group]}))
    assert called == "shop-r.yaml"
    assert content["groups"] == [
        {
            "name": "g",
            "rules": [
                {"alert": "A", "expr": "up", "labels": {"team": "a"}},
                {"alert": "B", "expr": "up", "labels": {"team": "b"}},
            ],
        }
    ]


def secret(name: str, placeholder: bool = False, **data: str) -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    found = made(name, data=encoded)
    if placeholder:
        found["metadata"]["annotations"] = {PLACEHOLDER: "true"}
    return found


def secrets(*found: Object, **more: list[Object]) -> Secrets:
    kept = {"stores/web": json.dumps({"username": "u", "password": "p/w"}), "plain": "text"}
    return Secrets(world(Secret=list(found), **more), kept.__getitem__)


def test_secrets_are_read_where_their_external_secret_says() -> None:
    references = [
        {"secretKey": "password", "remoteRef": {"key": "stores/web", "property": "password"}},
        {"secretKey": "whole", "remoteRef": {"key": "plain"}},
    ]
    plain = made("web", spec={"data": references})
    template = {"data": {"dsn": "u:{{ .password }}@{{.whole | urlquery }}"}}
    shaped = made("other", spec={"data": references, "target": {"name": "shaped", "template": template}})
    extracted = made("all", spec={"dataFrom": [{"extract": {"key": "stores/web"}}]})
    found = secrets(
        *(secret(name, True, password="") for name in ("web", "shaped", "all")),
        secret("own", value="kept"),
        ExternalSecret=[plain, shaped, extracted],
    )
    assert found.secret("shop", "web") == {"password": "p/w", "whole": "text"}
    assert found.secret("shop", "shaped") == {"dsn": "u:p/w@text"}
    assert found.secret("shop", "all") == {"username": "u", "password": "p/w"}
    assert found.secret("shop", "own") == {"value": "kept"}
    rewrite = [{"regexp": {"source": "password", "target": "token"}}]
    generator = {"sourceRef": {"generatorRef": {"kind": "Password", "name": "p"}}, "rewrite": rewrite}
    template = {"data": {"webhook-token": "{{ .token }}"}}
    generated = made("web", spec={"dataFrom": [generator], "target": {"template": template}})
    made_here = secrets(secret("web", True), ExternalSecret=[generated]).secret("shop", "web")
    assert made_here == {"webhook-token": "made-by-a-generator"}
    with pytest.raises(KeyError, match="there is no Secret shop/none"):
        found.secret("shop", "none")


def test_a_container_gets_its_environment_files_and_arguments() -> None:
    container = {
        "args": ["--config=/etc/own.yml", "--as=$(WHO)", "--dir=/etc/more/a", "--root=/host/root"],
        "env": [
            {"name": "WHO", "valueFrom": {"secretKeyRef": {"name": "known", "key": "user"}}},
            {"name": "DSN", "value": "postgres://pgbouncer.data.svc.cluster.local:6432/x"},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "NONE", "valueFrom": {"secretKeyRef": {"name": "known", "key": "none", "optional": True}}},
        ],
        "envFrom": [{"configMapRef": {"name": "settings"}}],
        "volumeMounts": [
            {"name": "own", "mountPath": "/etc/own.yml", "subPath": "own.yml"},
            {"name": "more", "mountPath": "/etc/more"},
            {"name": "root", "mountPath": "/host/root"},
        ],
    }
    volumes = [
        {"name": "own", "secret": {"secretName": "known", "items": [{"key": "file", "path": "own.yml"}]}},
        {"name": "more", "projected": {"sources": [{"configMap": {"name": "settings"}}]}},
        {"name": "root", "hostPath": {"path": "/"}},
    ]
    found = secrets(secret("known", user="me", file="ca: /etc/more/A"), ConfigMap=[made("settings", data={"A": "1"})])
    service = made("pgbouncer", "data", spec={"ports": [{"port": 6432}]})
    local = ways(Snapshot({"Service": [service]})).local
    one = pod("web-1", container=container, volumes=volumes)
    result = given(one, one["spec"]["containers"][0], found, Path("/d"), local)
    assert result.arguments == ("--config=/d/own/own.yml", "--as=me", "--dir=/d/more/a", "--root=/")
    assert result.environment == {
        "A": "1",
        "WHO": "me",
        "DSN": "postgres://127.0.0.4:6432/x",
        "NODE": "one",
    }
    assert result.files == {Path("/d/own/own.yml"): "ca: /d/more/A", Path("/d/more/A"): "1"}


def test_names_and_flags() -> None:
    assert image({"image": "quay.io/x/redis_exporter:v1@sha256:0"}) == "redis_exporter"
    assert workload(pod("web-1")) == "web"
    assert workload(made("alone")) == "alone"
    text = '  -h, --[no-]help  x\n      --config.file="a"  y\n  -redis.addr string\n      --[no-]collector.a  z\n'
    assert FLAG.findall(text) == ["help", "config.file", "redis.addr", "collector.a"]


def test_alertmanagers_files_are_where_its_configuration_says() -> None:
    configuration = """
receivers:
  - name: all
    webhook_configs:
      - url_file: /etc/alertmanager/secrets/tokens/url
        http_config: {authorization: {credentials_file: /etc/alertmanager/secrets/tokens/token}}
templates: [/etc/alertmanager/config/*.tmpl]
"""
    held = secret("alertmanager-stack", **{"alertmanager.yaml": configuration, "own.tmpl": "x"})
    found = made("stack", spec={"secrets": ["tokens"]})
    files = alerting.files(found, secrets(held, secret("tokens", url="http://sink/\n", token="t")), Path("/d"))
    assert {str(path) for path in files} == {
        *("/d/alertmanager.yaml", "/d/config/own.tmpl", "/d/secrets/tokens/url"),
        "/d/secrets/tokens/token",
    }
    written = json.loads(files[Path("/d/alertmanager.yaml")])
    (webhook,) = written["receivers"][0]["webhook_configs"]
    assert webhook["url"] == "http://sink/"
    assert webhook["http_config"]["authorization"]["credentials_file"] == "/d/secrets/tokens/token"
    assert written["templates"] == ["/d/config/*.tmpl"]
    with pytest.raises(ValueError, match="is no YAML"):
        alerting.files(
            found, secrets(secret("alertmanager-stack", **{"alertmanager.yaml": "a: ["}), secret("tokens")), Path("/d")
        )


def test_the_portrait_of_a_cluster() -> None:
    labels = {"app.kubernetes.io/component": "service"}
    chosen = {"selector": {"matchLabels": {"app.kubernetes.io/name": "web"}}, "template": {"metadata": {}}}
    peers = [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}} for name in ("web", "kube-dns")]
    route = {"destination": {"host": "web.shop.svc.cluster.local"}}
    snapshot = world(
        pod("web-1"),
        pod("web-2", ready=False),
        Deployment=[
            made("web", labels=labels, spec=chosen),
            made("else", spec=chosen),
        ],
        NetworkPolicy=[made("web", spec={"egress": [{"to": peers}]})],
        VirtualService=[made("web", spec={"gateways": ["istio-ingress/public"], "http": [{"route": [route]}]})],
    )
    cluster = parse(portrait.portrait(snapshot))
    (service,) = cluster.services.values()
    assert (service.pods, service.calls, service.public) == (("web-1",), ("web",), True)
    assert cluster.gateway is None
    assert [each.pod for each in cluster.nodes["one"]] == ["web-1", "web-2"]
    assert 'kube_pod_status_ready{namespace="shop",pod="web-2",uid="",condition="true"} 0' in cluster.state


def test_the_page_of_kube_state_metrics_groups_metrics() -> None:
    lines = state.page(world(pod("web-1"), pod("web-2"))).splitlines()
    names = [line.split("{")[0] for line in lines if not line.startswith("#")]
    assert [name for index, name in enumerate(names) if name not in names[:index]] == sorted(
        set(names), key=names.index
    )
    assert len(names) == len(set(lines) - {line for line in lines if line.startswith("#")})
    for name in set(names):
        first, last = names.index(name), len(names) - names[::-1].index(name)
        assert set(names[first:last]) == {name}
