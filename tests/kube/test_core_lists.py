"""Lists, selectors, pages and watches."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes import watch
from kubernetes.client import ApiException

from tests.kube.conftest import REAL, Cluster
from tests.kube.test_core_objects import config_map


@pytest.fixture
def colours(cluster: Cluster, namespace: str) -> str:
    """A namespace with ConfigMaps red, green and blue, labelled so, and one without a label."""
    maps = cluster.of("v1", "ConfigMap")
    for name in ("red", "green", "blue"):
        body = config_map(name)
        body["metadata"]["labels"] = {"colour": name, "app.kubernetes.io/name": "x"}
        maps.create(body=body, namespace=namespace)
    maps.create(body=config_map("plain"), namespace=namespace)
    return namespace


def names(listed: Any) -> list[str]:
    return [each["metadata"]["name"] for each in listed["items"] if each["metadata"]["name"] != "kube-root-ca.crt"]


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("colour=red", ["red"]),
        ("colour==red", ["red"]),
        ("colour!=red", ["blue", "green", "plain"]),
        ("colour in (red, blue)", ["blue", "red"]),
        ("colour notin (red)", ["blue", "green", "plain"]),
        ("colour", ["blue", "green", "red"]),
        ("!colour", ["plain"]),
        ("app.kubernetes.io/name=x,colour!=red", ["blue", "green"]),
        ("colour in (red,blue),colour notin (blue)", ["red"]),
        ("", ["blue", "green", "plain", "red"]),
    ],
)
def test_label_selectors(cluster: Cluster, colours: str, selector: str, found: list[str]) -> None:
    listed = cluster.of("v1", "ConfigMap").get(namespace=colours, label_selector=selector).to_dict()
    assert names(listed) == found


@pytest.mark.parametrize("selector", ["colour=(", "a b", "=x", "colour in red"])
def test_what_is_no_label_selector(cluster: Cluster, namespace: str, selector: str) -> None:
    with pytest.raises(ApiException) as refused:
        cluster.of("v1", "ConfigMap").get(namespace=namespace, label_selector=selector)
    assert refused.value.status == 400


def test_field_selectors(cluster: Cluster, colours: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    assert names(maps.get(namespace=colours, field_selector="metadata.name=red").to_dict()) == ["red"]
    assert "red" not in names(maps.get(namespace=colours, field_selector="metadata.name!=red").to_dict())
    with pytest.raises(ApiException, match="field label not supported"):
        maps.get(namespace=colours, field_selector="data.a=1")


def test_pages(cluster: Cluster, colours: str) -> None:
    found, token, pages = [], "", 0
    while True:
        path = f"/api/v1/namespaces/{colours}/configmaps?labelSelector=colour&limit=2&continue={token}"
        _, body, _ = cluster.call("GET", path)
        found += names(body)
        pages += 1
        token = body["metadata"].get("continue", "")
        if not token:
            break
    assert (found, pages) == (["blue", "green", "red"], 2)


def test_a_bad_page(cluster: Cluster) -> None:
    assert cluster.call("GET", "/api/v1/configmaps?limit=1&continue=nonsense")[0] == 400


def test_a_watch_tells_what_is_there_and_every_change(cluster: Cluster, namespace: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    maps.create(body=config_map("a"), namespace=namespace)
    version = maps.get(namespace=namespace).metadata.resourceVersion
    merge = {"namespace": namespace, "content_type": "application/merge-patch+json"}
    maps.patch(body={"data": {"x": "1"}}, name="a", **merge)
    maps.create(body=config_map("b"), namespace=namespace)
    maps.delete(name="a", namespace=namespace)
    seen = []
    for event in maps.watch(namespace=namespace, resource_version=version, timeout=3, watcher=watch.Watch()):
        if event["raw_object"]["metadata"]["name"] in ("a", "b"):
            seen.append((event["type"], event["raw_object"]["metadata"]["name"]))
        if len(seen) == 3:
            break
    assert seen == [("MODIFIED", "a"), ("ADDED", "b"), ("DELETED", "a")]


def test_a_watch_by_selector_sees_objects_come_and_go(cluster: Cluster, colours: str) -> None:
    maps = cluster.of("v1", "ConfigMap")
    version = maps.get(namespace=colours).metadata.resourceVersion
    merge = {"namespace": colours, "content_type": "application/merge-patch+json"}
    maps.patch(body={"metadata": {"labels": {"colour": "red"}}}, name="plain", **merge)
    maps.patch(body={"metadata": {"labels": {"colour": "grey"}}}, name="red", **merge)
    seen = []
    for event in maps.watch(
        namespace=colours, resource_version=version, label_selector="colour=red", timeout=3, watcher=watch.Watch()
    ):
        seen.append((event["type"], event["raw_object"]["metadata"]["name"]))
        if len(seen) == 2:
            break
    assert seen == [("ADDED", "plain"), ("DELETED", "red")]


def test_initial_events_end_with_a_bookmark(cluster: Cluster, colours: str) -> None:
    query = "watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=1"
    events = cluster.watched(f"/api/v1/namespaces/{colours}/configmaps?{query}&labelSelector=colour")
    assert [each["type"] for each in events] == ["ADDED", "ADDED", "ADDED", "BOOKMARK"]
    assert events[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


@pytest.mark.skipif(REAL, reason="a real cluster forgets when it pleases")
def test_a_watch_from_before_what_is_kept_is_told_so(cluster: Cluster, namespace: str) -> None:
    assert cluster.server
    store = cluster.server.api.store
    before, store.oldest = store.oldest, store.version
    try:
        events = cluster.watched(
            f"/api/v1/namespaces/{namespace}/configmaps?watch=1&resourceVersion=1&timeoutSeconds=2"
        )
    finally:
        store.oldest = before
    assert [(each["type"], each["object"]["code"], each["object"]["reason"]) for each in events] == [
        ("ERROR", 410, "Expired")
    ]
