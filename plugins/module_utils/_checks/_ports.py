# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sets of ports as sorted, disjoint ranges. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Ports = tuple[tuple[int, int], ...]

NONE: Ports = ()
ALL: Ports = ((0, 65535),)


def of(ranges: Iterable[tuple[int, int]]) -> Ports:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return tuple(found)


def both(one: Ports, other: Ports) -> Ports:
    return of((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) <= min(b, d))


def either(*several: Ports) -> Ports:
    return of(each for ports in several for each in ports)


def without(one: Ports, other: Ports) -> Ports:
    for c, d in other:
        one = tuple(part for a, b in one for part in ((a, min(b, c - 1)), (max(a, d + 1), b)) if part[0] <= part[1])
    return one


def text(ports: Ports) -> str:
    """``80, 8000-8099``, ``all``, or ``-`` for none."""
    if ports == ALL:
        return "all"
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ports) or "-"
