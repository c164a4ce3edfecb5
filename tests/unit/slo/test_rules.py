"""Rules of service levels, judged by promtool itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._slo import promtool, trial
from ansible_collections.iworkz.platform.plugins.module_utils._slo.alerting import BURN, SILENT, UNMEASURED
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import BURNS, PERIOD, promises
from ansible_collections.iworkz.platform.plugins.module_utils._slo.texts import MESSAGES, Texts
from tools import slo_rules

CASES = sorted(path.name for path in slo_rules.CASES.glob("*.yml"))
BILLING = ("billing", "business")
RUNBOOKS = slo_rules.ROOT / "docs" / "runbooks" / "alerts"
Group = dict[str, Any]


@pytest.fixture(scope="session")
def groups(values: dict[str, Any]) -> list[Group]:
    found: list[Group] = slo_rules.rules(values)["groups"]
    return found


def rules(groups: list[Group]) -> list[dict[str, Any]]:
    return [rule for group in groups for rule in group["rules"]]


def test_promtool_takes_all_rules(directory: Path) -> None:
    outcome = promtool.run("check", "rules", slo_rules.RULES, directory=directory)
    assert outcome.passed, outcome.output


@pytest.mark.parametrize("case", [*CASES, slo_rules.GENERATED])
def test_rules_do_what_the_cases_say(case: str, directory: Path) -> None:
    outcome = promtool.run("test", "rules", case, directory=directory)
    assert outcome.passed, outcome.output


def test_there_are_cases_by_hand() -> None:
    assert CASES == ["fast_burn.yml", "latency.yml", "no_traffic.yml", "platform.yml", "slow_burn.yml"]


def of_billing(groups: list[Group]) -> list[Group]:
    return copy.deepcopy([group for group in groups if group["name"].split(":")[1] == BILLING[0]])


def loosen(rule: dict[str, Any]) -> None:
    """Ten times the errors and the time that may be."""
    if "alert" in rule:
        rule["expr"] = re.sub(r"> ([0-9.]+)", lambda found: f"> {float(found.group(1)) * 10:.9g}", rule["expr"])


def count_those_who_hang_up_only(rule: dict[str, Any]) -> None:
    rule["expr"] = rule["expr"].replace('response_code=~"0|5.."', 'response_code="0"')


def always(rule: dict[str, Any]) -> None:
    if rule.get("alert") == "SLOLatencyMean":
        rule["expr"] = 'slo:latency_mean:seconds_rate5m{service="billing"} > 0'


@pytest.mark.parametrize("breaking", [loosen, count_those_who_hang_up_only, always])
def test_the_trial_finds_rules_that_say_less_or_more(
    breaking: Callable[[dict[str, Any]], None], groups: list[Group]
) -> None:
    own = of_billing(groups)
    tests = trial.tests([BILLING], trial.cases(0.999, 0.1), promtool.RULES)
    assert promtool.test({"groups": own}, tests).passed
    for rule in rules(own):
        breaking(rule)
    assert not promtool.test({"groups": own}, tests).passed


def test_half_of_the_services_make_an_outage_and_fewer_do_not(groups: list[Group]) -> None:
    keep = [group for group in groups if group["name"].startswith("slo:") and not group["name"].endswith(":period")]
    keep += [group for group in groups if group["name"] == "platform:outage"]
    services = sorted(
        {
            (rule["labels"]["service"], rule["labels"]["team"])
            for rule in rules(keep)
            if rule.get("labels", {}).get("team")
        }
    )
    load = trial.Load(20, failed=0.5)
    outage = {"expr": 'count(ALERTS{alertname="PlatformOutage",alertstate="firing"})', "eval_time": "20m"}
    series = [[one for service in services[:count] for one in load.series(service)] for count in (8, 9)]
    tests = {
        "rule_files": [promtool.RULES],
        "evaluation_interval": "2m",
        "tests": [
            {"interval": "2m", "input_series": some, "promql_expr_test": [{**outage, "exp_samples": samples}]}
            for some, samples in zip(series, ([], [{"labels": "{}", "value": 1}]), strict=True)
        ],
    }
    outcome = promtool.test({"groups": keep}, tests)
    assert outcome.passed, outcome.output


def test_what_prometheus_tells_of_its_rules_is_what_it_was_given(groups: list[Group]) -> None:
    own = of_billing(groups)[:1]
    told = {"data": {"groups": [{"name": "x", "rules": [as_told(rule) for rule in own[0]["rules"]]}]}}
    again = trial.from_api(told)["groups"][0]["rules"]
    assert [(one.get("record") or one["alert"], one["expr"], one["labels"]) for one in again] == [
        (one.get("record") or one["alert"], one["expr"], one["labels"]) for one in own[0]["rules"]
    ]
    assert [one["for"] for one in again if one.get("alert") == "SLOLatencyMean"] == ["300s"]


def as_told(rule: dict[str, Any]) -> dict[str, Any]:
    seconds = {"": 0, "5m": 300, "15m": 900}[rule.get("for", "")]
    kind = {"type": "recording"} if "record" in rule else {"type": "alerting", "duration": seconds}
    return {**kind, "name": rule.get("record") or rule["alert"], "query": rule["expr"], "labels": rule["labels"]}


def test_each_service_has_every_window_in_the_names_of_the_contract(groups: list[Group]) -> None:
    names = {rule["record"] for rule in rules(of_billing(groups)) if "record" in rule}
    windows = ("5m", "30m", "1h", "2h", "6h", "1d", "3d", PERIOD)
    assert {f"slo:sli_error:ratio_rate{window}" for window in windows} <= names
    assert {f"slo:latency_mean:seconds_rate{window}" for window in ("5m", "1h", PERIOD)} <= names
    assert {
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
        "slo:latency_mean_objective:seconds",
        "slo:requests:rate5m",
        "slo:requests:increase30d",
    } <= names
    assert {(burn.severity, burn.factor, burn.long, burn.short) for burn in BURNS} == {
        ("page", 14.4, "1h", "5m"),
        ("page", 6, "6h", "30m"),
        ("ticket", 3, "1d", "2h"),
        ("ticket", 1, "3d", "6h"),
    }


def test_overrides_hold_for_their_service(values: dict[str, Any]) -> None:
    made = {one.service: one for one in promises(values["services"], values["slos"], values["teams"])}
    assert (made["identity"].availability, made["billing"].availability) == (0.9995, 0.999)
    assert made["billing"].language == "ja"


def test_of_what_nobody_may_call_no_requests_are_missed(values: dict[str, Any], groups: list[Group]) -> None:
    alone = [one.service for one in promises(values["services"], values["slos"], values["teams"]) if not one.called]
    asked_for = {rule["labels"]["service"] for rule in rules(groups) if rule.get("alert") in (SILENT, UNMEASURED)}
    services = {service["name"] for service in values["services"]}
    assert (alone, services - asked_for) == (["admin"], {"admin"})
    burning = {rule["labels"]["service"] for rule in rules(groups) if rule.get("alert") == BURN}
    assert burning == services


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"services": {"biling": {"availability_percent": 99}}}, "names what is no service: biling"),
        ({"teams": []}, "is not in platform_teams"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], text: str, values: dict[str, Any]) -> None:
    slos = {**values["slos"], **{key: value for key, value in change.items() if key == "services"}}
    with pytest.raises(ValueError, match=text):
        promises(values["services"], slos, change.get("teams", values["teams"]))


def test_every_alert_has_texts_and_a_runbook_in_both_languages(groups: list[Group]) -> None:
    alerts = {rule["alert"]: rule for rule in rules(groups) if "alert" in rule}
    assert {name.split(".")[1] for name in load_catalogue(MESSAGES)} == set(alerts)
    for language in ("en", "ja"):
        headings = re.findall(r"^## (\w+)$", (RUNBOOKS / f"{language}.md").read_text(encoding="utf-8"), re.MULTILINE)
        assert set(headings) == set(alerts)
    for rule in alerts.values():
        assert re.search(r"/docs/runbooks/alerts/(en|ja)\.md#[a-z0-9]+$", rule["annotations"]["runbook_url"])


def test_labels_of_a_text_are_filled_in_by_prometheus() -> None:
    rule = Texts("https://runbooks").alert("PostgresReplicationLag", "x > 1", {}, limit=30)
    assert rule["annotations"]["summary_en"] == "Replica {{ $labels.target }} is {{ $value | humanizeDuration }} behind"
    assert rule["annotations"]["description_en"].startswith("30 s are allowed.")


def test_a_text_without_its_values_is_an_error() -> None:
    with pytest.raises(KeyError, match="limit"):
        Texts("https://runbooks").alert("PostgresReplicationLag", "x > 1", {})


def test_write_makes_files_that_others_read(values: dict[str, Any], tmp_path: Path) -> None:
    slo_rules.write(tmp_path / "out", values)
    assert yaml.safe_load((tmp_path / "out" / "rules.yml").read_text()) == json.loads(
        json.dumps(slo_rules.rules(values))
    )


@pytest.mark.parametrize("passed", [True, False])
def test_the_tool_prints_what_promtool_says_and_fails_with_it(
    passed: bool, values: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str, directory: Path) -> promtool.Outcome:
        assert (directory / words[-1]).is_file()
        return promtool.Outcome(passed or words[0] == "check", f"ran {words[-1]}")

    monkeypatch.setattr(slo_rules.promtool, "run", run)
    monkeypatch.setattr(slo_rules, "declared", lambda environment: values)
    monkeypatch.setattr("sys.argv", ["tools.slo_rules", "test"])
    assert slo_rules.main() == (0 if passed else 1)
    ran = capsys.readouterr().out.split("\n")
    assert ran[:2] == ["ran rules.yml", "ran fast_burn.yml"]
    assert "ran generated.yml" in ran


def test_the_tool_writes_files(values: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(slo_rules, "declared", lambda environment: values)
    monkeypatch.setattr("sys.argv", ["tools.slo_rules", "--environment", "production", "write", str(tmp_path)])
    assert slo_rules.main() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"rules.yml", "alertmanager.yml"}
