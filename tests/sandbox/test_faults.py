"""Trouble on demand."""

from __future__ import annotations

import time

import pytest
from botocore.exceptions import ClientError

from sandbox.aws.faults import Throttle


@pytest.fixture
def faulty(sandbox):
    """Posts faults; they are cleared at the end."""
    yield lambda document: sandbox.control("POST", "faults", document)
    sandbox.control("DELETE", "faults")


def code_of(call, *arguments, **params):
    """The error code a call answers, "" for none, and its HTTP status."""
    try:
        response = call(*arguments, **params)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "", response["ResponseMetadata"]["HTTPStatusCode"]


def test_an_error_strikes_as_often_as_asked(sandbox, faulty):
    faulty({"service": "sns", "operation": "ListTopics", "code": "InternalError", "times": 2, "after": 1})
    sns = sandbox.client("sns")
    assert [code_of(sns.list_topics)[0] for _ in range(4)] == ["", "InternalError", "InternalError", ""]
    assert code_of(sns.list_subscriptions) == ("", 200)


def test_an_error_of_one_call_is_retried_by_the_client(sandbox, faulty):
    faulty({"service": "ecr", "status": 500, "times": 1})
    since = sandbox.control("GET", "calls")["sequence"]
    sandbox.client("ecr", retries={"mode": "standard", "total_max_attempts": 2}).describe_repositories()
    calls = sandbox.control("GET", f"calls?since={since}")["calls"]
    assert [(call["status"], call["error"]) for call in calls] == [(500, "InternalFailure"), (200, "")]


@pytest.mark.parametrize(("probability", "code"), [(0, ""), (1, "X")])
def test_probability(sandbox, faulty, probability, code):
    faulty({"service": "sns", "code": "X", "status": 400, "probability": probability})
    assert code_of(sandbox.client("sns").list_topics)[0] == code


def test_latency(sandbox, faulty):
    faulty({"service": "sns", "latency_ms": 150})
    sns = sandbox.client("sns")
    began = time.monotonic()
    sns.list_topics()
    assert time.monotonic() - began >= 0.15


def test_a_struck_call_changes_nothing(sandbox, faulty):
    faulty({"service": "sns", "operation": "CreateTopic", "code": "InternalError", "status": 500})
    sns = sandbox.client("sns")
    assert code_of(sns.create_topic, Name="struck") == ("InternalError", 500)
    assert not any(topic["TopicArn"].endswith(":struck") for topic in sns.list_topics()["Topics"])


@pytest.mark.parametrize(
    ("service", "method", "code", "status"),
    [
        ("sns", "list_topics", "Throttling", 400),
        ("ecr", "describe_repositories", "ThrottlingException", 400),
        ("mq", "list_brokers", "ThrottlingException", 400),
        ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
        ("s3", "list_buckets", "SlowDown", 503),
    ],
)
def test_throttling(sandbox, faulty, service, method, code, status):
    faulty({"throttle": {"rate_per_second": 0.001, "burst": 2, "service": service}})
    client = sandbox.client(service)
    answers = [code_of(getattr(client, method)) for _ in range(3)]
    assert answers == [("", 200), ("", 200), (code, status)]
    assert code_of(sandbox.client("sts").get_caller_identity) == ("", 200)


def test_the_bucket_of_a_throttle_fills_again():
    throttle = Throttle(rate_per_second=8, burst=2)
    taken = [throttle.take(now) for now in (100.0, 100.0, 100.0, 100.125, 100.125, 100.5, 100.5, 100.5)]
    assert taken == [True, True, False, True, False, True, True, False]


def test_a_client_that_retries_gets_through_a_throttle(sandbox, faulty):
    faulty({"throttle": {"rate_per_second": 20, "burst": 1}})
    sns = sandbox.client("sns", retries={"mode": "adaptive", "total_max_attempts": 10})
    for _ in range(5):
        assert code_of(sns.list_topics) == ("", 200)


@pytest.mark.parametrize(
    ("service", "method", "code"),
    [
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("kms", "list_aliases", "ExpiredTokenException"),
        ("opensearch", "list_domain_names", "ExpiredTokenException"),
        ("ec2", "describe_vpcs", "RequestExpired"),
        ("s3", "list_buckets", "ExpiredToken"),
    ],
)
def test_credentials_expire(sandbox, faulty, service, method, code):
    key = "AKIASANDBOXEXPIRED01"
    faulty({"expire_credentials": {"access_key": key, "after_calls": 2}})
    client = sandbox.client(service, key)
    assert [code_of(getattr(client, method))[0] for _ in range(3)] == ["", "", code]
    assert code_of(getattr(sandbox.client(service), method)) == ("", 200)


def test_what_is_set_can_be_read_and_cleared(sandbox, faulty):
    described = faulty([{"service": "rds", "code": "X", "times": 3}, {"throttle": {"rate_per_second": 5}}])
    assert described["faults"][0]["times"] == 3
    assert described["throttles"][0]["rate_per_second"] == 5
    assert sandbox.control("GET", "faults")["faults"] == described["faults"]
    assert sandbox.control("DELETE", "faults") == {"faults": [], "throttles": [], "expire_credentials": {}}
