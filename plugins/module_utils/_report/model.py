# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The readiness report as data: checklist and evidence in, the dict of readiness.json out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Checklist, Item, Kpi, Phase
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import Decision
from ansible_collections.iworkz.platform.plugins.module_utils._report import drift
from ansible_collections.iworkz.platform.plugins.module_utils._report.drills import Drills, section
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Bilingual, Say, joined
from ansible_collections.iworkz.platform.plugins.module_utils._report.trend import points
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import tally

# The gate's reason for an item without a record.
UNCHECKED = "core.gate_unchecked"

EVIDENCE_KEYS = (
    "sha256",
    "previous",
    "checked_at",
    "expires_at",
    "caller",
    "account",
    "region",
    "revision",
    "sequence",
    "endpoint",
    "attestation",
)

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """Where, for what code and when the report is made. C(now) is aware UTC."""

    environment: str
    account: str
    region: str
    revision: str
    now: datetime


@dataclass(frozen=True)
class Evidence:
    """What the store holds: the newest record of each item, every record, what its audit found wrong; drills, drift.

    The gate gives C(problems), and those of attestations, before its reasons about items.
    """

    latest: Mapping[str, Record]
    records: Sequence[Record]
    problems: Sequence[Breach]
    attestation_problems: Sequence[Breach] = ()
    drills: Drills = field(default_factory=Drills)
    drift: drift.Drift = field(default_factory=drift.Drift)


@dataclass(frozen=True)
class _Teller:
    """Words for items: the catalogue, what each item asks for, and the gate's reasons by item."""

    say: Say
    must_hold: Mapping[str, Bilingual]
    reasons: Mapping[str, Sequence[Breach]]

    def tell(self, item: Item, verdict: str, record: Record | None) -> tuple[Bilingual, Bilingual]:
        """Return the message and what to do next, which is empty where there is nothing to do."""
        found = self.reasons.get(item.id) or _breaches(record)
        if record is None and {breach.id for breach in found} <= {UNCHECKED}:
            prompt = self.say(f"report.no_record_{item.kind}", "remedy")
            remedy = {language: f"{text} {self.must_hold[item.id][language]}" for language, text in prompt.items()}
            return self.say(f"report.no_record_{item.kind}"), remedy
        if not found:
            return self.say(f"report.judged_{verdict}"), self.say(f"report.judged_{verdict}", "remedy")
        messages = joined(self.say(breach.id, **breach.params) for breach in found)
        return messages, joined(self.say(breach.id, "remedy", **breach.params) for breach in found)


def build(
    checklist: Checklist,
    must_hold: Mapping[str, Bilingual],
    evidence: Evidence,
    decision: Decision,
    context: Context,
    say: Say,
) -> dict[str, Any]:
    """Return the report as docs/schemas/readiness.schema.json describes it.

    C(must_hold) says per item what its check asks for; C(decision) is the gate's, with a verdict for
    every item. Every item and KPI of the checklist is in the result.
    """
    latest = evidence.latest
    general = len(evidence.problems) + len(evidence.attestation_problems)
    teller = _Teller(say, must_hold, _by_item(decision.reasons))
    items = [_item(item, decision.verdicts[item.id], latest.get(item.id), teller) for item in checklist.items]
    return {
        "schema": 1,
        "environment": context.environment,
        "rehearsal": decision.rehearsal,
        "account": context.account,
        "region": context.region,
        "revision": context.revision,
        "generated_at": timestamp(context.now),
        "decision": decision.decision,
        "reasons": [
            _reason(reason, "evidence" if number < general else "item", decision.verdicts, say)
            for number, reason in enumerate(decision.reasons)
        ],
        "summary": tally(decision.verdicts.values()),
        "phases": [_phase(phase, items) for phase in checklist.phases],
        "items": items,
        "kpis": [_kpi(kpi, decision.verdicts, latest) for kpi in checklist.kpis],
        "drills": section(evidence.drills, context.environment, context.account, say),
        "drift": drift.section(evidence.drift, context.environment, context.account, context.now, say),
        "trend": points(evidence.records, [item.id for item in checklist.items]),
        "chain": {
            "intact": not evidence.problems,
            "records": len(evidence.records),
            "problems": [say(problem.id, **problem.params) for problem in evidence.problems],
        },
    }


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with seconds, e.g. 2026-11-21T09:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _phase(phase: Phase, items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "id": phase.id,
        "title": phase.title,
        "priority": phase.priority,
        "summary": tally(item["verdict"] for item in items if item["phase"] == phase.id),
    }


def _by_item(reasons: Iterable[Breach]) -> dict[str, list[Breach]]:
    grouped: dict[str, list[Breach]] = {}
    for reason in reasons:
        grouped.setdefault(reason.params.get("item", ""), []).append(reason)
    return grouped


def _breaches(record: Record | None) -> list[Breach]:
    return [Breach(each["id"], each["params"]) for each in record["breaches"]] if record else []


def _reason(reason: Breach, scope: str, known: Mapping[str, Any], say: Say) -> dict[str, str]:
    """A reason names its item, unless that is one the checklist doesn't have, as a mistaken attestation may."""
    item = {"item": reason.params["item"]} if reason.params.get("item") in known else {}
    return {"id": reason.id, "scope": scope, **item, **say(reason.id, **reason.params)}


def _item(item: Item, verdict: str, record: Record | None, teller: _Teller) -> dict[str, Any]:
    message, remedy = teller.tell(item, verdict, record)
    return {
        "id": item.id,
        "title": item.title,
        "phase": item.phase,
        "role": item.role,
        "kind": item.kind,
        "verdict": verdict,
        "required": dict(record["required"]) if record else {},
        "observed": dict(record["observed"]) if record else {},
        "message": message,
        "remedy": remedy,
        "verify": teller.must_hold[item.id],
        "evidence": {key: (record or {}).get(key) for key in EVIDENCE_KEYS},
    }


def _kpi(kpi: Kpi, verdicts: Mapping[str, str], latest: Mapping[str, Record]) -> dict[str, Any]:
    """A KPI has the verdict of its source item, and the value that item's check measured for it, if it did."""
    measured = latest[kpi.source]["observed"].get("kpis", {}) if kpi.source in latest else {}
    value = {"value": str(measured[kpi.id])} if kpi.id in measured else {}
    return {
        "id": kpi.id,
        "title": kpi.title,
        "source": kpi.source,
        "verdict": verdicts[kpi.source],
        **value,
    }
