"""By what people are recognised, and by what they are not."""

from __future__ import annotations

import re

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person, pseudonym, recognise


@pytest.fixture
def person() -> Person:
    rows = [
        {"email": "a.b+c@example.jp", "phone": None},
        {"family_name": "青山", "given_name": "葵"},
        {"name": "青山 葵"},
    ]
    return recognise("S-000001", rows)


@pytest.mark.parametrize(
    ("text", "sure", "at_all"),
    [
        ("(S-000001,x)", True, True),
        ("S-0000011", False, False),
        ("mail a.b+c@example.jp!", True, True),
        ("xa.b+c@example.jp", False, False),
        ("aXb+c@example.jp", False, False),
        ("青山葵さん", False, True),
        ("青山 葵", False, True),
        ("青山通り", False, False),
    ],
)
def test_words_of_their_own_are_found_and_no_others(person, text, sure, at_all):
    assert bool(re.search(person.sure, text)) is sure
    assert bool(re.search(person.pattern, text)) is at_all


def test_nothing_of_a_person_is_in_its_repr(person):
    assert "S-000001" not in repr(person)


def test_pseudonyms_are_of_one_erasure():
    assert pseudonym(b"a", "S-1") == pseudonym(b"a", "S-1")
    assert len({pseudonym(b"a", "S-1"), pseudonym(b"b", "S-1"), pseudonym(b"a", "S-2")}) == 3
