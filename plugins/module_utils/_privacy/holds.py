# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Legal holds: whose data nobody deletes while a dispute or an authority wants it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

# The last day of a hold is one of Japan's.
LIVE = "lifted_at IS NULL AND (until IS NULL OR until >= (now() AT TIME ZONE 'Asia/Tokyo')::date)"
_OF = f"SELECT hold_id FROM privacy.legal_holds WHERE subject_id = %s AND {LIVE} ORDER BY hold_id"
_PLACE = "INSERT INTO privacy.legal_holds (hold_id, subject_id, reason) VALUES (%s, %s, 'rehearsal')"
_ALL = f"SELECT DISTINCT subject_id FROM privacy.legal_holds WHERE {LIVE}"


class Held(ReconcileError):
    """Erasure is refused; ``holds`` are the references of the holds."""

    def __init__(self, holds: list[str]) -> None:
        super().__init__(f"refused: the person's data is under legal hold {', '.join(holds)}")
        self.holds = holds


def refuse(registers: Any, subject: str) -> None:
    """Raise Held while there is a hold on the person."""
    holds = [row["hold_id"] for row in registers.execute(_OF, (subject,)).fetchall()]
    if holds:
        raise Held(holds)


@contextmanager
def placed(registers: Any, hold: str, subject: str) -> Iterator[None]:
    """A hold for as long as something is tried; it leaves no trace."""
    registers.execute(_PLACE, (hold, subject))
    try:
        yield
    finally:
        registers.execute("DELETE FROM privacy.legal_holds WHERE hold_id = %s", (hold,))


def held(registers: Any) -> list[str]:
    """Ids of all who are under hold."""
    return [row["subject_id"] for row in registers.execute(_ALL).fetchall()]
