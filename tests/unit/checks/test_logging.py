"""Checks of items 3.1.2.1 to 3.1.2.3 on clusters and servers that are given."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _at_rest,
    _log_archives,
    _logging_facts,
    logging_stack,
)
from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic_kibana
from tests.unit.checks.facts import NOW, PLATFORM
from tests.unit.checks.kube_facts import ClusterWorld, made

Item = dict[str, Any]
ZONES = ("1a", "1c", "1d")
DECLARED: Item = {
    "namespace": "logging",
    "name": "iworkz-logs",
    "classes": {"operational": {"services": []}},
    "spaces": [{"id": "operations", "name": "Operations"}],
    "data_views": [{"id": "all", "space": "operations", "title": "logs-*", "name": "All", "time_field": "@timestamp"}],
    "searches": [
        {"id": "errors", "space": "operations", "title": "Errors", "data_view": "all", "query": "a:b", "columns": ["m"]}
    ],
}
REQUIRED: dict[str, Item] = {
    "3.1.2.1": {"health": "green", "zones": 3, "canary_age_seconds": 900},
    "3.1.2.2": {
        "phases": ["hot", "warm", "delete"],
        "kept_days": 30,
        "locked_days": 365,
        "cold_classes": ["GLACIER_IR"],
        "archived_minutes": 60,
    },
    "3.1.2.3": {"searches": 1},
}
MASKED = "[masked:name] [masked:my_number] [masked:phone] [masked:email]"


class FakeApi:
    """Answers by "METHOD path"; what it does not know it answers as the server does."""

    emulation = None

    def __init__(self, name: str, answers: Item) -> None:
        self.name, self.answers = name, answers

    def get(self, *path: str, query: str = "") -> Any:
        return self.answers.get(f"GET {'/'.join(path)}")

    def post(self, *path: str, body: Any, query: str = "") -> Any:
        found = self.answers[f"POST {'/'.join(path)}"]
        return found(body) if callable(found) else found

    def exported(self, *path: str, body: Any) -> Any:
        return self.answers[f"POST {'/'.join(path)}"]


def objects() -> dict[tuple[str, str], list[Item]]:
    nodes = [made(f"n{zone}", labels={_logging_facts.ZONE: zone}) for zone in ZONES]
    marks = {_logging_facts.CLUSTER: "iworkz-logs", _logging_facts.SET: "iworkz-logs-es-hot"}
    status = {"observedGeneration": 1, "numberReady": 3, "updatedNumberScheduled": 3}
    shipper = made("fluent-bit", "logging", {_logging_facts.NAME: "fluent-bit"}, status=status)
    shipper["metadata"]["generation"] = 1
    template = {"spec": {"args": list(logging_stack.PERSONAL.values())}}
    found: dict[tuple[str, str], list[Item]] = {
        ("apps/v1", "daemonsets"): [shipper],
        ("v1", "nodes"): nodes,
        ("v1", "pods"): [made(f"p{zone}", "logging", marks, spec={"nodeName": f"n{zone}"}) for zone in ZONES],
        ("v1", "persistentvolumeclaims"): [
            made("elasticsearch-data-iworkz-logs-es-hot-0", "logging", spec={"storageClassName": "encrypted"})
        ],
        ("storage.k8s.io/v1", "storageclasses"): [made("encrypted", parameters={"encrypted": "true"})],
        ("batch/v1", "cronjobs"): [made("log-canary", "logging", spec={"jobTemplate": template})],
    }
    for kind in _logging_facts.SERVERS.values():
        server = made("iworkz-logs", "logging", status={"health": "green", "observedGeneration": 1})
        server["metadata"]["generation"] = 1
        found[kind] = [server]
    return found


def answers() -> Item:
    policy = {"hot": {}, "warm": {"min_age": "7d"}, "delete": {"min_age": "90d"}}
    stream = {"name": "logs-a-x", "ilm_policy": "logs-operational", "indices": [{"ilm_policy": "logs-operational"}]}
    view = {"id": "all", "title": "logs-*", "timeFieldName": "@timestamp"}
    return {
        "GET api/status": {"status": {"overall": {"level": "available"}}},
        "POST logs-*/_search": {
            "hits": {
                "total": {"value": 1},
                "hits": [{"_index": "logs-a-x", "_source": {"@timestamp": "now", "message": MASKED}}],
            }
        },
        "GET _data_stream/logs-*": {"data_streams": [stream]},
        "GET _ilm/policy": {"logs-operational": {"policy": {"phases": policy}}},
        "GET _slm/policy": {"nightly": {}},
        "GET api/spaces/space": [{"id": "operations"}],
        "GET s/operations/api/data_views": {"data_view": [{"id": "all"}]},
        "GET s/operations/api/data_views/data_view/all": {"data_view": view},
        "POST s/operations/api/saved_objects/_export": [elastic_kibana.saved_object(DECLARED["searches"][0])],
    }


class Given:
    """What the cluster, the servers and the buckets are like; tests change it."""

    def __init__(self) -> None:
        self.objects, self.answers, self.declared = objects(), answers(), copy.deepcopy(DECLARED)
        self.archive: Item = {
            "lock_mode": "GOVERNANCE",
            "locked_days": 400,
            "storage_classes": ["GLACIER_IR"],
            "expires_days": 401,
            "newest_minutes": 5.0,
        }
        self.buckets = {f"{PLATFORM.prefix}-log-archive-operational-{PLATFORM.account_id}": {}}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    found = Given()
    monkeypatch.setattr(_logging_facts, "_api", lambda world, kind: FakeApi(kind, found.answers))
    monkeypatch.setattr(_log_archives, "_archive", lambda world, bucket: found.archive)
    return found


def judge(given: Given, item: str) -> list[str]:
    world = ClusterWorld(given.objects, {"logging": given.declared})
    world._facts[_at_rest.buckets] = done(given.buckets)
    check = {
        "3.1.2.1": logging_stack.centralised,
        "3.1.2.2": logging_stack.kept,
        "3.1.2.3": logging_stack.searchable,
    }[item]
    return [breach.id for breach in check(world, REQUIRED[item]).breaches]


def done(value: Any) -> Any:
    from concurrent.futures import Future

    future: Future[Any] = Future()
    future.set_result(value)
    return future


@pytest.mark.parametrize("item", REQUIRED)
def test_all_is_well(given: Given, item: str) -> None:
    assert judge(given, item) == []


def server(given: Given, kind: str = "Elasticsearch") -> Item:
    return given.objects[_logging_facts.SERVERS[kind]][0]


CENTRAL: list[tuple[str, Any]] = [
    ("logging.no_shipper", lambda g: g.objects[("apps/v1", "daemonsets")].clear()),
    ("logging.shipper_missing", lambda g: g.objects[("apps/v1", "daemonsets")][0]["status"].update(numberReady=2)),
    ("logging.shipper_missing", lambda g: g.objects[("apps/v1", "daemonsets")][0]["metadata"].update(generation=2)),
    ("logging.no_server", lambda g: g.objects[_logging_facts.SERVERS["Kibana"]].clear()),
    ("logging.unwell", lambda g: server(g)["status"].update(health="yellow")),
    ("logging.unwell", lambda g: server(g, "Logstash")["metadata"].update(generation=2)),
    ("logging.not_spread", lambda g: g.objects[("v1", "pods")].pop()),
    ("logging.not_encrypted", lambda g: g.objects[("storage.k8s.io/v1", "storageclasses")].clear()),
    ("logging.kibana_unavailable", lambda g: g.answers.update({"GET api/status": {}})),
    ("logging.canary_changed", lambda g: g.objects[("batch/v1", "cronjobs")].clear()),
    ("logging.canary_changed", lambda g: g.objects[("batch/v1", "cronjobs")][0]["spec"].update(suspend=True)),
    ("logging.no_canary", lambda g: g.answers["POST logs-*/_search"]["hits"].update(hits=[])),
    ("logging.not_masked", lambda g: source(g).update(message=f"{MASKED} 山田太郎")),
    ("logging.not_masked", lambda g: source(g).update(message="[masked:name]")),
]


def source(given: Given) -> Item:
    found: Item = given.answers["POST logs-*/_search"]["hits"]["hits"][0]["_source"]
    return found


@pytest.mark.parametrize(("breach", "break_it"), CENTRAL)
def test_3_1_2_1_fails(given: Given, breach: str, break_it: Any) -> None:
    break_it(given)
    assert judge(given, "3.1.2.1") == [breach]


def stream(given: Given) -> Item:
    found: Item = given.answers["GET _data_stream/logs-*"]["data_streams"][0]
    return found


def phases(given: Given) -> Item:
    found: Item = given.answers["GET _ilm/policy"]["logs-operational"]["policy"]["phases"]
    return found


KEPT: list[tuple[str, Any]] = [
    ("logging.no_stream", lambda g: g.answers["GET _data_stream/logs-*"].update(data_streams=[])),
    ("logging.unmanaged", lambda g: stream(g)["indices"].append({"ilm_policy": None})),
    ("logging.unmanaged", lambda g: g.answers["GET _ilm/policy"].clear()),
    ("logging.phases", lambda g: phases(g).pop("warm")),
    ("logging.short", lambda g: phases(g)["delete"].update(min_age="29d")),
    ("logging.no_snapshots", lambda g: g.answers["GET _slm/policy"].clear()),
    ("logging.no_archive", lambda g: g.buckets.clear()),
    ("logging.not_locked", lambda g: g.archive.update(locked_days=30)),
    ("logging.not_moved", lambda g: g.archive.update(storage_classes=["STANDARD_IA"])),
    ("logging.expires_early", lambda g: g.archive.update(expires_days=399)),
    ("logging.nothing_archived", lambda g: g.archive.update(newest_minutes=None)),
    ("logging.nothing_archived", lambda g: g.archive.update(newest_minutes=61.0)),
]


@pytest.mark.parametrize(("breach", "break_it"), KEPT)
def test_3_1_2_2_fails(given: Given, breach: str, break_it: Any) -> None:
    break_it(given)
    assert judge(given, "3.1.2.2") == [breach]


SEARCHED: list[tuple[list[str], Any]] = [
    (["logging.no_view"], lambda g: g.answers["GET s/operations/api/data_views"].update(data_view=[])),
    (
        ["logging.view_differs"],
        lambda g: g.answers["GET s/operations/api/data_views/data_view/all"]["data_view"].update(title="x"),
    ),
    (["logging.view_empty"], lambda g: g.answers["GET _data_stream/logs-*"].update(data_streams=[])),
    (["logging.no_search"], lambda g: g.answers["POST s/operations/api/saved_objects/_export"].clear()),
    (["logging.search_differs"], lambda g: g.declared["searches"][0].update(query="c:d")),
    (
        ["logging.no_space", "logging.no_view", "logging.no_search"],
        lambda g: g.answers.update({"GET api/spaces/space": []}),
    ),
    (["logging.few_searches"], lambda g: g.declared.update(searches=[])),
]


@pytest.mark.parametrize(("breaches", "break_it"), SEARCHED)
def test_3_1_2_3_fails(given: Given, breaches: list[str], break_it: Any) -> None:
    break_it(given)
    assert judge(given, "3.1.2.3") == breaches


@pytest.mark.parametrize(
    ("operator", "stored", "traced", "breaches"),
    [
        ("%TRACE_ID%", 7, 0, ["logging.unlinked"]),
        ("%TRACE_ID%", 7, 1, []),
        ("%TRACE_ID%", 0, 0, []),
        ("-", 7, 0, []),
    ],
)
def test_requests_are_found_by_their_trace(
    given: Given, operator: str, stored: int, traced: int, breaches: list[str]
) -> None:
    mesh = {
        "accessLogFile": "/dev/stdout",
        "accessLogEncoding": "JSON",
        "accessLogFormat": json.dumps({"trace_id": operator}),
    }
    given.objects[("v1", "configmaps")] = [made("istio", "istio-system", data={"mesh": json.dumps(mesh)})]
    given.answers["POST logs-*/_search"] = lambda body: {
        "hits": {"total": {"value": traced if "trace.id" in json.dumps(body) else stored}}
    }
    assert judge(given, "3.1.2.3") == breaches


def test_two_servers_of_one_name_are_told(given: Given) -> None:
    given.objects[_logging_facts.SERVERS["Kibana"]].append(server(given, "Kibana"))
    with pytest.raises(Exception, match=r"logging\.several"):
        judge(given, "3.1.2.1")


class FakeS3:
    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def get_object_lock_configuration(self, Bucket: str) -> Any:
        return self.answers["lock"]

    def get_bucket_lifecycle_configuration(self, Bucket: str) -> Any:
        return self.answers["life"]

    def get_paginator(self, name: str) -> FakeS3:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[Item]:
        yesterday = (NOW - timedelta(days=1)).strftime("%Y/%m/%d/")
        return [{"Contents": [{"LastModified": NOW - timedelta(minutes=90)}]}] if Prefix == yesterday else [{}]


def test_archive_is_read_from_s3(monkeypatch: pytest.MonkeyPatch) -> None:
    retention = {"Mode": "COMPLIANCE", "Years": 2}
    rule = {"Status": "Enabled", "Transitions": [{"StorageClass": "GLACIER_IR"}], "Expiration": {"Days": 731}}
    s3 = FakeS3(
        lock={"ObjectLockConfiguration": {"Rule": {"DefaultRetention": retention}}},
        life={"Rules": [rule, {**rule, "Status": "Disabled", "Expiration": {"Days": 1}}]},
    )
    world = ClusterWorld({}, {})
    monkeypatch.setattr(world, "client", lambda service, region=None: s3)
    assert _log_archives._archive(world, "b") == {
        "lock_mode": "COMPLIANCE",
        "locked_days": 730,
        "storage_classes": ["GLACIER_IR"],
        "expires_days": 731,
        "newest_minutes": 90.0,
    }


@pytest.mark.parametrize(("age", "expected"), [("90d", 90), ("12h", 0.5), ("0ms", 0), ("1440m", 1)])
def test_ages(age: str, expected: float) -> None:
    assert logging_stack.days(age) == expected
