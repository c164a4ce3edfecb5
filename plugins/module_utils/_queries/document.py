# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as a document for people, in English or Japanese. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, render
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import Finding

# Everything that Markdown or the HTML inside it would read as more than text.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>&#|~])")


def document(report: Mapping[str, Any], language: Language) -> str:
    """Markdown: findings with what to do about them, proposals, and the slowest statements of each database."""

    def label(name: str, **params: Any) -> str:
        return render(Finding(f"queries.ui_{name}", params), language)

    lines = [
        f"# {label('title', instance=_text(report['instance']))}",
        "",
        label("made", made=report["made_at"], databases=len(report["databases"])),
        "",
        f"## {label('findings')}",
        "",
    ]
    found = [Finding(each["id"], each["params"]) for each in report["findings"]]
    for each in found:
        safe = Finding(each.id, {name: _text(value) for name, value in each.params.items()})
        lines += [f"- **{render(safe, language)}**", f"  {render(safe, language, 'remedy')}"]
    lines += [] if found else [label("nothing")]
    proposals = [each for each in report["proposals"] if each["proven"]]
    if proposals:
        lines += ["", f"## {label('proposals')}", "", label("proposals_mean"), ""]
        columns = ("index", "statements", "calls", "mean", "before", "after", "gain", "size", "rows", "writes")
        lines += _table([label(f"column_{name}") for name in columns], [_proposal(each) for each in proposals])
        for each in proposals:
            lines += ["", "```sql", f"{each['sql']};", *(f"-- {text}" for text in each["texts"]), "```"]
    for database in report["databases"]:
        lines += ["", *_database(database, label)]
    return "\n".join(lines).rstrip() + "\n"


def _database(database: Mapping[str, Any], label: Any) -> list[str]:
    counted = {name: database[name] for name in ("statements", "evicted", "statistics_days", "tables", "indexes")}
    replicas = ", ".join(map(_text, database["replicas"])) or "-"
    lines = [f"## {_text(database['database'])}", "", label("database", replicas=replicas, **counted), ""]
    if database["unplannable"]:
        lines += [label("unplannable", count=len(database["unplannable"])), ""]
    for name in ("top_total", "worst_mean"):
        if database[name]:
            columns = ("statement", "user", "calls", "total", "mean", "rows_read", "hits")
            lines += [f"### {label(name)}", ""]
            lines += [
                *_table([label(f"column_{each}") for each in columns], [_row(each) for each in database[name]]),
                "",
            ]
    return lines


def _proposal(one: Mapping[str, Any]) -> list[Any]:
    cells = [one["index"], len(one["statements"]), one["calls"], one["mean_ms"], one["before"], one["after"]]
    return [*cells, f"{one['gain']} %", f"{one['mb']} MiB", one["rows"], one["writes"]]


def _row(one: Mapping[str, Any]) -> list[Any]:
    hits = "-" if one["hit_percent"] is None else f"{one['hit_percent']} %"
    return [one["text"], one["user"], one["calls"], one["total_ms"], one["mean_ms"], one["rows"], hits]


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_text(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _text(value: Any) -> str:
    return _SPECIAL.sub(r"\\\1", str(value)) if isinstance(value, str) else str(value)
