# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose tokens each service accepts, and whether it has a policy that asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard


def judge(guards_of: Mapping[str, Sequence[Guard]], issuer: str) -> Iterator[Breach]:
    """Each service accepts tokens of the one issuer, meant for this platform, and has a policy of its own."""
    for name, guards in guards_of.items():
        if not guards:
            yield Breach("istio.no_pods", {"service": name})
        rules = [rule for guard in guards for rule in guard.token_rules]
        if any(not guard.token_rules for guard in guards):
            yield Breach("istio.no_token_rule", {"service": name})
        for other in sorted({rule["issuer"] for rule in rules} - {issuer}):
            yield Breach("istio.other_issuer", {"service": name, "issuer": other, "wanted": issuer})
        if any(not rule.get("audiences") for rule in rules):
            yield Breach("istio.any_audience", {"service": name})
        if any(not guard.authorization.of("ALLOW") for guard in guards):
            yield Breach("istio.no_policy", {"service": name})
        if authorizers := sorted({_provider(one) for guard in guards for one in guard.authorization.of("CUSTOM")}):
            yield Breach("istio.external_authorizer", {"service": name, "providers": ", ".join(authorizers)})


def _provider(policy: Any) -> str:
    return str((policy["spec"].get("provider") or {}).get("name", "-"))
