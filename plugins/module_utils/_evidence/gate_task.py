# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What readiness_gate does: audit the evidence, decide, and say why in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import VERDICTS, Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    DEFAULT_ATTESTATIONS,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import Policy, decide
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import told
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES


def gate(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the task's result, failed on NO-GO. ``params`` are the options of readiness_gate; nothing is written.

    Raises ChecklistError and TrustError for files that cannot be understood.
    """
    checklist = load_checklist()
    directory = Path(params["attestations_dir"] or DEFAULT_ATTESTATIONS)
    keys = Path(params["trusted_keys"]) if params["trusted_keys"] else None
    attestations = load_attestations(checklist.items, params["environment"], now, directory, keys)
    store = Store(Path(params["evidence_dir"]))
    policy = Policy(params["environment"], params["account_id"])
    decision = decide(checklist.items, store.latest(), store.audit(), attestations, now, policy)
    counts = Counter(decision.verdicts.values())
    reasons = [
        {"id": reason.id, "item": reason.params.get("item"), "message": told(reason), "remedy": told(reason, "remedy")}
        for reason in decision.reasons
    ]
    where = {"environment": params["environment"], "account": params["account_id"], "reasons": len(reasons)}
    go = "core.gate_rehearsal_go" if decision.rehearsal else "core.gate_go"
    headline = told(Breach("core.gate_no_go" if reasons else go, where))
    lines = [headline[params["language"]]]
    for reason in decision.reasons:
        sentences = told(reason)
        lines += [f"- {reason.params.get('item', '*')}: {sentences[language]}" for language in LANGUAGES]
    return {
        "changed": False,
        "failed": decision.decision == "NO-GO",
        "decision": decision.decision,
        "rehearsal": decision.rehearsal,
        "headline": headline,
        "reasons": reasons,
        "verdicts": decision.verdicts,
        "summary": {verdict: counts[verdict] for verdict in VERDICTS},
        "msg": "\n".join(lines),
    }
