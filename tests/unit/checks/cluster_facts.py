"""A cluster as EKS, IAM and its API server tell of it after everything was applied: facts to be broken by tests."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _eks_facts, world
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from tests.unit.checks.facts import PLATFORM, TAGS, Facts

ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/data"
ISSUER = "oidc.eks.ap-northeast-1.amazonaws.com/id/0123"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
ZONES = ("1a", "1c", "1d")
SUBNETS = {f"subnet-{zone}": f"ap-northeast-{zone}" for zone in ZONES}
SERVICES = [
    {"name": "api-gateway", "team": "platform"},
    {"name": "identity", "team": "platform"},
    {"name": "interview", "team": "engagement"},
]
TEAMS = ("engagement", "platform")
CREATOR = f"arn:aws:iam::{ACCOUNT}:role/automation"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/iworkz-sandbox-{name}"


def iam_role(account: str, action: str = "s3:GetObject") -> dict[str, Any]:
    """A role that one service account, ``<namespace>:<name>``, may assume."""
    condition = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": f"system:serviceaccount:{account}"}
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": condition},
    }
    policy = {"Effect": "Allow", "Action": [action], "Resource": "*"}
    return {
        "AssumeRolePolicyDocument": {"Statement": [trust]},
        "RolePolicyList": [{"PolicyDocument": {"Statement": [policy]}}],
    }


def named(name: str, namespace: str = "", **rest: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **({"namespace": namespace} if namespace else {})}, **rest}


def account(namespace: str, name: str, arn: str = "") -> dict[str, Any]:
    found = named(name, namespace)
    if arn:
        found["metadata"]["annotations"] = {"eks.amazonaws.com/role-arn": arn}
    return found


def node(group: str, zone: str, ready: str = "True") -> dict[str, Any]:
    labels = {"eks.amazonaws.com/nodegroup": group, "topology.kubernetes.io/zone": f"ap-northeast-{zone}"}
    return {
        "metadata": {"name": f"{group}-{zone}", "labels": labels},
        "status": {"conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}]},
    }


def binding(kind: str, name: str, reference: str, *subjects: tuple[str, str], namespace: str = "") -> dict[str, Any]:
    return named(
        name,
        namespace,
        roleRef={"kind": kind, "name": reference},
        subjects=[{"kind": subject, "name": who} for subject, who in subjects],
    )


def objects() -> dict[str, list[dict[str, Any]]]:
    """Lists of the API server by plural name."""
    words = ["--node-group-auto-discovery=asg:tag=k8s.io/cluster-autoscaler/enabled,"]
    words[0] += "k8s.io/cluster-autoscaler/iworkz-sandbox"
    pod = {"serviceAccountName": "cluster-autoscaler", "containers": [{"name": "c", "args": words}]}
    everything = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
    return {
        "nodes": [node("general", zone) for zone in ZONES],
        "deployments": [
            named("other", "data", spec={"template": {"spec": {"containers": [{"name": "c"}]}}}),
            named("autoscaler", "kube-system", spec={"template": {"spec": pod}}, status={"availableReplicas": 1}),
        ],
        "serviceaccounts": [
            account("kube-system", "cluster-autoscaler", role("autoscaler")),
            *(account(one["team"], one["name"], role(one["name"])) for one in SERVICES),
            *({**account(team, "default"), "automountServiceAccountToken": False} for team in TEAMS),
        ],
        "pods": [
            named("interview-1", "engagement", spec={"serviceAccountName": "interview"}),
            named("job-1", "engagement", spec={"automountServiceAccountToken": False}),
            named("elsewhere", "monitoring", spec={}),
        ],
        "clusterroles": [named("cluster-admin", **everything), named("view", rules=[{"verbs": ["get"]}])],
        "roles": [],
        "clusterrolebindings": [
            binding("ClusterRole", "cluster-admin", "cluster-admin", ("Group", "system:masters")),
            binding("ClusterRole", "eks:addon-manager", "cluster-admin", ("User", "eks:addon-manager")),
            binding("ClusterRole", "flux", "cluster-admin", ("ServiceAccount", "kustomize-controller")),
            binding("ClusterRole", "operators", "view", ("Group", "team:platform")),
        ],
        "rolebindings": [binding("ClusterRole", "developers", "view", ("Group", "team:x"), namespace="engagement")],
    }


def cluster() -> dict[str, Any]:
    return {
        "name": "iworkz-sandbox",
        "status": "ACTIVE",
        "version": "1.34",
        "resourcesVpcConfig": {
            "subnetIds": list(SUBNETS),
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "logging": {
            "clusterLogging": [
                {"enabled": True, "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"]}
            ]
        },
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}],
        "accessConfig": {"authenticationMode": "API"},
        "tags": TAGS,
    }


def group(name: str = "general") -> dict[str, Any]:
    return {
        "nodegroupName": name,
        "clusterName": "iworkz-sandbox",
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 3, "maxSize": 9, "desiredSize": 3},
        "subnets": list(SUBNETS),
        "tags": {"k8s.io/cluster-autoscaler/iworkz-sandbox": "owned"},
    }


def entry(arn: str, *groups: str, policies: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"principalArn": arn, "kubernetesGroups": list(groups), "policies": list(policies)}


class Kube:
    """Stands in for ``_kube.reader.Reader``; ``rights`` holds what it answers, by question."""

    def __init__(self) -> None:
        self.objects = objects()
        self.cluster = SimpleNamespace(issuer=f"https://{ISSUER}")
        self.rights: dict[str, bool] = {}

    def list(self, api_version: str, plural: str, namespace: str = "") -> list[dict[str, Any]]:
        return self.objects[plural]

    def review(self, plural: str, spec: dict[str, Any]) -> dict[str, Any]:
        assert plural == "subjectaccessreviews"
        return {"allowed": self.rights[repr(spec)]}


class Ec2:
    def describe_subnets(self, SubnetIds: list[str]) -> dict[str, Any]:
        return {"Subnets": [{"SubnetId": one, "AvailabilityZone": SUBNETS[one]} for one in SubnetIds]}


class Cluster(Facts):
    """A world with this cluster in it."""

    def __init__(self) -> None:
        self.kube = Kube()
        super().__init__(
            {
                world.clusters: [cluster()],
                world._kubernetes: self.kube,
                data_key: KEY,
                _eks_facts.node_groups: [group()],
                _eks_facts.access_entries: [
                    entry(CREATOR, policies=("AmazonEKSClusterAdminPolicy",)),
                    entry(role("ci-deploy"), "ci:deployer"),
                    *(entry(role(f"team-{team}"), f"team:{team}") for team in TEAMS),
                ],
                _eks_facts.issuers: {ISSUER: PROVIDER},
                _eks_facts.iam_roles: {
                    role("autoscaler"): iam_role("kube-system:cluster-autoscaler", "autoscaling:SetDesiredCapacity"),
                    **{role(one["name"]): iam_role(f"{one['team']}:{one['name']}") for one in SERVICES},
                },
            }
        )
        self.platform = replace(PLATFORM, declared={"services": SERVICES})
        questions = _eks_facts.asks(SERVICES, {team: [f"team:{team}"] for team in TEAMS}, ["ci:deployer"])
        self.kube.rights = {repr(ask.review): ask.allowed for ask in questions}

    def client(self, service: str, region: str | None = None) -> Any:
        return {"ec2": Ec2()}[service]
