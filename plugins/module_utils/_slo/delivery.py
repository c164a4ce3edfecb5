# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where Alertmanager leads an alert, by its configuration; as ``amtool config routes test`` says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

MATCHER = re.compile(r'\s*(?P<name>[a-zA-Z_][\w]*)\s*(?P<operator>=~|!~|!=|=)\s*"?(?P<value>.*?)"?\s*')


def receivers(configuration: Mapping[str, Any], labels: Mapping[str, str]) -> list[str]:
    """Names of the receivers that an alert with these labels is sent to.

    :raises ValueError: for a matcher that Alertmanager would not take.
    """
    return list(_led(configuration["route"], labels, ""))


def told(configuration: Mapping[str, Any], receiver: str) -> list[str]:
    """How a receiver tells, such as email_configs; nothing where it keeps silent or is not there."""
    for one in configuration.get("receivers") or []:
        if one["name"] == receiver:
            return sorted(kind for kind, entries in one.items() if kind != "name" and entries)
    return []


def _led(route: Mapping[str, Any], labels: Mapping[str, str], inherited: str) -> Iterator[str]:
    receiver = route.get("receiver") or inherited
    found = False
    for child in route.get("routes") or []:
        if _matches(child, labels):
            found = True
            yield from _led(child, labels, receiver)
            if not child.get("continue"):
                return
    if not found:
        yield receiver


def _matches(route: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = [*(route.get("matchers") or [])]
    wanted += [f"{name}={value}" for name, value in (route.get("match") or {}).items()]
    wanted += [f"{name}=~{value}" for name, value in (route.get("match_re") or {}).items()]
    return all(_holds(matcher, labels) for matcher in wanted)


def _holds(matcher: str, labels: Mapping[str, str]) -> bool:
    found = MATCHER.fullmatch(matcher)
    if not found:
        raise ValueError(f"not a matcher: {matcher}")
    value, wanted, operator = labels.get(found["name"], ""), found["value"], found["operator"]
    equal = bool(re.fullmatch(wanted, value)) if operator.endswith("~") else value == wanted
    return equal != operator.startswith("!")
