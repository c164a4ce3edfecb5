"""The page of kube-state-metrics: what the cluster's objects say, as far as the usual rules and dashboards ask for it.

https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.kube.quantity import parse
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, containers, is_ready, name, space
from sandbox.traffic.pages import labels

PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte", "pods": "integer", "storage": "byte"}
STATUS = ("true", "false", "unknown")

Sample = tuple[str, Mapping[str, Any], float]


def page(snapshot: Snapshot) -> str:
    grouped: dict[str, list[str]] = {}
    for metric, given, value in _samples(snapshot):
        grouped.setdefault(metric, []).append(f"{metric}{{{labels(dict(given))}}} {value:.15g}")
    lines = []
    for metric, samples in grouped.items():
        lines += [f"# TYPE {metric} {'counter' if metric.endswith('_total') else 'gauge'}", *samples]
    return "".join(f"{line}\n" for line in lines)


def _samples(snapshot: Snapshot) -> Iterator[Sample]:
    for pod in snapshot.all("Pod"):
        yield from _pod(pod)
    for deployment in snapshot.all("Deployment"):
        yield from _deployment(deployment)
    yield from _sets(snapshot)
    for node in snapshot.all("Node"):
        yield from _node(node)
    yield from _others(snapshot)
    for result in ("success", "error"):
        yield "kube_state_metrics_list_total", {"resource": "*v1.Pod", "result": result}, float(result == "success")


def _pod(pod: Object) -> Iterator[Sample]:
    mine = {"namespace": space(pod), "pod": name(pod), "uid": pod["metadata"].get("uid", "")}
    status = pod.get("status") or {}
    owner = next(iter(pod["metadata"].get("ownerReferences") or ()), {"kind": "<none>", "name": "<none>"})
    node = pod["spec"].get("nodeName", "")
    created = {"created_by_kind": owner["kind"], "created_by_name": owner["name"]}
    yield "kube_pod_info", {**mine, "node": node, "pod_ip": status.get("podIP", ""), **created}, 1
    owned = {"owner_kind": owner["kind"], "owner_name": owner["name"], "owner_is_controller": "true"}
    yield "kube_pod_owner", {**mine, **owned}, 1
    for phase in PHASES:
        yield "kube_pod_status_phase", {**mine, "phase": phase}, float(status.get("phase") == phase)
    for condition in STATUS:
        ready = "true" if is_ready(pod) else "false"
        yield "kube_pod_status_ready", {**mine, "condition": condition}, float(condition == ready)
    for each in status.get("containerStatuses") or ():
        inner = {**mine, "container": each["name"]}
        yield "kube_pod_container_status_restarts_total", inner, each.get("restartCount", 0)
        waiting = (each.get("state") or {}).get("waiting")
        if waiting:
            yield "kube_pod_container_status_waiting_reason", {**inner, "reason": waiting.get("reason", "")}, 1
        ended = (each.get("lastState") or {}).get("terminated")
        if ended:
            reason = {**inner, "reason": ended.get("reason", "")}
            yield "kube_pod_container_status_last_terminated_reason", reason, 1
    for container in containers(pod):
        for kind in ("requests", "limits"):
            for resource, amount in ((container.get("resources") or {}).get(kind) or {}).items():
                where = {"container": container["name"], "node": node, "resource": resource}
                given = {**mine, **where, "unit": UNITS.get(resource, "integer")}
                yield f"kube_pod_container_resource_{kind}", given, float(parse(str(amount)))


def _deployment(found: Object) -> Iterator[Sample]:
    mine = {"namespace": space(found), "deployment": name(found)}
    status = found.get("status") or {}
    yield "kube_deployment_spec_replicas", mine, found["spec"].get("replicas", 1)
    yield "kube_deployment_metadata_generation", mine, found["metadata"].get("generation", 0)
    yield "kube_deployment_status_observed_generation", mine, status.get("observedGeneration", 0)
    for metric, field in (
        ("replicas", "replicas"),
        ("replicas_available", "availableReplicas"),
        ("replicas_ready", "readyReplicas"),
        ("replicas_unavailable", "unavailableReplicas"),
        ("replicas_updated", "updatedReplicas"),
    ):
        yield f"kube_deployment_status_{metric}", mine, status.get(field, 0)


def _sets(snapshot: Snapshot) -> Iterator[Sample]:
    for found in snapshot.all("StatefulSet"):
        mine, status = {"namespace": space(found), "statefulset": name(found)}, found.get("status") or {}
        yield "kube_statefulset_replicas", mine, found["spec"].get("replicas", 1)
        yield "kube_statefulset_status_replicas_ready", mine, status.get("readyReplicas", 0)
    for found in snapshot.all("DaemonSet"):
        mine, status = {"namespace": space(found), "daemonset": name(found)}, found.get("status") or {}
        yield "kube_daemonset_status_desired_number_scheduled", mine, status.get("desiredNumberScheduled", 0)
        yield "kube_daemonset_status_number_ready", mine, status.get("numberReady", 0)
    for found in snapshot.all("HorizontalPodAutoscaler"):
        mine, status = {"namespace": space(found), "horizontalpodautoscaler": name(found)}, found.get("status") or {}
        yield "kube_horizontalpodautoscaler_spec_max_replicas", mine, found["spec"]["maxReplicas"]
        yield "kube_horizontalpodautoscaler_spec_min_replicas", mine, found["spec"].get("minReplicas", 1)
        yield "kube_horizontalpodautoscaler_status_current_replicas", mine, status.get("currentReplicas", 0)
        yield "kube_horizontalpodautoscaler_status_desired_replicas", mine, status.get("desiredReplicas", 0)


def _node(node: Object) -> Iterator[Sample]:
    mine, status = {"node": name(node)}, node.get("status") or {}
    info = status.get("nodeInfo") or {}
    addresses = [each["address"] for each in status.get("addresses") or () if each["type"] == "InternalIP"]
    told = {"kubelet_version": info.get("kubeletVersion", ""), "internal_ip": next(iter(addresses), "")}
    yield "kube_node_info", {**mine, **told}, 1
    yield "kube_node_spec_unschedulable", mine, float(node["spec"].get("unschedulable", False))
    for taint in node["spec"].get("taints") or ():
        yield "kube_node_spec_taint", {**mine, **{key: taint.get(key, "") for key in ("key", "value", "effect")}}, 1
    for condition in status.get("conditions") or ():
        for value in STATUS:
            given = {**mine, "condition": condition["type"], "status": value}
            yield "kube_node_status_condition", given, float(condition["status"].lower() == value)
    for kind in ("allocatable", "capacity"):
        for resource, amount in (status.get(kind) or {}).items():
            given = {**mine, "resource": resource.replace("-", "_"), "unit": UNITS.get(resource, "integer")}
            yield f"kube_node_status_{kind}", given, float(parse(str(amount)))


def _others(snapshot: Snapshot) -> Iterator[Sample]:
    for claim in snapshot.all("PersistentVolumeClaim"):
        mine = {"namespace": space(claim), "persistentvolumeclaim": name(claim)}
        for phase in ("Bound", "Lost", "Pending"):
            held = (claim.get("status") or {}).get("phase") == phase
            yield "kube_persistentvolumeclaim_status_phase", {**mine, "phase": phase}, float(held)
        size = claim["spec"]["resources"]["requests"]["storage"]
        yield "kube_persistentvolumeclaim_resource_requests_storage_bytes", mine, float(parse(str(size)))
    for job in snapshot.all("Job"):
        mine = {"namespace": space(job), "job_name": name(job)}
        yield "kube_job_status_failed", mine, (job.get("status") or {}).get("failed", 0)
    for namespace in snapshot.all("Namespace"):
        for phase in ("Active", "Terminating"):
            held = (namespace.get("status") or {}).get("phase") == phase
            yield "kube_namespace_status_phase", {"namespace": name(namespace), "phase": phase}, float(held)
