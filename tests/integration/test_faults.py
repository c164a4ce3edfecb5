"""Trouble while a run is under way: it recovers or says what is wrong, and the next run converges on one of each."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws import cloudwatch, mq, session
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile import engine
from sandbox.aws.protocol import AwsError, serialise

from .conftest import DEFAULTS, TAGS

ROOT = Path(__file__).resolve().parents[2]
NAME = "iworkz-sandbox-mq"
pytestmark = pytest.mark.filterwarnings("ignore:Exception.AwsError. with code")

PATIENCE = 30
"""Seconds after which something that should have happened won't."""

ADAPTERS = (*mq.ADAPTERS, *cloudwatch.ADAPTERS)
DECLARED: dict[str, Any] = {
    "configurations": [{"name": NAME, "engine_type": "RABBITMQ", "engine_version": "3.13", "data": "heartbeat = 60"}],
    "brokers": [
        {
            "broker_name": NAME,
            "engine_type": "RABBITMQ",
            "engine_version": "3.13",
            "deployment_mode": "CLUSTER_MULTI_AZ",
            "host_instance_type": "mq.m5.large",
            "publicly_accessible": False,
            "subnet_ids": ["iworkz-sandbox-data-1a", "iworkz-sandbox-data-1c", "iworkz-sandbox-data-1d"],
            "security_groups": ["iworkz-sandbox-store"],
            "configuration_name": NAME,
            "configuration_data": "heartbeat = 60",
            "admin_user": {"username": "platform", "secret_name": "iworkz/mq/admin"},
        }
    ],
    "log_groups": [{"log_group_name": "/iworkz/app", "retention_in_days": 90}],
    "metric_filters": [
        {
            "log_group_name": "/iworkz/app",
            "filter_name": "iworkz-sandbox-errors",
            "filter_pattern": "ERROR",
            "metric_transformations": [{"metric_name": "e", "metric_namespace": "iworkz", "metric_value": "1"}],
        }
    ],
    "alarms": [
        {
            "alarm_name": "iworkz-sandbox-errors",
            "namespace": "iworkz",
            "metric_name": "e",
            "statistic": "Sum",
            "period": 60,
            "evaluation_periods": 1,
            "threshold": 5,
            "comparison_operator": "GreaterThanThreshold",
            "alarm_actions": ["iworkz-sandbox-alerts"],
        }
    ],
    "dashboards": [{"dashboard_name": "iworkz-sandbox-overview", "dashboard_body": {"widgets": []}}],
}
READS = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListDashboards",
    "cloudwatch:ListTagsForResource",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "logs:DescribeLogGroups",
    "logs:DescribeMetricFilters",
    "logs:ListTagsForResource",
    "mq:DescribeBroker",
    "mq:DescribeConfigurationRevision",
    "mq:ListBrokers",
    "mq:ListConfigurations",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetRandomPassword",
    "sts:GetCallerIdentity",
]
WRITES = [
    "cloudwatch:PutDashboard",
    "cloudwatch:PutMetricAlarm",
    "logs:CreateLogGroup",
    "logs:PutMetricFilter",
    "logs:PutRetentionPolicy",
    "mq:CreateBroker",
    "mq:CreateConfiguration",
    "mq:UpdateConfiguration",
    "secretsmanager:CreateSecret",
]


def until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE} s"
        time.sleep(0.01)


def trouble(account, *documents: dict[str, Any]) -> None:
    account.application.faults.configure(list(documents))


def converges_on_one_of_each(account) -> None:
    """The next run brings everything to its state, the one after it changes nothing, and nothing is there twice."""
    account.application.faults.clear()
    assert account.run(ADAPTERS, **DECLARED)["failed_resources"] == {}
    again = account.run(ADAPTERS, **DECLARED)
    assert not again["changed"], again["diff"]
    assert list(again["resources"]["brokers"]) == [NAME]
    client = account.client("mq")
    assert [b["BrokerName"] for b in client.list_brokers()["BrokerSummaries"]] == [NAME]
    assert [c["Name"] for c in client.list_configurations()["Configurations"]] == [NAME]
    secrets = account.client("secretsmanager").list_secrets()["SecretList"]
    assert [secret["Name"] for secret in secrets] == ["iworkz/mq/admin"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every error reaches our own code at once, as if botocore had given up on it.

    What has not been taken then won't be: the emulator answers with what was written last.
    """
    monkeypatch.setattr(session, "ATTEMPTS", 1)
    monkeypatch.setattr(engine, "SETTLE_SECONDS", 3)


@pytest.fixture
def slow_brokers(account) -> Iterator[Callable[[float], None]]:
    seconds = account.application.store.transitions.seconds

    def slow(duration: float) -> None:
        seconds["mq.broker"] = duration

    yield slow
    seconds.pop("mq.broker", None)


def test_the_calls_of_an_apply_are_those_tried_below(account, network):
    calls = account.run(ADAPTERS, **DECLARED)["api_calls"]
    assert sorted(calls) == sorted(READS + WRITES)


@pytest.mark.parametrize("call", READS + WRITES)
def test_one_500_that_outlasts_the_retries(account, network, impatient, call):
    service, operation = call.split(":")
    trouble(account, {"service": service, "operation": operation, "status": 500, "times": 1})
    before = account.mutations()
    try:
        account.run(ADAPTERS, **DECLARED)
    except ClientError:
        # Raised by the reads that the plan is made from: nothing has been done yet.
        assert account.mutations() == before
    converges_on_one_of_each(account)


@pytest.mark.parametrize("call", ["cloudwatch:PutMetricAlarm", "logs:CreateLogGroup", "mq:CreateBroker"])
def test_one_500_is_retried_and_not_seen(account, network, call):
    service, operation = call.split(":")
    trouble(account, {"service": service, "operation": operation, "status": 500, "times": 1})
    assert account.run(ADAPTERS, **DECLARED)["failed_resources"] == {}
    assert account.log.since(0)["counts"]["failed"] >= 1
    assert not account.run(ADAPTERS, **DECLARED)["changed"]


@pytest.mark.parametrize("call", WRITES)
def test_a_change_whose_answer_is_lost(account, network, impatient, monkeypatch, call):
    """The service did it and the client was told 500: the worst of all, since it looks undone."""
    answer = account.application._answer
    left = [call]

    def losing(request: Any, target: Any) -> Any:
        response = answer(request, target)
        if target and [f"{target.service}:{target.operation}"] == left:
            left.clear()
            return serialise(target, AwsError("InternalFailure", "the answer was lost", 500))
        return response

    monkeypatch.setattr(account.application, "_answer", losing)
    assert account.run(ADAPTERS, **DECLARED)["failed_resources"] != {}
    assert left == []
    converges_on_one_of_each(account)


def test_throttled_to_ten_calls_a_second_nothing_is_lost_or_done_twice(account):
    alarms = [{**DECLARED["alarms"][0], "alarm_name": f"iworkz-sandbox-{n}"} for n in range(6)]
    groups = [{"log_group_name": f"/iworkz/{n}", "retention_in_days": 90} for n in range(3)]
    trouble(account, {"throttle": {"rate_per_second": 10, "burst": 5}})
    result = account.run(cloudwatch.ADAPTERS, alarms=alarms, log_groups=groups)
    assert result["failed_resources"] == {}
    calls = account.log.since(0)["calls"]
    assert any(call["error"].startswith("Throttling") for call in calls)
    done = [call["operation"] for call in calls if call["mutating"] and call["status"] < 400]
    assert {name: done.count(name) for name in set(done)} == {
        "PutMetricAlarm": 6,
        "CreateLogGroup": 3,
        "PutRetentionPolicy": 3,
    }
    account.application.faults.clear()
    assert not account.run(cloudwatch.ADAPTERS, alarms=alarms, log_groups=groups)["changed"]


OLD, NEW = "AKIAOLD0000000000000", "AKIANEW0000000000000"


@pytest.fixture
def profile(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Write the key of the profile ``ops``, as a credential helper does; gives the options that use it."""
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    def write(key: str) -> dict[str, Any]:
        fresh = file.with_suffix(".new")
        fresh.write_text(f"[ops]\naws_access_key_id = {key}\naws_secret_access_key = any\n")
        fresh.replace(file)
        return {"profile": "ops", "access_key": None, "secret_key": None}

    return write


def expire_once_created(account) -> threading.Thread:
    """Let the old key expire as soon as the broker is being made."""

    def expire() -> None:
        until(lambda: "mq:CreateBroker" in account.mutations(), "CreateBroker")
        trouble(account, {"expire_credentials": {"access_key": OLD}})

    thread = threading.Thread(target=expire, daemon=True)
    thread.start()
    return thread


def refused(account) -> list[dict[str, Any]]:
    return [call for call in account.log.since(0)["calls"] if call["error"] == "ExpiredTokenException"]


def test_credentials_that_expire_mid_wait_and_are_renewed(account, network, profile, slow_brokers):
    slow_brokers(2)
    options = profile(OLD)
    expire_once_created(account)
    renewing = threading.Thread(
        target=lambda: (until(lambda: len(refused(account)) >= 2, "a refusal"), profile(NEW)), daemon=True
    )
    renewing.start()
    result = account.run(ADAPTERS, **DECLARED, **options)
    renewing.join(PATIENCE)
    assert result["failed_resources"] == {}
    assert account.mutations().count("mq:CreateBroker") == 1
    assert {call["access_key"] for call in refused(account)} == {OLD}
    converges_on_one_of_each(account)


def test_credentials_that_expire_mid_wait_and_are_not_renewed(account, network, profile, slow_brokers, monkeypatch):
    monkeypatch.setattr(engine, "SETTLE_SECONDS", 1)
    slow_brokers(1)
    options = profile(OLD)
    expire_once_created(account)
    began = time.monotonic()
    result = account.run(
        mq.ADAPTERS, **{k: DECLARED[k] for k in ("configurations", "brokers")}, **options, wait_timeout=2
    )
    assert time.monotonic() - began < PATIENCE
    assert result["failed"] is True
    assert "not ready after 2 s; last error: ClientError: " in result["msg"]
    assert "ExpiredTokenException" in result["msg"]
    profile(NEW)
    converges_on_one_of_each(account)


def test_credentials_that_are_expired_from_the_start(account):
    trouble(account, {"expire_credentials": {"access_key": account.connection["access_key"]}})
    with pytest.raises(ClientError, match="token included in the request is expired"):
        account.run(ADAPTERS, **DECLARED)
    assert account.mutations() == []


def test_a_wait_that_takes_too_long_says_so_and_is_taken_up_again(account, network, slow_brokers):
    slow_brokers(3)
    result = account.run(
        mq.ADAPTERS, configurations=DECLARED["configurations"], brokers=DECLARED["brokers"], wait_timeout=1
    )
    assert result["failed_resources"] == {f"broker {NAME}": "not ready after 1 s"}
    converges_on_one_of_each(account)


RUN = """
import json, sys
import tests.conftest
from ansible_collections.iworkz.platform.plugins.module_utils._aws import cloudwatch, mq, service
service.run((*mq.ADAPTERS, *cloudwatch.ADAPTERS), json.load(sys.stdin), check_mode=False)
"""
KILLED_AT = [
    "logs:CreateLogGroup",
    "mq:CreateConfiguration",
    "mq:UpdateConfiguration",
    "secretsmanager:CreateSecret",
    "mq:CreateBroker",
    "mq:DescribeBroker",
    "cloudwatch:PutMetricAlarm",
]


@pytest.mark.parametrize("call", KILLED_AT)
def test_a_run_that_is_killed(account, network, call):
    """Killed while it waits for the answer to a call; the call itself still takes effect, unlike the rest."""
    service, operation = call.split(":")
    trouble(account, {"service": service, "operation": operation, "latency_ms": 300, "times": 1})
    params = {**account.connection, **DEFAULTS, **DECLARED, "tags": TAGS}
    victim = subprocess.Popen([sys.executable, "-c", RUN], cwd=ROOT, stdin=subprocess.PIPE, text=True)
    try:
        assert victim.stdin
        victim.stdin.write(json.dumps(params))
        victim.stdin.close()
        until(lambda: account.application.faults.describe()["faults"][0]["times"] == 0, call)
    finally:
        victim.kill()
        victim.wait(PATIENCE)
    until(lambda: call in account.log.since(0)["counts"]["operations"], f"{call} taking effect")
    converges_on_one_of_each(account)
