"""RBAC: rules, bindings, aggregation, EKS's access policies and escalation, judged without HTTP."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox.kube.access import bootstrap, escalation
from sandbox.kube.access.rbac import CLUSTER_ROLES, ROLES
from sandbox.kube.access.users import AUTHENTICATED, Attributes, Grant, User, forbidden
from sandbox.kube.errors import ApiError
from tests.kube.access import RBAC, bind, cluster, named, role, rule

ALICE = User("alice", groups=("team", AUTHENTICATED))


def asks(verb: str, target: str, namespace: str = "", name: str = "", group: str = "") -> Attributes:
    resource, _, subresource = target.partition("/")
    return Attributes(verb, group, "v1", resource, subresource, namespace, name)


@pytest.mark.parametrize(
    ("held", "asked", "allowed"),
    [
        (rule("core", "pods", "get"), asks("get", "pods", "a"), True),
        (rule("core", "pods", "get"), asks("list", "pods", "a"), False),
        (rule("core", "pods", "get"), asks("get", "pods", "a", group="metrics.k8s.io"), False),
        (rule("core", "pods", "get"), asks("get", "pods/log", "a"), False),
        (rule("core", "pods/log", "get"), asks("get", "pods/log", "a"), True),
        (rule("core", "pods/log", "get"), asks("get", "pods", "a"), False),
        (rule("core", "*/scale", "get"), asks("get", "pods/scale", "a"), True),
        (rule("core", "*/scale", "get"), asks("get", "pods/log", "a"), False),
        (rule("core", "*", "get"), asks("get", "pods/log", "a"), True),
        (rule("*", "deployments", "*"), asks("patch", "deployments", "a", group="apps"), True),
        (rule("core", "secrets", "get", "tls"), asks("get", "secrets", "a", "tls"), True),
        (rule("core", "secrets", "get", "tls"), asks("get", "secrets", "a", "other"), False),
        (rule("core", "secrets", "list", "tls"), asks("list", "secrets", "a"), False),
        ({"nonResourceURLs": ["/metrics/*"], "verbs": ["get"]}, Attributes("get", path="/metrics/slis"), True),
        ({"nonResourceURLs": ["/metrics"], "verbs": ["get"]}, Attributes("get", path="/metrics/slis"), False),
        ({"nonResourceURLs": ["*"], "verbs": ["get"]}, asks("get", "pods"), False),
    ],
)
def test_a_rule_allows_what_it_says_and_nothing_else(held: dict[str, Any], asked: Attributes, allowed: bool) -> None:
    store, rbac = cluster()
    role(store, "r", held)
    bind(store, "b", "ClusterRole/r", named("User", "alice"))
    assert rbac.authorize(ALICE, asked).allowed is allowed
    assert not rbac.authorize(User("bob", groups=(AUTHENTICATED,)), asked).allowed


def test_a_role_binding_holds_in_its_namespace_only() -> None:
    store, rbac = cluster()
    bind(store, "b", "ClusterRole/edit", named("Group", "team"), namespace="talent")
    assert rbac.authorize(ALICE, asks("create", "deployments", "talent", group="apps")).reason == (
        'RBAC: allowed by RoleBinding "b/talent" of ClusterRole "edit" to Group "team"'
    )
    assert not rbac.authorize(ALICE, asks("create", "deployments", "employer", group="apps")).allowed
    assert not rbac.authorize(ALICE, asks("list", "pods")).allowed


def test_a_service_account_of_a_binding_is_of_the_bindings_namespace_unless_it_says_another() -> None:
    store, rbac = cluster()
    near, far = {"kind": "ServiceAccount", "name": "ci"}, {"kind": "ServiceAccount", "name": "ci", "namespace": "build"}
    bind(store, "near", "ClusterRole/view", near, namespace="a")
    bind(store, "far", "ClusterRole/view", far, namespace="b")
    held = {
        (account, space): rbac.authorize(
            User(f"system:serviceaccount:{account}:ci"), asks("list", "pods", space)
        ).allowed
        for account in ("a", "build")
        for space in ("a", "b")
    }
    assert held == {("a", "a"): True, ("a", "b"): False, ("build", "a"): False, ("build", "b"): True}


def test_decisions_follow_changes_of_roles_and_bindings() -> None:
    store, rbac = cluster()
    asked = asks("get", "pods", "a")
    binding = bind(store, "b", "Role/r", named("User", "alice"), namespace="a")
    denied = rbac.authorize(ALICE, asked)
    assert (denied.allowed, denied.reason) == (False, f'RBAC: role.{RBAC} "r" not found')
    made = role(store, "r", rule("core", "pods", "get"), namespace="a")
    assert rbac.authorize(ALICE, asked).allowed
    store.put(ROLES, {**made, "rules": []})
    assert not rbac.authorize(ALICE, asked).allowed
    store.put(ROLES, made)
    assert rbac.authorize(ALICE, asked).allowed
    store.remove(f"rolebindings.{RBAC}", binding)
    assert not rbac.authorize(ALICE, asked).allowed


def test_aggregated_roles_take_in_what_their_selectors_find_and_show_it() -> None:
    store, rbac = cluster()
    assert rbac.authorize(ALICE, asks("get", "pods")).allowed is False
    before = store.get(CLUSTER_ROLES, None, "edit")
    labels = {"labels": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}}
    added = role(store, "crontabs", rule("example.com", "crontabs", "get"), metadata=labels)
    bind(store, "b", "ClusterRole/admin", named("User", "alice"), namespace="a")
    assert rbac.authorize(ALICE, asks("get", "crontabs", "a", group="example.com")).allowed
    after = store.get(CLUSTER_ROLES, None, "edit")
    assert before
    assert after
    assert [each for each in after["rules"] if each not in before["rules"]] == added["rules"]
    store.remove(CLUSTER_ROLES, added)
    assert not rbac.authorize(ALICE, asks("get", "crontabs", "a", group="example.com")).allowed


def test_roles_that_aggregate_each_other_in_a_circle_are_no_endless_matter() -> None:
    store, rbac = cluster()
    for mine, other in (("a", "b"), ("b", "c"), ("c", "a")):
        selectors = {"clusterRoleSelectors": [{"matchLabels": {"is": other}}, {"matchLabels": {"leaf": mine}}]}
        role(store, mine, aggregationRule=selectors, metadata={"labels": {"is": mine}})
        role(store, f"leaf-{mine}", rule("core", mine, "get"), metadata={"labels": {"leaf": mine}})
    bind(store, "b", "ClusterRole/a", named("User", "alice"))
    assert [rbac.authorize(ALICE, asks("get", name)).allowed for name in "abc"] == [True, True, True]


def test_the_administrator_sees_aggregated_rules_at_once() -> None:
    store, rbac = cluster()
    rbac.authorize(User("root", groups=("system:masters",)), asks("get", "pods"))
    view = store.get(CLUSTER_ROLES, None, "view")
    assert view
    assert view["rules"]


def test_a_start_gives_default_roles_their_rules_back_and_touches_nothing_else() -> None:
    store, _ = cluster()
    view = store.get(CLUSTER_ROLES, None, "system:aggregate-to-view")
    assert view
    own = rule("core", "nodes", "get")
    store.put(CLUSTER_ROLES, {**view, "rules": [own]})
    bootstrap.ensure(store)
    repaired = store.get(CLUSTER_ROLES, None, "system:aggregate-to-view")
    assert repaired
    assert repaired["rules"] == [own, *view["rules"]]
    version = store.version
    bootstrap.ensure(store)
    assert store.version == version


@pytest.mark.parametrize(
    ("policy", "allowed", "denied"),
    [
        ("AmazonEKSClusterAdminPolicy", ("delete", "nodes", ""), None),
        ("AmazonEKSAdminPolicy", ("create", "roles", RBAC), ("create", "resourcequotas", "")),
        ("AmazonEKSEditPolicy", ("create", "secrets", ""), ("create", "roles", RBAC)),
        ("AmazonEKSViewPolicy", ("list", "pods", ""), ("list", "secrets", "")),
        ("AmazonEKSAdminViewPolicy", ("list", "secrets", ""), ("create", "pods", "")),
        ("AmazonEKSSecretReaderPolicy", ("list", "secrets", ""), ("list", "pods", "")),
        ("AmazonEKSNodePolicy", None, ("get", "pods", "")),
    ],
)
def test_access_policies_are_the_roles_they_stand_for(
    policy: str, allowed: tuple[str, str, str] | None, denied: tuple[str, str, str] | None
) -> None:
    store, rbac = cluster()
    everywhere = User("arn", grants=(Grant(policy),))
    in_dev = User("arn", grants=(Grant(policy, ("dev-*",)),))
    if allowed:
        verb, resource, group = allowed
        assert rbac.authorize(everywhere, asks(verb, resource, "x", group=group)).allowed
        assert rbac.authorize(in_dev, asks(verb, resource, "dev-1", group=group)).allowed
        assert not rbac.authorize(in_dev, asks(verb, resource, "prod", group=group)).allowed
        assert not rbac.authorize(in_dev, asks(verb, resource, group=group)).allowed
    if denied:
        verb, resource, group = denied
        assert not rbac.authorize(everywhere, asks(verb, resource, "x", group=group)).allowed
    edit = store.get(CLUSTER_ROLES, None, "edit")
    assert edit
    store.put(CLUSTER_ROLES, {**edit, "rules": [rule("*", "*", "*")]})
    if denied:
        assert not rbac.authorize(everywhere, asks(denied[0], denied[1], "x", group=denied[2])).allowed


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            asks("list", "pods", "a"),
            'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "a"',
        ),
        (
            asks("patch", "deployments/scale", "a", "web", "apps"),
            'deployments.apps "web" is forbidden: User "alice" cannot patch resource "deployments/scale" '
            'in API group "apps" in the namespace "a"',
        ),
        (
            asks("get", "nodes", name="n"),
            'nodes "n" is forbidden: User "alice" cannot get resource "nodes" in API group "" at the cluster scope',
        ),
        (Attributes("get", path="/metrics"), 'forbidden: User "alice" cannot get path "/metrics"'),
    ],
)
def test_refusals_are_worded_as_a_real_server_words_them(asked: Attributes, message: str) -> None:
    error = forbidden(ALICE, asked)
    assert (error.code, error.reason, error.message) == (403, "Forbidden", message)


def refusal(user: User, resource: str, obj: dict[str, Any], before: dict[str, Any] | None = None) -> str | None:
    """Why a user of the shared cluster may not write an object."""
    store, rbac = cluster()
    role(store, "limited", rule("core", "pods", "get list"), rule("core", "secrets", "get", "tls"))
    role(store, "binder", rule(RBAC, "clusterroles", "bind", "cluster-admin"))
    role(store, "escalator", rule(RBAC, "roles", "escalate"))
    for name in ("limited", "binder", "escalator"):
        bind(store, name, f"ClusterRole/{name}", named("User", name))
    try:
        escalation.check(rbac, user, f"{resource}.{RBAC}", obj, before)
    except ApiError as error:
        return error.message
    return None


def a_role(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "x", "namespace": "a"}, "rules": list(rules), **fields}


def a_binding(to: str) -> dict[str, Any]:
    kind, _, name = to.partition("/")
    return {"metadata": {"name": "x", "namespace": "a"}, "roleRef": {"kind": kind, "name": name}}


def test_nobody_grants_rules_he_does_not_hold() -> None:
    limited = User("limited", groups=("team", AUTHENTICATED))
    assert refusal(limited, "roles", a_role(rule("core", "pods", "get"))) is None
    assert refusal(limited, "roles", a_role(rule("core", "secrets", "get", "tls"))) is None
    assert refusal(limited, "roles", a_role(rule("core", "pods secrets", "get delete"))) == (
        f'roles.{RBAC} "x" is forbidden: user "limited" (groups=["team" "system:authenticated"]) is attempting to '
        "grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}'
    )
    assert refusal(User("escalator"), "roles", a_role(rule("*", "*", "*"))) is None
    assert refusal(User("root", groups=("system:masters",)), "roles", a_role(rule("*", "*", "*"))) is None
    aggregated = refusal(limited, "clusterroles", a_role(aggregationRule={"clusterRoleSelectors": []}))
    assert aggregated
    assert aggregated.endswith("must have cluster-admin privileges to use an aggregationRule")


def test_nobody_binds_roles_with_more_than_he_holds() -> None:
    limited = User("limited")
    assert refusal(limited, "rolebindings", a_binding("ClusterRole/limited")) is None
    refused = refusal(limited, "rolebindings", a_binding("ClusterRole/cluster-admin"))
    assert refused
    assert '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}' in refused
    assert refusal(User("binder"), "clusterrolebindings", a_binding("ClusterRole/cluster-admin")) is None
    assert refusal(User("binder"), "rolebindings", a_binding("ClusterRole/admin"))
    assert refusal(limited, "rolebindings", a_binding("Role/gone")) == f'roles.{RBAC} "gone" not found'


def test_a_change_for_the_garbage_collector_only_is_no_escalation() -> None:
    limited, wide = User("limited"), a_role(rule("*", "*", "*"))
    finalized = {**wide, "metadata": {**wide["metadata"], "finalizers": ["example.com/x"]}}
    assert refusal(limited, "roles", finalized, wide) is None
    relabelled = {**wide, "metadata": {**wide["metadata"], "labels": {"a": "b"}}}
    assert refusal(limited, "roles", relabelled, wide)


def test_an_answer_costs_far_less_than_half_a_millisecond() -> None:
    store, rbac = cluster()
    for number in range(200):
        bind(store, f"b{number}", "ClusterRole/edit", named("Group", f"g{number}"), namespace=f"n{number}")
    user = User("u", groups=("g7", AUTHENTICATED))
    rbac.authorize(user, asks("get", "pods", "n7", "first"))
    started = time.process_time()
    for number in range(1000):
        assert rbac.authorize(user, asks("get", "pods", "n7", f"p{number % 500}")).allowed
    assert time.process_time() - started < 0.5
