"""Namespaces, quotas, limit ranges, and what goes with its owner."""

from __future__ import annotations

import pytest

from sandbox.kube.errors import ApiError
from tests.kube.simulation import IMAGE, Object, Simulation, deployment, template


@pytest.fixture
def cluster() -> Simulation:
    return Simulation(nodes=3)


def test_a_namespace_starts_with_an_account_and_the_authority(cluster: Simulation) -> None:
    assert cluster.get("serviceaccounts", "default")
    assert cluster.get("configmaps", "kube-root-ca.crt")["data"] == {"ca.crt": "CA"}
    cluster.delete("configmaps", "kube-root-ca.crt")
    cluster.run()
    assert cluster.get("configmaps", "kube-root-ca.crt")


def test_a_namespace_takes_everything_along_but_waits_for_finalizers(cluster: Simulation) -> None:
    cluster.create(deployment())
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "finalizers": ["example.com/mine"]}}
    cluster.create(held)
    cluster.run()
    cluster.delete("namespaces", "team", None)
    cluster.run()
    space = cluster.get("namespaces", "team", None)
    assert space["status"]["phase"] == "Terminating"
    assert "configmaps has 1 resource instances" in space["status"]["conditions"][0]["message"]
    assert not cluster.pods()
    cluster.patch("configmaps", "held", {"metadata": {"finalizers": []}})
    cluster.run()
    assert not cluster.store.get("namespaces", None, "team")
    assert not cluster.store.list("serviceaccounts", "team")


def test_a_quota_counts_and_refuses(cluster: Simulation) -> None:
    hard = {"requests.cpu": "1", "limits.memory": "1Gi", "count/deployments.apps": "1", "services": "0"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "team"}, "spec": {"hard": hard}}
    cluster.create(quota)
    limited = {"resources": {"requests": {"cpu": "400m"}, "limits": {"memory": "256Mi"}}}
    cluster.create(deployment(made=template(container=limited)))
    cluster.run()
    assert cluster.get("resourcequotas", "team")["status"]["used"] == {
        "requests.cpu": "800m",
        "limits.memory": "512Mi",
        "count/deployments.apps": "1",
        "services": "0",
    }
    with pytest.raises(ApiError, match=r"exceeded quota: team, requested: count/deployments\.apps=1") as refused:
        cluster.create(deployment("other"))
    assert refused.value.code == 403
    with pytest.raises(ApiError, match=r"failed quota: team: must specify limits\.memory"):
        cluster.create({"apiVersion": "v1", "kind": "Pod", **template()} | {"metadata": {"name": "bare"}})
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
    with pytest.raises(ApiError, match="services=1"):
        cluster.create(service)
    cluster.delete("deployments.apps", "app")
    cluster.run()
    assert cluster.get("resourcequotas", "team")["status"]["used"]["requests.cpu"] == "0"


def test_what_a_container_does_not_declare_comes_from_the_limit_range(cluster: Simulation) -> None:
    limit = {
        "type": "Container",
        "default": {"cpu": "500m", "memory": "256Mi"},
        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
        "max": {"memory": "1Gi"},
        "min": {"cpu": "50m"},
    }
    ranged = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "team"}, "spec": {"limits": [limit]}}
    cluster.create(ranged)
    cluster.create(deployment(replicas=1, made=template(container={"resources": {"requests": {"cpu": "200m"}}})))
    cluster.run()
    (pod,) = cluster.pods()
    assert pod["spec"]["containers"][0]["resources"] == {
        "limits": {"cpu": "500m", "memory": "256Mi"},
        "requests": {"cpu": "200m", "memory": "128Mi"},
    }
    (own,) = cluster.get("deployments.apps", "app")["spec"]["template"]["spec"]["containers"]
    assert own["resources"] == {"requests": {"cpu": "200m"}}

    def bare(**resources: Object) -> Object:
        container = {"name": "c", "image": IMAGE, "resources": resources}
        return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}

    with pytest.raises(ApiError, match="maximum memory usage per Container is 1Gi, but limit is 2Gi"):
        cluster.create(bare(limits={"memory": "2Gi"}))
    with pytest.raises(ApiError, match="minimum cpu usage per Container is 50m, but request is 10m"):
        cluster.create(bare(requests={"cpu": "10m"}))


def replica_set_and_pods(cluster: Simulation) -> tuple[int, int]:
    return len(cluster.store.list("replicasets.apps", "team")), len(cluster.pods())


def test_in_the_background_owners_go_first(cluster: Simulation) -> None:
    cluster.create(deployment())
    cluster.run()
    cluster.delete("deployments.apps", "app", propagation="Background")
    assert not cluster.store.get("deployments.apps", "team", "app")
    assert replica_set_and_pods(cluster) == (1, 3)
    cluster.run()
    assert replica_set_and_pods(cluster) == (0, 0)


def test_in_the_foreground_they_go_last(cluster: Simulation) -> None:
    cluster.create(deployment())
    cluster.run()
    cluster.delete("deployments.apps", "app", propagation="Foreground")
    alone = []

    def look() -> None:
        there = cluster.store.get("deployments.apps", "team", "app") is not None
        alone.append(not there and replica_set_and_pods(cluster) != (0, 0))

    cluster.run(5, look)
    assert not any(alone)
    assert not cluster.store.get("deployments.apps", "team", "app")
    assert replica_set_and_pods(cluster) == (0, 0)


def test_orphans_stay(cluster: Simulation) -> None:
    cluster.create(deployment())
    cluster.run()
    cluster.delete("deployments.apps", "app", propagation="Orphan")
    cluster.run()
    assert not cluster.store.get("deployments.apps", "team", "app")
    assert replica_set_and_pods(cluster) == (1, 3)
    (only,) = cluster.store.list("replicasets.apps", "team")
    assert not only["metadata"]["ownerReferences"]
    uids = {pod["metadata"]["uid"] for pod in cluster.pods()}
    cluster.create(deployment())
    cluster.run()
    assert replica_set_and_pods(cluster) == (1, 3)
    assert {pod["metadata"]["uid"] for pod in cluster.pods()} == uids
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 3
    cluster.delete("deployments.apps", "app")
    cluster.create(deployment())
    cluster.run()
    assert replica_set_and_pods(cluster) == (1, 3)
    assert not uids & {pod["metadata"]["uid"] for pod in cluster.pods()}


def test_what_is_made_for_an_owner_that_is_gone_goes_too(cluster: Simulation) -> None:
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": "gone", "uid": "00000000-0000-0000-0000-000000000000"}
    orphan = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "late", "ownerReferences": [owner]}}
    cluster.create(orphan)
    cluster.run()
    assert not cluster.store.get("configmaps", "team", "late")
