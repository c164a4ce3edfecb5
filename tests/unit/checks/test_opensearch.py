from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.opensearch import (
    ALARMED,
    LOGS,
    across_zones,
    watched,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements

from .fake_account import ACCOUNT_ID, TAGS, alarm, broken, watching, world

NAME = "iworkz-sandbox-search"
ARN = f"arn:aws:es:ap-northeast-1:{ACCOUNT_ID}:domain/{NAME}"
NONE = Breach("opensearch.no_domain", {})
CLUSTER = {
    "InstanceCount": 3,
    "DedicatedMasterEnabled": True,
    "DedicatedMasterCount": 3,
    "ZoneAwarenessEnabled": True,
    "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3},
}
ENDPOINT = {"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"}


def group(kind: str) -> str:
    return f"arn:aws:logs:ap-northeast-1:{ACCOUNT_ID}:log-group:/search/{kind}"


DOMAIN = {
    "DomainName": NAME,
    "ARN": ARN,
    "Created": True,
    "Deleted": False,
    "Endpoints": {"vpc": "search.example"},
    "ClusterConfig": CLUSTER,
    "EncryptionAtRestOptions": {"Enabled": True},
    "NodeToNodeEncryptionOptions": {"Enabled": True},
    "DomainEndpointOptions": ENDPOINT,
    "VPCOptions": {"VPCId": "vpc-1"},
    "LogPublishingOptions": {kind: {"Enabled": True, "CloudWatchLogsLogGroupArn": group(kind)} for kind in LOGS},
}
GROUPS = [{"arn": f"{group(kind)}:*", "retentionInDays": 90} for kind in LOGS]
ALARMS = [alarm(metric, "AWS/ES", metric, DomainName=NAME, ClientId=ACCOUNT_ID) for metric in ALARMED]


def account(*domains: dict[str, Any], tags: dict[str, str] = TAGS, groups: list[Any] = GROUPS) -> dict[str, Any]:
    by_name = {domain["DomainName"]: domain for domain in domains}
    return {
        "opensearch": {
            "list_domain_names": {"DomainNames": [{"DomainName": name} for name in by_name]},
            "describe_domains": lambda DomainNames: {"DomainStatusList": [by_name[name] for name in DomainNames]},
            "list_tags": {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]},
        },
        "logs": {"describe_log_groups": {"logGroups": groups}},
        **watching(ALARMS),
    }


def required(item: str) -> dict[str, Any]:
    return dict(load_requirements().resolve(item).required)


def layout(answers: dict[str, Any]) -> list[Breach]:
    return broken(across_zones(world(answers), required("1.1.3.1")))


def logs(answers: dict[str, Any]) -> list[Breach]:
    return broken(watched(world(answers), required("1.1.3.3")))


def test_a_domain_across_three_zones_passes():
    finding = across_zones(world(account(DOMAIN)), required("1.1.3.1"))
    assert finding.breaches == ()
    assert (finding.observed[NAME]["managers"], finding.observed[NAME]["zones"]) == (3, 3)


def lacks(aspect: str, is_: int) -> Breach:
    return Breach("opensearch.layout", {"domain": NAME, "aspect": aspect, "is": is_, "wanted": ">= 3"})


@pytest.mark.parametrize(
    ("change", "breaches"),
    [
        ({"DedicatedMasterCount": 2}, [lacks("managers", 2)]),
        # A count without dedicated managers says nothing.
        ({"DedicatedMasterEnabled": False}, [lacks("managers", 0)]),
        ({"ZoneAwarenessConfig": {"AvailabilityZoneCount": 2}}, [lacks("zones", 2)]),
        ({"ZoneAwarenessConfig": {}}, [lacks("zones", 2)]),
        ({"ZoneAwarenessEnabled": False}, [lacks("zones", 1)]),
        ({"InstanceCount": 2}, [lacks("nodes", 2)]),
        ({"InstanceCount": 6, "DedicatedMasterCount": 5}, []),
    ],
)
def test_each_number_of_the_cluster(change, breaches):
    assert layout(account({**DOMAIN, "ClusterConfig": {**CLUSTER, **change}})) == breaches


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"Created": False}, "not_active"),
        ({"Endpoints": {}}, "not_active"),
        ({"EncryptionAtRestOptions": {"Enabled": False}}, "not_encrypted"),
        ({"EncryptionAtRestOptions": {}}, "not_encrypted"),
        ({"NodeToNodeEncryptionOptions": {"Enabled": False}}, "no_node_to_node"),
        ({"DomainEndpointOptions": {**ENDPOINT, "EnforceHTTPS": False}}, "plain_http"),
        ({"DomainEndpointOptions": {**ENDPOINT, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}}, "weak_tls"),
        ({"DomainEndpointOptions": {"EnforceHTTPS": True}}, "weak_tls"),
        ({"VPCOptions": {}}, "public"),
    ],
)
def test_each_safeguard_breaks_by_itself(change, breach):
    assert layout(account({**DOMAIN, **change})) == [Breach(f"opensearch.{breach}", {"domain": NAME})]


@pytest.mark.parametrize(
    "answers",
    [
        account(),
        account({**DOMAIN, "Deleted": True}),
        account(DOMAIN, tags={**TAGS, "Environment": "staging"}),
        account(DOMAIN, tags={}),
    ],
    ids=["none", "on its way out", "of staging", "untagged"],
)
def test_without_a_domain_of_ours_both_items_fail(answers):
    assert layout(answers) == [NONE]
    assert logs(answers) == [NONE]


def test_logs_and_alarms_pass():
    finding = watched(world(account(DOMAIN)), required("1.1.3.3"))
    assert finding.breaches == ()
    assert finding.observed[NAME]["log_retention_days"] == dict.fromkeys(LOGS, 90)


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("published", [{}, {"Enabled": False, "CloudWatchLogsLogGroupArn": group("x")}])
def test_each_log_must_be_published(kind, published):
    options = {**DOMAIN["LogPublishingOptions"], kind: published}
    assert logs(account({**DOMAIN, "LogPublishingOptions": options})) == [
        Breach("opensearch.log_missing", {"domain": NAME, "log": kind})
    ]


@pytest.mark.parametrize(
    ("kept", "breach"),
    [
        ({"retentionInDays": 89}, ("opensearch.log_retention", {"days": 89, "wanted": 90})),
        # Without a retention it is kept for ever, which is no retention.
        ({}, ("opensearch.log_missing", {})),
        ({"retentionInDays": 365}, None),
    ],
)
def test_each_log_is_kept_long_enough(kept, breach):
    groups = [{"arn": f"{group(LOGS[0])}:*", **kept}, *GROUPS[1:]]
    expected = [Breach(breach[0], {"domain": NAME, "log": LOGS[0], **breach[1]})] if breach else []
    assert logs(account(DOMAIN, groups=groups)) == expected


def test_a_log_group_that_is_gone_counts_as_not_published():
    assert logs(account(DOMAIN, groups=GROUPS[1:])) == [
        Breach("opensearch.log_missing", {"domain": NAME, "log": LOGS[0]})
    ]


@pytest.mark.parametrize("metric", ALARMED)
def test_each_metric_needs_its_alarm(metric):
    answers = {**account(DOMAIN), **watching(one for one in ALARMS if one["MetricName"] != metric)}
    assert logs(answers) == [Breach("alarms.missing", {"resource": NAME, "metric": metric})]


def test_an_alarm_of_another_accounts_domain_does_not_count():
    alarms = [alarm(m, "AWS/ES", m, DomainName=NAME, ClientId="210987654321") for m in ALARMED]
    assert len(logs({**account(DOMAIN), **watching(alarms)})) == len(ALARMED)


def test_more_domains_than_one_call_takes():
    domains = [{**DOMAIN, "DomainName": f"d{n}"} for n in range(7)]
    assert sorted(across_zones(world(account(*domains)), required("1.1.3.1")).observed) == [f"d{n}" for n in range(7)]
