"""What EKS makes of what its data planes tell: where a cluster is, what is wrong with it, what waits for it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.planes.client import PlaneError
from tests.sandbox.eks import Eks, make
from tests.sandbox.support import code_of

FACTS = {"created": True, "authority": "PEM", "addons": {}, "deprecated": [], "keys": {"keys": []}}


class FakePlanes:
    """Data planes that do what they are told as soon as `working` is true."""

    def __init__(self) -> None:
        self.planes: dict[str, dict[str, Any]] = {}
        self.working = True
        self.away = False

    def create(self, kind: str, key: str, spec: dict[str, Any]) -> None:
        if self.away:
            raise PlaneError("away")
        endpoints = {"api": {"address": "127.1.2.3", "port": 443}}
        facts = {**FACTS, "revision": spec["wanted"]["revision"], "told": 0}
        self.planes[key] = {"state": "available", "error": "", "endpoints": endpoints, "nodes": [], "facts": facts}

    def describe(self, kind: str, key: str) -> dict[str, Any] | None:
        if self.away:
            raise PlaneError("away")
        return self.planes.get(key)

    def settled(self, kind: str, key: str) -> bool:
        return key not in self.planes or self.planes[key]["state"] not in ("creating", "deleting")

    def ask(self, kind: str, key: str, question: str, wanted: dict[str, Any]) -> dict[str, Any]:
        assert question == "want"
        self.planes[key]["facts"]["told"] = wanted["revision"]
        self.planes[key]["facts"]["wanted"] = wanted
        if self.working:
            self.planes[key]["facts"]["revision"] = wanted["revision"]
        return {}

    def delete(self, kind: str, key: str) -> None:
        self.planes.pop(key, None)

    def reset(self) -> None:
        self.planes.clear()


@pytest.fixture
def planes(local, clock, monkeypatch) -> Iterator[FakePlanes]:
    made = FakePlanes()
    monkeypatch.setattr(local.application, "planes", made)
    yield made
    local.control("POST", "reset")


@pytest.fixture
def eks(local, planes) -> Eks:
    return make(local, "planes")


@pytest.fixture
def plane(eks, planes, clock) -> dict[str, Any]:
    """That of the cluster `main`, which is ACTIVE."""
    eks.create()
    clock.now += 1
    assert eks.describe()["status"] == "ACTIVE"
    return planes.planes["ap-northeast-1/main"]


def test_an_endpoint_is_told_once_it_answers(eks, planes, clock):
    eks.create()
    planes.planes["ap-northeast-1/main"]["state"] = "creating"
    clock.now += 10
    assert eks.describe()["status"] == "CREATING"
    assert "endpoint" not in eks.describe()
    planes.planes["ap-northeast-1/main"]["state"] = "available"
    described = eks.describe()
    assert (described["status"], described["endpoint"]) == ("ACTIVE", "https://127.1.2.3")
    assert base64.b64decode(described["certificateAuthority"]["data"]) == b"PEM"


def test_a_port_of_its_own_is_in_the_endpoint(eks, plane):
    plane["endpoints"]["api"]["port"] = 6443
    assert eks.describe()["endpoint"] == "https://127.1.2.3:6443"


def test_a_cluster_that_can_not_be_made_is_failed_and_can_be_deleted(eks, planes, clock):
    eks.create()
    planes.planes["ap-northeast-1/main"] |= {"state": "failed", "error": "no room", "facts": {"created": False}}
    clock.now += 1
    assert eks.describe()["status"] == "FAILED"
    assert eks.describe()["health"]["issues"][0]["message"] == "no room"
    assert code_of(eks.create_nodegroup) == "InvalidRequestException"
    eks.api.delete_cluster(name="main")
    clock.now += 1
    assert code_of(eks.describe) == "ResourceNotFoundException"


def test_no_cluster_is_left_where_there_are_no_planes_to_ask(eks, planes):
    planes.away = True
    assert code_of(eks.create) == "ServerException"
    planes.away = False
    assert eks.api.list_clusters()["clusters"] == []


def test_a_plane_that_fails_later_is_an_issue(eks, plane):
    plane |= {"state": "failed", "error": "it does not start"}
    described = eks.describe()
    assert described["status"] == "ACTIVE"
    assert described["health"]["issues"][0]["message"] == "it does not start"
    insights = eks.api.list_insights(clusterName="main", filter={"statuses": ["ERROR"]})["insights"]
    assert [one["name"] for one in insights] == ["Cluster health issues"]


def test_nodes_are_awaited(eks, plane, planes, clock):
    planes.working = False
    eks.create_nodegroup()
    clock.now += 10
    assert eks.nodegroup()["status"] == "CREATING"
    (nodes,) = plane["facts"]["wanted"]["nodes"].values()
    assert sorted(node["zone"] for node in nodes) == ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"]
    # A daemon that has forgotten is told again.
    planes.working = True
    plane["facts"]["told"] = 0
    eks.describe()
    assert eks.nodegroup()["status"] == "ACTIVE"


def test_an_update_of_a_version_that_fails_says_why(eks, plane, planes, clock):
    planes.working = False
    update = eks.api.update_cluster_version(name="main", version="1.35")["update"]
    plane |= {"state": "failed", "error": "it does not start"}
    clock.now += 1
    found = eks.api.describe_update(name="main", updateId=update["id"])["update"]
    assert (found["status"], found["errors"][0]["errorMessage"]) == ("Failed", "it does not start")
    assert eks.describe()["version"] == "1.34"


def test_an_addon_without_its_pods_is_degraded(eks, plane, clock):
    plane["facts"]["addons"] = {"coredns": {"ready": 2, "wanted": 2}}
    which = {"clusterName": "main", "addonName": "coredns"}
    eks.api.create_addon(**which, resolveConflicts="OVERWRITE")
    clock.now += 1
    assert eks.api.describe_addon(**which)["addon"]["status"] == "ACTIVE"
    plane["facts"]["addons"]["coredns"]["ready"] = 1
    addon = eks.api.describe_addon(**which)["addon"]
    assert (addon["status"], addon["health"]["issues"][0]["code"]) == ("DEGRADED", "InsufficientNumberOfReplicas")


def test_what_can_not_be_applied_is_a_conflict(eks, plane, clock):
    plane["facts"]["addons"] = {"coredns": {"ready": 2, "wanted": 2, "conflict": "somebody has it"}}
    which = {"clusterName": "main", "addonName": "coredns"}
    eks.api.create_addon(**which)
    clock.now += 1
    addon = eks.api.describe_addon(**which)["addon"]
    assert addon["status"] == "CREATE_FAILED"
    assert "somebody has it" in addon["health"]["issues"][0]["message"]
    update = eks.api.update_addon(**which)["update"]
    clock.now += 1
    found = eks.api.describe_update(name="main", updateId=update["id"], addonName="coredns")["update"]
    assert (found["status"], found["errors"][0]["errorCode"]) == ("Failed", "ConfigurationConflict")
    assert eks.api.describe_addon(**which)["addon"]["status"] == "UPDATE_FAILED"


def test_apis_that_go_away_keep_a_cluster_back_unless_forced(eks, plane, clock):
    gone = {"group": "policy", "version": "v1beta1", "resource": "things", "removed_release": "1.35"}
    later = {**gone, "resource": "others", "removed_release": "1.40"}
    plane["facts"]["deprecated"] = [gone, later]
    (found,) = eks.api.list_insights(clusterName="main", filter={"statuses": ["ERROR"]})["insights"]
    insight = eks.api.describe_insight(clusterName="main", id=found["id"])["insight"]
    (detail,) = insight["categorySpecificSummary"]["deprecationDetails"]
    assert (detail["usage"], detail["stopServingVersion"]) == ("/apis/policy/v1beta1/things", "1.35")
    assert code_of(lambda: eks.api.update_cluster_version(name="main", version="1.35")) == "InvalidStateException"
    eks.api.update_cluster_version(name="main", version="1.35", force=True)
    clock.now += 1
    assert eks.describe()["version"] == "1.35"


def test_apis_that_nobody_asked_for_pass(eks, plane):
    statuses = {
        one["name"]: one["insightStatus"]["status"] for one in eks.api.list_insights(clusterName="main")["insights"]
    }
    assert statuses["Deprecated APIs removed in Kubernetes v1.35"] == "PASSING"
