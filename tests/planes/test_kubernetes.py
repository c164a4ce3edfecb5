"""Clusters of EKS as real API servers: who is let in, nodes and add-ons in them, updates, what survives, deletion."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import UNSIGNED

from sandbox.planes.client import PlaneError
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.sandbox.eks import ACCOUNT, ZONES, Eks, make
from tests.sandbox.support import code_of

KIND = "kubernetes"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
ADDONS = ("vpc-cni", "kube-proxy", "coredns", "metrics-server", "aws-ebs-csi-driver", "eks-pod-identity-agent")


@dataclass
class Cluster:
    """A cluster of EKS, and what its API answers."""

    eks: Eks
    name: str

    @property
    def sandbox(self) -> PlanesSandbox:
        return self.eks.sandbox  # type: ignore[no-any-return]

    @property
    def key(self) -> str:
        return f"ap-northeast-1/{self.name}"

    @property
    def plane(self) -> dict[str, Any]:
        found = self.sandbox.planes.describe(KIND, self.key)
        assert found is not None
        return found

    def describe(self) -> dict[str, Any]:
        return self.eks.describe(self.name)

    def settle(self) -> Cluster:
        wait_for(lambda: self.describe()["status"] == "ACTIVE", 60, "ACTIVE")
        return self

    def group(self) -> dict[str, Any]:
        return self.eks.nodegroup("general", self.name)

    def settle_group(self) -> None:
        wait_for(lambda: self.group()["status"] == "ACTIVE", 60, "node group")

    def finish(self, answer: dict[str, Any], **owner: str) -> dict[str, Any]:
        """An update, once it has ended."""

        def found() -> dict[str, Any]:
            which = {"name": self.name, "updateId": answer["update"]["id"], **owner}
            return dict(self.eks.api.describe_update(**which)["update"])

        wait_for(lambda: found()["status"] != "InProgress", 60, "update")
        return found()

    @property
    def admin(self) -> str:
        """The administrator's token, which `python -m sandbox kubeconfig` tells."""
        return str(self.sandbox.planes.ask(KIND, self.key, "credentials")["token"])

    def ask(self, path: str, token: str, body: Any = None) -> dict[str, Any]:
        """What the API answers; urllib's HTTPError when it refuses. TLS is verified with the CA that EKS tells."""
        described = self.describe()
        authority = base64.b64decode(described["certificateAuthority"]["data"]).decode()
        request = urllib.request.Request(
            described["endpoint"] + path, None if body is None else json.dumps(body).encode()
        )
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(
            request, context=ssl.create_default_context(cadata=authority), timeout=20
        ) as answer:
            return dict(json.load(answer))

    def items(self, path: str) -> list[dict[str, Any]]:
        return list(self.ask(path, self.admin)["items"])

    def nodes(self) -> list[dict[str, Any]]:
        return self.items("/api/v1/nodes")

    def refusal(self, path: str, token: str) -> int:
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.ask(path, token)
        return caught.value.code


def token_of(sandbox: PlanesSandbox, cluster: str, access_key: str = "AKIASANDBOXTESTS0001") -> str:
    """As `aws eks get-token` makes it."""
    sts = sandbox.client("sts", access_key)
    url = sts._request_signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
            "headers": {"x-k8s-aws-id": cluster},
            "body": {},
            "context": {},
        },
        "GetCallerIdentity",
        expires_in=60,
        region_name="ap-northeast-1",
        signing_name="sts",
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@pytest.fixture(scope="module")
def cluster(planes_sandbox: PlanesSandbox) -> Iterator[Cluster]:
    eks = make(planes_sandbox, "kubernetes")
    made = Cluster(eks, "kubernetes")
    assert "endpoint" not in eks.create(made.name)
    made.settle()
    eks.create_nodegroup(cluster=made.name)
    for name in ADDONS:
        eks.api.create_addon(clusterName=made.name, addonName=name, resolveConflicts="OVERWRITE")
    made.settle_group()
    yield made
    eks.api.delete_nodegroup(clusterName=made.name, nodegroupName="general")
    wait_for(lambda: not eks.api.list_nodegroups(clusterName=made.name)["nodegroups"], 60, "deletion of the group")
    directory = planes_sandbox.settings.planes_directory / "data" / f"{KIND}-ap-northeast-1-{made.name}"
    assert (directory / "data").is_dir()
    eks.api.delete_cluster(name=made.name)
    wait_for(lambda: made.name not in eks.api.list_clusters()["clusters"], 60, "deletion")
    assert not directory.exists()
    assert f"{KIND}-ap-northeast-1-{made.name}" not in planes_sandbox.programs()


def test_the_endpoint_is_the_clusters_own_address(cluster):
    address = cluster.plane["endpoints"]["api"]["address"]
    assert cluster.describe()["endpoint"].removeprefix("https://").split(":")[0] == address
    version = cluster.ask("/version", cluster.admin)
    assert (version["major"], version["minor"]) == ("1", "34")


def test_nodes_are_in_all_zones_and_ready(cluster):
    nodes = cluster.nodes()
    labels = [node["metadata"]["labels"] for node in nodes]
    assert sorted(one["topology.kubernetes.io/zone"] for one in labels) == sorted(ZONES)
    for node, label in zip(nodes, labels, strict=True):
        assert label["eks.amazonaws.com/nodegroup"] == "general"
        assert label["node.kubernetes.io/instance-type"] == "m6i.large"
        assert node["metadata"]["name"].startswith("ip-10-96-")
        assert node["spec"]["providerID"].startswith(f"aws:///{label['topology.kubernetes.io/zone']}/i-")
        assert (node["status"]["capacity"]["cpu"], node["status"]["allocatable"]["cpu"]) == ("2", "1930m")
        conditions = {one["type"]: one["status"] for one in node["status"]["conditions"]}
        assert conditions["Ready"] == "True"


def test_a_token_of_eks_lets_its_creator_in(cluster):
    token = token_of(cluster.sandbox, cluster.name)
    assert len(cluster.ask("/api/v1/nodes", token)["items"]) == 3


def test_a_token_of_another_cluster_or_of_nobody_does_not(cluster):
    user = f"stranger-{os.getpid()}"
    iam = cluster.sandbox.client("iam")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
    stranger = token_of(cluster.sandbox, cluster.name, key)
    assert cluster.refusal("/api/v1/nodes", stranger) == 401
    assert cluster.refusal("/api/v1/nodes", "k8s-aws-v1.nonsense") == 401
    arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
    api = cluster.eks.api
    api.create_access_entry(clusterName=cluster.name, principalArn=arn)
    scope = {"type": "namespace", "namespaces": ["default"]}
    api.associate_access_policy(clusterName=cluster.name, principalArn=arn, policyArn=VIEW, accessScope=scope)
    wait_for(lambda: _is_let_in(cluster, stranger), 10, "the access entry")
    assert cluster.refusal("/api/v1/namespaces/kube-system/pods", stranger) == 403


def _is_let_in(cluster: Cluster, token: str) -> bool:
    try:
        cluster.ask("/api/v1/namespaces/default/pods", token)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            return False
        raise
    return True


def test_addons_are_workloads_that_run(cluster):
    api = cluster.eks.api

    def states() -> set[str]:
        described = (api.describe_addon(clusterName=cluster.name, addonName=name)["addon"] for name in ADDONS)
        return {one["status"] for one in described}

    wait_for(lambda: states() == {"ACTIVE"}, 60, "add-ons")
    workloads = "/apis/apps/v1/namespaces/kube-system"
    deployments = {one["metadata"]["name"]: one for one in cluster.items(f"{workloads}/deployments")}
    assert deployments.keys() >= {"coredns", "metrics-server", "ebs-csi-controller"}
    assert deployments["coredns"]["status"]["readyReplicas"] == 2
    (container,) = deployments["coredns"]["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith("/eks/coredns:v1.12.4-eksbuild.1")
    daemons = {one["metadata"]["name"]: one for one in cluster.items(f"{workloads}/daemonsets")}
    assert {one["status"]["numberReady"] for one in daemons.values()} == {3}


def test_a_conflict_is_resolved_as_asked(cluster):
    api, which = cluster.eks.api, {"clusterName": cluster.name, "addonName": "metrics-server"}
    scale = "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server"
    _patch(cluster, scale, {"spec": {"replicas": 3}})

    def update(resolution: str) -> dict[str, Any]:
        answer = api.update_addon(**which, configurationValues='{"replicas": 1}', resolveConflicts=resolution)
        return cluster.finish(answer, addonName="metrics-server")

    def replicas() -> int:
        return int(cluster.ask(scale, cluster.admin)["spec"]["replicas"])

    refused = update("NONE")
    assert (refused["status"], refused["errors"][0]["errorCode"]) == ("Failed", "ConfigurationConflict")
    assert (update("PRESERVE")["status"], replicas()) == ("Successful", 3)
    for _ in ("what was set before", "what was changed since"):
        assert (update("OVERWRITE")["status"], replicas()) == ("Successful", 1)
        _patch(cluster, scale, {"spec": {"replicas": 2}})


def _patch(cluster: Cluster, path: str, change: dict[str, Any]) -> None:
    described = cluster.describe()
    request = urllib.request.Request(
        f"{described['endpoint']}{path}?fieldManager=somebody", json.dumps(change).encode(), method="PATCH"
    )
    request.add_header("Authorization", f"Bearer {cluster.admin}")
    request.add_header("Content-Type", "application/merge-patch+json")
    context = ssl.create_default_context(cafile=cluster.sandbox.ca)
    urllib.request.urlopen(request, context=context, timeout=10).close()


def test_a_service_account_gets_its_role_and_no_other(cluster):
    issuer = cluster.describe()["identity"]["oidc"]["issuer"]
    iam = cluster.sandbox.client("iam")
    provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
    name = issuer.removeprefix("https://")
    equals = {f"{name}:sub": "system:serviceaccount:default:api", f"{name}:aud": "sts.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": equals},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="kubernetes-api", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    sts = cluster.sandbox.client("sts", signature_version=UNSIGNED)

    def assume(account: str, audience: str = "sts.amazonaws.com") -> dict[str, Any]:
        accounts = "/api/v1/namespaces/default/serviceaccounts"
        if account not in {one["metadata"]["name"] for one in cluster.items(accounts)}:
            cluster.ask(accounts, cluster.admin, {"metadata": {"name": account}})
        request = {"spec": {"audiences": [audience]}}
        token = cluster.ask(f"{accounts}/{account}/token", cluster.admin, request)["status"]["token"]
        wanted = {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token}
        return dict(sts.assume_role_with_web_identity(**wanted))

    answer = assume("api")
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:default:api"
    session = cluster.sandbox.client("sts", answer["Credentials"]["AccessKeyId"])
    assert session.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/kubernetes-api/pod"
    assert code_of(lambda: assume("other")) == "AccessDenied"
    assert code_of(lambda: assume("api", "https://kubernetes.default.svc")) == "InvalidIdentityToken"


def test_a_node_group_grows_and_shrinks(cluster):
    which = {"clusterName": cluster.name, "nodegroupName": "general"}
    for size in (5, 3):
        scaling = {"minSize": 3, "maxSize": 6, "desiredSize": size}
        answer = cluster.eks.api.update_nodegroup_config(
            **which, scalingConfig=scaling, labels={"addOrUpdateLabels": {"size": str(size)}}
        )
        assert cluster.finish(answer, nodegroupName="general")["status"] == "Successful"
        labels = [node["metadata"]["labels"] for node in cluster.nodes()]
        assert [one["size"] for one in labels] == [str(size)] * size
        zones = [one["topology.kubernetes.io/zone"] for one in labels]
        assert {zones.count(zone) for zone in ZONES} <= {1, 2}


def test_a_killed_api_server_is_back_with_everything(cluster):
    before = {node["metadata"]["uid"] for node in cluster.nodes()}
    (node,) = cluster.plane["nodes"]
    os.kill(node["pid"], signal.SIGKILL)
    wait_for(lambda: cluster.plane["nodes"][0]["pid"] not in (None, node["pid"]), 30, "another process")
    wait_for(lambda: _answers(cluster), 30, "the API")
    assert {one["metadata"]["uid"] for one in cluster.nodes()} == before


def test_a_killed_daemon_takes_its_api_server_over(cluster):
    daemon, server = cluster.sandbox.planes.health()["pid"], cluster.plane["nodes"][0]["pid"]
    os.kill(daemon, signal.SIGKILL)
    wait_for(lambda: _daemon(cluster) not in (None, daemon), 30, "another daemon")
    wait_for(lambda: cluster.plane["state"] == "available", 30, "the plane")
    assert cluster.plane["nodes"][0]["pid"] == server
    which = {"clusterName": cluster.name, "nodegroupName": "general"}
    answer = cluster.eks.api.update_nodegroup_config(**which, labels={"addOrUpdateLabels": {"daemon": "new"}})
    assert cluster.finish(answer, nodegroupName="general")["status"] == "Successful"
    assert {node["metadata"]["labels"]["daemon"] for node in cluster.nodes()} == {"new"}


def _daemon(cluster: Cluster) -> int | None:
    try:
        return int(cluster.sandbox.planes.health()["pid"])
    except PlaneError:
        return None


def _answers(cluster: Cluster) -> bool:
    try:
        cluster.nodes()
    except (OSError, urllib.error.URLError):
        return False
    return True


def test_the_administrators_kubeconfig(cluster, tmp_path):
    path = tmp_path / "config"
    result = cluster.sandbox.command("kubeconfig", cluster.name, "--file", str(path))
    assert result.returncode == 0, result.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    document = json.loads(path.read_text())
    assert document["current-context"] == f"sandbox-{cluster.name}"
    assert document["clusters"][0]["cluster"]["server"] == cluster.describe()["endpoint"]
    assert document["users"][0]["user"]["token"] == cluster.admin
    assert json.loads(cluster.sandbox.command("kubeconfig", cluster.name).stdout) == document
    again = cluster.sandbox.command("kubeconfig", cluster.name, "--file", str(path))
    assert again.returncode == 0
    path.write_text("apiVersion: v1\ncontexts: [{name: production}]\n")
    refused = cluster.sandbox.command("kubeconfig", cluster.name, "--file", str(path))
    assert refused.returncode == 1
    assert "not the sandbox's" in refused.stderr
    unknown = cluster.sandbox.command("kubeconfig", "nothing")
    assert unknown.returncode == 1
    assert "there is no such cluster" in unknown.stderr


def test_a_version_is_updated_with_its_nodes_after_it(cluster):
    api = cluster.eks.api
    answer = api.update_cluster_version(name=cluster.name, version="1.35")
    assert cluster.finish(answer)["status"] == "Successful"
    assert cluster.ask("/version", cluster.admin)["minor"] == "35"
    assert {_kubelet(node) for node in cluster.nodes()} == {"v1.34.2"}
    answer = api.update_nodegroup_version(clusterName=cluster.name, nodegroupName="general")
    assert cluster.finish(answer, nodegroupName="general")["status"] == "Successful"
    assert [_kubelet(node) for node in cluster.nodes()] == ["v1.35.0"] * 3


def _kubelet(node: dict[str, Any]) -> str:
    return str(node["status"]["nodeInfo"]["kubeletVersion"].partition("-")[0])
