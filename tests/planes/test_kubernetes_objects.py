"""What EKS puts into a cluster: objects that the official schemas take, sizes of nodes, conflicts that are left out."""

from __future__ import annotations

import json
from typing import Any

import kubernetes_validate
import pytest

from sandbox.aws.extensions.eks.addon_catalogue import ADDONS
from sandbox.planes.engines.kubernetes import addon_objects, addons, metrics, nodes
from sandbox.planes.engines.kubernetes.api import ApiFailure, path_of

SPEC = {"region": "ap-northeast-1", "service_cidr": "172.20.0.0/16"}
NODE = {
    "name": "ip-10-96-1-5.ap-northeast-1.compute.internal",
    "address": "10.96.1.5",
    "zone": "ap-northeast-1a",
    "group": "general",
    "instance_id": "i-0123456789abcdef0",
    "instance_type": "m6i.large",
    "capacity_type": "SPOT",
    "architecture": "amd64",
    "version": "1.34.2",
    "cpu": 2,
    "memory_mib": 8192,
    "pods": 29,
    "labels": {"workload": "batch"},
    "taints": [{"key": "workload", "value": "batch", "effect": "NO_SCHEDULE"}],
}
VALUES: dict[str, dict[str, Any]] = {
    "vpc-cni": {"env": {"ENABLE_PREFIX_DELEGATION": "true"}, "resources": {"requests": {"cpu": "50m"}}},
    "coredns": {
        "replicaCount": 3,
        "podLabels": {"team": "platform"},
        "podAnnotations": {"a": "b"},
        "podDisruptionBudget": {"enabled": True, "minAvailable": 2},
        "nodeSelector": {"workload": "system"},
        "tolerations": [{"operator": "Exists"}],
    },
    "aws-ebs-csi-driver": {"controller": {"replicaCount": 3}},
    "metrics-server": {"replicas": 3},
}


def build(name: str, **addon: Any) -> list[dict[str, Any]]:
    return addon_objects.build(name, {"version": "v1", "values": VALUES.get(name, {}), "role": None, **addon}, SPEC)


@pytest.mark.parametrize("name", sorted(ADDONS))
def test_addons_are_valid_objects(name):
    role = f"arn:aws:iam::123456789012:role/{name}"
    for thing in build(name, role=role):
        kubernetes_validate.validate(thing, "1.34", strict=True)
        assert path_of(thing).endswith(f"/{thing['metadata']['name']}")
        if thing["kind"] == "ServiceAccount":
            assert thing["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": role}


def test_a_node_is_a_valid_object():
    node = nodes.manifest(NODE, "ap-northeast-1")
    kubernetes_validate.validate({**node, "status": nodes.status(NODE, "2026-11-22T00:00:00Z")}, "1.34", strict=True)
    assert node["spec"]["taints"] == [{"key": "workload", "value": "batch", "effect": "NoSchedule"}]
    assert node["metadata"]["labels"]["eks.amazonaws.com/capacityType"] == "SPOT"
    assert node["metadata"]["labels"]["workload"] == "batch"


@pytest.mark.parametrize(
    ("cores", "memory_mib", "pods", "cpu", "memory"),
    [
        (2, 8192, 29, "1930m", f"{(8192 - 255 - 319 - 100) * 1024}Ki"),
        (4, 16384, 58, "3920m", f"{(16384 - 255 - 638 - 100) * 1024}Ki"),
        (8, 32768, 58, "7910m", f"{(32768 - 255 - 638 - 100) * 1024}Ki"),
        (1, 2048, 4, "940m", f"{(2048 - 255 - 44 - 100) * 1024}Ki"),
    ],
)
def test_what_a_node_leaves_to_pods(cores, memory_mib, pods, cpu, memory):
    found = nodes.status({**NODE, "cpu": cores, "memory_mib": memory_mib, "pods": pods}, "")["allocatable"]
    assert (found["cpu"], found["memory"], found["pods"]) == (cpu, memory, str(pods))


def test_configuration_values_are_heeded():
    things = {(one["kind"], one["metadata"]["name"]): one for one in build("coredns")}
    deployment = things["Deployment", "coredns"]["spec"]
    assert deployment["replicas"] == 3
    pod = deployment["template"]
    assert (pod["metadata"]["labels"]["team"], pod["metadata"]["annotations"]) == ("platform", {"a": "b"})
    assert pod["spec"]["nodeSelector"] == {"workload": "system"}
    assert things["PodDisruptionBudget", "coredns"]["spec"]["minAvailable"] == 2
    assert things["Service", "kube-dns"]["spec"]["clusterIP"] == "172.20.0.10"
    (daemon,) = (one for one in build("vpc-cni") if one["kind"] == "DaemonSet")
    first = daemon["spec"]["template"]["spec"]["containers"][0]
    assert first["env"] == [{"name": "ENABLE_PREFIX_DELEGATION", "value": "true"}]
    assert first["resources"] == {"requests": {"cpu": "50m"}}


class Recorded:
    """An API that answers with what it is given, one after the other, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.applied: list[tuple[dict[str, Any], bool]] = []

    def apply(self, thing: dict[str, Any], *, force: bool) -> None:
        self.applied.append((json.loads(json.dumps(thing)), force))
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer

    def get(self, path: str) -> bytes:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return bytes(answer)


def test_preserve_leaves_what_others_have_set():
    fields = (".spec.replicas", '.spec.template.spec.containers[name="metrics-server"].image', ".spec.nothing.there")
    conflict = ApiFailure(409, "conflict with kubectl", fields)
    api = Recorded(None, conflict)
    assert addons.apply(api, "metrics-server", _addon("PRESERVE"), SPEC) == ""  # type: ignore[arg-type]
    applied, force = api.applied[2]
    assert (applied["kind"], force) == ("Deployment", False)
    assert "replicas" not in applied["spec"]
    assert "image" not in applied["spec"]["template"]["spec"]["containers"][0]


def test_none_stops_and_says_why():
    api = Recorded(ApiFailure(409, "conflict with kubectl", (".spec.replicas",)))
    assert addons.apply(api, "metrics-server", _addon("NONE"), SPEC) == "conflict with kubectl"  # type: ignore[arg-type]
    assert len(api.applied) == 1


def test_a_server_that_fails_is_no_conflict():
    api = Recorded(ApiFailure(500, "out of order"))
    with pytest.raises(ApiFailure):
        addons.apply(api, "metrics-server", _addon("OVERWRITE"), SPEC)  # type: ignore[arg-type]


def _addon(resolution: str) -> dict[str, Any]:
    return {"version": "v1", "values": {}, "role": None, "resolution": resolution}


def test_requests_to_deprecated_apis_are_those_counted():
    text = b"""# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="policy",removed_release="1.35",resource="things",version="v1"} 1
apiserver_requested_deprecated_apis{group="apps",removed_release="1.40",resource="others",version="v1"} 0
"""
    (found,) = metrics.deprecated(Recorded(text)) or ()  # type: ignore[arg-type]
    assert (found["group"], found["resource"], found["removed_release"]) == ("policy", "things", "1.35")
    assert metrics.deprecated(Recorded(ApiFailure(404, "none"))) is None  # type: ignore[arg-type]
    with pytest.raises(ApiFailure):
        metrics.deprecated(Recorded(ApiFailure(503, "later")))  # type: ignore[arg-type]
