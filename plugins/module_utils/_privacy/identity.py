# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""By what a person is recognised, and the pseudonym that an erasure puts in its place. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ERASED = "erased-"
"""What pseudonyms begin with."""
NAMES = frozenset({"name", "family_name", "given_name", "family_name_kana", "given_name_kana"})
CONTACTS = frozenset({"email", "phone"})
IDENTIFYING = NAMES | CONTACTS | {"address", "postal_code", "birth_date", "nationality"}
"""Columns by which a person is recognised wherever they stand; others only say something of whom is known already."""


@dataclass(frozen=True)
class Person:
    """
    :param unique: what nobody else has: the id, mail addresses, telephone numbers.
    :param names: full names, which others may have as well.
    """

    subject: str = field(repr=False)
    unique: frozenset[str] = field(repr=False)
    names: frozenset[str] = field(repr=False)

    @property
    def pattern(self) -> str:
        """Regular expression, of PostgreSQL and Python alike, for any of them as a word of its own."""
        return words({*self.unique, *self.names})

    @property
    def sure(self) -> str:
        """As ``pattern``, without names."""
        return words(self.unique)


def recognise(subject: str, rows: Iterable[Mapping[str, Any]]) -> Person:
    """The person of these rows. A name is looked for in full: a family name by itself is everybody's."""
    unique, names = {subject}, set()
    for row in rows:
        unique.update(str(row[name]) for name in CONTACTS if row.get(name))
        if row.get("name"):
            names.add(str(row["name"]))
        if row.get("family_name") and row.get("given_name"):
            names.update(f"{row['family_name']}{gap}{row['given_name']}" for gap in ("", " ", "\u3000"))
    return Person(subject, frozenset(unique), frozenset(names))


def words(values: Iterable[str]) -> str:
    """An expression that finds any of these values where no letter or digit goes on."""
    either = "|".join(sorted(re.escape(value) for value in values))
    return f"(?:^|[^0-9A-Za-z])(?:{either})(?:$|[^0-9A-Za-z])"


def pseudonym(key: bytes, subject: str) -> str:
    """Whom one erasure puts in the person's place. Nobody can find out who it was once the key is gone."""
    return f"{ERASED}{hmac.new(key, subject.encode(), hashlib.sha256).hexdigest()[:32]}"
