"""ConfigMaps and Secrets, roles and bindings, priorities."""

from __future__ import annotations

from sandbox.kube.checks.faults import Causes, Object, forbidden, invalid, required
from sandbox.kube.errors import Cause
from sandbox.kube.rules import shown

_SECRET_KEYS = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
}

_TOTAL_DATA = 1024 * 1024


def secret(obj: Object, old: Object | None) -> Causes:
    yield from config_map(obj, old)
    data = obj.get("data") or {}
    for key in _SECRET_KEYS.get(obj.get("type", ""), ()):
        if key not in data:
            yield required(f"data[{key}]")
    if obj.get("type") == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        yield required("data[username]")
    if obj.get("type") == "kubernetes.io/service-account-token":
        annotations = obj["metadata"].get("annotations") or {}
        if not annotations.get("kubernetes.io/service-account.name"):
            yield required("metadata.annotations[kubernetes.io/service-account.name]")


def config_map(obj: Object, old: Object | None) -> Causes:
    size = sum(len(value) for kind in ("data", "binaryData") for value in (obj.get(kind) or {}).values())
    if size > _TOTAL_DATA:
        yield Cause("FieldValueTooLong", "data", "Too long: may not be more than 1048576 bytes")
    for key in set(obj.get("data") or ()) & set(obj.get("binaryData") or ()):
        yield invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
    if old and old.get("immutable") and any(obj.get(k) != old.get(k) for k in ("data", "binaryData", "immutable")):
        yield forbidden("data", "field is immutable when `immutable` is set")


def role(obj: Object, old: Object | None) -> Causes:
    for index, rule in enumerate(obj.get("rules") or ()):
        here = f"rules[{index}]"
        if rule.get("nonResourceURLs"):
            if "namespace" in obj["metadata"]:
                yield invalid(
                    f"{here}.nonResourceURLs",
                    rule["nonResourceURLs"],
                    "namespaced rules cannot apply to non-resource URLs",
                )
        elif "apiGroups" not in rule:
            yield required(f"{here}.apiGroups", "resource rules must supply at least one api group")
        elif not rule.get("resources"):
            yield required(f"{here}.resources", "resource rules must supply at least one resource")


def binding(obj: Object, old: Object | None) -> Causes:
    kinds = ("ClusterRole",) if "namespace" not in obj["metadata"] else ("ClusterRole", "Role")
    kind = obj["roleRef"].get("kind")
    if kind not in kinds:
        supported = ", ".join(map(shown, kinds))
        why = f"Unsupported value: {shown(kind)}: supported values: {supported}"
        yield Cause("FieldValueNotSupported", "roleRef.kind", why)
    for index, subject in enumerate(obj.get("subjects") or ()):
        if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
            yield required(f"subjects[{index}].namespace")


def priority_class(obj: Object, old: Object | None) -> Causes:
    if obj["value"] > 1_000_000_000 and not obj["metadata"].get("name", "").startswith("system-"):
        why = "maximum allowed value of a user defined priority is 1000000000"
        yield forbidden("value", why)
