# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Comparison of values that a service returns in another form than they are declared in. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


def same_version(current: str, desired: str) -> bool:
    """Whether an engine is at the declared version, or at a later minor one of the same major.

    Minor upgrades are automatic and cannot be taken back, so a declared minor version is the least there must be.
    """
    have, want = _numbers(current), _numbers(desired)
    return have[:1] == want[:1] and have >= want


def _numbers(version: str) -> list[int]:
    return [int(part) for part in str(version).split(".") if part.isdigit()]


def same_key(current: str | None, desired: str) -> bool:
    """Whether two KMS keys, each given as an id or an ARN, are one."""
    return current is not None and current.rsplit("/", 1)[-1] == desired.rsplit("/", 1)[-1]


def unless_unknown(equal: Callable[[Any, Any], bool] = operator.eq) -> Callable[[Any, Any], bool]:
    """``equal``, but None is equal to anything: what a resource in creation does not tell yet is no difference."""

    def compare(current: Any, desired: Any) -> bool:
        return current is None or equal(current, desired)

    return compare
