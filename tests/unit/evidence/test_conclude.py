from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import Item
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Judgement
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Verdict
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    Attestations,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.conclude import conclude
from tests.unit.evidence.support import ATTESTED, AUTOMATED, ITEMS, NOW, Signer

BREACH = Breach("rds.single_az", {"db": "db"})


def judged(item: Item, verdict: Verdict) -> Judgement:
    breaches = (BREACH,) if verdict in ("fail", "unknown", "not_applicable") else ()
    return Judgement(item.id, verdict, {}, {}, breaches, NOW, NOW + timedelta(hours=24))


def attested(directory: Path, **state: bool) -> Attestations:
    """Signed statements on both items: valid, expired or with a broken signature; a waiver or an attestation."""
    signer = Signer(directory)
    expires = "2026-11-20" if state.get("expired") else "2027-01-31"
    for item in ITEMS:
        waiver = state.get("waiver", item is AUTOMATED)
        document = (signer.waiver if waiver else signer.document)(item=item.id, expires=expires)
        path = signer.sign(document, f"{item.id}.yml")
        if state.get("broken"):
            path.write_text(path.read_text().replace("General counsel", "Intern"))
    return load_attestations(ITEMS, "sandbox", NOW, directory)


@pytest.mark.parametrize(
    ("item", "check", "state", "verdict", "reasons"),
    [
        (AUTOMATED, "pass", {}, "pass", []),
        (AUTOMATED, "fail", {}, "attested", ["rds.single_az"]),
        (AUTOMATED, "fail", {"expired": True}, "expired", ["rds.single_az", "core.attestation_expired"]),
        (AUTOMATED, "fail", {"broken": True}, "fail", ["rds.single_az"]),
        (AUTOMATED, "fail", None, "fail", ["rds.single_az"]),
        (AUTOMATED, "unknown", {}, "unknown", ["rds.single_az"]),
        (AUTOMATED, "not_applicable", {}, "not_applicable", ["rds.single_az"]),
        (AUTOMATED, None, {}, None, []),
        (ATTESTED, None, {}, "attested", []),
        (ATTESTED, None, {"waiver": True}, "attested", []),
        (ATTESTED, None, {"expired": True}, "expired", ["core.attestation_expired"]),
        (ATTESTED, None, {"broken": True}, "fail", ["core.attestation_signature"]),
        (ATTESTED, None, None, None, []),
        (ATTESTED, "pass", {}, "attested", []),
        (ATTESTED, "pass", None, "unknown", ["core.attestation_missing"]),
        (ATTESTED, "pass", {"broken": True}, "fail", ["core.attestation_signature"]),
        (ATTESTED, "fail", {}, "fail", ["rds.single_az"]),
        (ATTESTED, "fail", {"waiver": True}, "attested", ["rds.single_az"]),
        (ATTESTED, "unknown", {}, "unknown", ["rds.single_az"]),
    ],
)
def test_verdicts(tmp_path: Path, item: Item, check, state, verdict, reasons) -> None:
    attestations = Attestations() if state is None else attested(tmp_path, **state)
    concluded = conclude(item, judged(item, check) if check else None, attestations, NOW)
    if verdict is None:
        assert concluded is None
        return
    assert concluded is not None
    judgement, statement = concluded
    assert judgement.verdict == verdict
    assert [breach.id for breach in judgement.breaches] == reasons
    assert (statement is not None) == (verdict == "attested")


def test_what_rests_on_a_statement_keeps_no_longer_than_it(tmp_path: Path) -> None:
    attestations = attested(tmp_path)
    ends = attestations.valid[AUTOMATED.id].ends
    short, long = judged(AUTOMATED, "fail"), replace(judged(AUTOMATED, "fail"), expires_at=ends + timedelta(days=9))
    expiries = [conclude(AUTOMATED, each, attestations, NOW)[0].expires_at for each in (short, long)]
    assert expiries == [short.expires_at, ends]
    assert conclude(ATTESTED, None, attestations, NOW)[0].expires_at == ends
