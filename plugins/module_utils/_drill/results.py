# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The results of drills: one sealed file each, all in one chain, and a head that says where the chain ends.

``<drills directory>/results/<sequence:06d>.json`` holds a result as docs/schemas/drill.schema.json describes it, with
``sequence``, ``previous`` (the seal of the one before) and ``sha256`` (of its canonical JSON without that key).
A result is written before the head, each atomically, so a drill that is killed in between leaves one chained result
after the head, which counts and is entered by the next one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import (
    locked,
    make_directory,
    write_atomically,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import (
    Broken,
    line_bytes,
    parse,
    record_bytes,
    seal,
)

Result = dict[str, Any]

LOCK_SECONDS = 30.0
CHAIN = frozenset(["sequence", "previous", "sha256"])
KEYS = frozenset(["schema", "id", "verdict", "started_at", "ended_at", *CHAIN])
HEAD_KEYS = frozenset(["schema", "entries", "last", "sha256"])
FILE = re.compile(r"(\d{6}|[1-9]\d{6,})\.json")


class ResultsDamaged(RuntimeError):
    """No result can be chained to what is there. ``problems`` are messages."""

    def __init__(self, problems: list[Breach]) -> None:
        super().__init__(f"the results of earlier drills are damaged: {', '.join(problem.id for problem in problems)}")
        self.problems = tuple(problems)


def save(result: Mapping[str, Any], directory: Path, check: Callable[[dict[str, Any]], None] = validate) -> Path:
    """Seal a result, chain it to the last one and return its file, which is durable then.

    :param directory: the drills directory; created when missing.
    :param check: raises SchemaError; that of drills unless it is the result of something else.

    Raises SchemaError for a result that is not as the schema says, ResultsDamaged when the end of the chain is not as
    it was written, StoreLocked when another drill is saving, OSError.
    """
    document = {key: value for key, value in plain(result).items() if key not in CHAIN}
    check(document)
    home = _home(directory)
    make_directory(home)
    with locked(home / ".lock", LOCK_SECONDS):
        count, last = _end(home)
        sealed = seal({**document, "sequence": count + 1, "previous": last})
        path = _file(home, count + 1)
        write_atomically(path, record_bytes(sealed))
        _write_head(home, count + 1, sealed["sha256"])
    return path


def load(directory: Path) -> list[Result]:
    """Return the results of a drills directory, oldest first, leaving out those that are broken (``audit`` names them).

    A directory that does not exist has none. Raises OSError.
    """
    home = _home(directory)
    found = []
    for sequence in _sequences(home):
        with suppress(Broken):
            found.append(_read(home, sequence))
    return found


def audit(directory: Path) -> list[Breach]:
    """Read every byte of a drills directory's results and return what is not as it was written. Raises OSError."""
    home = _home(directory)
    sequences = _sequences(home)
    if not sequences and not _head_file(home).exists():
        return []
    problems: list[Breach] = []
    seals: dict[int, str | None] = {}
    for sequence in sequences:
        params = {"file": _file(home, sequence).name}
        try:
            result = _read(home, sequence)
        except Broken as error:
            problems.append(Breach("dr.result_changed", {**params, "error": str(error)}))
            seals[sequence] = None
            continue
        before = seals.get(sequence - 1)
        if (sequence == 1) != (result["previous"] is None) or (before and result["previous"] != before):
            problems.append(Breach("dr.result_unchained", params))
        seals[sequence] = result["sha256"]
    try:
        count, last = _read_head(home)
    except Broken as error:
        count, last = 0, None
        problems.append(Breach("dr.results_head_changed", {"error": str(error)}))
    expected = max([count, *sequences])
    problems += [
        Breach("dr.result_missing", {"file": _file(home, sequence).name})
        for sequence in range(1, expected + 1)
        if sequence not in seals
    ]
    if count and seals.get(count) and seals[count] != last:
        problems.append(Breach("dr.result_replaced", {"file": _file(home, count).name}))
    return problems


def _end(home: Path) -> tuple[int, str | None]:
    """Return number and seal of the last result, also of one whose drill was killed before it could write the head."""
    if not _sequences(home) and not _head_file(home).exists():
        # The head comes first, so that a drill killed before it can write another leaves no result without one.
        _write_head(home, 0, None)
    try:
        count, last = _read_head(home)
    except Broken as error:
        raise ResultsDamaged([Breach("dr.results_head_changed", {"error": str(error)})]) from error
    path = _file(home, count + 1)
    if not path.exists():
        return count, last
    try:
        result = _read(home, count + 1)
    except Broken as error:
        raise ResultsDamaged([Breach("dr.result_changed", {"file": path.name, "error": str(error)})]) from error
    if result["previous"] != last:
        raise ResultsDamaged([Breach("dr.result_unchained", {"file": path.name})])
    return count + 1, result["sha256"]


def _home(directory: Path) -> Path:
    return directory / "results"


def _file(home: Path, sequence: int) -> Path:
    return home / f"{sequence:06d}.json"


def _head_file(home: Path) -> Path:
    return home / "results.head"


def _sequences(home: Path) -> list[int]:
    names = (entry.name for entry in home.iterdir()) if home.is_dir() else ()
    numbers = (int(match[1]) for match in map(FILE.fullmatch, names) if match)
    return sorted(number for number in numbers if number > 0)


def _read(home: Path, sequence: int) -> Result:
    result = parse(_file(home, sequence).read_bytes(), record_bytes, KEYS)
    if result["sequence"] != sequence:
        raise Broken(f"it is number {result['sequence']}")
    return result


def _read_head(home: Path) -> tuple[int, str | None]:
    path = _head_file(home)
    if not path.exists():
        raise Broken("it is missing")
    head = parse(path.read_bytes(), line_bytes, HEAD_KEYS)
    return head["entries"], head["last"]


def _write_head(home: Path, count: int, last: str | None) -> None:
    write_atomically(_head_file(home), line_bytes(seal({"schema": 1, "entries": count, "last": last})))
