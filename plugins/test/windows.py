# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Jinja tests on the time windows of AWS: C(hh:mm-hh:mm) and C(ddd:hh:mm-ddd:hh:mm), both UTC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfoNotFoundError

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._platform import windows


def _minutes(window: str) -> windows.Minutes:
    """:raises AnsibleFilterError: if it is not a window."""
    try:
        text = str(window).lower()
        return windows.weekly(text) if text[:3] in windows.DAYS else windows.daily(text)
    except (ValueError, IndexError) as error:
        raise AnsibleFilterError(f"{window!r} is neither hh:mm-hh:mm nor ddd:hh:mm-ddd:hh:mm: {error}") from error


def within_hours(window: str, hours: Mapping[str, str]) -> bool:
    """Whether the whole window lies in local hours ``{start, end, timezone}``, as ``platform_quiet_hours`` has them."""
    try:
        allowed = windows.in_utc(hours["start"], hours["end"], hours["timezone"])
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise AnsibleFilterError(f"{dict(hours)} are no hours: {error}") from error
    return _minutes(window) <= allowed


def apart_from(window: str, other: str) -> bool:
    """Whether two windows have no minute in common."""
    return not _minutes(window) & _minutes(other)


class TestModule:
    def tests(self) -> dict[str, Callable[..., bool]]:
        return {"within_hours": within_hours, "apart_from": apart_from}
