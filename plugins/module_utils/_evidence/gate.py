# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GO or NO-GO, drawn from the records alone: a pure function the gate and the report share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Verdict
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import Attestations

REHEARSAL_ENVIRONMENTS = frozenset({"sandbox"})
GOOD: frozenset[Verdict] = frozenset({"pass", "attested", "not_applicable"})


@dataclass(frozen=True)
class Policy:
    """Where the evidence must come from."""

    environment: str
    account_id: str


@dataclass(frozen=True)
class Decision:
    """``reasons`` is empty on GO; each has ``params["item"]`` where it concerns one item.

    ``verdicts`` has every item: the recorded verdict, ``unknown`` without a record of this environment and account,
    ``expired`` when the record or the attestation behind it has run out. ``rehearsal``: a GO here launches nothing.
    """

    decision: Literal["GO", "NO-GO"]
    reasons: tuple[Breach, ...]
    verdicts: dict[str, Verdict]
    rehearsal: bool


def decide(
    items: Sequence[Item],
    latest: Mapping[str, Mapping[str, Any]],
    problems: Sequence[Breach],
    attestations: Attestations,
    now: datetime,
    policy: Policy,
) -> Decision:
    """Decide on the launch.

    GO needs every item pass, attested or not_applicable, by a record of this environment and account that is still
    fresh at ``now``, an intact evidence store (``problems`` of ``Store.audit()`` is empty), and a valid attestation
    behind every attested verdict (``load_attestations``).
    """
    reasons = [*problems, *attestations.problems]
    verdicts: dict[str, Verdict] = {}
    for item in items:
        verdict, why = _judge(item, latest.get(item.id), attestations, now, policy)
        verdicts[item.id] = verdict
        reasons.extend(breach for breach in why if breach not in reasons)
    return Decision(
        "NO-GO" if reasons else "GO", tuple(reasons), verdicts, policy.environment in REHEARSAL_ENVIRONMENTS
    )


def _judge(
    item: Item, record: Mapping[str, Any] | None, attestations: Attestations, now: datetime, policy: Policy
) -> tuple[Verdict, list[Breach]]:
    if record is None:
        if item.id in attestations.expired:
            return "expired", [attestations.expired[item.id].expiry()]
        return "unknown", [Breach("core.gate_unchecked", {"item": item.id})]
    place = (record["environment"], record["account"])
    if place != (policy.environment, policy.account_id):
        params = {"item": item.id, "environment": place[0], "account": place[1]}
        return "unknown", [Breach("core.gate_elsewhere", params)]
    verdict: Verdict = record["verdict"]
    if verdict == "attested" and not _backed(record, attestations):
        if item.id in attestations.expired:
            return "expired", [attestations.expired[item.id].expiry()]
        return "unknown", [Breach("core.gate_attestation_gone", {"item": item.id})]
    if verdict in GOOD and datetime.fromisoformat(record["expires_at"]) <= now:
        params = {"item": item.id, "verdict": verdict, "expires_at": record["expires_at"]}
        return "expired", [Breach("core.gate_stale", params)]
    if verdict in GOOD:
        return verdict, []
    named = [Breach(breach["id"], {**breach["params"], "item": item.id}) for breach in record["breaches"]]
    return verdict, named or [Breach("core.gate_not_good", {"item": item.id, "verdict": verdict})]


def _backed(record: Mapping[str, Any], attestations: Attestations) -> bool:
    """Tell whether the statement an attested record rests on is still there, unchanged and valid."""
    statement = attestations.valid.get(record["item"])
    return statement is not None and statement.sha256 == (record.get("attestation") or {}).get("sha256")
