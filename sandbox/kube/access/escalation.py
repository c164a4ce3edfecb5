"""Nobody hands out rights that he hasn't: checked where roles and bindings are written.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
"""

from __future__ import annotations

from typing import Any

from sandbox.kube.access.rbac import CLUSTER_ROLES, GROUP, ROLES, Rbac
from sandbox.kube.access.rules import Rule, missing, quoted
from sandbox.kube.access.users import MASTERS, Attributes, User, refused
from sandbox.kube.errors import ApiError

ROLE_RESOURCES = (ROLES, CLUSTER_ROLES)
BINDING_RESOURCES = (f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}")
EVERYTHING = ({"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]})
_COLLECTED = ("ownerReferences", "finalizers", "managedFields", "resourceVersion")


def check(rbac: Rbac, user: User | None, resource: str, obj: dict[str, Any], before: dict[str, Any] | None) -> None:
    """403 when `user` (None: the cluster itself) may not write a role or binding in place of `before`."""
    if resource not in ROLE_RESOURCES + BINDING_RESOURCES or user is None or MASTERS in user.groups:
        return
    if _is_same(obj, before):
        return
    namespace, name = obj["metadata"].get("namespace", ""), obj["metadata"].get("name", "")
    plural = resource.partition(".")[0]
    if resource in ROLE_RESOURCES:
        asked = Attributes("escalate", GROUP, "v1", plural, namespace=namespace, name=name)
        if rbac.authorize(user, asked).allowed:
            return
        wanted = [Rule(raw) for raw in obj.get("rules") or ()]
        if obj.get("aggregationRule") and missing(rbac.rules_for(user, namespace)[0], map(Rule, EVERYTHING)):
            raise refused(GROUP, plural, name, "must have cluster-admin privileges to use an aggregationRule")
    else:
        ref = obj["roleRef"]
        asked = Attributes("bind", GROUP, "v1", f"{ref['kind'].lower()}s", namespace=namespace, name=ref["name"])
        if rbac.authorize(user, asked).allowed:
            return
        rules = rbac.role(ref["kind"], namespace, ref["name"])
        if rules is None:
            raise _no_role(ref)
        wanted = list(rules)
    held, errors = rbac.rules_for(user, namespace)
    lacking = missing(held, wanted)
    if lacking:
        why = (
            f'user "{user.name}" (groups={quoted(user.groups)}) is attempting to grant RBAC permissions '
            "not currently held:\n" + "\n".join(lacking)
        )
        raise refused(GROUP, plural, name, why + (f"; resolution errors: [{', '.join(errors)}]" if errors else ""))


def _is_same(obj: dict[str, Any], before: dict[str, Any] | None) -> bool:
    """Whether nothing but what the garbage collector needs differs."""
    return before is not None and _judged(obj) == _judged(before)


def _judged(obj: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in obj["metadata"].items() if key not in _COLLECTED}
    return {**obj, "metadata": metadata}


def _no_role(ref: dict[str, str]) -> ApiError:
    plural = f"{ref['kind'].lower()}s"
    details = {"name": ref["name"], "group": GROUP, "kind": plural}
    return ApiError(404, "NotFound", f'{plural}.{GROUP} "{ref["name"]}" not found', details)
