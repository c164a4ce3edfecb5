from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import service
from ansible_collections.iworkz.platform.plugins.module_utils._aws.cloudwatch import ADAPTERS, Alarm, Dashboard
from ansible_collections.iworkz.platform.plugins.module_utils._aws.ecr import ADAPTERS as ECR
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Outcome
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change

from .conftest import CONNECTION, Script, client_error

DEFAULTS = {name: option.get("default") for name, option in service.COMMON.items()}
STATE = {"size": 1, "name": "x"}


def change(action: str, before: dict | None = None, after: dict | None = None, *fields: str) -> Change:
    return Change("thing", action, action, before, after, fields)  # type: ignore[arg-type]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    """Answers for the run's own clients; gives the clients back, where the calls are."""

    def answers(table: dict) -> Script:
        clients = Script(table)
        monkeypatch.setattr(service, "Clients", lambda _params: clients)
        return clients

    return answers


def run(check_mode: bool = False, **options):
    return service.run((Alarm, Dashboard), {**CONNECTION, **DEFAULTS, **options}, check_mode=check_mode)


def test_options_are_the_adapters_and_the_common_ones():
    spec = service.argument_spec(ECR)
    assert {"registry", "repositories", "tags", "purge", "wait_timeout"} <= spec.keys()
    assert spec["registry"]["type"] == "dict"
    assert (spec["repositories"]["type"], spec["repositories"]["elements"]) == ("list", "dict")
    assert {a.option for a in ADAPTERS} <= service.argument_spec(ADAPTERS).keys()


def test_a_result_names_every_resource_by_what_happened_to_it():
    changes = [
        change("create", None, STATE, "name", "size"),
        change("update", STATE, {**STATE, "size": 2}, "size"),
        change("replace", STATE, {**STATE, "name": "y"}, "name"),
        change("delete", STATE, None),
        change("unchanged", STATE, STATE),
    ]
    outcome = Outcome(changes, {"things": {"x": {**STATE, "_id": "private"}}}, {}, 1.5)
    result = service.result(outcome, {"sns:ListTopics": 2})
    assert result == {
        "changed": True,
        "created": ["thing create"],
        "updated": ["thing update", "thing replace"],
        "deleted": ["thing delete"],
        "unchanged": ["thing unchanged"],
        "failed_resources": {},
        "resources": {"things": {"x": STATE}},
        "diff": [
            {"before_header": "thing create", "after_header": "thing create", "before": {}, "after": STATE},
            {
                "before_header": "thing update",
                "after_header": "thing update",
                "before": {"size": 1},
                "after": {"size": 2},
            },
            {
                "before_header": "thing replace (destroyed and created anew)",
                "after_header": "thing replace (destroyed and created anew)",
                "before": {"name": "x"},
                "after": {"name": "y"},
            },
            {"before_header": "thing delete", "after_header": "thing delete", "before": STATE, "after": {}},
        ],
        "elapsed": 1.5,
        "api_calls": {"sns:ListTopics": 2},
    }


def test_a_key_that_was_absent_is_in_the_diff_on_one_side():
    (diff,) = service.result(Outcome([change("update", {}, {"size": 2}, "size")]), {})["diff"]
    assert (diff["before"], diff["after"]) == ({}, {"size": 2})


def test_unchanged_is_not_changed_and_has_no_diff():
    result = service.result(Outcome([change("unchanged", STATE, STATE)]), {})
    assert (result["changed"], result["diff"]) == (False, [])
    assert "failed" not in result
    assert "msg" not in result


def test_failures_are_all_named():
    outcome = Outcome([change("create", None, STATE)], failed={"thing b": "no", "thing a": "denied"})
    result = service.result(outcome, {})
    assert result["failed"] is True
    assert result["msg"] == "thing a: denied; thing b: no"
    assert result["failed_resources"] == outcome.failed


def test_what_is_not_declared_is_not_looked_at(script):
    clients = script({})
    result = run()
    assert not result["changed"]
    assert clients.made == []
    assert result["resources"] == {}


def test_an_empty_list_purges_only_with_purge(script):
    ours = [{"AlarmName": "old", "AlarmArn": "arn:aws:cloudwatch:x:1:alarm:old"}]
    table = {
        "cloudwatch:DescribeAlarms": lambda params: {"MetricAlarms": [] if params.get("AlarmNames") == [] else ours},
        "cloudwatch:ListTagsForResource": {"Tags": [{"Key": "Platform", "Value": "iworkz"}]},
    }
    script(table)
    assert run(alarms=[], tags={"Platform": "iworkz"})["deleted"] == []
    clients = script(table)
    assert run(check_mode=True, alarms=[], tags={"Platform": "iworkz"}, purge=True)["deleted"] == ["alarm old"]
    assert clients.named("cloudwatch:DeleteAlarms") == []


ALARM = {"alarm_name": "a", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1}


def test_check_mode_predicts_and_makes_no_mutating_call(script):
    clients = script({"cloudwatch:DescribeAlarms": {"MetricAlarms": []}})
    result = run(check_mode=True, alarms=[ALARM], tags={"A": "b"})
    assert result["created"] == ["alarm a"]
    assert result["resources"]["alarms"]["a"] == {**ALARM, "actions_enabled": True, "tags": {"A": "b"}}
    assert {name for name, _params in clients.made} == {"cloudwatch:DescribeAlarms"}


def test_bad_input_of_every_list_is_told_at_once_and_makes_no_call(script):
    clients = script({})
    with pytest.raises(InvalidInput) as caught:
        run(alarms=[{**ALARM, "priod": 60}, ALARM, ALARM], dashboards=[{"dashboard_body": {}}])
    assert caught.value.errors == [
        "alarms[0] (a): unknown key priod; did you mean period?",
        "alarms[1] (a): declared twice",
        "alarms[2] (a): declared twice",
        "dashboards[0]: has no name",
        'dashboards[0]: Missing required parameter in input: "DashboardName"',
    ]
    assert clients.made == []


def test_threads_are_closed_when_a_read_fails(script, monkeypatch):
    script({"cloudwatch:DescribeAlarms": client_error("AccessDenied")})
    closed = []
    close = service.Context.close
    monkeypatch.setattr(service.Context, "close", lambda self: (closed.append(self), close(self)))
    with pytest.raises(Exception, match="AccessDenied"):
        run(alarms=[ALARM])
    assert len(closed) == 1
