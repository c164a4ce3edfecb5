"""Periods of retention: how long, and what outlives an erasure."""

from __future__ import annotations

from datetime import date

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.period import Retention, retentions


@pytest.mark.parametrize(
    ("length", "start", "end"),
    [
        ({"years": 5}, date(2024, 2, 29), date(2029, 2, 28)),
        ({"years": 4}, date(2024, 2, 29), date(2028, 2, 29)),
        ({"months": 1}, date(2026, 1, 31), date(2026, 2, 28)),
        ({"months": 11, "days": 2}, date(2026, 2, 27), date(2027, 1, 29)),
        ({"days": 0}, date(2026, 12, 31), date(2026, 12, 31)),
    ],
)
def test_periods_end_as_postgresql_adds_them(length, start, end):
    assert Retention("x", "delete", "policy", **length).ends(start) == end


@pytest.mark.parametrize(
    ("entry", "withstands"),
    [
        ({"action": "restrict", "basis": "policy", "years": 3}, True),
        ({"action": "delete", "basis": "MYN-PURPOSE", "days": 0}, True),
        ({"action": "delete", "basis": "policy", "years": 1}, False),
        ({"action": "pseudonymise", "basis": "ESA-032-15", "years": 2}, False),
        ({"action": "delete", "basis": "policy"}, False),
    ],
)
def test_what_the_law_wants_kept_outlives_an_erasure(entry, withstands):
    assert retentions({"x": entry})["x"].withstands is withstands


def test_an_unknown_action_is_named():
    with pytest.raises(ValueError, match="retention x: its action is none of"):
        retentions({"x": {"action": "forget", "basis": "policy"}})
