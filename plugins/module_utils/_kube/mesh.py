# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the proxies of an Istio mesh let in, worked out from the policies alone. Pure.

Follows https://istio.io/latest/docs/concepts/security/ and, where it is silent, what istiod makes of policies
(``pilot/pkg/security`` of istio/istio). Not covered: CUSTOM policies' authorizers, which are outside of the mesh, trust
domain aliases, ambient mode and the Gateway API. A field that is not known here is an error, never ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.iworkz.platform.plugins.module_utils._kube import mesh_authentication as authentication
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_authorization import Authorization, Authorizer
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import (
    ROOT_NAMESPACE,
    Decision,
    Request,
    Workload,
)

Policy = Mapping[str, Any]


class Policies(NamedTuple):
    """All of a cluster's, as its API lists them."""

    authorization: Sequence[Policy]
    request: Sequence[Policy]
    peer: Sequence[Policy]


class Guard:
    """The proxy in front of one workload."""

    def __init__(self, policies: Policies, workload: Workload, root: str = ROOT_NAMESPACE) -> None:
        """Raises Unjudged for a policy of this workload that is not understood."""
        self.workload = workload
        self.authorization = Authorization(policies.authorization, workload, root)
        self.token_rules = authentication.token_rules(policies.request, workload, root)
        self._peer = policies.peer
        self._root = root
        self._modes: dict[int, authentication.Mode] = {}

    def peer_mode(self, port: int) -> authentication.Mode:
        if port not in self._modes:
            self._modes[port] = authentication.peer_mode(self._peer, self.workload, port, self._root)
        return self._modes[port]

    def decide(self, request: Request, external: Authorizer | None = None) -> Decision:
        """Mutual TLS first, then the token, then the policies, as the filters of the proxy stand."""
        if self.peer_mode(request.port) == "STRICT" and not request.principal:
            return Decision(False, "mtls")
        if request.http and authentication.refuses(self.token_rules, request):
            return Decision(False, "jwt")
        payload = authentication.accepted(self.token_rules, request) if request.http else None
        return self.authorization.decide(request, payload, external)
