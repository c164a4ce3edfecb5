"""Rollouts and rollbacks on the emulated cluster, through faults of its API."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits, Outcome, Rollouts
from tests.integration.kube_server import Fault, KubeServer, Proxy, proxied, running

MANAGER = "iworkz.platform"
FIRST, SECOND = "sha256:" + "a" * 64, "sha256:" + "c" * 64
UNPULLABLE = "sha256:" + "b" * 56 + "deadbeef"
NUMBERS = count()

Object = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeServer]:
    with running(tmp_path_factory.mktemp("kube")) as made:
        yield made


@pytest.fixture
def namespace(server: KubeServer) -> Iterator[str]:
    name = f"team-{next(NUMBERS)}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    server.api().apply(f"/api/v1/namespaces/{name}", body, "test")
    yield name
    server.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture
def proxy(server: KubeServer) -> Iterator[Proxy]:
    with proxied(server) as made:
        yield made


def release(server: KubeServer, namespace: str, name: str, digest: str, replicas: int = 3, **pod: Any) -> Object:
    """Apply a Deployment with this digest; ``pod`` are fields of its container, ``fault`` is the emulator's."""
    fault = pod.pop("fault", "")
    labels = {"app": name}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": labels, "annotations": {"sandbox.iworkz.jp/fault": fault} if fault else {}},
                "spec": {"containers": [{"name": name, "image": f"registry/{name}@{digest}", **pod}]},
            },
        },
    }
    return server.api().apply(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}", body, MANAGER)


def follow(server: KubeServer, *names: Name, endpoint: str = "", grace: float = 1, **options: Any) -> list[Outcome]:
    limits = Limits(options.pop("timeout", 60), grace, 0.1)
    return Rollouts(server.api(endpoint), limits, MANAGER, **options).follow(names)


def read(server: KubeServer, name: Name) -> Object:
    found = server.api().get(f"/apis/apps/v1/namespaces/{name.namespace}/deployments/{name.name}")
    assert found is not None
    return found


def image(server: KubeServer, name: Name) -> str:
    return str(read(server, name)["spec"]["template"]["spec"]["containers"][0]["image"])


def test_releases_that_succeed(server: KubeServer, namespace: str) -> None:
    names = [Name(namespace, f"service-{number}") for number in range(5)]
    for digest in (FIRST, SECOND):
        for name in names:
            release(server, namespace, name.name, digest)
        outcomes = follow(server, *names)
        assert [(one.standing.state, one.digest) for one in outcomes] == [("complete", digest)] * 5


def test_one_bad_image_is_rolled_back_and_others_are_not_touched(server: KubeServer, namespace: str) -> None:
    good, bad = Name(namespace, "good"), Name(namespace, "bad")
    for name in (good, bad):
        release(server, namespace, name.name, FIRST)
    follow(server, good, bad)
    release(server, namespace, "good", SECOND)
    release(server, namespace, "bad", UNPULLABLE, env=[{"name": "ONLY_IN_THE_BAD_ONE", "value": "1"}])
    fine, failed = follow(server, good, bad)
    assert (fine.standing.state, image(server, good)) == ("complete", f"registry/good@{SECOND}")
    assert failed.standing.reason in ("ErrImagePull", "ImagePullBackOff")
    assert (failed.digest, failed.restored, failed.recovered) == (UNPULLABLE, FIRST, True)
    restored = read(server, bad)
    assert restored["spec"]["template"]["spec"]["containers"][0].get("env") is None
    assert restored["status"]["availableReplicas"] == restored["spec"]["replicas"] == 3


def test_what_the_old_release_alone_had_goes_again_with_the_next(server: KubeServer, namespace: str) -> None:
    """A rollback must leave no field that a later apply would not take away."""
    name = Name(namespace, "billing")
    release(server, namespace, "billing", FIRST, env=[{"name": "OLD", "value": "1"}])
    follow(server, name)
    release(server, namespace, "billing", UNPULLABLE)
    (failed,) = follow(server, name)
    assert failed.recovered
    assert read(server, name)["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "OLD", "value": "1"}]
    release(server, namespace, "billing", SECOND)
    (fine,) = follow(server, name)
    assert fine.standing.state == "complete"
    assert "env" not in read(server, name)["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fault": "crash-loop"}, "CrashLoopBackOff"),
        ({"envFrom": [{"configMapRef": {"name": "missing"}}]}, "CreateContainerConfigError"),
    ],
)
def test_pods_that_do_not_start(server: KubeServer, namespace: str, change: Object, reason: str) -> None:
    name = Name(namespace, "billing")
    release(server, namespace, "billing", FIRST)
    follow(server, name)
    release(server, namespace, "billing", SECOND, **change)
    (failed,) = follow(server, name)
    assert (failed.standing.reason, failed.restored, failed.recovered) == (reason, FIRST, True)


def test_pods_that_never_get_ready_run_into_the_timeout(server: KubeServer, namespace: str) -> None:
    name = Name(namespace, "billing")
    release(server, namespace, "billing", FIRST)
    follow(server, name)
    release(server, namespace, "billing", SECOND, fault="unready")
    (failed,) = follow(server, name, timeout=3)
    assert (failed.standing.reason, failed.restored, failed.recovered) == ("TimedOut", FIRST, True)


def test_a_bad_first_release(server: KubeServer, namespace: str) -> None:
    release(server, namespace, "billing", UNPULLABLE)
    (failed,) = follow(server, Name(namespace, "billing"))
    assert failed.restored == ""
    assert "it is the first release" in failed.told()
    assert image(server, Name(namespace, "billing")).endswith(UNPULLABLE)


def test_a_release_that_was_good_once_is_not_rolled_back(server: KubeServer, namespace: str) -> None:
    name = Name(namespace, "billing")
    for digest in (FIRST, SECOND):
        release(server, namespace, "billing", digest, resources={"requests": {"cpu": "5"}})
        follow(server, name)
    # More than the nodes have room for.
    scale = {"metadata": {"name": "billing", "namespace": namespace}, "spec": {"replicas": 20}}
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/billing/scale"
    server.api().apply(path, {"apiVersion": "autoscaling/v1", "kind": "Scale", **scale}, "hpa")
    (failed,) = follow(server, name, timeout=3)
    assert (failed.restored, image(server, name)) == ("", f"registry/billing@{SECOND}")
    assert "was available before" in failed.told()


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(401)],
        [Fault(429, times=2)],
        [Fault(500), Fault(503)],
        [Fault(0, times=2)],
        [Fault(409, method="PATCH", times=2)],
        [Fault(503, method="PATCH")],
        [Fault(410, within="watch=true")],
        [Fault(403, within="watch=true", times=10_000)],
        [Fault(0, within="watch=true", times=3)],
    ],
    ids=lambda faults: "-".join(f"{one.status}{one.method}{one.within}" for one in faults),
)
def test_faults_of_the_api_are_got_over(server: KubeServer, proxy: Proxy, namespace: str, faults: list[Fault]) -> None:
    good, bad = Name(namespace, "good"), Name(namespace, "bad")
    for name in (good, bad):
        release(server, namespace, name.name, FIRST)
    follow(server, good, bad)
    proxy.faults = faults
    release(server, namespace, "good", SECOND)
    release(server, namespace, "bad", UNPULLABLE)
    fine, failed = follow(server, good, bad, endpoint=proxy.endpoint)
    assert proxy.made
    assert (fine.standing.state, failed.restored, failed.recovered) == ("complete", FIRST, True)


def test_watches_that_are_cut_again_and_again(server: KubeServer, proxy: Proxy, namespace: str) -> None:
    proxy.cut_watches_after = 0.3
    name = Name(namespace, "billing")
    release(server, namespace, "billing", FIRST)
    follow(server, name)
    release(server, namespace, "billing", SECOND, replicas=6)
    (fine,) = follow(server, name, endpoint=proxy.endpoint)
    assert fine.standing.state == "complete"


def test_a_token_that_is_not_accepted_any_more_ends_the_wait(server: KubeServer, proxy: Proxy, namespace: str) -> None:
    release(server, namespace, "billing", FIRST)
    proxy.faults = [Fault(401, times=10_000)]
    with pytest.raises(KubernetesError, match="made by the proxy"):
        follow(server, Name(namespace, "billing"), endpoint=proxy.endpoint)


def test_the_api_server_restarts_mid_rollout(server: KubeServer, namespace: str) -> None:
    good, bad = Name(namespace, "good"), Name(namespace, "bad")
    for name in (good, bad):
        release(server, namespace, name.name, FIRST)
    follow(server, good, bad)
    release(server, namespace, "good", SECOND, replicas=9)
    release(server, namespace, "bad", UNPULLABLE)
    outcomes: list[Outcome] = []
    thread = threading.Thread(target=lambda: outcomes.extend(follow(server, good, bad, grace=2)))
    thread.start()
    time.sleep(0.5)
    server.kill()
    time.sleep(1)
    server.start()
    thread.join(60)
    fine, failed = outcomes
    assert (fine.standing.state, failed.restored, failed.recovered) == ("complete", FIRST, True)


def test_preview_says_what_would_be_rolled_back(server: KubeServer, namespace: str) -> None:
    name = Name(namespace, "billing")
    release(server, namespace, "billing", FIRST)
    follow(server, name)
    rollouts = Rollouts(server.api(), Limits(1, 1, 1), MANAGER)
    before = read(server, name)["metadata"]["resourceVersion"]
    (outcome,) = rollouts.preview([name])
    assert (outcome.standing.state, outcome.restored) == ("complete", "")
    assert read(server, name)["metadata"]["resourceVersion"] == before
