"""What the Prometheus operator makes of Prometheus and Alertmanager objects: StatefulSets and their governing Services.

No container runs here: the servers themselves are run by the data planes (sandbox/planes/engines/observation).
https://github.com/prometheus-operator/prometheus-operator, pkg/prometheus/server and pkg/alertmanager
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.kubelet_service import OPERATOR
from sandbox.kube.controllers.objects import (
    Object,
    labels,
    leaving,
    name,
    reference,
    with_condition,
)
from sandbox.kube.controllers.world import Key

MANAGED = {"app.kubernetes.io/managed-by": "prometheus-operator"}
PLACING = (
    *("affinity", "nodeSelector", "priorityClassName", "securityContext", "serviceAccountName", "tolerations"),
    "topologySpreadConstraints",
)
RELOADER = {"name": "reloader-web", "containerPort": 8080, "protocol": "TCP"}
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}


@dataclass(frozen=True)
class Kind:
    """`marks`: labels of pods besides those of every kind, `{}` being the object's name."""

    resource: str
    server: str
    repository: str
    version: str
    port: int
    marks: dict[str, str]


KINDS = {
    each.resource: each
    for each in (
        Kind(
            "prometheuses.monitoring.coreos.com",
            "prometheus",
            "quay.io/prometheus/prometheus",
            "v3.13.0",
            9090,
            {"operator.prometheus.io/name": "{}", "operator.prometheus.io/shard": "0", "prometheus": "{}"},
        ),
        Kind(
            "alertmanagers.monitoring.coreos.com",
            "alertmanager",
            "quay.io/prometheus/alertmanager",
            "v0.30.0",
            9093,
            {"alertmanager": "{}"},
        ),
    )
}


class PrometheusOperator(Controller):
    resources = tuple(KINDS)
    watches = (*KINDS, "statefulsets.apps")
    waits_for = (OPERATOR,)

    def reconcile(self, key: Key) -> float | None:
        found, kind = self.world.get(*key), KINDS[key.resource]
        if found is None or leaving(found) or found["spec"].get("paused") or not self.world.operator(OPERATOR):
            return None
        for wanted in (_governing(found, kind), _stateful_set(found, kind)):
            resource = "services" if wanted["kind"] == "Service" else "statefulsets.apps"
            self.world.api.apply(
                resource, key.namespace, name(wanted), wanted, force=True, field_manager="PrometheusOperator"
            )
        running = self.world.get("statefulsets.apps", key.namespace, f"{kind.server}-{key.name}") or {}
        self._tell(key, found, running.get("status") or {})
        return None

    def _tell(self, key: Key, found: Object, running: Object) -> None:
        before, wanted = found.get("status") or {}, found["spec"].get("replicas", 1)
        available = running.get("availableReplicas", 0)
        conditions = before.get("conditions")
        for kind, status in (("Available", available >= wanted), ("Reconciled", True)):
            generation = found["metadata"]["generation"]
            conditions = with_condition(conditions, self.world.now, kind, status, observedGeneration=generation)
        counts = {
            "replicas": running.get("replicas", 0),
            "updatedReplicas": running.get("updatedReplicas", 0),
            "availableReplicas": available,
            "unavailableReplicas": max(0, wanted - available),
        }
        self.world.set_status(key.resource, found, {**before, **counts, "conditions": conditions})


def _selector(found: Object, kind: Kind) -> dict[str, str]:
    own = {key: value.format(name(found)) for key, value in kind.marks.items()}
    common = {"app.kubernetes.io/instance": name(found), "app.kubernetes.io/name": kind.server}
    return {**MANAGED, **common, **own}


def _governing(found: Object, kind: Kind) -> Object:
    called = f"{kind.server}-operated"
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": called, "labels": {**MANAGED, "operated-" + kind.server: "true"}},
        "spec": {
            "clusterIP": "None",
            "selector": {"app.kubernetes.io/name": kind.server},
            "ports": [{"name": "http-web", "port": kind.port, "targetPort": "http-web", "protocol": "TCP"}],
        },
    }


def _stateful_set(found: Object, kind: Kind) -> Object:
    spec, called = found["spec"], f"{kind.server}-{name(found)}"
    selector = _selector(found, kind)
    extra = spec.get("podMetadata") or {}
    metadata = {
        "labels": {**(extra.get("labels") or {}), **selector},
        "annotations": {"kubectl.kubernetes.io/default-container": kind.server, **(extra.get("annotations") or {})},
    }
    claim = (spec.get("storage") or {}).get("volumeClaimTemplate")
    kept = f"{called}-db"
    volumes, mounts = _volumes(spec, kind)
    pod = {
        **{key: spec[key] for key in PLACING if key in spec},
        "automountServiceAccountToken": spec.get("automountServiceAccountToken", True),
        "containers": _containers(spec, kind, [*mounts, {"name": kept, "mountPath": f"/{kind.server}"}]),
        "volumes": [*volumes, *([] if claim else [{"name": kept, "emptyDir": {}}])],
    }
    templates = [{**claim, "metadata": {**(claim.get("metadata") or {}), "name": kept}}] if claim else []
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {
            "name": called,
            "labels": {**labels(found), **selector},
            "ownerReferences": [reference(found)],
        },
        "spec": {
            "replicas": spec.get("replicas", 1),
            "serviceName": f"{kind.server}-operated",
            "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": selector},
            "template": {"metadata": metadata, "spec": pod},
            **({"volumeClaimTemplates": templates} if templates else {}),
        },
    }


def _containers(spec: Object, kind: Kind, mounts: list[Object]) -> list[Object]:
    image = spec.get("image") or f"{kind.repository}:{spec.get('version', kind.version)}"
    ready = {"httpGet": {"path": "/-/ready", "port": "http-web"}, "periodSeconds": 5, "failureThreshold": 3}
    server: dict[str, Any] = {
        "name": kind.server,
        "image": image,
        "ports": [{"name": "http-web", "containerPort": kind.port, "protocol": "TCP"}],
        "readinessProbe": ready,
        "resources": spec.get("resources") or {},
        "securityContext": RESTRICTED,
        "volumeMounts": mounts,
    }
    reloader = {
        "name": "config-reloader",
        "image": "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1",
        "ports": [RELOADER],
        "resources": {"requests": {"cpu": "10m", "memory": "50Mi"}, "limits": {"memory": "50Mi"}},
        "securityContext": RESTRICTED,
    }
    return [server, reloader]


def _volumes(spec: Object, kind: Kind) -> tuple[list[Object], list[Object]]:
    """What is mounted besides: Secrets and ConfigMaps, each below a directory of its name."""
    volumes, mounts = [], []
    for field, source, part in (("secrets", "secret", "secretName"), ("configMaps", "configMap", "name")):
        for called in spec.get(field) or ():
            volume = f"{source.lower()}-{called}"
            volumes.append({"name": volume, source: {part: called}})
            mounts.append(
                {"name": volume, "mountPath": f"/etc/{kind.server}/{field.lower()}/{called}", "readOnly": True}
            )
    return volumes, mounts
