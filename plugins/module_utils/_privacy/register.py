# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the registers say of requests and erasures."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

_BEGIN = """
INSERT INTO privacy.erasures (request_id, state, synthetic, changed_by) VALUES (%s, 'started', %s, %s)
ON CONFLICT (request_id) DO NOTHING
"""
_READ = "SELECT state, counts, synthetic FROM privacy.erasures WHERE request_id = %s"
_NOTE = "UPDATE privacy.erasures SET counts = %s::jsonb WHERE request_id = %s"
_END = """
UPDATE privacy.erasures SET state = 'done', finished_at = now(), key_destroyed_at = now(), restricted = %s::jsonb,
       backups_expire_on = %s, evidence_key = %s, changed_by = %s
WHERE request_id = %s
"""
_CLOSE = """
UPDATE privacy.data_subject_requests SET closed_at = now() AT TIME ZONE 'Asia/Tokyo', outcome = %s, changed_by = %s
WHERE request_id = %s AND closed_at IS NULL
"""


class Erasure:
    """The row of one request.

    :param who: ARN of the caller.
    """

    def __init__(self, registers: Any, request: str, who: str) -> None:
        self._registers = registers
        self._request = request
        self._who = who

    @property
    def row(self) -> Mapping[str, Any] | None:
        """``{state, counts, synthetic}``, None before it began."""
        found: Mapping[str, Any] | None = self._registers.execute(_READ, (self._request,)).fetchone()
        return found

    def begin(self, *, synthetic: bool) -> None:
        self._registers.execute(_BEGIN, (self._request, synthetic, self._who))

    def note(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add to what was done; an interrupted erasure goes on with the count."""
        before = (self.row or {}).get("counts") or {}
        places = {*before, *counts}
        total = {place: Counter(before.get(place, {})) + Counter(counts.get(place, {})) for place in places}
        self._registers.execute(_NOTE, (json.dumps(total), self._request))

    def end(self, restricted: Sequence[Mapping[str, Any]], backups_expire_on: date, evidence: str) -> None:
        given = (json.dumps(list(restricted)), backups_expire_on, evidence, self._who, self._request)
        self._registers.execute(_END, given)
        self.close("partly" if restricted else "granted")

    def close(self, outcome: str) -> None:
        """Stop the clock of the request, if it is one of a person."""
        self._registers.execute(_CLOSE, (outcome, self._who, self._request))
