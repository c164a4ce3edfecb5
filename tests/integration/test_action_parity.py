"""One task, two ways: in the controller's process over a local connection, and shipped as a module over any other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a-secret-that-must-not-be-seen"
REGIONS = {"direct": "ap-northeast-1", "shipped": "ap-northeast-3"}

# A connection that is not called local, so that the module is packed, sent and started as on any remote host.
CONNECTION = """
from ansible.plugins.connection.local import DOCUMENTATION, Connection as Local

DOCUMENTATION = DOCUMENTATION.replace("name: local", "name: shipped")


class Connection(Local):
    transport = "shipped"
"""
ALARM = {
    "alarm_name": "iworkz-sandbox-errors",
    "namespace": "iworkz",
    "metric_name": "e",
    "statistic": "Sum",
    "period": 60,
    "evaluation_periods": 1,
    "threshold": 5,
    "comparison_operator": "GreaterThanThreshold",
}
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}
GROUP = {"log_group_name": "/iworkz/app", "kms_key_id": "alias/none"}

# name: options of aws_cloudwatch, keywords of the task.
TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "announced": ({"alarms": [ALARM]}, {"check_mode": True, "diff": True}),
    "created": ({"alarms": [ALARM]}, {"diff": True}),
    "again": ({"alarms": [ALARM]}, {"diff": True}),
    "updated": ({"alarms": [{**ALARM, "threshold": 6}]}, {"diff": True}),
    "unknown key": ({"alarms": [{**ALARM, "treshold": 6}]}, {}),
    "wrong type": ({"alarms": [{**ALARM, "period": "minute"}]}, {}),
    "unknown option": ({"alarmz": []}, {}),
    "wrong type of an option": ({"alarms": [ALARM], "wait_timeout": "soon"}, {}),
    "one bad resource": ({"alarms": [ALARM], "log_groups": [GROUP]}, {}),
    "expired": ({"alarms": [ALARM], "access_key": "AKIAEXPIRED000000000"}, {}),
    "deleted": ({"alarms": [], "purge": True}, {"diff": True}),
}
FAILING = {"unknown key", "wrong type", "unknown option", "wrong type of an option", "one bad resource", "expired"}
# Differs by nature: what was sent, how long it took, where an error came from.
APART = {"invocation", "elapsed", "exception", "boto3_version", "botocore_version", "response_metadata"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.+]+")


def playbook(connection: dict[str, Any]) -> str:
    tasks = [
        {"name": name, "iworkz.platform.aws_cloudwatch": {"tags": TAGS, **options}, "ignore_errors": True, **keywords}
        for name, (options, keywords) in TASKS.items()
    ]
    defaults = {**connection, "secret_key": SECRET, "region": "{{ region }}"}
    play = {
        "hosts": "all",
        "gather_facts": False,
        "module_defaults": {"group/iworkz.platform.aws": defaults},
        "tasks": tasks,
    }
    return json.dumps([play])


pytestmark = pytest.mark.filterwarnings("ignore:Exception.AwsError. with code")


@pytest.fixture(scope="module")
def ran(_account, tmp_path_factory) -> dict[str, Any]:
    """One run of all tasks on both hosts: results by task and host, what was printed, and the mutating calls."""
    _account.application.reset()
    _account.application.faults.configure({"expire_credentials": {"access_key": "AKIAEXPIRED000000000"}})
    directory = tmp_path_factory.mktemp("parity")
    (directory / "connection_plugins").mkdir()
    (directory / "connection_plugins" / "shipped.py").write_text(CONNECTION)
    hosts = {
        "direct": {"ansible_connection": "local", "region": REGIONS["direct"]},
        "shipped": {"ansible_connection": "shipped", "region": REGIONS["shipped"]},
    }
    interpreter = {"ansible_python_interpreter": sys.executable}
    (directory / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": interpreter}}))
    (directory / "play.json").write_text(playbook(_account.connection))
    printed = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            "-vvv",
            "-i",
            directory / "hosts.json",
            directory / "play.json",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert printed.returncode == 0, printed.stdout + printed.stderr
    document = json.loads(printed.stdout[printed.stdout.index("\n{") :])
    results = {task["task"]["name"]: task["hosts"] for play in document["plays"] for task in play["tasks"]}
    calls = [call for call in _account.log.since(0)["calls"] if call["mutating"]]
    _account.application.faults.clear()
    return {"results": results, "printed": printed.stdout + printed.stderr, "calls": calls}


def compared(result: dict[str, Any]) -> dict[str, Any]:
    """What must be the same, with regions and times left out."""
    kept = {name: value for name, value in result.items() if name not in APART and not name.startswith("_")}
    text = TIME.sub("TIME", json.dumps(kept, sort_keys=True))
    for region in REGIONS.values():
        text = text.replace(region, "REGION")
    return dict(json.loads(text))


@pytest.mark.parametrize("task", [name for name in TASKS if name not in FAILING])
def test_a_success_is_the_same(ran, task):
    direct, shipped = (compared(ran["results"][task][host]) for host in REGIONS)
    assert direct == shipped


@pytest.mark.parametrize("task", sorted(FAILING))
def test_a_failure_is_the_same(ran, task):
    direct, shipped = (ran["results"][task][host] for host in REGIONS)
    assert direct["failed"]
    assert shipped["failed"]
    assert compared(direct) == compared(shipped)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("unknown key", "alarms[0] (iworkz-sandbox-errors): unknown key treshold; did you mean threshold?"),
        ("wrong type", "alarms[0] (iworkz-sandbox-errors): Invalid type for parameter Period, value: minute"),
        ("unknown option", "Unsupported parameters for (iworkz.platform.aws_cloudwatch) module: alarmz. Supported"),
        ("wrong type of an option", "argument 'wait_timeout' is of type"),
        ("one bad resource", "log_group /iworkz/app: kms_key alias/none does not exist in"),
        ("expired", "The security token included in the request is expired"),
    ],
)
def test_what_is_wrong_is_said_both_ways(ran, task, message):
    for host in REGIONS:
        assert message in ran["results"][task][host]["msg"]


def test_the_services_error_code_can_be_asked_for(ran):
    for host in REGIONS:
        assert ran["results"]["expired"][host]["error"]["code"] == "ExpiredTokenException"


@pytest.mark.parametrize(
    ("task", "changed", "lists"),
    [
        ("announced", True, {"created": ["alarm iworkz-sandbox-errors"]}),
        ("created", True, {"created": ["alarm iworkz-sandbox-errors"]}),
        ("again", False, {"unchanged": ["alarm iworkz-sandbox-errors"]}),
        ("updated", True, {"updated": ["alarm iworkz-sandbox-errors"]}),
        ("deleted", True, {"deleted": ["alarm iworkz-sandbox-errors"]}),
    ],
)
def test_it_did_what_it_says(ran, task, changed, lists):
    for host in REGIONS:
        result = ran["results"][task][host]
        assert result["changed"] is changed
        assert {name: result[name] for name in lists} == lists


def test_the_diff_shows_the_key_that_differs(ran):
    for host in REGIONS:
        (diff,) = ran["results"]["updated"][host]["diff"]
        assert (diff["before"], diff["after"]) == ({"threshold": 5.0}, {"threshold": 6})


def test_exactly_these_changes_were_made_in_each_region(ran):
    """Module defaults reach both ways (the region is theirs), and check mode makes no change."""
    for region in REGIONS.values():
        made = [call["operation"] for call in ran["calls"] if call["region"] == region and not call["error"]]
        # The second update puts the threshold back, beside the bad resource.
        assert made == ["PutMetricAlarm", "PutMetricAlarm", "PutMetricAlarm", "DeleteAlarms"]


def test_the_secret_is_nowhere(ran):
    assert ran["printed"].count("AKIAINTEGRATIONTESTS") > 0
    assert SECRET not in ran["printed"]


def test_only_the_other_way_ships_a_module(ran):
    assert "invocation" in ran["results"]["created"]["shipped"]
    assert "invocation" not in ran["results"]["created"]["direct"]
