# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between two evaluations: findings that are new, gone, or other than they were."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.evaluate import FINDINGS
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError

Finding = dict[str, Any]
# What a finding says of its case; the rest says where it comes from.
COMPARED = ("verdict", "facts", "missing", "parameters", "judged_on", "severity", "status")


def diff(before: Path, after: Path) -> Iterator[dict[str, Any]]:
    """Compare the findings of two directories, in one pass over both: {change: new | gone | changed, before, after}.

    Raises PackError when one has no findings.
    """
    ours, theirs = _findings(before), _findings(after)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and _order(one) < _order(other)):
            yield {"change": "gone", "before": one, "after": None}
            one = next(ours, None)
        elif one is None or _order(other) < _order(one):
            yield {"change": "new", "before": None, "after": other}
            other = next(theirs, None)
        else:
            if any(one[name] != other[name] for name in COMPARED):
                yield {"change": "changed", "before": one, "after": other}
            one, other = next(ours, None), next(theirs, None)


def _findings(directory: Path) -> Iterator[Finding]:
    try:
        with (directory / FINDINGS).open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise PackError(f"{directory}: no findings of an evaluation: {error}") from error


def _order(finding: Finding) -> tuple[Any, ...]:
    """What evaluations sort by; values of different types are told apart by the type's name."""
    values = [finding["employer_id"], *finding["key"].values()]
    return (finding["rule"], *((value is None, _kind(value), value or 0) for value in values))


def _kind(value: Any) -> str:
    return "number" if isinstance(value, (int, float)) else type(value).__name__
