"""Writes the corpus of the masking filter: `python -m tools.masking_corpus`.

tests/logging/corpus/<half>.jsonl, one line each: `{"record": what the filter gets, "masked": what it has to make of
it, "values": [[kind, how, what must be gone], ..]}`. `how` says what tells that a name is one: key, label, honorific
or nothing but itself.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from random import Random
from typing import Any

from tools import masking_values as values
from tools.masking_lines import BENIGN, POSITIVE, RECORDS

DIRECTORY = Path(__file__).resolve().parent.parent / "tests/logging/corpus"
SEEDS = {"first": 20261122, "second": 7, "held_out": 31}
REPEATS = 8
BENIGN_REPEATS = 6
PLACE = re.compile(r"\{(\w+)(?::(\w+))?(?::(\w+))?\}")
HONORIFIC = re.compile(r"^(様|さん|氏|殿)|^\W*(様|さん)")

Line = dict[str, Any]


def corpus(half: str) -> list[Line]:
    """All lines of a half, the same at every call."""
    random = Random(SEEDS[half])
    lines = [_filled(text, half, random) for _ in range(REPEATS) for text in POSITIVE[half].strip().splitlines()]
    lines += [_record(one, half, random) for _ in range(REPEATS) for one in RECORDS[half]]
    return lines + [
        _filled(text, half, random) for _ in range(BENIGN_REPEATS) for text in BENIGN[half].strip().splitlines()
    ]


def _filled(text: str, half: str, random: Random, how: str = "") -> Line:
    record = masked = ""
    found: list[list[str]] = []
    at = 0
    for place in PLACE.finditer(text):
        kind, form, way = place.groups()
        before, after = text[at : place.start()], text[place.end() :]
        value, shown = _value(kind, form, half, random)
        written = {"quoted": values.quoted, "escaped": values.escaped}.get(way or form or "", str)(value)
        record += before + written
        masked += before + (f"[masked:{kind}]" if shown else written)
        if shown:
            found.append([kind, how or _told(kind, text[: place.start()], after), written])
        at = place.end()
    return {"record": record + text[at:], "masked": masked + text[at:], "values": found}


def _record(template: Any, half: str, random: Random) -> Line:
    """A record with fields, deep ones too."""
    found: list[list[str]] = []

    def fill(value: Any) -> tuple[Any, Any]:
        if isinstance(value, dict):
            pairs = {key: fill(one) for key, one in value.items()}
            return {key: one[0] for key, one in pairs.items()}, {key: one[1] for key, one in pairs.items()}
        if isinstance(value, list):
            items = [fill(one) for one in value]
            return [one[0] for one in items], [one[1] for one in items]
        if not isinstance(value, str):
            return value, value
        line = _filled(value, half, random, "key")
        found.extend(line["values"])
        return line["record"], line["masked"]

    record, masked = fill(template)
    return {"record": record, "masked": masked, "values": found}


def _value(kind: str, form: str | None, half: str, random: Random) -> tuple[str, bool]:
    """A value, and whether it has to be masked."""
    if kind == "name":
        return values.name(half, random, form or "full"), True
    if kind == "email":
        return values.email(half, random), True
    made = {
        "my_number": values.written_my_number,
        "phone": values.phone,
        "residence_card": values.residence_card,
        "card": values.card,
        "account": values.account,
    }
    if kind in made:
        return made[kind](random), True
    count = int(form or 0)
    benign = {
        "digits": lambda: values.digits(random, count),
        "no_my_number": lambda: values.no_my_number(random),
        "hex": lambda: "".join(random.choice("0123456789abcdef") for _ in range(count)),
        "uuid": lambda: str(uuid.UUID(int=random.getrandbits(128), version=4)),
        "epoch": lambda: str(1763000000 + random.randrange(10_000_000)),
        "byte": lambda: str(random.randrange(256)),
    }
    return (benign[kind](), False) if kind in benign else ("{" + kind + "}", False)


def _told(kind: str, before: str, after: str) -> str:
    if kind != "name":
        return ""
    if HONORIFIC.match(after) or before.endswith(("Mr. ", "Ms. ")):
        return "honorific"
    return "label" if re.search(r"([:：=＝【「]|氏名は|カナ )[\s\"】「]*$", before) else "itself"


def text(half: str) -> str:
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in corpus(half))


def main() -> int:
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for half in SEEDS:
        (DIRECTORY / f"{half}.jsonl").write_text(text(half), encoding="utf-8")
        print(f"{half}: {len(corpus(half))} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main())
