# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restored database: how far it reaches, whether every page of it can be read, whether its rows are the source's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._restore import markers, postgres_pages
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.postgres_rows import Horizon, compare
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison
from ansible_collections.iworkz.platform.plugins.module_utils._restore.sessions import Sessions, Unreadable

NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"


@dataclass(frozen=True)
class Reach:
    """
    :param moment: up to when the copy should have the source's data.
    :param reached: the last marker it must have, None when none is known.
    :param beyond: the first marker it must not have, None when none is known.
    """

    moment: datetime
    reached: markers.Marker | None
    beyond: markers.Marker | None


@dataclass(frozen=True)
class Copy:
    """See proof.Restored.

    :param source: and ``copy``: DB instances as DescribeDBInstances tells them.
    """

    context: Context
    source: Mapping[str, Any]
    copy: Mapping[str, Any]
    reach: Reach

    def compare(self) -> Comparison:
        found = Comparison(marker=self.reach.reached.document() if self.reach.beyond and self.reach.reached else None)
        with Sessions(self.context, self.source) as source, Sessions(self.context, self.copy) as copy:
            try:
                horizon = self._judge_reach(copy, found)
                with Sessions(self.context, self.copy, read_only=False) as owner:
                    postgres_pages.judge(owner, found)
                compare(source, copy, horizon, found)
            except Unreadable as error:
                if error.instance != copy.name:
                    raise
                found.reasons.append(Breach("restore.unreadable", {"source": source.name, "error": str(error)}))
        return found

    def _judge_reach(self, copy: Sessions, found: Comparison) -> Horizon:
        name, reach = self.source["DBInstanceIdentifier"], self.reach
        with copy.session() as connection:
            if reach.reached:
                times = {"time": reach.moment.isoformat(), "marker": reach.reached.at.isoformat()}
                breach = Breach("restore.stopped_short", {"source": name, **times})
                found.judge("restore.proven_reached", [] if markers.has(connection, reach.reached) else [breach])
            else:
                found.unproven.append("restore.unproven_reached")
            if reach.beyond:
                times = {"time": reach.moment.isoformat(), "marker": reach.beyond.at.isoformat()}
                breach = Breach("restore.went_beyond", {"source": name, **times})
                found.judge("restore.proven_not_beyond", [breach] if markers.has(connection, reach.beyond) else [])
        if reach.reached:
            return Horizon(reach.reached.horizon, certain=True)
        ((follows,),) = copy.rows(NEXT)
        return Horizon(max(int(follows) - markers.GAP, 0), certain=False)
