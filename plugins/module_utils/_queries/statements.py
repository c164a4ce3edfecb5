# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements as pg_stat_statements keeps them: made fit to be shown, and to be planned."""

from __future__ import annotations

import re

LONGEST = 400
PLANNED = frozenset({"select", "with", "insert", "update", "delete", "values", "merge", "table"})
MARK = "/* iworkz.platform advisor */"
"""Begins every statement of ours, so that a report does not tell of itself."""

# In this order: what could hold a quote comes before quotes, words and parameters before numbers.
_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*)
  | (?P<value>
        \$(?P<tag>(?:[^\W\d]\w*)?)\$ .*? (?:\$(?P=tag)\$|\Z)
      | [eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)
      | (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)
      | \d[\w.]* | \.\d\w*
    )
  | (?P<name> "(?:[^"]|"")*(?:"|\Z) | \$\d+ | [^\W\d][\w$]* )
  | (?P<space> \s+)
  | (?P<other> .)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r"/\*|\*/")
_PARAMETER = re.compile(r"\$(\d+)")
_TYPED = re.compile(
    r"\b(interval|date|timestamptz|timestamp|timetz|time|numeric|uuid|inet|jsonb|json)\s+(\$\d+)", re.IGNORECASE
)


def shown(text: str) -> str:
    """A statement without comments and values, on one line, cut after ``LONGEST`` characters.

    Commands are not normalised by PostgreSQL and may carry a password: of those, no more than what they are.
    """
    bare = _without_values(text)
    words = bare.split()
    if not words or words[0].lower().lstrip("(") not in PLANNED:
        kept = [word.upper() for word in words[:2] if word.isalpha()]
        return " ".join([*kept, "…"])
    return bare if len(bare) <= LONGEST else bare[: LONGEST - 1] + "…"


def is_planned(text: str) -> bool:
    """Whether it is a statement that the planner makes a plan for."""
    words = _without_values(text).lower().lstrip("( ").split(maxsplit=1)
    return bool(words) and words[0] in PLANNED


def plannable(text: str) -> str:
    """With literals that normalising has made ungrammatical (``interval $1``) written as casts (``($1)::interval``)."""
    return _TYPED.sub(r"(\2)::\1", text.rstrip().rstrip(";"))


def parameters(text: str) -> int:
    """How many parameters it takes."""
    return max((int(number) for number in _PARAMETER.findall(text)), default=0)


def _without_values(text: str) -> str:
    parts: list[str] = []
    position = 0
    while found := _TOKEN.match(text, position):
        position = found.end()
        if found["comment"]:
            parts.append(" ")
            if found["comment"] == "/*":
                position = _end_of_comment(text, position)
        elif found["value"] is not None:
            parts.append("?")
        else:
            parts.append(found[0])
    return " ".join("".join(parts).split())


def _end_of_comment(text: str, position: int) -> int:
    """Comments of PostgreSQL nest."""
    depth = 1
    for found in _COMMENT.finditer(text, position):
        depth += 1 if found[0] == "/*" else -1
        if not depth:
            return found.end()
    return len(text)
