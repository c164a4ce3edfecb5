"""Reads of a cluster for checks: pages, what is not there, faults that pass and faults that stay."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import reader as reader_module
from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Reader
from tests.integration.kube_server import HOST, Fault, KubeServer, Proxy, prepare, proxied

NAMESPACES = [f"team-{number}" for number in range(5)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeServer]:
    made = prepare(tmp_path_factory.mktemp("kube"))
    made.start()
    for name in NAMESPACES:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        made.api().apply(f"/api/v1/namespaces/{name}", body, "test")
    yield made
    made.kill()


@pytest.fixture
def proxy(server: KubeServer) -> Iterator[Proxy]:
    with proxied(server) as made:
        yield made


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "PAGE", 2)


def read(server: KubeServer, endpoint: str = "", token: str = "") -> Reader:
    cluster = Cluster("c", "arn", "1.34", endpoint or server.endpoint, server.authority, "issuer")
    return Reader(cluster, lambda: token or server.token())


def names(reader: Reader) -> list[str]:
    return [found["metadata"]["name"] for found in reader.list("v1", "namespaces")]


def test_all_pages_are_one_list_that_is_read_once(server, proxy, small_pages) -> None:
    reader = read(server, proxy.endpoint)
    assert set(NAMESPACES) < set(names(reader))
    proxy.faults = [Fault(500, times=100)]
    assert set(NAMESPACES) < set(names(reader))


def test_what_is_not_there(server) -> None:
    reader = read(server)
    assert reader.list("example.com/v1", "things") == []
    assert reader.get("v1", "namespaces", "", "nowhere") is None
    assert reader.get("v1", "namespaces", "", "team-1")["metadata"]["name"] == "team-1"  # type: ignore[index]
    assert reader.list("v1", "configmaps", "team-0")[0]["metadata"]["namespace"] == "team-0"


def test_a_review_tells_who_may_do_what(server) -> None:
    attributes = {"verb": "get", "resource": "pods", "namespace": "team-0"}
    asked = {"user": "nobody", "resourceAttributes": attributes}
    assert read(server).review("subjectaccessreviews", asked)["allowed"] is False
    asked["groups"] = ["system:masters"]  # type: ignore[assignment]
    assert read(server).review("subjectaccessreviews", asked)["allowed"] is True


@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_fault_that_passes_is_waited_out(server, proxy, status) -> None:
    proxy.faults = [Fault(status, times=2)]
    assert set(NAMESPACES) < set(names(read(server, proxy.endpoint)))
    assert proxy.made == [status, status]


def test_a_list_that_outlived_its_pages_begins_again(server, proxy, small_pages) -> None:
    proxy.faults = [Fault(410, within="continue=")]
    found = names(read(server, proxy.endpoint))
    assert proxy.made == [410]
    assert len(found) == len(set(found)) > len(NAMESPACES)


def test_a_refusal_and_a_server_that_is_away_reach_every_asker(server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KubernetesError, match="was answered with 401: Unauthorized") as refused:
        names(read(server, token="forged"))
    assert refused.value.code == 401
    monkeypatch.setattr(reader_module, "ATTEMPTS", 1)
    reader = read(server, f"https://{HOST}:1")
    for _ in range(2):
        with pytest.raises(KubernetesError, match="cannot be reached") as away:
            names(reader)
        assert away.value.code == 0
