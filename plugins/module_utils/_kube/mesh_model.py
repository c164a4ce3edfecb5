# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the mesh's policies judge: a workload, a request to it and the token it carries; and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

ROOT_NAMESPACE = "istio-system"
"""Policies in this namespace apply to every namespace (MeshConfig.rootNamespace)."""
TRUST_DOMAIN = "cluster.local"

Stage = Literal["mtls", "jwt", "custom", "deny", "allow", "default"]


class Unjudged(Exception):
    """A policy says something that is not understood here, so nothing can be said of what it allows."""


@dataclass(frozen=True)
class Workload:
    """The receiving side: the labels of a pod that has a proxy. ``name`` only serves to tell workloads apart."""

    name: str
    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Token:
    """A JWT in ``Authorization: Bearer``. ``genuine``: signed with a key of its issuer, and within its time.

    ``claims`` are those besides iss, sub and aud.
    """

    issuer: str
    subject: str
    audiences: tuple[str, ...] = ()
    genuine: bool = True
    claims: Mapping[str, Any] = field(default_factory=dict)

    def payload(self) -> dict[str, Any]:
        """All claims, as policies see them."""
        audience = {"aud": list(self.audiences)} if self.audiences else {}
        return {**self.claims, "iss": self.issuer, "sub": self.subject, **audience}


@dataclass(frozen=True)
class Request:
    """A request as the receiving proxy sees it.

    :param principal: of the peer's certificate without ``spiffe://`` (``cluster.local/ns/a/sa/b``); empty: plaintext.
    :param port: of the container. ``path`` may have a query, which no policy looks at; it is normalised already.
    :param headers: by lower-case name, without ``authorization``.
    :param address: of the peer itself; ``client_address``: the original client's, as X-Forwarded-For tells.
    :param http: False for a TCP connection, which has neither method, path, host, headers nor token.
    """

    principal: str
    port: int
    method: str = "GET"
    path: str = "/"
    host: str = ""
    token: Token | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    client_address: str = ""
    destination_address: str = ""
    server_name: str = ""
    http: bool = True


@dataclass(frozen=True)
class Decision:
    """Whether a request is let in, by which stage, and by which policy of it (``namespace/name``, empty for none).

    ``external`` names the authorizers of CUSTOM policies that were asked: what they would say is not known here.
    """

    allowed: bool
    stage: Stage
    policy: str = ""
    external: tuple[str, ...] = ()


def principal(namespace: str, account: str, trust_domain: str = TRUST_DOMAIN) -> str:
    """The identity that Istio's certificates give the pods of a service account."""
    return f"{trust_domain}/ns/{namespace}/sa/{account}"


def policy_name(policy: Mapping[str, Any]) -> str:
    return f"{policy['metadata']['namespace']}/{policy['metadata']['name']}"
