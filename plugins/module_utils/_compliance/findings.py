# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Findings: cases that aren't ok, with all that is needed to understand and repeat the judgement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import wording
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.compiler import VERSION, figures
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import Parameter
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import Rule
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256

REFERENCE = 16
PRECISION = 6

Row = Mapping[str, Any]


def reference(rule: str, employer_id: Any, key: Mapping[str, Any]) -> str:
    """The name of a case, the same in every evaluation: 16 hexadecimal digits."""
    return sha256(canonical([rule, employer_id, dict(key)]))[:REFERENCE]


def plain_value(value: Any) -> Any:
    """Return a value of an engine as JSON has it: numbers rounded to 6 places, midnights as days.

    What the last digits of a sum of doubles are depends on the order of the rows.
    """
    if isinstance(value, (float, Decimal)):
        rounded = round(float(value), PRECISION)
        return int(rounded) if rounded == int(rounded) else rounded
    if isinstance(value, datetime) and (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0):
        return value.date().isoformat()
    return plain(value)


class Findings:
    """Makes the findings of one rule.

    :param parameters: the rule's, overrides applied.
    :param origin: {pack, pack_hash, snapshot}, which every finding carries.
    """

    def __init__(self, rule: Rule, parameters: Mapping[str, Parameter], origin: Mapping[str, str]) -> None:
        self.rule = rule
        self.parameters = parameters
        self.origin = origin
        self._columns = rule.columns
        self._facts = [name for name in self._columns if name not in ("employer_id", "judged_on", *rule.key)]
        self._versions = [VERSION + name for name in parameters]
        self._used: dict[tuple[Any, ...], tuple[dict[str, Any], list[dict[str, Any]]]] = {}

    def lines(self, rows: Iterable[tuple[Row, int]]) -> bytes:
        """Return the findings of rows as lines of JSON, each as often as the row is there; what is ok is none."""
        return b"".join((canonical(self.of(row)) + b"\n") * often for row, often in rows if row["verdict"] != "ok")

    def of(self, row: Row) -> dict[str, Any]:
        """Return the finding of a row of the rule's query."""
        rule = self.rule
        given, used = self._parameters(row)
        missing = [name for name in self._columns if row[name] is None]
        values = {**given, **row}
        key = {name: plain_value(row[name]) for name in rule.key}
        return {
            "reference": reference(rule.id, row["employer_id"], key),
            "rule": rule.id,
            "employer_id": row["employer_id"],
            "key": key,
            "judged_on": plain_value(row["judged_on"]),
            "verdict": row["verdict"],
            "status": rule.status,
            "severity": rule.severity,
            "facts": {name: plain_value(row[name]) for name in self._facts},
            "missing": missing if row["verdict"] == "unknown" else [],
            "parameters": used,
            "law": rule.law,
            "article": rule.article,
            "message": wording.sentences(rule.messages, rule.title, row["verdict"], values, missing),
            "remedy": wording.fill(rule.remedy, values),
            "reports": list(rule.reports),
            **self.origin,
        }

    def _parameters(self, row: Row) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """What the row was judged by: values by name, and as the finding tells them. Most rows share theirs."""
        judged_by = (row["judged_on"], *map(row.get, self._versions))
        if judged_by not in self._used:
            used = figures(self.rule, self.parameters, row)
            values = {**dict.fromkeys(self.parameters), **{each["name"]: each["value"] for each in used}}
            self._used[judged_by] = (values, plain(used))
        return self._used[judged_by]
