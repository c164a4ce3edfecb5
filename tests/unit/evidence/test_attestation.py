from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    DEFAULT_ATTESTATIONS,
    Attestations,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.trust import TrustError, load_trusted_keys
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml
from tests.unit.evidence.support import ATTESTED, AUTOMATED, ITEMS, NOW, Signer

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/attestation.schema.json").read_text())


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer(tmp_path)


def load(signer: Signer, now: datetime = NOW, environment: str = "sandbox") -> Attestations:
    return load_attestations(ITEMS, environment, now, signer.directory)


def problems(signer: Signer) -> list[str]:
    found = load(signer)
    assert not found.valid
    for problem in found.problems:
        assert render(problem, "en") != render(problem, "ja")
    return [problem.id for problem in found.problems]


def test_a_signed_attestation_is_valid_and_named_in_full(signer: Signer) -> None:
    signer.sign(signer.document())
    found = load(signer)
    assert (found.problems, found.expired, list(found.valid)) == ((), {}, [ATTESTED.id])
    summary = found.valid[ATTESTED.id].summary()
    assert (summary["person"], summary["expires"], summary["date"]) == (signer.person, "2027-01-31", "2026-11-01")


def test_dates_may_be_yaml_dates_and_the_layout_may_change(signer: Signer) -> None:
    path = signer.sign(signer.document())
    text = path.read_text().replace("'2026-11-01'", "2026-11-01").replace("'2027-01-31'", "2027-01-31")
    path.write_text(f"# a comment\n{text}\n")
    assert list(load(signer).valid) == [ATTESTED.id]


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC), "valid"),
        (datetime(2027, 2, 1, tzinfo=UTC), "expired"),
        (datetime(2028, 2, 1, tzinfo=UTC), "expired"),
    ],
)
def test_it_holds_through_its_last_day(signer: Signer, now: datetime, state: str) -> None:
    signer.sign(signer.document())
    found = load(signer, now)
    assert list(getattr(found, state)) == [ATTESTED.id]
    assert len(found.valid) + len(found.expired) == 1


def test_a_renewal_takes_the_place_of_what_expired(signer: Signer) -> None:
    signer.sign(signer.document(expires="2026-11-10"), "old.yml")
    signer.sign(signer.document(expires="2027-05-01"), "new.yml")
    signer.sign(signer.document(expires="2027-04-01"), "newer_name.yml")
    found = load(signer)
    assert found.valid[ATTESTED.id].file == "new.yml"
    assert not found.expired


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_changed_field_breaks_the_signature(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    signer = Signer(tmp_path_factory.mktemp("a"))
    document = read_yaml(signer.sign(signer.waiver()))
    name = data.draw(st.sampled_from(["statement", "role", "justification", "expires", "environments", "document"]))
    other = {
        "expires": "2027-02-01",
        "environments": ["sandbox", "production"],
        "document": {"uri": "https://example.com/filing", "sha256": "1" * 64},
    }
    text = data.draw(st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=5))
    signer.write({**document, name: other.get(name, f"{document[name]}{text}")})
    assert problems(signer) == ["core.attestation_signature"]


@pytest.mark.parametrize("signature", [None, "", "????", "QUJD", 5])
def test_no_signature_is_a_wrong_signature(signer: Signer, signature: object) -> None:
    signer.write({**signer.document(), "signature": signature})
    assert problems(signer) == ["core.attestation_signature"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"item": "8.2.1.9"}, "core.attestation_item_unknown"),
        ({"item": AUTOMATED.id}, "core.attestation_not_attestable"),
        ({"key": "k2"}, "core.attestation_key_unknown"),
        ({"person": "Somebody Else"}, "core.attestation_key_of_other"),
        ({"document": {"path": "none.pdf", "sha256": "0" * 64}}, "core.attestation_document_missing"),
        ({"document": {"path": "trusted_keys.yml", "sha256": "0" * 64}}, "core.attestation_document_changed"),
        ({"date": "2026-11-23"}, "core.attestation_future"),
        ({"statement": " "}, "core.attestation_malformed"),
        ({"role": None}, "core.attestation_malformed"),
        ({"kind": "opinion"}, "core.attestation_malformed"),
        ({"kind": "waiver"}, "core.attestation_malformed"),
        ({"kind": "waiver", "justification": "x"}, "core.attestation_malformed"),
        ({"expires": "soon"}, "core.attestation_malformed"),
        ({"expires": 2027}, "core.attestation_malformed"),
        ({"environments": "sandbox"}, "core.attestation_malformed"),
        ({"document": None}, "core.attestation_malformed"),
        ({"document": {"uri": "x", "sha256": 1}}, "core.attestation_malformed"),
        ({"document": {"path": "x", "uri": "x", "sha256": "x"}}, "core.attestation_malformed"),
        ({"expiry": "2027-01-01"}, "core.attestation_malformed"),
    ],
)
def test_what_is_refused(signer: Signer, changes: dict, expected: str) -> None:
    signer.sign(signer.document(**changes))
    assert problems(signer) == [expected]


def test_a_misspelt_field_is_told(signer: Signer) -> None:
    signer.write({**signer.document(), "expiers": "2027-01-01"})
    assert "did you mean expires?" in render(load(signer).problems[0], "en")


@pytest.mark.parametrize("text", ["- a list", "a: [", ""])
def test_files_that_are_no_attestation(signer: Signer, text: str) -> None:
    (signer.directory / "x.yml").write_text(text)
    assert problems(signer) == ["core.attestation_malformed"]


def test_a_document_is_read_beside_the_attestation(signer: Signer) -> None:
    document = signer.directory / "receipt.pdf"
    document.write_bytes(b"received")
    named = {"path": "receipt.pdf", "sha256": sha256(b"received")}
    signer.sign(signer.document(document=named))
    assert list(load(signer).valid) == [ATTESTED.id]
    document.write_bytes(b"Received")
    found = load(signer)
    assert [problem.id for problem in found.problems] == ["core.attestation_document_changed"]
    assert found.rejected == {ATTESTED.id: found.problems}


def test_a_waiver_holds_only_where_it_says(signer: Signer) -> None:
    signer.sign(signer.waiver(environments=["staging"]))
    assert list(load(signer, environment="staging").valid) == [AUTOMATED.id]
    elsewhere = load(signer, environment="production")
    assert (elsewhere.valid, elsewhere.expired, elsewhere.problems) == ({}, {}, ())


def test_a_date_that_has_begun_in_the_east_is_not_in_the_future(signer: Signer) -> None:
    signer.sign(signer.document(date=date(2026, 11, 22).isoformat()))
    assert list(load(signer, datetime(2026, 11, 21, 15, 0, tzinfo=UTC)).valid) == [ATTESTED.id]
    assert problems_at(signer, datetime(2026, 11, 21, 9, 59, tzinfo=UTC)) == ["core.attestation_future"]


def problems_at(signer: Signer, now: datetime) -> list[str]:
    return [problem.id for problem in load(signer, now).problems]


def test_a_directory_that_is_not_there_attests_nothing(tmp_path: Path) -> None:
    assert load_attestations(ITEMS, "sandbox", NOW, tmp_path / "none") == Attestations()


def test_trusted_keys_may_lie_elsewhere(signer: Signer, tmp_path: Path) -> None:
    signer.sign(signer.document())
    elsewhere = tmp_path / "keys"
    elsewhere.mkdir()
    other = Signer(elsewhere)
    found = load_attestations(ITEMS, "sandbox", NOW, signer.directory, other.directory / "trusted_keys.yml")
    assert [problem.id for problem in found.problems] == ["core.attestation_signature"]


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "[]",
        "keys: {}",
        "keys: [{id: a, person: b}]",
        "keys: [{id: a, person: b, public_key: '!'}]",
        "keys: [{id: a, person: b, public_key: QUJD}]",
        "keys: [5]",
        f"keys: [&k {{id: a, person: b, public_key: {'A' * 43}=}}, *k]",
    ],
)
def test_keys_that_cannot_be_trusted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trusted_keys.yml"
    path.write_text(text)
    with pytest.raises(TrustError, match=r"trusted_keys\.yml"):
        load_trusted_keys(path)


def test_the_examples_of_the_readme_stand_up() -> None:
    directory = DEFAULT_ATTESTATIONS / "example"
    found = load_attestations(load_checklist().items, "staging", NOW + timedelta(days=1), directory)
    assert (sorted(found.valid), found.problems) == (["1.1.1.1", "8.2.1.1"], ())
    for path in directory.glob("[0-9]*.yml"):
        jsonschema.validate(plain(read_yaml(path)), SCHEMA)


def test_the_attestations_of_the_repository_stand_up() -> None:
    assert load_attestations(load_checklist().items, "production", NOW).problems == ()
