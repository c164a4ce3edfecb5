"""Words that are the same in two regions, and how definitions in them are compared."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _postgres
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import (
    Comparison,
    Definitions,
    Words,
    flattened,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_database import followers, standing
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_edge import web_acls
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Finding
from tests.unit.checks.fake_account import TAGS, Answers, broken, world

HOME = Words("ap-northeast-1", ("ap-northeast-1a", "ap-northeast-1c"), IPv4Network("10.96.0.0/16"))
THERE = Words("ap-northeast-3", ("ap-northeast-3a", "ap-northeast-3b"), IPv4Network("10.97.0.0/16"))


@pytest.mark.parametrize(
    ("home", "there", "same"),
    [
        ("ap-northeast-1c", "ap-northeast-3b", "zone2"),
        ("iworkz-sandbox-private-1a", "iworkz-sandbox-private-3a", "iworkz-sandbox-private-zone1"),
        ("arn:aws:sns:ap-northeast-1:1:x", "arn:aws:sns:ap-northeast-3:1:x", "arn:aws:sns:REGION:1:x"),
        ("tcp 443 10.96.128.0/20", "tcp 443 10.97.128.0/20", "tcp 443 own:0.0.128.0/20"),
        ("10.96.0.0/16", "10.97.0.0/16", "own:0.0.0.0/16"),
        ("all 0.0.0.0/0", "all 0.0.0.0/0", "all 0.0.0.0/0"),
        ("com.amazonaws.ap-northeast-1.s3", "com.amazonaws.ap-northeast-3.s3", "com.amazonaws.REGION.s3"),
    ],
)
def test_both_regions_are_told_in_the_same_words(home: str, there: str, same: str) -> None:
    assert HOME.text(home) == THERE.text(there) == same


def test_another_regions_addresses_stay_what_they_are() -> None:
    assert HOME.text("tcp 443 10.97.0.0/16") == "tcp 443 10.97.0.0/16"
    assert Words("ap-northeast-1").text("tcp 443 10.96.0.0/16") == "tcp 443 10.96.0.0/16"


def test_a_document_is_told_by_its_leaves() -> None:
    found = dict(flattened(HOME.plain({"a": {"b": ["ap-northeast-1", 2]}, "c": []})))
    assert found == {"a.b.0": "REGION", "a.b.1": 2, "c": []}


def compared(home: Any, there: Any, *differences: dict[str, str]) -> Comparison:
    found = Comparison(differences)
    found.add("thing", (home, there))
    return found


def ids(found: Comparison) -> list[tuple[Any, ...]]:
    return [(one.id, *one.params.values()) for one in found.breaches]


def test_what_is_the_same_has_the_same_fingerprint() -> None:
    (row,) = compared({"a": {"x": 1}}, {"a": {"x": 1}}).table["thing"].values()
    assert row["in_step"]
    assert row["home"] == row["recovery"]
    other = compared({"a": {"x": 2}}, {"a": {"x": 2}}).table["thing"]["a"]
    assert other["home"] != row["home"]


def test_each_field_that_differs_is_a_breach_with_both_values() -> None:
    found = compared({"a": {"x": 1, "y": 1, "z": 1}}, {"a": {"x": 2, "z": 1}})
    assert ids(found) == [
        ("dr.definition_differs", "thing", "a", "x", "1", "2"),
        ("dr.definition_differs", "thing", "a", "y", "1", "-"),
    ]
    row = found.table["thing"]["a"]
    assert (row["home"], row["recovery"], row["in_step"]) == ({"x": 1, "y": 1}, {"x": 2}, False)


def test_what_is_in_one_region_only_is_a_breach() -> None:
    found = compared({"a": {}, "b": {}}, {"b": {}, "c": {}})
    assert ids(found) == [
        ("dr.definition_missing", "thing", "a"),
        ("dr.definition_only_there", "thing", "c"),
    ]
    assert ids(compared({"a": {}, "b": {}}, {})) == [("dr.kind_missing", "thing", 2)]
    assert ids(compared({}, {})) == []


def test_long_values_are_cut() -> None:
    (breach,) = compared({"a": {"x": "y" * 500}}, {"a": {"x": ""}}).breaches
    assert len(breach.params["home"]) == 201


def test_declared_differences_have_reasons_and_no_more_is_allowed() -> None:
    allowed = {"kind": "thing", "name": "a*", "field": "x", "reason": "because"}
    found = compared({"a1": {"x": 1}, "b": {"x": 1}}, {"a1": {"x": 2}, "b": {"x": 2}}, allowed)
    assert ids(found) == [("dr.definition_differs", "thing", "b", "x", "1", "2")]
    assert found.table["thing"]["a1"]["allowed"] == ["because"]
    assert found.table["thing"]["a1"]["in_step"]
    assert found.unused == []
    assert compared({"a1": {}}, {"a1": {}}, allowed).unused == ["because"]
    # A field that may differ doesn't let the whole be missing, nor the other way round.
    assert ids(compared({"a1": {"x": 1}, "b": {}}, {"b": {}}, allowed)) == [("dr.definition_missing", "thing", "a1")]
    absent = {"kind": "thing", "name": "a*", "reason": "made later"}
    assert ids(compared({"a1": {"x": 1}}, {}, absent)) == []
    assert ids(compared({"a1": {"x": 1}}, {"a1": {"x": 2}}, absent)) == [
        ("dr.definition_differs", "thing", "a1", "x", "1", "2")
    ]
    assert ids(compared({"a1": {}}, {}, {**absent, "kind": "other"})) == [("dr.kind_missing", "thing", 1)]


# ---- What stands before services


def fronted(*rules: dict[str, Any]) -> Definitions:
    """The web ACLs of a region whose one ACL has these rules."""
    summary = {"Name": "iworkz-sandbox", "Id": "1", "ARN": "arn:aws:wafv2:ap-northeast-1:1:regional/webacl/x/1"}
    told = {"WebACL": {"DefaultAction": {"Allow": {}}, "Rules": list(rules)}}
    answers: Answers = {
        "ec2": {"describe_vpcs": {"Vpcs": []}},
        "wafv2": {
            "list_logging_configurations": {"LoggingConfigurations": []},
            "list_web_acls": {"WebACLs": [summary, {**summary, "Name": "someone-elses"}]},
            "get_web_acl": told,
        },
    }
    return web_acls(world(answers))


def test_a_rule_is_compared_but_for_ids_and_for_what_shield_has_added() -> None:
    arn = "arn:aws:wafv2:ap-northeast-1:1:regional/ipset/iworkz-sandbox-ipv4/{}"
    ids = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
    here, there = (
        {"Name": "refused", "Statement": {"IPSetReferenceStatement": {"ARN": arn.format(one)}}} for one in ids
    )
    shield = {"Name": "ShieldMitigationRuleGroup_1_x", "Priority": 10000000}
    assert fronted(here, shield) == fronted(there)
    (definition,) = fronted(here).values()
    told = definition["rule.refused.Statement.IPSetReferenceStatement.ARN"]
    assert told == "arn:aws:wafv2:REGION:1:regional/ipset/iworkz-sandbox-ipv4"
    assert fronted(here) != fronted({**here, "Action": {"Count": {}}})


# ---- The replica

ARN = "arn:aws:rds:ap-northeast-1:123456789012:db:db"
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]


def instance(name: str, **changes: Any) -> dict[str, Any]:
    return {"DBInstanceIdentifier": name, "Engine": "postgres", "DBInstanceStatus": "available", "TagList": TAG_LIST,
            **changes}  # fmt: skip


def sides(told: list[dict[str, Any]], points: list[float]) -> tuple[Any, Any]:
    """The home region with a database, the other one with its replica."""
    primary = instance("db", DBInstanceArn=ARN)
    replica = instance("far", ReadReplicaSourceDBInstanceIdentifier=ARN, StatusInfos=told)
    measured: Answers = {
        "rds": {"describe_db_instances": {"DBInstances": [replica]}},
        "cloudwatch": {
            "get_metric_statistics": lambda **asked: {"Datapoints": [{"Maximum": one} for one in points]},
        },
    }
    return world({"rds": {"describe_db_instances": {"DBInstances": [primary]}}}), world(measured)


REPLICATING = {"StatusType": "read replication", "Normal": True, "Status": "replicating"}


@pytest.mark.parametrize(
    ("told", "points", "found"),
    [
        ([REPLICATING], [1.0, 300.0], []),
        ([REPLICATING], [1.0, 300.5], ["dr.replica_behind"]),
        ([{**REPLICATING, "Normal": False, "Status": "error"}], [1.0], ["dr.replica_stopped"]),
        ([], [1.0], ["dr.replica_stopped"]),
    ],
)
def test_a_replica_replicates_and_is_not_far_behind(told: Any, points: list[float], found: list[str]) -> None:
    home, there = sides(told, points)
    assert [(one["DBInstanceIdentifier"], two["DBInstanceIdentifier"]) for one, two in followers(home, there)] == [
        ("db", "far")
    ]
    breaches = standing(home, there, 300)[1]
    assert [one.id for one in broken(Finding({}, tuple(breaches)))] == found


class Session:
    """A session that answers every query with one row."""

    def __init__(self, row: dict[str, float]) -> None:
        self._row = row

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_args: object) -> None:
        pass

    def execute(self, _query: str) -> Session:
        return self

    def fetchone(self) -> dict[str, float]:
        return self._row


@pytest.mark.parametrize(
    ("row", "found", "seconds"),
    [
        ({"streaming": 1, "seconds": 0.5}, [], 0.5),
        ({"streaming": 0, "seconds": 0.0}, ["dr.replica_unheard"], None),
        ({"streaming": 1, "seconds": 301.0}, ["dr.replica_behind"], 301.0),
    ],
)
def test_where_cloudwatch_has_heard_nothing_the_primary_is_asked(
    monkeypatch: pytest.MonkeyPatch, row: dict[str, float], found: list[str], seconds: float | None
) -> None:
    home, there = sides([REPLICATING], [])
    monkeypatch.setattr(_postgres, "session", lambda world, instance: Session(row))
    observed, breaches = standing(home, there, 300)
    assert [one.id for one in broken(Finding({}, tuple(breaches)))] == found
    assert observed["far"]["lag_seconds"] == seconds
    assert observed["far"]["lag_told_by"] == "pg_stat_replication"
