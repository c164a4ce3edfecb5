"""The life of pods: starting, readiness, faults, missing references, termination, sidecars."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.kube.simulation import BAD_DIGEST, IMAGE, Object, Simulation, condition, deployment, ready, template


@pytest.fixture
def cluster() -> Simulation:
    return Simulation(nodes=3)


def pod(cluster: Simulation, **kwargs: Any) -> Object:
    made = template(**kwargs)
    return cluster.create({"apiVersion": "v1", "kind": "Pod", **made, "metadata": {**made["metadata"], "name": "one"}})


def state(cluster: Simulation, name: str = "app") -> Object:
    statuses = cluster.get("pods", "one")["status"]["containerStatuses"]
    found: Object = next(each for each in statuses if each["name"] == name)
    return found


def test_pending_then_running_then_ready(cluster: Simulation) -> None:
    seen = []

    def look() -> None:
        found = cluster.get("pods", "one")
        seen.append((found.get("status", {}).get("phase", "Pending"), ready(found)))

    pod(cluster)
    cluster.run(5, look)
    assert list(dict.fromkeys(seen)) == [("Pending", False), ("Running", False), ("Running", True)]
    shown = state(cluster)
    assert shown["imageID"] == IMAGE
    assert shown["ready"]
    assert shown["started"]
    assert "running" in shown["state"]


def test_an_image_by_tag_gets_a_digest(cluster: Simulation) -> None:
    pod(cluster, image="example.com/app:1")
    cluster.run()
    assert state(cluster)["imageID"].startswith("example.com/app:1@sha256:")


def test_readiness_waits_for_the_probes_delay_shortened(cluster: Simulation) -> None:
    probe = {"httpGet": {"path": "/", "port": 8080}, "initialDelaySeconds": 60}
    pod(cluster, container={"readinessProbe": probe})
    cluster.run(0.5)
    assert not ready(cluster.get("pods", "one"))
    assert condition(cluster.get("pods", "one"), "Ready")["message"] == "containers with unready status: [app]"
    cluster.run(0.4)
    assert ready(cluster.get("pods", "one"))


def test_a_slow_one_takes_as_long_as_it_says(cluster: Simulation) -> None:
    pod(cluster, annotations={"sandbox.iworkz.jp/fault": "slow", "sandbox.iworkz.jp/ready-after": "8"})
    cluster.run(8)
    assert not ready(cluster.get("pods", "one"))
    cluster.run(1)
    assert ready(cluster.get("pods", "one"))


@pytest.mark.parametrize(
    "kwargs",
    [{"image": f"example.com/app@{BAD_DIGEST}"}, {"annotations": {"sandbox.iworkz.jp/fault": "image-pull"}}],
)
def test_an_image_that_cannot_be_pulled(cluster: Simulation, kwargs: Object) -> None:
    reasons = []
    pod(cluster, **kwargs)
    cluster.run(5, lambda: reasons.append(str(cluster.get("pods", "one").get("status", {}).get("containerStatuses"))))
    assert any("ErrImagePull" in each for each in reasons)
    assert state(cluster)["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert state(cluster)["imageID"] == ""
    assert cluster.get("pods", "one")["status"]["phase"] == "Pending"


def test_a_crashing_container_is_restarted_with_growing_pauses(cluster: Simulation) -> None:
    counts = []

    def look() -> None:
        found = cluster.get("pods", "one").get("status", {}).get("containerStatuses")
        if found and (not counts or counts[-1][1] != found[0]["restartCount"]):
            counts.append((cluster.time, found[0]["restartCount"]))

    pod(cluster, annotations={"sandbox.iworkz.jp/fault": "crash-loop"})
    cluster.run(2, look)
    shown = state(cluster)
    assert shown["restartCount"] >= 3
    assert shown["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert shown["lastState"]["terminated"]["exitCode"] == 1
    assert cluster.get("pods", "one")["status"]["phase"] == "Running"
    times = [when for when, _ in counts]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times[1:])]
    assert pauses == sorted(pauses)
    assert [count for _, count in counts] == list(range(len(counts)))


@pytest.mark.parametrize(
    ("container", "message"),
    [
        ({"envFrom": [{"configMapRef": {"name": "settings"}}]}, 'configmap "settings" not found'),
        ({"envFrom": [{"secretRef": {"name": "settings"}}]}, 'secret "settings" not found'),
        (
            {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "settings", "key": "a"}}}]},
            'secret "settings" not found',
        ),
    ],
)
def test_a_missing_reference_keeps_a_container_from_starting(
    cluster: Simulation, container: Object, message: str
) -> None:
    pod(cluster, container=container)
    cluster.run(3)
    assert state(cluster)["state"]["waiting"] == {"reason": "CreateContainerConfigError", "message": message}
    for kind in ("ConfigMap", "Secret"):
        cluster.create({"apiVersion": "v1", "kind": kind, "metadata": {"name": "settings"}, "data": {"a": "YQ=="}})
    cluster.run(3)
    assert ready(cluster.get("pods", "one"))
    cluster.delete("configmaps", "settings")
    cluster.delete("secrets", "settings")
    cluster.run(3)
    assert ready(cluster.get("pods", "one"))


def test_a_missing_key_is_told_and_an_optional_reference_is_not(cluster: Simulation) -> None:
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}})
    wanted = {"configMapKeyRef": {"name": "settings", "key": "b"}}
    optional = {"configMapKeyRef": {"name": "none", "key": "b", "optional": True}}
    pod(cluster, container={"env": [{"name": "O", "valueFrom": optional}, {"name": "B", "valueFrom": wanted}]})
    cluster.run(3)
    assert state(cluster)["state"]["waiting"]["message"] == "couldn't find key b in ConfigMap team/settings"


def test_a_missing_volume_keeps_the_whole_pod_waiting(cluster: Simulation) -> None:
    pod(cluster, volumes=[{"name": "tls", "secret": {"secretName": "certificate"}}])
    cluster.run(3)
    waiting = state(cluster)["state"]["waiting"]
    assert waiting["reason"] == "ContainerCreating"
    assert waiting["message"].endswith('secret "certificate" not found')


def test_init_containers_end_and_sidecars_stay(cluster: Simulation) -> None:
    early = {"name": "early", "image": IMAGE}
    pod(cluster, initContainers=[early, {"name": "beside", "image": IMAGE, "restartPolicy": "Always"}])
    cluster.run(0.05)
    assert state(cluster)["state"]["waiting"]["reason"] == "PodInitializing"
    cluster.run()
    ended, beside = cluster.get("pods", "one")["status"]["initContainerStatuses"]
    assert ended["state"]["terminated"]["reason"] == "Completed"
    assert beside["ready"]
    assert "running" in beside["state"]


def test_a_readiness_gate_holds_a_pod_back(cluster: Simulation) -> None:
    pod(cluster, readinessGates=[{"conditionType": "target-health/app"}])
    cluster.run()
    assert condition(cluster.get("pods", "one"), "Ready")["reason"] == "ReadinessGatesNotReady"
    found = cluster.get("pods", "one")
    healthy = {"type": "target-health/app", "status": "True", "lastTransitionTime": None}
    cluster.world.set_status(
        "pods", found, {**found["status"], "conditions": [*found["status"]["conditions"], healthy]}
    )
    cluster.run()
    assert ready(cluster.get("pods", "one"))


def test_termination_is_graceful(cluster: Simulation) -> None:
    pod(cluster)
    cluster.run()
    cluster.delete("pods", "one")
    cluster.run(0.05)
    assert cluster.get("pods", "one")["metadata"]["deletionGracePeriodSeconds"] == 30
    cluster.run(0.1)
    assert not cluster.pods()


def test_addresses_are_the_pods_own(cluster: Simulation) -> None:
    cluster.create(deployment(replicas=9))
    cluster.run()
    first = {each["status"]["podIP"] for each in cluster.pods()}
    assert len(first) == 9
    cluster.patch("deployments.apps", "app", {"spec": {"template": template(annotations={"a": "b"})}})
    cluster.run()
    assert len({each["status"]["podIP"] for each in cluster.pods()}) == 9
    hosts = {each["status"]["addresses"][0]["address"] for each in cluster.store.list("nodes")}
    assert {each["status"]["hostIP"] for each in cluster.pods()} <= hosts


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({"requests": None}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
    ],
)
def test_class_of_service(cluster: Simulation, resources: Object, quality: str) -> None:
    pod(cluster, container={"resources": {key: value for key, value in resources.items() if value}})
    cluster.run()
    assert cluster.get("pods", "one")["status"]["qosClass"] == quality


def istio(cluster: Simulation) -> None:
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}})
    cluster.create(deployment("istiod", 1, template("istiod", image="docker.io/istio/pilot:1.29.2")), "istio-system")
    cluster.run()


def mesh(cluster: Simulation, **labels: str) -> None:
    cluster.patch("namespaces", "team", {"metadata": {"labels": labels}}, None)


def test_the_mesh_injects_its_proxy(cluster: Simulation) -> None:
    mesh(cluster, **{"istio-injection": "enabled"})
    cluster.create(deployment("early", 1))
    cluster.run()
    istio(cluster)
    cluster.create(deployment("app", 1))
    cluster.run()
    (early,), (late,) = cluster.pods(app="early"), cluster.pods(app="app")
    assert "initContainers" not in early["spec"]
    (proxy,) = late["spec"]["initContainers"]
    assert (proxy["name"], proxy["image"]) == ("istio-proxy", "docker.io/istio/proxyv2:1.29.2")
    assert late["metadata"]["labels"]["security.istio.io/tlsMode"] == "istio"
    (shown,) = late["status"]["initContainerStatuses"]
    assert shown["ready"]
    assert ready(late)
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 1


def test_pods_of_the_mesh_wait_for_the_injector(cluster: Simulation) -> None:
    mesh(cluster, **{"istio-injection": "enabled"})
    webhook = {"name": "istio-sidecar-injector"}
    kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    cluster.create({**kind, "metadata": webhook, "webhooks": []}, None)
    cluster.create(deployment("app", 1))
    cluster.run()
    assert not cluster.pods(app="app")
    (failure,) = [
        each
        for each in cluster.get("deployments.apps", "app")["status"]["conditions"]
        if each["type"] == "ReplicaFailure"
    ]
    assert 'no endpoints available for service "istiod"' in failure["message"]
    istio(cluster)
    cluster.run()
    (pod,) = cluster.pods(app="app")
    assert pod["spec"]["initContainers"][0]["name"] == "istio-proxy"


@pytest.mark.parametrize(
    ("labels", "annotations", "injected"),
    [
        ({"istio.io/rev": "stable"}, {}, True),
        ({"istio-injection": "disabled", "istio.io/rev": "stable"}, {}, False),
        ({"istio-injection": "enabled"}, {"sidecar.istio.io/inject": "false"}, False),
        ({}, {"sidecar.istio.io/inject": "true"}, True),
        ({}, {}, False),
    ],
)
def test_who_asks_for_the_proxy(
    cluster: Simulation, labels: dict[str, str], annotations: dict[str, str], injected: bool
) -> None:
    istio(cluster)
    mesh(cluster, **labels)
    pod(cluster, annotations=annotations or None)
    names = [each["name"] for each in cluster.get("pods", "one")["spec"].get("initContainers", ())]
    assert names == ["istio-proxy"] * injected


def test_an_ordinary_sidecar_and_a_gateway(cluster: Simulation) -> None:
    istio(cluster)
    mesh(cluster, **{"istio-injection": "enabled"})
    pod(cluster, annotations={"sidecar.istio.io/nativeSidecar": "false", "sidecar.istio.io/proxyCPU": "50m"})
    cluster.run()
    proxy = cluster.get("pods", "one")["spec"]["containers"][1]
    assert proxy["resources"]["requests"]["cpu"] == "50m"
    assert ready(cluster.get("pods", "one"))
    cluster.delete("pods", "one")
    cluster.run()
    gateway = {"container": {"name": "istio-proxy", "image": "auto"}}
    pod(cluster, annotations={"inject.istio.io/templates": "gateway"}, **gateway)
    (only,) = cluster.get("pods", "one")["spec"]["containers"]
    assert only["image"] == "docker.io/istio/proxyv2:1.29.2"
