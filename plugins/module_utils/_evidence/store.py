# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The evidence store: sealed records per item, chained, and a ledger over all of them.

``<directory>/<item>/<sequence:06d>.json``, ``ledger.jsonl``, ``ledger.head``, ``.lock``. Records are written first,
then the ledger, then its head, each atomically, so a run that is killed leaves at most records without a ledger line:
``audit`` says so and the next ``append`` enters them. The chains show any change, removal, swap or cut by someone who
does not recompute them all; against one who does, keep the copies in an object-locked bucket (``bucket.py``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import (
    locked,
    make_directory,
    write_atomically,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.ledger import (
    Ledger,
    check_head,
    parse_ledger,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import (
    Broken,
    Draft,
    Record,
    parse_record,
    record_bytes,
    sealed_record,
)

LOCK_SECONDS = 30.0
ITEM = re.compile(r"\d+(\.\d+)*")
RECORD_FILE = re.compile(r"(\d{6}|[1-9]\d{6,})\.json")


class StoreDamaged(RuntimeError):
    """Nothing may be added, because what is there is not as it was written. ``problems`` are messages."""

    def __init__(self, problems: Sequence[Breach]) -> None:
        super().__init__(f"the evidence store is damaged: {', '.join(sorted({p.id for p in problems}))}")
        self.problems = tuple(problems)


class Store:
    """Evidence in a local directory, which is created by the first append."""

    def __init__(self, directory: Path, lock_seconds: float = LOCK_SECONDS) -> None:
        self.directory = directory
        self._lock_seconds = lock_seconds
        self._ledger = directory / "ledger.jsonl"
        self._head = directory / "ledger.head"

    def append(
        self, drafts: Sequence[Draft], written: Callable[[Path], None] = lambda _path: None
    ) -> tuple[list[Record], list[Record]]:
        """Seal, chain and write one record per draft; return them, and the records of an interrupted run it entered.

        ``written`` is told each file as soon as it is durable. Raises StoreLocked when another run holds the store,
        StoreDamaged when its ledger or the last record of an item is not as it was written, OSError.
        """
        make_directory(self.directory)
        with locked(self.directory / ".lock", self._lock_seconds):
            ledger = self._intact_ledger()
            recovered = self._unentered(ledger)
            ledger = ledger.extended(recovered)
            last = ledger.last()
            records = []
            for draft in drafts:
                before = last.get(draft.item)
                sequence, previous = (before["sequence"] + 1, before["record"]) if before else (1, None)
                record = sealed_record(draft, sequence, previous)
                path = self.path(draft.item, sequence)
                make_directory(path.parent)
                write_atomically(path, record_bytes(record))
                written(path)
                records.append(record)
                last[draft.item] = {"sequence": sequence, "record": record["sha256"]}
            ledger = ledger.extended(records)
            for path, data in ((self._ledger, ledger.to_bytes()), (self._head, ledger.head())):
                write_atomically(path, data)
                written(path)
        return records, recovered

    def latest(self) -> dict[str, Record]:
        """Return the newest record of each item, leaving out those that are broken (``audit`` names them)."""
        newest = {item: self._intact(item, self._sequences(item)[-1:]) for item in self._items()}
        return {item: records[0] for item, records in newest.items() if records}

    def history(self, item: str) -> list[Record]:
        """Return the records of an item, oldest first, leaving out those that are broken."""
        return self._intact(item, self._sequences(item))

    def audit(self) -> list[Breach]:
        """Read every byte and return what is not as it was written, in the order of ledger, then records."""
        ledger, problems = parse_ledger(self._ledger_bytes())
        intact = not problems
        problems += check_head(ledger, self._head_bytes()) if intact else []
        entered = {(entry["item"], entry["sequence"]): entry["record"] for entry in ledger.entries}
        there: set[tuple[str, int]] = set()
        for item in self._items():
            before, previous = 0, None
            for sequence in self._sequences(item):
                there.add((item, sequence))
                record, problem = self._examine(item, sequence, previous if sequence == before + 1 else None)
                if problem:
                    problems.append(problem)
                elif intact and (item, sequence) not in entered:
                    problems.append(Breach("core.record_unledgered", {"item": item, "sequence": sequence}))
                elif intact and entered[item, sequence] != record:
                    problems.append(Breach("core.record_replaced", {"item": item, "sequence": sequence}))
                before, previous = sequence, record
        problems += [
            Breach("core.record_missing", {"item": item, "sequence": sequence})
            for item, sequence in entered
            if (item, sequence) not in there
        ]
        return problems

    def path(self, item: str, sequence: int) -> Path:
        """Return the file of a record."""
        return self.directory / item / f"{sequence:06d}.json"

    def all_records(self) -> Iterator[tuple[str, int]]:
        """Yield ``(item, sequence)`` of every record file."""
        for item in self._items():
            for sequence in self._sequences(item):
                yield item, sequence

    def _read(self, item: str, sequence: int) -> Record:
        record = parse_record(self.path(item, sequence).read_bytes())
        if (record["item"], record["sequence"]) != (item, sequence):
            raise Broken(f"it is number {record['sequence']} of {record['item']}")
        return record

    def _intact(self, item: str, sequences: Sequence[int]) -> list[Record]:
        found = []
        for sequence in sequences:
            with suppress(Broken):
                found.append(self._read(item, sequence))
        return found

    def _examine(self, item: str, sequence: int, previous: str | None) -> tuple[str | None, Breach | None]:
        """Return the seal of a record and what is wrong with it; ``previous`` None means it is not compared."""
        where = {"item": item, "sequence": sequence}
        try:
            record = self._read(item, sequence)
        except Broken as error:
            return None, Breach("core.record_changed", {**where, "error": str(error)})
        if (sequence == 1) != (record["previous"] is None) or (previous and record["previous"] != previous):
            return record["sha256"], Breach("core.record_unchained", where)
        return record["sha256"], None

    def _intact_ledger(self) -> Ledger:
        if not self._ledger.exists() and not self._head.exists():
            # The head comes first, so that a run killed before it can write another leaves no ledger without one.
            write_atomically(self._head, Ledger().head())
        ledger, problems = parse_ledger(self._ledger_bytes())
        problems = problems or check_head(ledger, self._head_bytes())
        if problems:
            raise StoreDamaged(problems)
        return ledger

    def _unentered(self, ledger: Ledger) -> list[Record]:
        """Return the records an interrupted run wrote but did not enter: at most the next one of each item."""
        last = ledger.last()
        found: list[Record] = []
        problems: list[Breach] = []
        for item in self._items():
            before = last.get(item)
            done, seal = (before["sequence"], before["record"]) if before else (0, None)
            newest = self._sequences(item)[-1]
            if newest > done + 1:
                problems.append(Breach("core.record_unledgered", {"item": item, "sequence": newest}))
            elif newest == done + 1:
                _seal, problem = self._examine(item, newest, seal)
                if problem:
                    problems.append(problem)
                else:
                    found.append(self._read(item, newest))
        if problems:
            raise StoreDamaged(problems)
        return found

    def _ledger_bytes(self) -> bytes:
        return self._ledger.read_bytes() if self._ledger.exists() else b""

    def _head_bytes(self) -> bytes | None:
        return self._head.read_bytes() if self._head.exists() else None

    def _items(self) -> list[str]:
        """Return the items that have a record."""
        if not self.directory.is_dir():
            return []
        names = (entry.name for entry in self.directory.iterdir() if ITEM.fullmatch(entry.name))
        return sorted(name for name in names if self._sequences(name))

    def _sequences(self, item: str) -> list[int]:
        directory = self.directory / item
        names = (entry.name for entry in directory.iterdir()) if directory.is_dir() else ()
        numbers = (int(match[1]) for match in map(RECORD_FILE.fullmatch, names) if match)
        return sorted(number for number in numbers if number > 0)
