from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    Attestations,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import Decision, Policy, decide
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import sealed_record
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from tests.unit.evidence.support import ATTESTED, AUTOMATED, ITEMS, NOW, Signer, draft

POLICY = Policy("production", "111122223333")
HERE = {"environment": "production", "account": "111122223333"}


@pytest.fixture
def statements(tmp_path: Path) -> Attestations:
    signer = Signer(tmp_path)
    signer.sign(signer.document())
    return load_attestations(ITEMS, "production", NOW, tmp_path)


def good(statements: Attestations, **changes: Any) -> dict[str, dict[str, Any]]:
    """Records of both items that make a GO, the automated one with changes."""
    summary = statements.valid[ATTESTED.id].summary()
    automated = {**HERE, "verdict": "pass", "breaches": (), **changes}
    attested = {**HERE, "verdict": "attested", "breaches": (), "attestation": summary}
    return {
        AUTOMATED.id: sealed_record(draft(AUTOMATED.id, **automated), 1, None),
        ATTESTED.id: sealed_record(draft(ATTESTED.id, **attested), 1, None),
    }


def reasons(decision: Decision) -> list[tuple[str, str | None]]:
    for reason in decision.reasons:
        if reason.id.startswith("core."):
            assert render(reason, "en") != render(reason, "ja")
    return [(reason.id, reason.params.get("item")) for reason in decision.reasons]


@pytest.mark.parametrize("verdict", ["pass", "not_applicable"])
def test_go_when_every_item_is_proven(statements: Attestations, verdict: str) -> None:
    decision = decide(ITEMS, good(statements, verdict=verdict), [], statements, NOW, POLICY)
    assert decision == Decision("GO", (), {AUTOMATED.id: verdict, ATTESTED.id: "attested"}, False)


def test_a_go_in_the_sandbox_is_a_rehearsal(statements: Attestations) -> None:
    records = good(statements, environment="sandbox")
    records[ATTESTED.id] = {**records[ATTESTED.id], "environment": "sandbox"}
    decision = decide(ITEMS, records, [], statements, NOW, Policy("sandbox", "111122223333"))
    assert (decision.decision, decision.rehearsal) == ("GO", True)


BREACH = Breach("rds.single_az", {"db": "db"})


@pytest.mark.parametrize(
    ("changes", "verdict", "reason"),
    [
        ({"verdict": "fail", "breaches": (BREACH,)}, "fail", "rds.single_az"),
        ({"verdict": "unknown", "breaches": (BREACH,)}, "unknown", "rds.single_az"),
        ({"verdict": "expired", "breaches": (BREACH,)}, "expired", "rds.single_az"),
        ({"verdict": "unknown"}, "unknown", "core.gate_not_good"),
        ({"verdict": "PASS"}, "PASS", "core.gate_not_good"),
        ({"verdict": "attested"}, "unknown", "core.gate_attestation_gone"),
        ({"environment": "sandbox"}, "unknown", "core.gate_elsewhere"),
        ({"account": "123456789012"}, "unknown", "core.gate_elsewhere"),
        ({"expires_at": NOW}, "expired", "core.gate_stale"),
        ({"verdict": "not_applicable", "expires_at": NOW}, "expired", "core.gate_stale"),
    ],
)
def test_no_go_for_anything_less(statements: Attestations, changes: dict, verdict: str, reason: str) -> None:
    decision = decide(ITEMS, good(statements, **changes), [], statements, NOW, POLICY)
    assert (decision.decision, decision.verdicts[AUTOMATED.id]) == ("NO-GO", verdict)
    assert reasons(decision) == [(reason, AUTOMATED.id)]


def test_evidence_is_fresh_until_the_very_moment(statements: Attestations) -> None:
    records = good(statements, expires_at=NOW + timedelta(microseconds=1))
    assert decide(ITEMS, records, [], statements, NOW, POLICY).decision == "GO"


def test_an_item_without_a_record_is_unknown(statements: Attestations) -> None:
    decision = decide(ITEMS, {ATTESTED.id: good(statements)[ATTESTED.id]}, [], statements, NOW, POLICY)
    assert decision.verdicts[AUTOMATED.id] == "unknown"
    assert reasons(decision) == [("core.gate_unchecked", AUTOMATED.id)]


def test_a_damaged_store_is_no_go_whatever_it_says(statements: Attestations) -> None:
    problem = Breach("core.ledger_truncated", {"entries": 1, "expected": 2})
    decision = decide(ITEMS, good(statements), [problem], statements, NOW, POLICY)
    assert (decision.decision, decision.reasons) == ("NO-GO", (problem,))


def test_a_statement_must_still_be_there_unchanged_and_valid(statements: Attestations, tmp_path: Path) -> None:
    records = good(statements)
    gone = decide(ITEMS, records, [], Attestations(), NOW, POLICY)
    assert (gone.verdicts[ATTESTED.id], reasons(gone)) == ("unknown", [("core.gate_attestation_gone", ATTESTED.id)])

    later = NOW + timedelta(days=90)
    expired = load_attestations(ITEMS, "production", later, tmp_path)
    fresh = {item: {**record, "expires_at": (later + timedelta(1)).isoformat()} for item, record in records.items()}
    decision = decide(ITEMS, fresh, [], expired, later, POLICY)
    assert decision.verdicts[ATTESTED.id] == "expired"
    assert reasons(decision) == [("core.attestation_expired", ATTESTED.id)]
    assert decide(ITEMS, {}, [], expired, later, POLICY).verdicts[ATTESTED.id] == "expired"

    signer = Signer(tmp_path)
    signer.sign(signer.document(statement="Another."))
    other = load_attestations(ITEMS, "production", NOW, tmp_path)
    assert reasons(decide(ITEMS, records, [], other, NOW, POLICY)) == [("core.gate_attestation_gone", ATTESTED.id)]


def test_a_rejected_attestation_is_a_reason_once(statements: Attestations, tmp_path: Path) -> None:
    records = good(statements)
    path = tmp_path / "a.yml"
    path.write_text(path.read_text().replace("Filed.", "Granted."))
    found = load_attestations(ITEMS, "production", NOW, tmp_path)
    failed = draft(ATTESTED.id, **HERE, verdict="fail", breaches=found.rejected[ATTESTED.id])
    records[ATTESTED.id] = sealed_record(failed, 2, records[ATTESTED.id]["sha256"])
    decision = decide(ITEMS, records, [], found, NOW, POLICY)
    assert (decision.decision, decision.verdicts[ATTESTED.id]) == ("NO-GO", "fail")
    assert reasons(decision) == [("core.attestation_signature", ATTESTED.id)]
