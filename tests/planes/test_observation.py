"""Monitoring for real: what a cluster's objects ask for is scraped, evaluated, and told by webhook and mail."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from sandbox.kube.controllers import charts
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.observed import SECONDS, SPACE, Observed, observe, pod_monitor, rule

STOCK = 'istio_requests_total{reporter="source",destination_service_name="stock"'
PROGRAMS = {"prometheus", "alertmanager", "traffic", "sinks", "exporter-monitoring-stack-prometheus-node-exporter"}


@pytest.fixture(scope="module")
def cluster(own_sandbox: PlanesSandbox) -> Observed:
    """The last tests restart and empty it."""
    return observe(own_sandbox)


def until(condition: Any, what: str) -> Any:
    return wait_for(condition, SECONDS, what)


def test_targets_have_the_labels_that_the_operator_gives_them(cluster: Observed) -> None:
    pods = cluster.ask("GET", "/api/v1/namespaces/shop/pods?labelSelector=app.kubernetes.io/name%3Dstock")["items"]
    (found,) = cluster.targets("stock")
    assert found["health"] == "up"
    assert found["labels"] == {
        "job": "stock",
        "namespace": "shop",
        "service": "stock",
        "pod": pods[0]["metadata"]["name"],
        "endpoint": "http-metrics",
        "instance": f"{pods[0]['status']['podIP']}:15020",
    }


def test_nodes_servers_and_exporters_are_scraped(cluster: Observed) -> None:
    for job, number in (("kubelet", 6), ("node-exporter", 3), ("kube-state-metrics", 1), ("stack-prometheus", 2)):
        until(lambda job=job, number=number: cluster.value(f'sum(up{{job="{job}"}})') == number, job)
    assert cluster.value('node_memory_MemTotal_bytes{job="node-exporter"}')
    assert cluster.value('kube_deployment_spec_replicas{namespace="shop",deployment="web"}') == 2
    assert cluster.value('count(container_memory_working_set_bytes{namespace="shop",container="web"})') == 2
    emulated = cluster.prometheus("query", query="count by (job) (sandbox_emulated)")["result"]
    jobs = {each["metric"]["job"] for each in emulated}
    assert {"web", "stock", "kubelet", "kube-state-metrics"} <= jobs
    assert not {"node-exporter", "stack-prometheus", "stack-alertmanager"} & jobs


def test_callers_and_called_count_the_same_requests(cluster: Observed) -> None:
    cluster.apply(pod_monitor(), space="istio-ingress")
    until(lambda: cluster.value('sum(istio_requests_total{source_workload="istio-ingressgateway"})'), "the gateway")
    sides = [
        f'sum(istio_requests_total{{reporter="{side}",destination_service_name="stock"}})'
        for side in ("source", "destination")
    ]
    until(lambda: cluster.value(sides[0]), "requests of stock")
    assert (
        abs((cluster.value(sides[0]) or 0) - (cluster.value(sides[1]) or 0)) < 0.5 * (cluster.value(sides[0]) or 0) + 10
    )


def test_a_target_that_nobody_answers_for_is_down(cluster: Observed) -> None:
    labels = {"app": "silent"}
    pod = {
        "containers": [
            {"name": "silent", "image": "registry.example/silent:1", "ports": [{"name": "m", "containerPort": 9}]}
        ]
    }
    cluster.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "silent"},
            "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": pod}},
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PodMonitor",
            "metadata": {"name": "silent"},
            "spec": {"selector": {"matchLabels": labels}, "podMetricsEndpoints": [{"port": "m"}]},
        },
        space="shop",
    )
    until(
        lambda: [each for each in cluster.targets("shop/silent") if each["health"] == "down"], "a target that is down"
    )
    assert cluster.facts["jobs"]["podMonitor/shop/silent/0"] == {"targets": 1, "unanswered": 1}
    cluster.scale("shop", "silent", 0)


def test_an_alert_reaches_webhook_and_mail(cluster: Observed) -> None:
    cluster.apply(rule("always", {"alert": "Always", "expr": "vector(1)", "labels": {"severity": "page"}}))
    (first, *_) = until(lambda: cluster.arrived("webhook", "Always"), "the webhook")
    assert first["path"] == "/alerts"
    (alert,) = [each for each in first["body"]["alerts"] if each["labels"]["alertname"] == "Always"]
    assert alert["labels"] == {
        "alertname": "Always",
        "prometheus": "monitoring/stack",
        "severity": "page",
        "team": "shop",
    }
    (mail, *_) = until(lambda: cluster.arrived("mail", "Always"), "the mail")
    assert (mail["to"], "FIRING" in mail["subject"]) == (["operations@example.com"], True)
    shown = cluster.sandbox.command("alerts").stdout
    assert "webhook /alerts: Always firing" in shown
    assert "mail operations@example.com: [FIRING" in shown
    cluster.delete(rule("always"))


def test_a_service_without_pods_is_an_outage_to_its_callers(cluster: Observed) -> None:
    outage = f'sum(rate({STOCK},response_code="503",response_flags="UH"}}[15s])) > 0'
    cluster.apply(rule("outage", {"alert": "NoStock", "expr": outage}))
    assert cluster.value(f'{STOCK},response_code="503"}}') is None
    cluster.scale("shop", "stock", 0)
    until(lambda: cluster.arrived("webhook", "NoStock"), "the alert")
    assert cluster.value('kube_deployment_status_replicas_available{deployment="stock"}') == 0
    cluster.scale("shop", "stock", 1)
    until(lambda: cluster.arrived("webhook", '"status": "resolved"'), "its end")
    cluster.delete(rule("outage"))


def test_faults_show_in_what_callers_count(cluster: Observed) -> None:
    failed = f'sum(rate({STOCK},response_code="500"}}[15s])) / sum(rate({STOCK}}}[15s]))'
    slow = f'{STOCK.replace("requests_total", "request_duration_milliseconds_bucket")},le="1000"}}'
    late = f"1 - sum(rate({slow}[15s])) / sum(rate({STOCK}}}[15s]))"
    done = cluster.sandbox.command("traffic", "fault", "stock", "--errors", "0.5", "--latency", "2", "--for", "600")
    assert (done.returncode, "50.00% fail, 2 s slower" in done.stdout) == (0, True), done.stderr
    until(lambda: 0.3 < (cluster.value(failed) or 0) < 0.7, "errors")
    until(lambda: (cluster.value(late) or 0) > 0.9, "slow answers")
    assert cluster.sandbox.command("traffic", "clear").stdout == "1 faults ended\n"
    until(lambda: cluster.value(failed) is None or cluster.value(failed) < 0.05, "their end")  # type: ignore[operator]
    assert cluster.sandbox.command("traffic", "faults").stdout == ""
    refused = cluster.sandbox.command("traffic", "fault", "nobody", "--errors", "1")
    assert (refused.returncode, "there are: stock, web" in refused.stderr) == (1, True)


def test_bad_rules_keep_the_old_configuration(cluster: Observed) -> None:
    cluster.apply(rule("good", {"record": "good", "expr": "vector(7)"}))
    until(lambda: cluster.value("good") == 7, "the recording rule")
    reloads = cluster.facts["reloads"]
    cluster.apply(rule("bad", {"alert": "Bad", "expr": "sum(("}), rule("good", {"record": "good", "expr": "vector(8)"}))
    until(lambda: "unclosed left parenthesis" in cluster.facts["error"]["prometheus"], "the refusal")
    assert (cluster.value("good"), cluster.facts["reloads"]) == (7, reloads)
    cluster.delete(rule("bad"))
    until(lambda: cluster.value("good") == 8, "the mended configuration")
    assert cluster.facts["error"]["prometheus"] == ""


def test_a_refused_configuration_of_alertmanager_keeps_the_old_one(cluster: Observed) -> None:
    path = f"/api/v1/namespaces/{SPACE}/secrets/alertmanager-stack"
    before = cluster.ask("GET", path)["data"]
    merge = "application/merge-patch+json"
    cluster.ask("PATCH", path, {"stringData": {"alertmanager.yaml": "route: {receiver: gone}\nreceivers: []\n"}}, merge)
    until(lambda: "undefined receiver" in cluster.facts["error"]["alertmanager"], "the refusal")
    status = _proxied(cluster, "stack-alertmanager:http-web", "/api/v2/status")
    assert "operations@example.com" in status["config"]["original"]
    assert status["cluster"]["status"] in ("ready", "settling")
    cluster.ask("PATCH", path, {"data": before}, merge)
    until(lambda: cluster.facts["error"]["alertmanager"] == "", "the mended configuration")


def test_probes_ask_through_a_real_exporter(cluster: Observed) -> None:
    values = {"config": {"modules": {"well": {"prober": "http"}}}, "fullnameOverride": "blackbox"}
    cluster.apply(*charts.render("prometheus-blackbox-exporter", "11.17.2", "blackbox", SPACE, values).objects)
    url = f"http://{cluster.address}:9090/-/ready"
    probe = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "Probe",
        "metadata": {"name": "ready"},
        "spec": {
            "jobName": "public",
            "module": "well",
            "prober": {"url": "blackbox.monitoring.svc:9115"},
            "targets": {"staticConfig": {"static": [url], "labels": {"team": "shop"}}},
        },
    }
    cluster.apply(probe)
    until(lambda: cluster.value(f'probe_success{{job="public",team="shop",instance="{url}"}}') == 1, "a probe")


def test_servers_are_reached_through_the_proxy(cluster: Observed) -> None:
    assert _proxied(cluster, "stack-grafana:http-web", "/api/health")["database"] == "ok"
    assert _proxied(cluster, "stack-alertmanager:9093", "/api/v2/receivers") == [{"name": "all"}, {"name": "nobody"}]
    sets = cluster.ask("GET", f"/apis/apps/v1/namespaces/{SPACE}/statefulsets")["items"]
    assert {each["metadata"]["name"]: each["status"]["readyReplicas"] for each in sets} == {
        "alertmanager-stack": 2,
        "prometheus-stack": 2,
    }


def test_what_is_killed_is_started_again(cluster: Observed) -> None:
    before = cluster.sandbox.programs()
    for program in sorted(PROGRAMS):
        os.kill(before[program]["pid"], signal.SIGKILL)

    def again() -> bool:
        now = cluster.sandbox.programs()
        return all(now[each]["ready"] and now[each]["pid"] != before[each]["pid"] for each in PROGRAMS)

    until(again, "new processes")
    until(lambda: cluster.value('min(up{namespace="shop"})') is not None, "scrapes")


def test_it_survives_down_and_up(cluster: Observed) -> None:
    began = cluster.prometheus("query", query="min(min_over_time(timestamp(up)[1h:10s]))")["result"][0]["value"][1]
    told = len(cluster.arrived("webhook", "Always"))
    assert cluster.sandbox.command("down").returncode == 0
    cluster.sandbox.up()
    until(lambda: cluster.value('sum(up{namespace="shop"})') == 3, "scrapes")
    since = cluster.prometheus("query", query="min(min_over_time(timestamp(up)[1h:10s]))")["result"][0]["value"][1]
    assert abs(float(since) - float(began)) < 60
    assert len(cluster.arrived("webhook", "Always")) >= told > 0


def test_nothing_is_left_without_its_objects(cluster: Observed) -> None:
    for kind in ("prometheuses", "alertmanagers"):
        cluster.ask("DELETE", f"/apis/monitoring.coreos.com/v1/namespaces/{SPACE}/{kind}/stack")
    until(lambda: not PROGRAMS & cluster.sandbox.programs().keys(), "the end of all programs")
    done = cluster.sandbox.command("reset")
    assert done.returncode == 0, done.stderr
    assert cluster.sandbox.command("alerts").stdout == ""


def _proxied(cluster: Observed, service: str, path: str) -> Any:
    return cluster.ask("GET", f"/api/v1/namespaces/{SPACE}/services/{service}/proxy{path}")
