from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.test.windows import TestModule as Windows
from ansible_collections.iworkz.platform.plugins.test.windows import apart_from, within_hours

QUIET = {"start": "00:00", "end": "06:00", "timezone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("window", "within"),
    [
        ("15:00-21:00", True),
        ("17:00-18:00", True),
        ("14:59-15:30", False),
        ("20:30-21:01", False),
        ("sat:18:30-sat:19:30", True),
        ("Sat:18:30-Sat:19:30", True),
        ("sat:21:30-sat:22:30", False),
        ("sun:20:30-mon:15:30", False),
    ],
)
def test_within_hours_told_in_local_time(window, within):
    assert within_hours(window, QUIET) is within


@pytest.mark.parametrize(
    ("window", "other", "apart"),
    [
        ("17:00-18:00", "sat:18:00-sat:19:00", True),
        ("17:00-18:00", "sat:17:59-sat:18:30", False),
        ("23:30-00:30", "sun:23:00-mon:00:10", False),
        ("mon:01:00-mon:02:00", "tue:01:00-tue:02:00", True),
    ],
)
def test_apart_from_another_window(window, other, apart):
    assert apart_from(window, other) is apart


@pytest.mark.parametrize("window", ["", "soon", "17:00", "xyz:17:00-xyz:18:00"])
def test_what_is_no_window_is_an_error(window):
    with pytest.raises(AnsibleFilterError, match="is neither"):
        within_hours(window, QUIET)


def test_hours_of_no_zone_are_an_error():
    with pytest.raises(AnsibleFilterError, match="are no hours"):
        within_hours("17:00-18:00", {**QUIET, "timezone": "Mars/Olympus"})


def test_jinja_finds_both():
    assert set(Windows().tests()) == {"within_hours", "apart_from"}
