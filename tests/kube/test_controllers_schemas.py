"""What controllers write is what the official schemas allow."""

from __future__ import annotations

import kubernetes_validate
import pytest

from tests.kube.simulation import BAD_DIGEST, IMAGE, Object, Simulation, deployment, template

QUOTA = {"hard": {"pods": "50", "requests.cpu": "20", "requests.memory": "20Gi"}}
PORT = {"name": "http", "containerPort": 8080}
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
SELECTOR = {"matchLabels": {"app": "app"}}
CPU = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}
JOB = {"template": template("job", restartPolicy="Never")}


def declared(api_version: str, kind: str, name: str, **spec: object) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """All of a busy cluster."""
    cluster = Simulation()
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}})
    cluster.create(deployment("istiod", 1, template("istiod", "docker.io/istio/pilot:1.29.2")), "istio-system")
    cluster.create(deployment("aws-load-balancer-controller", 1), "kube-system")
    cluster.run()
    cluster.patch("namespaces", "team", {"metadata": {"labels": {"istio-injection": "enabled"}}}, None)
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"}
    backend = {"service": {"name": "app", "port": {"number": 80}}}
    faults = {"sandbox.iworkz.jp/fault": "crash-loop"}
    for obj in (
        declared("v1", "ResourceQuota", "few", **QUOTA),
        deployment(made=template(container={"ports": [PORT]})),
        deployment("bad", made=template("bad", f"example.com/app@{BAD_DIGEST}"), progressDeadlineSeconds=1),
        deployment("crash", made=template("crash", annotations=faults)),
        deployment("large", made=template("large", cpu="64")),
        deployment("early", made=template("early", initContainers=[{"name": "first", "image": IMAGE}])),
        declared("v1", "Service", "app", selector={"app": "app"}, type="LoadBalancer", ports=[{"port": 80}]),
        declared("networking.k8s.io/v1", "Ingress", "app", ingressClassName="alb", defaultBackend=backend),
        declared("policy/v1", "PodDisruptionBudget", "app", minAvailable=1, selector=SELECTOR),
        declared(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "app",
            scaleTargetRef=target,
            minReplicas=4,
            maxReplicas=5,
            metrics=[{"type": "Resource", "resource": CPU}],
        ),
        declared(
            "apps/v1",
            "StatefulSet",
            "app",
            serviceName="app",
            replicas=2,
            selector=SELECTOR,
            template=template(),
            volumeClaimTemplates=[CLAIM],
        ),
        declared("apps/v1", "DaemonSet", "app", selector=SELECTOR, template=template()),
        declared("batch/v1", "Job", "app", **JOB),
        declared("batch/v1", "CronJob", "app", schedule="* * * * *", jobTemplate={"spec": JOB}),
    ):
        cluster.create(obj)
    cluster.run(70)
    return [obj for each in cluster.api.registry for obj in cluster.store.list(each.name)]


def test_objects_are_valid(objects: list[Object]) -> None:
    kinds = {obj["kind"] for obj in objects}
    assert {"Pod", "ReplicaSet", "EndpointSlice", "Endpoints", "PersistentVolume", "Job", "Node"} <= kinds
    faults = {}
    for obj in objects:
        try:
            kubernetes_validate.validate(obj, "1.34", strict=True)
        except kubernetes_validate.ValidationError as error:
            faults[obj["kind"], obj["metadata"]["name"]] = f"{error.path}: {error.message}"
    assert not faults
