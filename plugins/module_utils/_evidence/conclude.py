# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Joins what a check judged with what people signed for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Judgement
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import DEFAULT_SHELF_LIFE_HOURS
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import Attestation, Attestations


def conclude(
    item: Item, judgement: Judgement | None, attestations: Attestations, now: datetime
) -> tuple[Judgement, Attestation | None] | None:
    """Return the final judgement of an item and the statement it rests on, or None when there is nothing to judge.

    A waiver makes a failed item attested, and expired once it has run out; it never covers what could not be read.
    An item only people can answer for needs a valid statement, and its check, if it has one, must pass as well.
    """
    if judgement is not None and judgement.verdict == "unknown":
        return judgement, None
    waivable = judgement is not None and judgement.verdict == "fail"
    base = judgement or _unchecked(item.id, now)
    if not waivable and item.kind != "attested":
        return None if judgement is None else (judgement, None)
    valid, expired = (_fitting(found.get(item.id), waivable) for found in (attestations.valid, attestations.expired))
    if valid:
        ends = min(base.expires_at, valid.ends) if judgement else valid.ends
        return replace(base, verdict="attested", expires_at=ends), valid
    if expired:
        return replace(base, verdict="expired", breaches=(*base.breaches, expired.expiry())), None
    if waivable:
        return base, None
    if item.id in attestations.rejected:
        return replace(base, verdict="fail", breaches=attestations.rejected[item.id]), None
    if judgement is None:
        return None
    return replace(base, verdict="unknown", breaches=(Breach("core.attestation_missing", {"item": item.id}),)), None


def _fitting(attestation: Attestation | None, waivable: bool) -> Attestation | None:
    """A failed check needs a waiver; a mere attestation does not outweigh it."""
    if attestation is None or (waivable and attestation.kind != "waiver"):
        return None
    return attestation


def _unchecked(item: str, now: datetime) -> Judgement:
    return Judgement(item, "unknown", {}, {}, (), now, now + timedelta(hours=DEFAULT_SHELF_LIFE_HOURS))
