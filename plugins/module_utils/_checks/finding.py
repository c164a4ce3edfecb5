# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a check says: the facts it observed and the requirements they break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["pass", "fail", "unknown", "attested", "expired", "not_applicable"]
VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "unknown", "attested", "expired", "not_applicable")


@dataclass(frozen=True)
class Breach:
    """A reason, as a message of the catalogue (``rds.single_az``) and the values of its placeholders.

    ``item`` among the params is reserved: where it is there, it is the id of the checklist item concerned.
    """

    id: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """The answer of one check.

    ``observed`` holds what was read, JSON-like (dates, sets and tuples are converted). No breach means pass;
    ``not_applicable`` names why the item does not apply and wins over breaches.
    """

    observed: dict[str, Any]
    breaches: tuple[Breach, ...] = ()
    not_applicable: Breach | None = None


class Unmet(Exception):
    """Raised where nothing is left to look at, as without a cluster: the item fails with this breach."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.id)
        self.breach = breach
