"""Who asks, for what, and what the answer is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.kube.errors import ApiError

AUTHENTICATED = "system:authenticated"
MASTERS = "system:masters"


@dataclass(frozen=True)
class Grant:
    """An EKS access policy of a user: in these namespaces (patterns such as `dev-*`), None: in the whole cluster."""

    policy: str
    namespaces: tuple[str, ...] | None = None


@dataclass(frozen=True)
class User:
    """`extra` is ((key, (value, ...)), ...), so that users can be keys of caches."""

    name: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()
    grants: tuple[Grant, ...] = ()

    def info(self) -> dict[str, object]:
        """authentication.k8s.io/v1 UserInfo."""
        info: dict[str, object] = {"username": self.name}
        if self.uid:
            info["uid"] = self.uid
        if self.groups:
            info["groups"] = list(self.groups)
        if self.extra:
            info["extra"] = {key: list(values) for key, values in self.extra}
        return info


ANONYMOUS = User("system:anonymous", groups=("system:unauthenticated",))


@dataclass(frozen=True)
class Attributes:
    """What a request asks for: `verb` on a resource, or on `path` when that is set. `namespace` "" is the cluster."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def target(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


@dataclass(frozen=True)
class Decision:
    allowed: bool
    reason: str = ""


def forbidden(user: User, attributes: Attributes, reason: str = "") -> ApiError:
    """403 in the words of a real API server."""
    after = f": {reason}" if reason else ""
    if attributes.path:
        what = f'User "{user.name}" cannot {attributes.verb} path "{attributes.path}"{after}'
        return ApiError(403, "Forbidden", f"forbidden: {what}")
    where = f'in the namespace "{attributes.namespace}"' if attributes.namespace else "at the cluster scope"
    what = (
        f'User "{user.name}" cannot {attributes.verb} resource "{attributes.target}" '
        f'in API group "{attributes.group}" {where}{after}'
    )
    return refused(attributes.group, attributes.resource, attributes.name, what)


def refused(group: str, resource: str, name: str, why: str) -> ApiError:
    """403 about an object, or a resource when `name` is empty."""
    subject = f"{resource}.{group}" if group else resource
    details = {"name": name, "group": group, "kind": resource}
    message = f"""{subject}{f' "{name}"' if name else ""} is forbidden: {why}"""
    return ApiError(403, "Forbidden", message, {key: value for key, value in details.items() if value})


def groups_of_service_account(namespace: str) -> tuple[str, ...]:
    return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)


def service_account_of(username: str) -> tuple[str, str] | None:
    """(namespace, name) of a ServiceAccount's user name."""
    parts = username.split(":")
    return (parts[2], parts[3]) if len(parts) == 4 and parts[:2] == ["system", "serviceaccount"] else None


def with_authenticated(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*groups, AUTHENTICATED)))
