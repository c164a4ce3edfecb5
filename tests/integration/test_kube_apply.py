"""Objects applied and waited for on the emulated cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import Applied, apply
from ansible_collections.iworkz.platform.plugins.module_utils._kube.readiness import await_ready
from tests.integration.kube_server import KubeServer, running

MANAGER = "iworkz.platform"
PULLABLE, UNPULLABLE = "sha256:" + "a" * 64, "sha256:" + "b" * 56 + "deadbeef"

Object = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeServer]:
    with running(tmp_path_factory.mktemp("kube")) as made:
        yield made


def workload(kind: str, digest: str = PULLABLE, **spec: Any) -> Object:
    labels = {"app": kind.lower()}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": f"registry/c@{digest}"}]}}
    metadata = {"name": kind.lower(), "namespace": "default"}
    spec |= {"selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def definition() -> Object:
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }


def made(server: KubeServer, *things: Object) -> Applied:
    applied = apply(server.api(), things, MANAGER)
    assert applied.failed == {}
    return applied


def test_all_kinds_become_ready_and_a_changed_one_again(server: KubeServer) -> None:
    sets = workload("StatefulSet", replicas=2, serviceName="s")
    applied = made(server, definition(), workload("Deployment", replicas=2), sets, workload("DaemonSet"))
    assert len(applied.created) == 4
    assert await_ready(server.api(), applied.answers, 30) == {}
    applied = made(server, workload("StatefulSet", replicas=3, serviceName="s"))
    assert await_ready(server.api(), applied.answers, 0) == {
        "StatefulSet default/statefulset": "the controller has not seen the change yet"
    }
    assert await_ready(server.api(), applied.answers, 30) == {}


def test_an_image_that_cannot_be_pulled_is_named(server: KubeServer) -> None:
    applied = made(server, workload("DaemonSet", UNPULLABLE))
    lacking = await_ready(server.api(), applied.answers, 2)
    assert lacking["DaemonSet default/daemonset"] in ("1 of 3 pods are new", "2 of 3 pods are available")
