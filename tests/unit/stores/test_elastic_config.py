"""The module elastic_config against the sandbox's emulation of Elasticsearch and Kibana."""

from __future__ import annotations

import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import trustme

from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic, elastic_config, elastic_kibana
from sandbox.planes.elastic import elasticsearch, kibana
from sandbox.planes.elastic.server import Server
from sandbox.planes.elastic.store import Store

Item = dict[str, Any]
PASSWORD = "correct"  # not a secret: the emulation's own
DECLARED: Item = {
    "ilm_policies": [
        {
            "name": "logs",
            "body": {"phases": {"hot": {"actions": {"rollover": {"max_age": "1d"}}}, "delete": {"min_age": "90d"}}},
        }
    ],
    "index_templates": [
        {
            "name": "logs",
            "body": {
                "index_patterns": ["logs-*-test"],
                "data_stream": {},
                "priority": 300,
                "template": {"settings": {"index.lifecycle.name": "logs", "index.number_of_shards": 1}},
            },
        }
    ],
    "snapshot_repositories": [
        {"name": "archive", "body": {"type": "s3", "settings": {"bucket": "b", "server_side_encryption": True}}}
    ],
    "snapshot_policies": [
        {
            "name": "nightly",
            "body": {"name": "<logs-{now/d}>", "schedule": "0 30 18 * * ?", "repository": "archive", "config": {}},
        }
    ],
    "kibana_spaces": [{"id": "operations", "name": "Operations", "description": None}],
    "kibana_data_views": [
        {"id": "all", "space": "operations", "title": "logs-*", "name": "All", "time_field": "@timestamp"}
    ],
    "kibana_saved_searches": [
        {
            "id": "failed",
            "space": "operations",
            "title": "Failed / 失敗",
            "data_view": "all",
            "query": "http.response.status_code:>=500",
            "columns": ["message"],
        }
    ],
}


@dataclass
class Servers:
    store: Store
    url: str
    kibana_url: str
    ca_bundle: str

    def api(self, name: str, password: str = PASSWORD) -> elastic.Api:
        url = self.url if name == "elasticsearch" else self.kibana_url
        return elastic.Api(name, url, password, self.ca_bundle)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, str]:
    made = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1").configure_cert(context)
    return context, str(path)


@pytest.fixture
def servers(tmp_path: Path, authority: tuple[ssl.SSLContext, str]) -> Iterator[Servers]:
    store = Store(tmp_path / "state.json")
    (tmp_path / "password").write_text(PASSWORD)
    running = [
        Server(("127.0.0.1", 0), authority[0], store, routes, tmp_path / "password")
        for routes in (elasticsearch.routes, kibana.routes)
    ]
    for each in running:
        threading.Thread(target=each.serve_forever, args=(0.01,), daemon=True).start()
    urls = [f"https://127.0.0.1:{each.server_port}" for each in running]
    yield Servers(store, *urls, authority[1])
    for each in running:
        each.shutdown()
        each.server_close()


@pytest.fixture
def ran(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the module against the servers."""

    class Clients:
        def __init__(self, params: Item) -> None:
            self.calls: Counter[str] = Counter()

    monkeypatch.setattr(elastic_config, "Clients", Clients)
    monkeypatch.setattr(elastic_config, "reader_of", lambda clients, name: SimpleNamespace(get=None))
    monkeypatch.setattr(elastic_config.elastic, "password", lambda get, namespace, name: PASSWORD)
    place = {
        "cluster": "c",
        "namespace": "logging",
        "elasticsearch": "logs",
        "url": servers.url,
        "kibana_url": servers.kibana_url,
        "ca_bundle": servers.ca_bundle,
    }

    def run(check_mode: bool = False, **changes: Any) -> Item:
        return elastic_config.run({**place, **DECLARED, **changes}, check_mode=check_mode)

    return run


def test_check_apply_apply_again_and_drift(ran: Any, servers: Servers) -> None:
    announced = ran(check_mode=True)
    assert len(announced["created"]) == 7
    assert not servers.store.policies
    made = ran()
    assert sorted(made["created"]) == sorted(announced["created"])
    assert not made["failed_resources"]
    again = ran()
    assert not again["changed"], again["diff"]
    servers.store.policies["logs"]["phases"].pop("delete")
    servers.store.templates["logs"]["priority"] = 1
    servers.store.data_views["operations"]["all"]["title"] = "x"
    servers.store.objects["operations"]["search/failed"]["attributes"]["title"] = "x"
    servers.store.spaces["operations"]["name"] = "x"
    mended = ran()
    assert sorted(mended["updated"]) == [
        "ilm_policy logs",
        "index_template logs",
        "kibana_data_view all",
        "kibana_saved_search failed",
        "kibana_space operations",
    ]
    assert not ran()["changed"]


@pytest.mark.parametrize(
    ("option", "change", "told"),
    [
        ("ilm_policies", {"phases": {"tepid": {}}}, "does not support phase [tepid]"),
        ("ilm_policies", {"phases": {"delete": {"actions": {"rollover": {}}}}}, "invalid action [rollover]"),
        ("index_templates", {"index_pattern": ["x"]}, "unknown field [index_pattern]"),
        ("snapshot_repositories", {"type": "tape"}, "[tape] does not exist"),
        ("snapshot_policies", {"repository": "nowhere"}, "no such repository [nowhere]"),
    ],
)
def test_typos_are_refused_by_name(ran: Any, option: str, change: Item, told: str) -> None:
    found = ran(**{option: [{"name": "wrong", "body": change}]})
    (text,) = [error for label, error in found["failed_resources"].items() if label.endswith(" wrong")]
    assert told in text


def test_a_search_of_a_view_that_is_not_there_is_refused(ran: Any) -> None:
    search = {**DECLARED["kibana_saved_searches"][0], "data_view": "gone"}
    found = ran(kibana_saved_searches=[search])
    assert "missing_references" in found["failed_resources"]["kibana_saved_search failed"]


def test_without_a_server_check_mode_announces_and_apply_fails(ran: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic_config.elastic, "password", lambda get, namespace, name: None)
    assert len(ran(check_mode=True)["created"]) == 7
    with pytest.raises(elastic_config.ReconcileError, match="there is no Elasticsearch logging/logs"):
        ran()


def test_a_wrong_password_is_told(servers: Servers) -> None:
    with pytest.raises(elastic.ElasticError, match="HTTP 401, security_exception"):
        servers.api("elasticsearch", "wrong").get("_ilm", "policy")


def test_what_is_not_emulated_is_told(servers: Servers) -> None:
    with pytest.raises(elastic.ElasticError, match="HTTP 501"):
        servers.api("elasticsearch").put("_watcher", "x", body={})


def test_documents_are_found_by_saved_queries(ran: Any, servers: Servers) -> None:
    ran()
    store = servers.api("elasticsearch")
    for status, level in ((200, "info"), (503, "error")):
        document = {"@timestamp": "2026-11-22T00:00:00+00:00", "log": {"level": level}, "message": "[masked:name]様"}
        servers.store.add("logs-a-test", {**document, "http": {"response": {"status_code": status}}})
    for query, count in (
        ("http.response.status_code:>=500", 1),
        ("log.level:(error OR fatal)", 1),
        ("message:masked*", 2),
        ("log.level:info AND NOT message:other", 1),
        ('log.level:"info"', 1),
        ("nothing:here", 0),
    ):
        body = {"query": {"query_string": {"query": query}}}
        assert store.post("logs-*", "_search", body=body)["hits"]["total"]["value"] == count, query
    (stream,) = store.get("_data_stream", "logs-*")["data_streams"]
    assert (stream["name"], stream["ilm_policy"]) == ("logs-a-test", "logs")
    assert elastic_kibana.saved_searches(servers.api("kibana"), "operations")[0]["title"] == "Failed / 失敗"
