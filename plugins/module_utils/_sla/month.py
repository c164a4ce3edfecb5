# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Months in Asia/Tokyo and the grid of moments at which they are looked at. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.iworkz.platform.plugins.module_utils._report.page import JST

STEP = 300
"""Seconds between the moments of the grid: the window of the recording rules, so that each request counts once."""

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Month:
    """A calendar month in Asia/Tokyo."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Of ``2026-10``. Raises ValueError for anything else."""
        if not (match := _MONTH.fullmatch(text)):
            raise ValueError(f"{text!r} is not a month such as 2026-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def before(cls, now: datetime) -> Month:
        """The last month that is over."""
        last = now.astimezone(JST).replace(day=1) - timedelta(days=1)
        return cls(last.year, last.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def begin(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=JST)

    @property
    def end(self) -> datetime:
        """Midnight at which the next month begins."""
        return datetime(self.year + self.month // 12, self.month % 12 + 1, 1, tzinfo=JST)

    def grid(self, now: datetime) -> range:
        """Unix seconds at which the steps of the month end that are over at ``now``; empty before the first is."""
        begin = int(self.begin.timestamp())
        return range(begin + STEP, min(int(self.end.timestamp()), int(now.timestamp())) + 1, STEP)
