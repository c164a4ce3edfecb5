"""What the masking filter finds in its corpus: `python -m tools.masking_table`. Fails below the declared targets.

Of each kind: how many values there are, how many are gone whole and how many leave a trace; lines that lost more than
they should have; and of lines without personal data those that were changed. What is missed of the held-out part was
never looked at: `--lines` shows lines of the others only.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tools.masking_corpus import DIRECTORY, SEEDS
from tools.masking_filter import masked

TARGETS = {"name": 0.95}
TARGET = 0.99
FALSE_TARGET = 0.01


@dataclass
class Result:
    """Of a half of the corpus; kinds of names are told apart by what tells of them: `name (label)`."""

    values: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Any, Any]] = field(default_factory=list)
    over: list[tuple[Any, Any]] = field(default_factory=list)
    benign: int = 0
    changed: list[tuple[Any, Any]] = field(default_factory=list)

    def recall(self, kind: str) -> float:
        rows = [row for row in self.values if row.split(" ")[0] == kind]
        return sum(self.found[row] for row in rows) / sum(self.values[row] for row in rows)

    @property
    def false(self) -> float:
        return len(self.changed) / self.benign

    def failures(self) -> list[str]:
        kinds = sorted({row.split(" ")[0] for row in self.values})
        wrong = [f"recall of {kind}" for kind in kinds if self.recall(kind) < TARGETS.get(kind, TARGET)]
        return [*wrong, *(["false positives"] if self.false > FALSE_TARGET else [])]


def measure(half: str) -> Result:
    result = Result()
    for text in (DIRECTORY / f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        record, found = line["record"], masked(line["record"])
        if not line["values"]:
            result.benign += 1
            if found != record:
                result.changed.append((record, found))
            continue
        shown = json.dumps(found, ensure_ascii=False)
        whole = True
        for kind, how, value in line["values"]:
            row = f"{kind} ({how})" if how else kind
            gone = not any(part in shown for part in traces(value)) and f"[masked:{kind}]" in shown
            result.values[row] += 1
            result.found[row] += gone
            whole = whole and gone
        if not whole:
            result.missed.append((record, found))
        elif found != line["masked"]:
            result.over.append((line["masked"], found))
    return result


def traces(value: str) -> list[str]:
    """What must not be left of a value: it, and the words of a name."""
    words = value.replace("\u3000", " ").split(" ")
    return [value, *(word for word in words if len(word) > 1 and not word.isdigit())]


def table(result: Result) -> str:
    lines = ["| kind | values | found | recall |", "| --- | ---: | ---: | ---: |"]
    for row in sorted(result.values):
        share = result.found[row] / result.values[row]
        lines.append(f"| {row} | {result.values[row]} | {result.found[row]} | {share:.1%} |")
    names = sum(count for row, count in result.values.items() if row.startswith("name"))
    lines.append(f"| name, all | {names} | {round(result.recall('name') * names)} | {result.recall('name'):.1%} |")
    lines.append("")
    lines.append(f"Lines that lost more than the values: {len(result.over)}. ")
    lines.append(f"Lines without personal data: {result.benign}, changed: {len(result.changed)} ({result.false:.1%}).")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    failed = False
    for half in SEEDS:
        result = measure(half)
        print(f"## {half}\n\n{table(result)}\n")
        # Whoever looks into the held-out part has to make another one.
        if "--lines" in arguments and half != "held_out":
            for title, pairs in (("missed", result.missed), ("over", result.over), ("changed", result.changed)):
                for record, found in pairs:
                    print(f"{title}: {record}\n    -> {found}")
        for one in result.failures():
            failed = True
            print(f"below the target: {one} ({half})")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
