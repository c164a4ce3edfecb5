"""Item 3.1.1.3: dashboards in the cluster, judged by a running Prometheus and, where it can be asked, Grafana."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring_dashboards import shown
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from tests.unit.checks.kube_facts import Answers, ClusterWorld, made

PROMETHEUS = "monitoring/kube-prometheus-stack-prometheus:http-web"
GRAFANA = "monitoring/kube-prometheus-stack-grafana:http-web"
REQUIRED = {"dashboards": ["overview", "cost"], "languages": ["en", "ja"]}

Model = dict[str, Any]


def panel(title: str, *targets: Model, source: str = "prometheus") -> Model:
    return {"type": "timeseries", "title": title, "datasource": {"type": source, "uid": source}, "targets": [*targets]}


def model(name: str, language: str) -> Model:
    folded = {"type": "row", "title": "more", "panels": [panel("Up", {"expr": "sum by (job) (up)"})]}
    cost = panel("Bill", {"namespace": "AWS/Billing", "metricName": "EstimatedCharges"}, source="cloudwatch")
    variable = {"name": "job", "query": "label_values(up, job)"}
    return {
        "uid": f"iworkz-{name}-{language}",
        "panels": [panel("Rate", {"expr": 'rate(slo:requests:rate5m{service="$job"}[5m])'}), folded, cost],
        "templating": {"list": [variable]},
    }


def configmaps(changed: Callable[[Model], None] = lambda _model: None) -> list[Model]:
    found = []
    for name in REQUIRED["dashboards"]:
        for language in REQUIRED["languages"]:
            one = model(name, language)
            changed(one)
            data = {f"{name}.json": json.dumps(one)}
            found.append(made(f"dashboard-{name}-{language}", "monitoring", {"grafana_dashboard": "1"}, data=data))
    return found


def formatted(query: dict[str, str]) -> Model:
    if query["query"].count("(") != query["query"].count(")"):
        raise KubernetesError("answered with 400: parse error: unclosed left parenthesis", 400)
    return {"data": query["query"]}


def answers(**changed: Any) -> Answers:
    return {
        f"{PROMETHEUS}/api/v1/label/__name__/values": {"data": ["up", "slo:requests:rate5m"]},
        f"{PROMETHEUS}/api/v1/format_query": formatted,
        f"{PROMETHEUS}/api/v1/query": {"data": {"result": []}},
        **changed,
    }


def judged(objects: list[Model], replies: Answers | None = None) -> Finding:
    return shown(ClusterWorld({("v1", "configmaps"): objects}, {}, answers() if replies is None else replies), REQUIRED)


def breaches(finding: Finding) -> dict[str, dict[str, Any]]:
    return {breach.id.removeprefix("monitoring_dashboards."): breach.params for breach in finding.breaches}


def test_good() -> None:
    found = judged(configmaps())
    assert found.breaches == ()
    assert found.observed["dashboards"]["iworkz-cost-ja"] == {"queries": 3, "external": ["AWS/Billing"]}
    assert (found.observed["metrics_in_prometheus"], found.observed["judged_on"]) == (2, "objects")
    assert "emulated" not in found.observed


def test_every_query_is_parsed_once() -> None:
    asked: list[str] = []

    def counted(query: dict[str, str]) -> Model:
        asked.append(query["query"])
        return formatted(query)

    judged(configmaps(), answers(**{f"{PROMETHEUS}/api/v1/format_query": counted}))
    assert sorted(asked) == ['rate(slo:requests:rate5m{service="$job"}[5m])', "sum by (job) (up)", "up"]


def test_what_is_emulated_is_told() -> None:
    result = {"data": {"result": [{"metric": {"job": "kubelet"}}, {"metric": {"job": "istiod"}}]}}
    found = judged(configmaps(), answers(**{f"{PROMETHEUS}/api/v1/query": result}))
    assert found.observed["emulated"] == ["istiod", "kubelet"]


def test_a_dashboard_without_the_label_or_gone_is_missing() -> None:
    first, _second, *others = configmaps()
    first["metadata"]["labels"] = {}
    assert breaches(judged([first, *others])) == {"missing": {"dashboards": "iworkz-overview-en, iworkz-overview-ja"}}


def test_none_at_all_is_no_pass() -> None:
    assert list(breaches(judged([]))) == ["missing"]


@pytest.mark.parametrize("text", ["{", "{}", "[]"])
def test_a_file_that_is_no_dashboard_is_told(text: str) -> None:
    broken = made("mine", "team", {"grafana_dashboard": "1"}, data={"x.json": text})
    assert breaches(judged([*configmaps(), broken]))["unreadable"]["file"] == "team/mine: x.json"


def test_a_dashboard_that_is_there_twice_is_told() -> None:
    copy = configmaps()[0]
    copy["metadata"] = {**copy["metadata"], "name": "copy"}
    assert breaches(judged([*configmaps(), copy])) == {
        "twice": {"dashboard": "iworkz-overview-en", "files": "monitoring/dashboard-overview-en, monitoring/copy"}
    }


def test_a_panel_that_asks_for_nothing_is_told() -> None:
    found = judged(configmaps(lambda one: one["panels"].append(panel("Blank"))))
    assert breaches(found)["empty"] == {"dashboard": "iworkz-cost-ja", "panels": "Blank"}


@pytest.mark.parametrize("expression", ["sum(up", '{job="x"}'])
def test_a_query_that_names_nothing_or_is_none_is_told(expression: str) -> None:
    found = breaches(judged(configmaps(lambda one: one["panels"].append(panel("Bad", {"expr": expression})))))
    assert (found["not_parsed"]["panel"], found["not_parsed"]["dashboard"]) == ("Bad", "iworkz-cost-ja")


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["panels"].append(panel("Gone", {"expr": "up - gone_total"})),
        lambda one: one["panels"][1]["panels"].append(panel("Gone", {"expr": "gone_total"})),
        lambda one: one["templating"]["list"].append({"name": "x", "query": "label_values(gone_total, x)"}),
    ],
)
def test_a_metric_that_prometheus_has_not_is_told(change: Callable[[Model], None]) -> None:
    assert breaches(judged(configmaps(change)))["no_metric"]["metrics"] == "gone_total"


def test_a_cloudwatch_namespace_must_be_declared() -> None:
    mine = panel("Mine", {"namespace": "My/Own", "metricName": "x"}, source="cloudwatch")
    found = breaches(judged(configmaps(lambda one: one["panels"].append(mine))))
    assert found["undeclared"] == {"dashboard": "iworkz-cost-ja", "namespaces": "My/Own"}


def grafana(found: set[str], refused: int = 404) -> Answers:
    def absent(_query: Any) -> Any:
        raise KubernetesError(f"answered with {refused}", refused)

    names = [f"iworkz-{name}-{language}" for name in REQUIRED["dashboards"] for language in REQUIRED["languages"]]
    paths = {name: f"{GRAFANA}/api/dashboards/uid/{name}" for name in names}
    loaded = {path: {"dashboard": {}} if name in found else absent for name, path in paths.items()}
    return answers(**{f"{GRAFANA}/api/health": {"database": "ok"}, **loaded})


def test_a_grafana_that_answers_must_have_loaded_them() -> None:
    every = {"iworkz-overview-en", "iworkz-overview-ja", "iworkz-cost-en", "iworkz-cost-ja"}
    good = judged(configmaps(), grafana(every))
    assert (good.breaches, good.observed["judged_on"]) == ((), "Grafana")
    bad = judged(configmaps(), grafana(every - {"iworkz-cost-en"}))
    assert breaches(bad) == {"not_loaded": {"dashboards": "iworkz-cost-en"}}


def test_a_grafana_that_wants_a_user_leaves_it_at_objects() -> None:
    found = judged(configmaps(), grafana(set(), 401))
    assert (found.breaches, found.observed["judged_on"]) == ((), "objects")


def test_an_emulated_grafana_is_not_asked() -> None:
    replies = {**grafana(set()), f"{GRAFANA}/api/health": {"sandbox": "emulated"}}
    assert judged(configmaps(), replies).observed["judged_on"] == "objects"


def test_without_prometheus_nothing_is_known() -> None:
    with pytest.raises(KubernetesError, match="503"):
        judged(configmaps(), {})


def test_a_prometheus_that_fails_is_not_a_bad_query() -> None:
    def broken(_query: Any) -> Any:
        raise KubernetesError("answered with 502", 502)

    with pytest.raises(KubernetesError, match="502"):
        judged(configmaps(), answers(**{f"{PROMETHEUS}/api/v1/format_query": broken}))
