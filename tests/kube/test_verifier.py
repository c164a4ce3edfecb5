"""A role that verifies may do what the checks do, and nothing else: its ClusterRole (role eks) on a served cluster.

What each check asks for is taken from its source, so a check that begins to read another kind fails here.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils import _checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks._logging_facts import SERVERS
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_images import WORKLOADS
from ansible_collections.iworkz.platform.plugins.module_utils._checks._tracing import WORKLOADS as COLLECTORS
from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Reader
from tests.kube.access import ISSUER, RBAC, Served, aws, named, presigned, served

ROOT = Path(__file__).resolve().parents[2]
READERS = ("kube", "reader", "world.kubernetes")
"""What checks call the Reader."""
MONITORING = "monitoring.coreos.com/v1"
CHOSEN = {
    "_logging_facts: *SERVERS[kind]": set(SERVERS.values()),
    "_monitoring_facts: API, plural": {(MONITORING, "servicemonitors"), (MONITORING, "prometheusrules")},
    "_recovery_images: version, plural": set(WORKLOADS),
    "_tracing: 'apps/v1', WORKLOADS[mode]": {("apps/v1", plural) for plural in COLLECTORS.values()},
}
"""Kinds that a check chooses while it runs."""
CHANGES = ("create", "update", "patch", "delete", "deletecollection")

Kind = tuple[str, str]


def asked() -> set[Kind]:
    """API version and plural of all that checks list."""
    found: set[Kind] = set()
    for path in sorted(Path(_checks.__path__[0]).glob("*.py")):
        module = importlib.import_module(f"{_checks.__name__}.{path.stem}")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "list"):
                continue
            if ast.unparse(call.func.value) in READERS:
                words = ", ".join(ast.unparse(each) for each in call.args[:2])
                chosen = CHOSEN.get(f"{path.stem}: {words}")
                found |= chosen or {eval(f"({words})", vars(module))}
    return found


def rules() -> list[dict[str, Any]]:
    """Those of the ClusterRole as the role gives it; verbs are a list or the name of one."""
    declared = yaml.safe_load((ROOT / "roles/eks/vars/main/rbac.yml").read_text(encoding="utf-8"))
    assert declared["__eks_cluster_roles"]["verifier"] == "{{ __eks_verify }}"
    return [
        {**rule, "verbs": rule["verbs"] if isinstance(rule["verbs"], list) else declared[rule["verbs"].strip("{} ")]}
        for rule in declared["__eks_verify"]
    ]


def group_of(version: str) -> str:
    return version.rpartition("/")[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With the role, bound to the group of verifiers, and something that could be spoilt."""
    with aws() as account:
        account.groups = ["platform:verifier"]
        with served(tmp_path_factory.mktemp("cluster"), aws_endpoint=account.endpoint) as running:
            metadata = {"name": "iworkz-verifier"}
            ref = {"apiGroup": RBAC, "kind": "ClusterRole", **metadata}
            subjects = [named("Group", "platform:verifier")]
            for path, body in (
                (f"/apis/{RBAC}/v1/clusterroles", {"metadata": metadata, "rules": rules()}),
                (
                    f"/apis/{RBAC}/v1/clusterrolebindings",
                    {"metadata": metadata, "roleRef": ref, "subjects": subjects},
                ),
                ("/api/v1/namespaces/default/secrets", {"metadata": {"name": "password"}, "stringData": {"is": "x"}}),
                ("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "words"}, "data": {"a": "b"}}),
            ):
                status, answer = running.ask("POST", path, running.admin, body)
                assert status == 201, answer
            yield running


def reader(cluster: Served, token: str) -> Reader:
    authority = cluster.authority.read_text(encoding="ascii")
    return Reader(Cluster("c", "arn", "1.34", cluster.url, authority, ISSUER), lambda: token)


def test_the_role_has_the_kinds_that_checks_list_and_no_others() -> None:
    granted = {(group, plural) for rule in rules() for group in rule["apiGroups"] for plural in rule["resources"]}
    needed = {(group_of(version), plural) for version, plural in asked()}
    assert granted == needed | {("authorization.k8s.io", "subjectaccessreviews")}
    assert len(needed) > 30


def allowed(cluster: Served, verb: str, kind: Kind) -> bool:
    """By the API server's own judgement, which knows kinds of charts that are not installed here, too."""
    version, plural = kind
    attributes = {"verb": verb, "group": group_of(version), "resource": plural}
    spec = {"user": "a", "groups": ["platform:verifier", "system:authenticated"], "resourceAttributes": attributes}
    return bool(reader(cluster, cluster.admin).review("subjectaccessreviews", spec)["allowed"])


@pytest.mark.parametrize("kind", sorted(asked()), ids="/".join)
def test_every_kind_that_checks_list_can_be_listed(cluster: Served, kind: Kind) -> None:
    assert allowed(cluster, "list", kind)
    assert len(reader(cluster, presigned()).list(*kind)) == len(reader(cluster, cluster.admin).list(*kind))


def test_it_may_ask_who_may_do_what(cluster: Served) -> None:
    spec = {"groups": ["team:talent"], "user": "a", "resourceAttributes": {"verb": "get", "resource": "secrets"}}
    assert reader(cluster, presigned()).review("subjectaccessreviews", spec)["allowed"] is False


@pytest.mark.parametrize("path", ["/api/v1/secrets", "/api/v1/namespaces/default/secrets/password"])
def test_it_sees_no_secret(cluster: Served, path: str) -> None:
    status, answer = cluster.ask("GET", path, presigned())
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert cluster.ask("GET", path, cluster.admin)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/api/v1/namespaces/default/configmaps/words", None),
        ("PUT", "/api/v1/namespaces/default/configmaps/words", {"metadata": {"name": "words"}, "data": {}}),
        ("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "more"}}),
        ("POST", "/api/v1/namespaces/default/serviceaccounts/default/token", {"spec": {"audiences": ["x"]}}),
        ("DELETE", "/api/v1/namespaces/default", None),
        ("GET", "/api/v1/namespaces/default/services/kubernetes:443/proxy/", None),
        ("GET", "/api/v1/namespaces/default/pods/any/log", None),
        ("DELETE", f"/apis/{RBAC}/v1/clusterroles/iworkz-verifier", None),
        (
            "POST",
            f"/apis/{RBAC}/v1/clusterrolebindings",
            {
                "metadata": {"name": "more"},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "iworkz-verifier"},
                "subjects": [named("Group", "others")],
            },
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and "/" in each else "",
)
def test_it_changes_nothing(cluster: Served, method: str, path: str, body: Any) -> None:
    status, answer = cluster.ask(method, path, presigned(), body)
    assert (status, answer["reason"]) == (403, "Forbidden")


@pytest.mark.parametrize("kind", sorted(asked() | {("v1", "secrets")}), ids="/".join)
def test_no_change_of_anything_is_allowed(cluster: Served, kind: Kind) -> None:
    assert [verb for verb in CHANGES if allowed(cluster, verb, kind)] == []


def test_without_the_role_nothing_is_read(cluster: Served) -> None:
    made = cluster.kubectl("create", "token", "default", "-n", "default").stdout.strip()
    known = [kind for kind in asked() if reader(cluster, cluster.admin).list(*kind)]
    assert ("v1", "configmaps") in known
    for kind in known:
        with pytest.raises(KubernetesError) as refused:
            reader(cluster, made).list(*kind)
        assert refused.value.code == 403
