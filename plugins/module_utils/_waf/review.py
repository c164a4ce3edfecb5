# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with ``platform_waf`` beyond its form, and whose review is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._waf.managed import NAMESPACES
from ansible_collections.iworkz.platform.plugins.module_utils._waf.regex import problem
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import names

Declared = Mapping[str, Any]


def overdue(declared: Declared, today: date) -> list[tuple[str, str]]:
    """Rules that are excluded somewhere, or only count, beyond the day that was set for it: rule and day."""
    return [
        (one["rule"], one["until"])
        for one in (*declared["exclusions"], *declared["counting"])
        if date.fromisoformat(one["until"]) < today
    ]


def problems(declared: Declared, hosts: Sequence[str], prefix: str, today: date) -> list[str]:
    """Everything that would make AWS refuse the rules, or make them do something else than is meant."""
    return list(_problems(declared, hosts, prefix, today))


def _problems(declared: Declared, hosts: Sequence[str], prefix: str, today: date) -> Iterator[str]:
    if not hosts:
        yield "no service has a public host: every request would be blocked"
    for pattern in declared["patterns"]:
        found = problem(pattern["regex"])
        if found:
            yield f"patterns, {pattern['name']}: regular expression {pattern['regex']!r}: {found}"
    groups = [group["name"] for group in declared["managed_groups"]]
    strangers = [one for one in declared["exclusions"] if one["group"] not in {*groups} & {*NAMESPACES}]
    for one in strangers:
        yield f"exclusions: {one['group']} is none of managed_groups{_near(one['group'], groups)}"
    if not strangers:
        known = names(declared, hosts, prefix)
        for name in sorted({name for name in known if known.count(name) > 1}):
            yield f"two rules are called {name}"
        for one in declared["counting"]:
            if one["rule"] not in known:
                yield f"counting: there is no rule {one['rule']}{_near(one['rule'], known)}"
    for rule, day in overdue(declared, today):
        yield f"{rule} was excluded, or only to count, until {day}: a reviewer sets another day or takes it out"


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""
