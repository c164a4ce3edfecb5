# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger: one chained line per record, and a head that says where it ends, so that a cut shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import (
    SCHEMA,
    Broken,
    Record,
    line_bytes,
    parse,
    seal,
)

ENTRY_KEYS = frozenset(["schema", "index", "item", "sequence", "record", "previous", "sha256"])
HEAD_KEYS = frozenset(["schema", "entries", "last", "sha256"])


@dataclass(frozen=True)
class Ledger:
    """Entries in order, ``{"index", "item", "sequence", "record": seal, "previous", "sha256"}``."""

    entries: tuple[Record, ...] = ()

    def extended(self, records: Sequence[Mapping[str, Any]]) -> Ledger:
        """Return the ledger with one entry more per record."""
        entries = list(self.entries)
        for record in records:
            entry = {
                "schema": SCHEMA,
                "index": len(entries) + 1,
                "item": record["item"],
                "sequence": record["sequence"],
                "record": record["sha256"],
                "previous": entries[-1]["sha256"] if entries else None,
            }
            entries.append(seal(entry))
        return Ledger(tuple(entries))

    def last(self) -> dict[str, Record]:
        """Return the newest entry of each item."""
        return {entry["item"]: entry for entry in self.entries}

    def to_bytes(self) -> bytes:
        """Return ``ledger.jsonl``."""
        return b"".join(line_bytes(entry) for entry in self.entries)

    def head(self) -> bytes:
        """Return ``ledger.head``: how many entries there are and the seal of the last."""
        last = self.entries[-1]["sha256"] if self.entries else None
        return line_bytes(seal({"schema": SCHEMA, "entries": len(self.entries), "last": last}))


def parse_ledger(data: bytes) -> tuple[Ledger, list[Breach]]:
    """Return the entries up to the first broken or unchained line, and what is wrong with that line."""
    entries: list[Record] = []
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            entry = parse(line, line_bytes, ENTRY_KEYS)
        except Broken as error:
            return Ledger(tuple(entries)), [Breach("core.ledger_changed", {"line": number, "error": str(error)})]
        previous = entries[-1]["sha256"] if entries else None
        if entry["index"] != number or entry["previous"] != previous:
            return Ledger(tuple(entries)), [Breach("core.ledger_reordered", {"line": number})]
        entries.append(entry)
    return Ledger(tuple(entries)), []


def check_head(ledger: Ledger, data: bytes | None) -> list[Breach]:
    """Compare the ledger with its head. A head some entries behind is a run that was interrupted, and no problem."""
    if data is None:
        return [Breach("core.ledger_head_missing", {})] if ledger.entries else []
    try:
        head = parse(data, line_bytes, HEAD_KEYS)
    except Broken as error:
        return [Breach("core.ledger_head_changed", {"error": str(error)})]
    count = head["entries"]
    if count > len(ledger.entries):
        return [Breach("core.ledger_truncated", {"entries": len(ledger.entries), "expected": count})]
    last = ledger.entries[count - 1]["sha256"] if count else None
    return [] if last == head["last"] else [Breach("core.ledger_replaced", {"entries": count})]
