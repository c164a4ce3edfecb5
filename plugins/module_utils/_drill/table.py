# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Results and plans as lines of text, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

from ansible_collections.iworkz.platform.plugins.module_utils._drill import measure
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language

HEADINGS: Mapping[Language, tuple[str, ...]] = {
    "en": (
        *("scenario", "replication", "store", "runs"),
        *("RTO s median", "max", "target", "lost rows median", "max", "RPO s max", "target", "outage s max"),
    ),
    "ja": (
        *("シナリオ", "レプリケーション", "ストア", "回数"),
        *("RTO秒 中央値", "最大", "目標", "消失行 中央値", "最大", "RPO秒 最大", "目標", "停止秒 最大"),
    ),
}
WORDS = 3
"""So many columns of results hold words."""


def results_table(results: Sequence[Mapping[str, Any]], language: Language) -> list[str]:
    """One line per scenario, variant and store: median and maximum over the runs, beside the targets."""
    rows = [list(HEADINGS[language])]
    for result in results:
        for variant in result["variants"]:
            stores = dict.fromkeys(store for run in variant["runs"] for store in run["probes"])
            for store in stores:
                probes = [run["probes"][store] for run in variant["runs"] if store in run["probes"]]
                rows.append(_row(result, variant["name"], store, probes))
    return aligned(rows) if len(rows) > 1 else []


def plan_table(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line per step of a plan, with what it would change."""
    rows = [[step["scenario"], step["stage"], step["step"], " ".join(step["calls"]), step["what"]] for step in steps]
    return aligned(rows, words=5) if rows else []


def aligned(rows: Sequence[Sequence[str]], words: int = WORDS) -> list[str]:
    """Columns two spaces apart; the first ``words`` of them to the left, the others, figures, to the right."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(cell, widths[at], at < words) for at, cell in enumerate(row)).rstrip() for row in rows]


def _row(result: Mapping[str, Any], variant: str, store: str, probes: Sequence[dict[str, Any]]) -> list[str]:
    found = measure.summary_of(probes)
    target = result["targets_of"][store]
    outage = found["outage_seconds"]
    return [
        result["scenario"],
        variant,
        store,
        str(len(probes)),
        _seconds(found["rto_seconds"]["median"]),
        _seconds(found["rto_seconds"]["max"]),
        f"{target['rto_seconds']:g}",
        _rows(found["lost_rows"]["median"]),
        _rows(found["lost_rows"]["max"]),
        _seconds(found["lost_seconds"]["max"]),
        f"{target['rpo_seconds']:g}",
        _seconds(outage["max"]) if outage else "-",
    ]


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _rows(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _padded(text: str, width: int, left: bool) -> str:
    gap = " " * (width - _width(text))
    return text + gap if left else gap + text
