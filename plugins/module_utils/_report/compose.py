# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compose the report of an environment from its evidence store and a checklist directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Checklist, load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    Attestations,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import Policy, decide
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._report import drift, drills
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context, Evidence, build
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, must_hold, speaker


def compose(
    evidence_dir: Path,
    checklist_dir: Path,
    context: Context,
    drills_dir: Path | None = None,
    drift_dir: Path | None = None,
) -> tuple[dict[str, Any], Say]:
    """Return the report, and what says its texts. Reads only; without their directories there were no drills or checks.

    Raises ChecklistError, MessageError, TrustError, YamlError or OSError.
    """
    checklist = load_checklist(checklist_dir / "items.yml")
    say = speaker(load_catalogue(checklist_dir / "messages"))
    attestations = load_attestations(checklist.items, context.environment, context.now, checklist_dir / "attestations")
    store = Store(evidence_dir)
    evidence = _evidence(store, checklist, attestations, drills.read(drills_dir), drift.read(drift_dir))
    policy = Policy(context.environment, context.account)
    decision = decide(checklist.items, evidence.latest, evidence.problems, attestations, context.now, policy)
    return build(checklist, must_hold(checklist_dir / "items.yml"), evidence, decision, context, say), say


def _evidence(
    store: Store, checklist: Checklist, attestations: Attestations, drilled: drills.Drills, drifted: drift.Drift
) -> Evidence:
    records = [record for item in checklist.items for record in store.history(item.id)]
    return Evidence(store.latest(), records, store.audit(), attestations.problems, drilled, drifted)
