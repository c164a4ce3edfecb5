# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AuthorizationPolicies: which apply to a workload, and what they say together of a request.

https://istio.io/latest/docs/reference/config/security/authorization-policy/ and
https://istio.io/latest/docs/concepts/security/#implicit-enablement
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import (
    ROOT_NAMESPACE,
    Decision,
    Request,
    Unjudged,
    Workload,
    policy_name,
)
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_rules import Rule

Policy = Mapping[str, Any]
Authorizer = Callable[[str, Request], bool]
"""What an external authorizer, by the name of its provider, says of a request."""

ACTIONS = ("CUSTOM", "DENY", "ALLOW", "AUDIT")
DRY_RUN = "istio.io/dry-run"
TRUE = ("1", "t", "T", "TRUE", "true", "True")
FIELDS = {"selector", "rules", "action", "provider", "targetRef", "targetRefs"}


def applies(policy: Policy, workload: Workload, root: str = ROOT_NAMESPACE) -> bool:
    """Whether an AuthorizationPolicy or RequestAuthentication is one of a workload's.

    It lies in the workload's namespace or in the root namespace, and its selector's labels, if any, are the
    workload's. One with ``targetRefs`` is for gateways of the Gateway API and waypoints only
    (https://istio.io/latest/docs/reference/config/type/workload-selector/#PolicyTargetReference).
    """
    spec = policy.get("spec") or {}
    if policy["metadata"]["namespace"] not in (root, workload.namespace):
        return False
    if spec.get("targetRef") or spec.get("targetRefs"):
        return False
    return selects(spec, workload)


def selects(spec: Mapping[str, Any], workload: Workload) -> bool:
    """Whether the labels of ``spec.selector`` are among the workload's; none select all."""
    wanted = (spec.get("selector") or {}).get("matchLabels") or {}
    return all(workload.labels.get(name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class _Enforced:
    """A policy that is in force at the workload, and its rules, read."""

    policy: Policy
    rules: tuple[Rule, ...]

    def matches(self, request: Request, claims: Mapping[str, Any]) -> bool:
        return any(rule.matches(request, claims) for rule in self.rules)


class Authorization:
    """The AuthorizationPolicies of one workload.

    A policy in dry run is not enforced (https://istio.io/latest/docs/tasks/security/authorization/authz-dry-run/), so
    it does not deny by its being there either. AUDIT policies never decide.
    """

    def __init__(self, policies: Iterable[Policy], workload: Workload, root: str = ROOT_NAMESPACE) -> None:
        """Raises Unjudged for a policy that is not understood."""
        self._by_action: dict[str, list[_Enforced]] = {action: [] for action in ACTIONS}
        for policy in policies:
            if applies(policy, workload, root) and not _dry_run(policy):
                action = _action(policy)
                self._by_action[action].append(_Enforced(policy, _rules(policy, lenient=action == "DENY")))

    def of(self, action: str) -> Sequence[Policy]:
        """The policies in force that have an action."""
        return [enforced.policy for enforced in self._by_action[action]]

    def decide(
        self, request: Request, payload: Mapping[str, Any] | None, external: Authorizer | None = None
    ) -> Decision:
        """CUSTOM, then DENY, then ALLOW:

        1. A CUSTOM policy matches and its authorizer denies: denied. Without ``external`` it is taken to let pass.
        2. A DENY policy matches: denied.
        3. There is no ALLOW policy: allowed.
        4. An ALLOW policy matches: allowed.
        5. Denied. A policy without rules never matches, so an ALLOW one (``spec: {}``) denies what no other allows.

        :param payload: claims of the accepted token, None without one.
        """
        claims = payload or {}
        asked: list[str] = []
        for enforced in self._by_action["CUSTOM"]:
            if enforced.matches(request, claims):
                asked.append((enforced.policy["spec"].get("provider") or {}).get("name", ""))
                if external and not external(asked[-1], request):
                    return Decision(False, "custom", policy_name(enforced.policy), tuple(asked))
        for enforced in self._by_action["DENY"]:
            if enforced.matches(request, claims):
                return Decision(False, "deny", policy_name(enforced.policy), tuple(asked))
        if not self._by_action["ALLOW"]:
            return Decision(True, "default", "", tuple(asked))
        for enforced in self._by_action["ALLOW"]:
            if enforced.matches(request, claims):
                return Decision(True, "allow", policy_name(enforced.policy), tuple(asked))
        return Decision(False, "default", "", tuple(asked))


def _rules(policy: Policy, *, lenient: bool) -> tuple[Rule, ...]:
    namespace = policy["metadata"]["namespace"]
    try:
        return tuple(Rule(rule, namespace, lenient=lenient) for rule in (policy.get("spec") or {}).get("rules") or ())
    except Unjudged as error:
        raise Unjudged(f"{policy_name(policy)}: {error}") from error


def _action(policy: Policy) -> str:
    spec = policy.get("spec") or {}
    action: str = spec.get("action", "ALLOW")
    if action not in ACTIONS:
        raise Unjudged(f"{policy_name(policy)}: the action {action} is not known here")
    if unknown := sorted(set(spec) - FIELDS):
        raise Unjudged(f"{policy_name(policy)}: the fields {', '.join(unknown)} are not known here")
    return action


def _dry_run(policy: Policy) -> bool:
    return (policy["metadata"].get("annotations") or {}).get(DRY_RUN) in TRUE
