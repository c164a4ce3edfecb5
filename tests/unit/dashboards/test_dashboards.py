"""The dashboards as they are declared: complete, in both languages, valid, and by Prometheus' own parser."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard as Model

from ansible_collections.iworkz.platform.plugins.filter.grafana_dashboards import grafana_dashboards
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import elsewhere
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.catalogue import DASHBOARDS, external
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.model import (
    Dashboard,
    Metric,
    Platform,
    Query,
)
from ansible_collections.iworkz.platform.plugins.module_utils._dashboards.promql import metrics, values_of
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import Promise
from ansible_collections.iworkz.platform.plugins.module_utils._slo.recording import frequent, periodic

ROOT = Path(__file__).resolve().parents[3]


def declared(topic: str) -> Any:
    return yaml.safe_load((ROOT / "group_vars" / "all" / f"{topic}.yml").read_text(encoding="utf-8"))


KIBANA = "https://kibana.example.com:5601"
PLATFORM = Platform(
    "iworkz",
    "sandbox",
    declared("targets")["platform_targets"],
    declared("alarms")["platform_alarms"],
    KIBANA,
    next(one for one in declared("logging")["platform_logging"]["searches"] if one["id"] == "traces"),
    "ap-northeast-1",
)
EVERY = [make(PLATFORM) for make in DASHBOARDS]


@pytest.fixture(scope="module")
def configmaps() -> list[dict[str, Any]]:
    return grafana_dashboards(asdict(PLATFORM))


@pytest.fixture(scope="module")
def models(configmaps: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = [json.loads(text) for one in configmaps for text in one["data"].values()]
    return {model["uid"]: model for model in found}


def queries(dashboard: Dashboard) -> list[str]:
    found = [query.expr for panel in dashboard.panels for query in panel.queries if isinstance(query, Query)]
    return [*found, *(values_of(variable.query) for variable in dashboard.variables)]


def namespaces(dashboard: Dashboard) -> set[str]:
    return {query.namespace for panel in dashboard.panels for query in panel.queries if isinstance(query, Metric)}


def test_the_ten_are_there_in_both_languages(models: dict[str, dict[str, Any]]) -> None:
    required = load_requirements().resolve("3.1.1.3").required
    assert sorted(required["dashboards"]) == sorted(dashboard.name for dashboard in EVERY)
    assert set(models) == {f"iworkz-{name}-{language}" for name in required["dashboards"] for language in LANGUAGES}


def test_every_query_is_promql_to_prometheus_itself(tmp_path: Path) -> None:
    expressions = sorted({each for dashboard in EVERY for each in queries(dashboard)})
    rules = [{"record": f"parsed:{number}", "expr": each} for number, each in enumerate(expressions)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(expressions)} rules found" in done.stdout
    assert len(expressions) > 80


@pytest.mark.parametrize("dashboard", EVERY, ids=lambda dashboard: dashboard.name)
def test_every_query_names_its_metrics(dashboard: Dashboard) -> None:
    assert all(metrics(each) for each in queries(dashboard))


def test_what_is_declared_external_is_needed_and_has_a_reason() -> None:
    shown = {namespace for dashboard in EVERY for namespace in namespaces(dashboard)}
    assert set(external("cloudwatch")) == shown
    assert set(external("prometheus")) <= {
        name for dashboard in EVERY for each in queries(dashboard) for name in metrics(each)
    }
    assert all(len(reason) > 20 for source in ("cloudwatch", "prometheus") for reason in external(source).values())


def test_error_budgets_are_of_rules_that_the_role_records() -> None:
    promise = Promise("search", "discovery", "en", False, 0.999, 0.1, 250)
    recorded = {rule["record"] for rule in (*frequent(promise), *periodic(promise))}
    named = {name for dashboard in EVERY for each in queries(dashboard) for name in metrics(each)}
    assert {name for name in named if ":" in name} <= recorded
    assert {"slo:period_error_budget_remaining:ratio", "slo:current_burn_rate:ratio"} <= named


def test_the_sdks_model_reads_every_field_that_it_wrote(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        assert json.loads(JSONEncoder().encode(Model.from_json(model))) == model


def test_grafana_can_tell_them_apart_and_lay_them_out(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        assert len(name) <= 40
        assert (model["schemaVersion"], model["timezone"], model["editable"]) == (42, "Asia/Tokyo", False)
        assert set(Counter(panel["id"] for panel in model["panels"]).values()) == {1}
        places = [panel["gridPos"] for panel in model["panels"]]
        assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
        cells = [
            (place["x"] + column, place["y"] + row)
            for place in places
            for column in range(place["w"])
            for row in range(place["h"])
        ]
        assert len(cells) == len(set(cells)), f"panels of {name} overlap"


def test_every_panel_has_words_a_source_and_a_query(models: dict[str, dict[str, Any]]) -> None:
    panels = [panel for model in models.values() for panel in model["panels"] if panel["type"] != "row"]
    assert len(panels) == 2 * sum(len(dashboard.panels) for dashboard in EVERY)
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert panel["targets"]
        assert panel["datasource"] in [{"type": kind, "uid": kind} for kind in ("prometheus", "cloudwatch")]
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_languages_lead_to_each_other(models: dict[str, dict[str, Any]]) -> None:
    for name, model in models.items():
        other = f"{name[:-2]}{'ja' if name.endswith('en') else 'en'}"
        assert model["links"][0]["url"] == f"/d/{other}"
        assert f"/d/{name}" == models[other]["links"][0]["url"]
    assert models["iworkz-cost-ja"]["title"] == "コスト"


def shown(url: str, **variables: str) -> str:
    """A link as Grafana has it once it has filled in the variables, which are those of its formats that it names."""
    begin, end = "2026-11-22T00:00:00.000Z", "2026-11-22T06:00:00.000Z"
    values = {"__from:date:iso": begin, "__to:date:iso": end}
    values |= {f"{name}:percentencode": quote(value, safe="") for name, value in variables.items()}
    return re.sub(r"\$\{([^}]+)\}", lambda found: values[found[1]], url)


@pytest.mark.parametrize("service", ["search", 'a name & "more"=#1\''])
def test_links_lead_to_lines_and_traces_of_the_service_and_the_time(
    models: dict[str, dict[str, Any]], service: str
) -> None:
    lines, traces = (link for link in models["iworkz-service-en"]["links"] if link["targetBlank"])
    kibana, xray = urlsplit(shown(lines["url"], service=service)), urlsplit(shown(traces["url"], service=service))
    assert (lines["keepTime"], lines["includeVars"], traces["keepTime"], traces["includeVars"]) == (False,) * 4

    assert f"{kibana.scheme}://{kibana.netloc}{kibana.path}" == f"{KIBANA}/s/operations/app/discover"
    route, _, state = kibana.fragment.partition("?")
    assert route == "/view/traces"
    assert parse_qs(state) == {
        "_g": ["(time:(from:'2026-11-22T00:00:00.000Z',to:'2026-11-22T06:00:00.000Z'))"],
        "_a": [f"(query:(language:lucene,query:'(trace.id:*) AND service.name:\"{service}\"'))"],
    }

    assert f"{xray.scheme}://{xray.netloc}{xray.path}" == "https://console.aws.amazon.com/xray/home"
    assert parse_qs(xray.query) == {"region": ["ap-northeast-1"]}
    route, _, state = xray.fragment.partition("?")
    assert route == "/traces"
    assert parse_qs(state) == {
        "filter": [f'service("{service}")'],
        "timeRange": ["2026-11-22T00:00:00.000Z~2026-11-22T06:00:00.000Z"],
    }


def test_the_overview_leads_to_everything_of_the_time(models: dict[str, dict[str, Any]]) -> None:
    lines, traces = (shown(link["url"]) for link in models["iworkz-overview-ja"]["links"] if link["targetBlank"])
    assert "#/view/traces?_g=(time:" in lines
    assert "_a=" not in lines
    assert "#/traces?timeRange=2026-" in traces


def test_a_link_has_only_variables_of_its_dashboard(models: dict[str, dict[str, Any]]) -> None:
    for model in models.values():
        own = {variable["name"] for variable in model["templating"].get("list", ())} | {"__from", "__to"}
        named = {name for link in model["links"] for name in re.findall(r"\$\{?(\w+)", link.get("url") or "")}
        assert named <= own


@pytest.mark.parametrize(
    ("lacking", "left"),
    [
        ({"kibana": ""}, ["link_traces"]),
        ({"traces_region": ""}, ["link_lines"]),
        ({"kibana": "", "traces_region": ""}, []),
    ],
)
def test_there_is_no_link_to_what_is_not_there(lacking: dict[str, Any], left: list[str]) -> None:
    assert [link.name for link in elsewhere.links(replace(PLATFORM, **lacking), "service")] == left


def test_the_saved_searchs_own_query_is_escaped() -> None:
    search = {"id": "other", "space": "security", "query": "name:'x' AND !y&z"}
    (lines, _) = elsewhere.links(replace(PLATFORM, search=search, kibana=f"{KIBANA}/"), "service")
    state = parse_qs(urlsplit(shown(lines.url, service="search")).fragment.partition("?")[2])
    assert "/s/security/app/discover#/view/other?" in lines.url
    assert state["_a"] == ["(query:(language:lucene,query:'(name:!'x!' AND !!y&z) AND service.name:\"search\"'))"]


def test_every_word_of_the_catalogue_is_used() -> None:
    used = {dashboard.name for dashboard in EVERY}
    used |= {f"{dashboard.name}_{panel.name}" for dashboard in EVERY for panel in dashboard.panels}
    used |= {f"row_{row.name}" for dashboard in EVERY for row in dashboard.rows}
    used |= {f"variable_{variable.name}" for dashboard in EVERY for variable in dashboard.variables}
    used |= {link.name for dashboard in EVERY for link in dashboard.links}
    used |= {"link_language", "link_others", "folder"}
    assert {name.removeprefix("dashboards.") for name in load_catalogue() if name.startswith("dashboards.")} == used


def test_thresholds_are_the_platforms_targets(models: dict[str, dict[str, Any]]) -> None:
    def steps(dashboard: str, title: str) -> list[float | None]:
        (panel,) = [panel for panel in models[f"iworkz-{dashboard}-en"]["panels"] if panel["title"] == title]
        return [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]

    assert steps("overview", "Availability, 30 days")[:2] == [None, PLATFORM.targets["availability_percent"] / 100]
    assert steps("service", "Latency") == [None, PLATFORM.targets["api_p95_ms"]]
    assert PLATFORM.targets["cache_hit_percent"] in steps("cache", "Hit rate")
    assert steps("database", "Replication lag") == [None, PLATFORM.alarms["postgres"]["replica_lag_seconds"]]


def test_configmaps_are_what_the_sidecar_loads(configmaps: list[dict[str, Any]]) -> None:
    assert len({one["metadata"]["name"] for one in configmaps}) == 20
    for one in configmaps:
        ((file, text),) = one["data"].items()
        assert (one["kind"], one["metadata"]["namespace"]) == ("ConfigMap", "monitoring")
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert one["metadata"]["annotations"]["grafana_folder"] == (
            "iWORKZ 日本語" if file.endswith("-ja.json") else "iWORKZ"
        )
        assert len(text.encode()) < 100_000


def test_a_dashboard_too_big_for_a_configmap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.iworkz.platform.plugins.module_utils._dashboards import configmaps as module

    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match=r"dashboard-overview-en has [0-9]+ bytes"):
        module.configmaps(PLATFORM, "monitoring")


def test_a_platform_without_targets_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="the platform lacks 'targets'"):
        grafana_dashboards({"name": "iworkz", "environment": "sandbox"})


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("up", {"up"}),
        ('{__name__="up",job="x"}', {"up"}),
        ("sum by (a) (rate(x_total[5m])) / on (a) group_left y", {"x_total", "y"}),
        ("histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m]))) > bool z or vector(1)", {"h_bucket", "z"}),
        ("max_over_time((a - b offset 1h)[1h:5m])", {"a", "b"}),
        ("topk(scalar(n), -c)", {"n", "c"}),
        ("absent(d) unless (e and f)", {"d", "e", "f"}),
        ('count_values("v", slo:x:ratio @ end())', {"slo:x:ratio"}),
    ],
)
def test_metrics_are_found_wherever_they_stand(expression: str, names: set[str]) -> None:
    assert metrics(expression) == names


@pytest.mark.parametrize("expression", ['{job="x"}', '{__name__=~"a|b"}', "up + {job='x'}"])
def test_what_names_no_metric_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="names no metric"):
        metrics(expression)


@pytest.mark.parametrize("expression", ["", "sum(", "up up", "rate(up)"])
def test_what_is_no_promql_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"no expression|invalid promql|expected type|unclosed"):
        metrics(expression)


def test_variables_take_their_values_from_promql() -> None:
    assert values_of('label_values(up{job=~"a,b"}, instance)') == 'up{job=~"a,b"}'
    assert values_of("metrics(.*)") == "metrics(.*)"
