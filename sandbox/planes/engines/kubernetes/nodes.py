"""Nodes of managed node groups, as the EKS bootstrap and the cloud controller make them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from sandbox.planes.engines.kubernetes.api import Api, Object

GROUP = "eks.amazonaws.com/nodegroup"
EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
CONDITIONS = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}
EVICTION_MIB = 100
DRAIN_SECONDS = 8.0
"""How long pods that their disruption budgets keep may stay; on AWS it is 15 minutes."""
DISK_KIB = 20 * 1024 * 1024


def manifest(node: dict[str, Any], region: str) -> Object:
    """The Node object of a node (sandbox/aws/extensions/eks/nodes.py says what one is), without its status."""
    labels = {
        "beta.kubernetes.io/arch": node["architecture"],
        "beta.kubernetes.io/instance-type": node["instance_type"],
        "beta.kubernetes.io/os": "linux",
        "eks.amazonaws.com/capacityType": node["capacity_type"],
        GROUP: node["group"],
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": node["zone"],
        "kubernetes.io/arch": node["architecture"],
        "kubernetes.io/hostname": node["name"],
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": node["instance_type"],
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": node["zone"],
    }
    taints = [_taint(taint) for taint in node["taints"]]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node["name"], "labels": {**labels, **node["labels"]}},
        "spec": {
            "providerID": f"aws:///{node['zone']}/{node['instance_id']}",
            **({"taints": taints} if taints else {}),
        },
    }


def status(node: dict[str, Any], moment: str) -> Object:
    """The status of a node that is ready; moment: now, as Kubernetes writes times."""
    capacity = {
        "cpu": str(node["cpu"]),
        "ephemeral-storage": f"{DISK_KIB}Ki",
        "hugepages-1Gi": "0",
        "hugepages-2Mi": "0",
        "memory": f"{node['memory_mib'] * 1024}Ki",
        "pods": str(node["pods"]),
    }
    addresses = {"InternalIP": node["address"], "Hostname": node["name"], "InternalDNS": node["name"]}
    return {
        "capacity": capacity,
        "allocatable": {**capacity, **_allocatable(node)},
        "conditions": [
            {
                "type": name,
                "status": state,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": moment,
                "lastTransitionTime": moment,
            }
            for name, (state, reason, message) in CONDITIONS.items()
        ],
        "addresses": [{"type": kind, "address": address} for kind, address in addresses.items()],
        "nodeInfo": {
            "architecture": node["architecture"],
            "bootID": node["instance_id"],
            "containerRuntimeVersion": "containerd://2.1.4",
            "kernelVersion": "6.12.53-69.119.amzn2023",
            "kubeProxyVersion": "",
            "kubeletVersion": f"v{node['version']}-eks-sandbox",
            "machineID": node["instance_id"],
            "operatingSystem": "linux",
            "osImage": "Amazon Linux 2023",
            "systemUUID": node["instance_id"],
        },
    }


def apply(api: Api, wanted: dict[str, dict[str, Any]], region: str, moment: str) -> None:
    """Make the nodes of managed node groups those that are wanted, by name: the new ones before old ones go."""
    present = {found["metadata"]["name"]: found for found in api.objects("v1", "Node", labelSelector=GROUP)}
    for name, node in wanted.items():
        api.apply(manifest(node, region), force=True)
        if not present.get(name, {}).get("status", {}).get("conditions"):
            api.apply({**_head(name), "status": status(node, moment)}, force=True, subresource="/status")
    leaving = [_head(name) for name in present if name not in wanted]
    if wanted:
        _drain(api, leaving)
    for node in leaving:
        api.delete(node)


def _drain(api: Api, leaving: list[Object]) -> None:
    """Let the pods of nodes move, as far as their disruption budgets let them within the time there is."""
    for node in leaving:
        api.merge(node, {"spec": {"unschedulable": True}})
    deadline = time.monotonic() + DRAIN_SECONDS
    while leaving and time.monotonic() < deadline:
        pods = [pod for node in leaving for pod in _movable(api, node["metadata"]["name"])]
        if not pods:
            return
        for pod in pods:
            api.evict(pod["metadata"]["namespace"], pod["metadata"]["name"])
        time.sleep(0.3)


def _movable(api: Api, node: str) -> Iterator[Object]:
    for pod in api.objects("v1", "Pod", fieldSelector=f"spec.nodeName={node}"):
        owners = {owner["kind"] for owner in pod["metadata"].get("ownerReferences", [])}
        if "DaemonSet" not in owners and "deletionTimestamp" not in pod["metadata"]:
            yield pod


def _head(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}


def _taint(taint: dict[str, str]) -> Object:
    value = {"value": taint["value"]} if taint.get("value") else {}
    return {"key": taint["key"], "effect": EFFECTS[taint["effect"]], **value}


def _allocatable(node: dict[str, Any]) -> dict[str, str]:
    """What the kubelet of an EKS node leaves to pods.

    https://github.com/awslabs/amazon-eks-ami (nodeadm): 6 % of the first core, 1 % of the second, 0.5 % of the next two
    and 0.25 % of the others are kept; 255 MiB and 11 MiB per pod of memory, and 100 MiB for the eviction threshold.
    """
    cores = node["cpu"]
    kept = 60 + 10 * (cores > 1) + 5 * max(0, min(cores, 4) - 2) + 2.5 * max(0, cores - 4)
    memory = node["memory_mib"] - 255 - 11 * node["pods"] - EVICTION_MIB
    return {"cpu": f"{int(cores * 1000 - kept)}m", "memory": f"{memory * 1024}Ki"}
