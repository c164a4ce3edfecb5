# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Transactions of which it is known when they were: by them it is told how far a copy of a database reaches.

A marker is an empty transaction: its id is in the log with its commit, and no table is touched. What was committed
before a marker must be in every copy that has the marker (pg_xact_status), and the rows of it are those whose xmin is
below the oldest transaction that ran at the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

PLANT = "SELECT pg_current_xact_id()::text, pg_snapshot_xmin(pg_current_snapshot())::text"
# What a copy does by itself, such as setting its master's password, gets the ids that came next at the source: a marker
# leaves out so many that a copy without it does not come to have one of the same id.
GAP = 100


@dataclass(frozen=True)
class Marker:
    """
    :param xid: of the marker itself (xid8).
    :param horizon: every transaction below it had ended (xid8).
    """

    at: datetime
    xid: int
    horizon: int

    def document(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "xid": self.xid, "horizon": self.horizon}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Marker:
        return cls(datetime.fromisoformat(document["at"]), document["xid"], document["horizon"])


def plant(connection: Any) -> Marker:
    """A new marker; the connection commits by itself. Its time is the server's, just after the commit."""
    (xid, horizon) = [connection.execute(PLANT).fetchone() for _number in range(GAP)][-1]
    return Marker(clock(connection), int(xid), int(horizon))


def clock(connection: Any) -> datetime:
    """The server's, aware."""
    now: datetime = connection.execute("SELECT clock_timestamp()").fetchone()[0]
    return now


def has(connection: Any, marker: Marker) -> bool:
    """Whether a copy reaches as far as a marker."""
    known = "SELECT %s::xid8 < pg_snapshot_xmax(pg_current_snapshot())"
    if not connection.execute(known, (str(marker.xid),)).fetchone()[0]:
        return False
    # Of a transaction that is long over nothing is known any more.
    status = "SELECT coalesce(pg_xact_status(%s::xid8), 'committed') = 'committed'"
    return bool(connection.execute(status, (str(marker.xid),)).fetchone()[0])


def recorded(results: Iterable[Mapping[str, Any]], source: str, since: datetime) -> list[Marker]:
    """Those that earlier tests left in a database that exists since a time."""
    found = [
        Marker.of(result["marker"])
        for result in results
        if result["store"] == "postgres" and result["source"] == source and result.get("marker")
    ]
    return [marker for marker in found if marker.at > since]


def before(markers: Iterable[Marker], moment: datetime) -> Marker | None:
    """The last one until a moment."""
    return max((marker for marker in markers if marker.at <= moment), key=lambda marker: marker.at, default=None)


def after(markers: Iterable[Marker], moment: datetime) -> Marker | None:
    """The first one that cannot have been committed by a moment."""
    return min(
        (marker for marker in markers if marker.at > moment + timedelta(seconds=1)),
        key=lambda marker: marker.at,
        default=None,
    )
