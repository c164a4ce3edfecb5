"""Access as clients meet it: over TLS, with the official client and kubectl."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from tests.kube.access import ISSUER, RBAC, Aws, Served, aws, presigned, served

NODE = "node-1"
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "talent"},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "registry.example/web@sha256:" + "1" * 64}]},
        },
    },
}
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "web", "namespace": "talent"},
    "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}},
}


@pytest.fixture(scope="module")
def account() -> Iterator[Aws]:
    with aws() as listening:
        listening.groups = ["developers"]
        yield listening


@pytest.fixture(scope="module")
def cluster(account: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the namespaces talent and employer; talent/ci may edit talent, the group developers may view it."""
    with served(tmp_path_factory.mktemp("cluster"), aws_endpoint=account.endpoint) as running:
        for arguments in (
            ("create", "namespace", "talent"),
            ("create", "namespace", "employer"),
            ("create", "serviceaccount", "ci", "-n", "talent"),
            ("create", "rolebinding", "ci", "--clusterrole=edit", "--serviceaccount=talent:ci", "-n", "talent"),
            ("create", "rolebinding", "developers", "--clusterrole=view", "--group=developers", "-n", "talent"),
        ):
            done = running.kubectl(*arguments)
            assert done.returncode == 0, done.stderr
        yield running


@pytest.fixture(scope="module")
def ci(cluster: Served) -> str:
    done = cluster.kubectl("create", "token", "ci", "-n", "talent", "--duration=1h")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_nobody_gets_in_without_a_token(cluster: Served) -> None:
    for token in (None, "wrong", "k8s-aws-v1.", presigned(age=901), presigned(host="evil.example")):
        status, document = cluster.ask("GET", "/api/v1/namespaces", token)
        assert (status, document["reason"], document["message"], document["code"]) == (
            *(401, "Unauthorized", "Unauthorized"),
            401,
        )
    refused = cluster.kubectl("get", "pods", token="wrong")
    assert (refused.returncode, "You must be logged in to the server" in refused.stderr) == (1, True)


def test_what_is_public_is(cluster: Served) -> None:
    assert cluster.ask("GET", "/readyz") == (200, "ok")
    assert cluster.ask("GET", "/version")[0] == 200
    _, found = cluster.ask("GET", "/.well-known/openid-configuration")
    assert (found["issuer"], found["jwks_uri"]) == (ISSUER, f"{cluster.url}/openid/v1/jwks")
    assert cluster.ask("GET", "/openid/v1/jwks")[1]["keys"][0]["alg"] == "RS256"
    assert cluster.ask("GET", "/apis")[0] == 401


def test_a_token_of_aws_is_judged_by_its_access_entry(cluster: Served, account: Aws) -> None:
    core = client.CoreV1Api(cluster.client(presigned()))
    assert core.list_namespaced_pod("talent").items == []
    with pytest.raises(ApiException) as refused:
        core.list_namespaced_pod("employer")
    name = "arn:aws:sts::123456789012:assumed-role/deployer/alice-example.com"
    assert json.loads(refused.value.body) == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f'pods is forbidden: User "{name}" cannot list resource "pods" in API group "" '
        'in the namespace "employer"',
        "reason": "Forbidden",
        "details": {"kind": "pods"},
        "code": 403,
    }
    account.policies = {"AmazonEKSViewPolicy": ["employer"]}
    time.sleep(1.1)
    assert core.list_namespaced_pod("employer").items == []
    account.policies = {}


def test_kubectl_tells_who_one_is(cluster: Served, ci: str) -> None:
    done = cluster.kubectl("auth", "whoami", "-o", "json", token=ci)
    info = json.loads(done.stdout)["status"]["userInfo"]
    assert info["username"] == "system:serviceaccount:talent:ci"
    assert info["groups"] == ["system:serviceaccounts", "system:serviceaccounts:talent", "system:authenticated"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (("create", "deployments.apps", "-n", "talent"), "yes"),
        (("create", "deployments.apps", "-n", "employer"), "no"),
        (("create", "roles", "-n", "talent"), "no"),
        (("get", "pods", "--subresource=log", "-n", "talent"), "yes"),
        (("get", "/apis"), "yes"),
        (("get", "/metrics"), "no"),
        (("list", "pods", "-A"), "no"),
    ],
)
def test_kubectl_tells_what_one_can_do(cluster: Served, ci: str, question: tuple[str, ...], answer: str) -> None:
    done = cluster.kubectl("auth", "can-i", *question, token=ci)
    assert (done.stdout.strip(), done.returncode) == (answer, 0 if answer == "yes" else 1)


def test_kubectl_lists_what_one_can_do(cluster: Served, ci: str) -> None:
    rows = cluster.kubectl("auth", "can-i", "--list", "-n", "talent", token=ci).stdout.splitlines()
    assert [row.split("[")[-1] for row in rows if row.startswith("deployments.apps ")] == [
        "create delete deletecollection patch update get list watch]"
    ]
    elsewhere = cluster.kubectl("auth", "can-i", "--list", "-n", "employer", token=ci).stdout
    assert "selfsubjectreviews.authentication.k8s.io" in elsewhere
    assert "deployments" not in elsewhere


def test_a_namespace_is_seen_by_who_may_see_into_it(cluster: Served, ci: str) -> None:
    assert cluster.kubectl("get", "namespace", "talent", token=ci).returncode == 0
    refused = cluster.kubectl("get", "namespace", "employer", token=ci).stderr
    assert 'namespaces "employer" is forbidden' in refused
    assert "at the cluster scope" in cluster.kubectl("get", "namespaces", token=ci).stderr


def test_speaking_for_others_takes_the_right_to(cluster: Served, ci: str) -> None:
    asked = ("auth", "can-i", "list", "pods", "-n", "talent")
    assert cluster.kubectl(*asked, "--as=bob").stdout.strip() == "no"
    assert cluster.kubectl(*asked, "--as=bob", "--as-group=developers").stdout.strip() == "yes"
    assert cluster.kubectl(*asked, "--as=system:serviceaccount:talent:ci").stdout.strip() == "yes"
    as_bob = {"Impersonate_User": "bob", "Impersonate_Uid": "7", "Impersonate_Extra_Example.com%2Fteam": "blue"}
    _, review = cluster.ask("POST", f"{AUTHENTICATION}/selfsubjectreviews", cluster.admin, {}, **as_bob)
    assert review["status"]["userInfo"] == {
        "username": "bob",
        "uid": "7",
        "groups": ["system:authenticated"],
        "extra": {"example.com/team": ["blue"]},
    }
    done = cluster.kubectl(*asked, "--as=bob", token=ci)
    assert 'users "bob" is forbidden: User "system:serviceaccount:talent:ci" cannot impersonate resource' in done.stderr
    done = cluster.kubectl(*asked, "--as=system:serviceaccount:talent:ci", "--as-group=system:masters", token=ci)
    assert 'groups "system:masters" is forbidden' in done.stderr
    status, _ = cluster.ask("GET", "/api", cluster.admin, Impersonate_Group="system:masters")
    assert status == 500


AUTHENTICATION = "/apis/authentication.k8s.io/v1"
AUTHORIZATION = "/apis/authorization.k8s.io/v1"


def asked(namespace: str = "talent", **fields: str) -> dict[str, str]:
    return {"namespace": namespace, "verb": "list", "resource": "pods", **fields}


def test_somebody_elses_access_can_be_asked_for(cluster: Served) -> None:
    api = client.AuthorizationV1Api(cluster.client(cluster.admin))
    spec = {"user": "carol", "groups": ["developers"], "resourceAttributes": asked()}
    found = api.create_subject_access_review({"spec": spec}).status
    assert (found.allowed, found.reason) == (
        True,
        'RBAC: allowed by RoleBinding "developers/talent" of ClusterRole "view" to Group "developers"',
    )
    assert not api.create_subject_access_review({"spec": {**spec, "groups": []}}).status.allowed
    local = api.create_namespaced_local_subject_access_review("talent", {"spec": spec})
    assert local.status.allowed


@pytest.mark.parametrize(
    ("path", "body", "code", "message"),
    [
        ("subjectaccessreviews", {"spec": {"resourceAttributes": asked()}}, 422, "at least one of user or group"),
        ("selfsubjectaccessreviews", {"spec": {}}, 422, "exactly one of nonResourceAttributes or resourceAttributes"),
        ("selfsubjectaccessreviews", {"spec": {"resourceAttributes": "all"}}, 400, "cannot be handled as"),
        ("selfsubjectaccessreviews", ["no object"], 400, "the body is no object"),
        ("selfsubjectaccessreviews", {"kind": "TokenReview"}, 400, "cannot be handled as a SelfSubjectAccessReview"),
        ("selfsubjectrulesreviews", {"spec": {}}, 422, "no namespace on request"),
        (
            "namespaces/talent/localsubjectaccessreviews",
            {"spec": {"user": "a", "resourceAttributes": asked("employer")}},
            422,
            "must match metadata.namespace",
        ),
    ],
)
def test_questions_that_make_no_sense_are_refused(
    cluster: Served, path: str, body: Any, code: int, message: str
) -> None:
    status, document = cluster.ask("POST", f"{AUTHORIZATION}/{path}", cluster.admin, body)
    assert (status, document["code"]) == (code, code)
    assert message in document["message"]


def test_tokens_can_be_reviewed(cluster: Served, ci: str) -> None:
    def review(token: str, *audiences: str) -> Any:
        spec = {"token": token, "audiences": list(audiences)}
        return cluster.ask("POST", f"{AUTHENTICATION}/tokenreviews", cluster.admin, {"spec": spec})[1]["status"]

    found = review(ci)
    assert (found["authenticated"], found["user"]["username"]) == (True, "system:serviceaccount:talent:ci")
    assert found["audiences"] == ["https://kubernetes.default.svc"]
    assert review(ci, "vault") == {"user": {}, "error": "invalid bearer token"}
    assert review(ci + "x") == {"user": {}, "error": "invalid bearer token"}
    assert review(presigned())["user"]["groups"] == ["developers", "system:authenticated"]
    path = "/api/v1/namespaces/talent/serviceaccounts/ci/token"
    status, request = cluster.ask("POST", path, cluster.admin, {"spec": {"audiences": ["vault"]}})
    assert status == 201
    assert review(request["status"]["token"], "vault", "other")["audiences"] == ["vault"]


def test_a_token_of_a_deleted_service_account_is_refused(cluster: Served) -> None:
    core = client.CoreV1Api(cluster.client(cluster.admin))
    core.create_namespaced_service_account("talent", {"metadata": {"name": "leaving"}})
    token = core.create_namespaced_service_account_token("leaving", "talent", {"spec": {}}).status.token
    assert cluster.ask("GET", "/api", token)[0] == 200
    core.delete_namespaced_service_account("leaving", "talent")
    assert cluster.ask("GET", "/api", token)[0] == 401


def test_nobody_hands_out_more_than_he_has(cluster: Served) -> None:
    assert cluster.kubectl("create", "serviceaccount", "lead", "-n", "talent").returncode == 0
    bound = cluster.kubectl(
        *("create", "rolebinding", "lead", "--clusterrole=admin", "--serviceaccount=talent:lead", "-n", "talent")
    )
    assert bound.returncode == 0
    lead = cluster.kubectl("create", "token", "lead", "-n", "talent").stdout.strip()

    def role(name: str, resource: str) -> str:
        arguments = ("create", "role", name, "--verb=get,delete", f"--resource={resource}", "-n", "talent")
        return cluster.kubectl(*arguments, token=lead).stderr

    assert role("pods", "pods") == ""
    assert (
        f'roles.{RBAC} "quotas" is forbidden: user "system:serviceaccount:talent:lead" '
        '(groups=["system:serviceaccounts" "system:serviceaccounts:talent" "system:authenticated"]) '
        "is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["resourcequotas"], Verbs:["delete"]}'
    ) in role("quotas", "resourcequotas")
    refused = cluster.kubectl(
        *("create", "rolebinding", "up", "--clusterrole=cluster-admin", "--serviceaccount=talent:lead", "-n", "talent"),
        token=lead,
    )
    assert '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}' in refused.stderr
    body = {"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
    path = f"/apis/{RBAC}/v1/namespaces/talent/roles/pods"
    for options in ("", "?dryRun=All"):
        status, document = cluster.ask("PATCH", path + options, lead, body, Content_Type="application/merge-patch+json")
        assert (status, "not currently held" in document["message"]) == (403, True)


def test_kubectl_drains_a_node_as_budgets_let_it(cluster: Served) -> None:
    manifests = "".join(f"---\n{json.dumps(each)}\n" for each in (WEB, BUDGET, _node(NODE), _node("node-2")))
    done = cluster.kubectl("apply", "-f", "-", stdin=manifests)
    assert done.returncode == 0, done.stderr
    _ready(cluster)
    assert cluster.kubectl("cordon", "node-2").returncode == 0
    assert "SchedulingDisabled" in cluster.kubectl("get", "node", "node-2").stdout
    assert cluster.kubectl("rollout", "restart", "deployment/web", "-n", "talent").returncode == 0
    waited = cluster.kubectl("rollout", "status", "deployment/web", "-n", "talent", "--timeout=30s")
    assert waited.returncode == 0, waited.stderr
    assert _nodes(cluster) == {NODE}

    tried = cluster.kubectl("drain", NODE, "--ignore-daemonsets", "--dry-run=server")
    assert tried.returncode == 0, tried.stderr
    stuck = cluster.kubectl("drain", NODE, "--ignore-daemonsets", "--timeout=4s")
    assert stuck.returncode != 0
    assert "Cannot evict pod as it would violate the pod's disruption budget." in stuck.stderr

    assert cluster.kubectl("uncordon", "node-2").returncode == 0
    drained = cluster.kubectl("drain", NODE, "--ignore-daemonsets", "--timeout=40s")
    assert drained.returncode == 0, drained.stderr
    assert f"node/{NODE} drained" in drained.stdout
    assert _nodes(cluster) == {"node-2"}


def _node(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {"providerID": f"aws:///ap-northeast-1a/{name}"},
    }


def _nodes(cluster: Served) -> set[str]:
    """Where pods of the app are that aren't leaving."""
    pods = client.CoreV1Api(cluster.client(cluster.admin)).list_namespaced_pod("talent", label_selector="app=web")
    return {pod.spec.node_name for pod in pods.items if not pod.metadata.deletion_timestamp}


def _ready(cluster: Served) -> None:
    """Give the nodes room, and wait for the pods on them."""
    core = client.CoreV1Api(cluster.client(cluster.admin))
    size = {"cpu": "4", "memory": "8Gi", "pods": "20"}
    conditions = [{"type": "Ready", "status": "True"}]
    for name in (NODE, "node-2"):
        core.patch_node_status(name, {"status": {"capacity": size, "allocatable": size, "conditions": conditions}})
    waited = cluster.kubectl("rollout", "status", "deployment/web", "-n", "talent", "--timeout=30s")
    assert waited.returncode == 0, waited.stderr
