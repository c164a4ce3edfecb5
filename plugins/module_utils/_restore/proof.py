# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore test deals with: recovery points, and what the comparison of a copy with its source found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies


@dataclass(frozen=True)
class Point:
    """
    :param kind: ``snapshot``, ``point_in_time``, ``definitions`` or ``replica``.
    :param source: what it is of: DB instance, replication group, broker, bucket, domain.
    :param id: by which it is restored.
    :param type: how it came about, as the service tells it (``automated``, ``manual``, ``awsbackup``).
    :param at: up to when the source's data is in it.
    :param asked_for: for a point in time, the second.
    :param problem: why there is nothing to restore; then ``id`` and ``at`` say nothing.
    :param details: what its store needs to know of the source.
    """

    store: str
    kind: str
    source: str
    id: str
    type: str
    at: datetime
    asked_for: datetime | None = None
    problem: Breach | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Unit:
    """A table, the keys of a pattern, the objects of a bucket, an index: how many the source and the copy have, how
    many are compared and the same (``compared``), differ although the source has not changed them since the recovery
    point (``differences``), and have changed there since, so that they cannot be compared (``moved``)."""

    name: str
    source: int
    copy: int
    compared: int = 0
    differences: int = 0
    moved: int = 0


@dataclass
class Comparison:
    """
    :param proven: ids of messages that say what is proven, ``unproven`` of those that say what is not.
    :param marker: what a later test can rely on, for its source.
    """

    units: list[Unit] = field(default_factory=list)
    reasons: list[Breach] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    marker: dict[str, Any] | None = None

    def total(self, figure: str) -> int:
        return sum(int(getattr(unit, figure)) for unit in self.units)

    def judge(self, message: str, reasons: Sequence[Breach]) -> None:
        """What a message says is proven unless there are reasons against it."""
        self.reasons += reasons
        if not reasons:
            self.proven.append(message)


class Restored(Protocol):
    """A copy that answers."""

    def compare(self) -> Comparison: ...


class Store(Protocol):
    """One kind of store. ``points`` only reads; ``restore`` makes the copy by way of ``copies``, and raises StepFailed
    when the recovery point cannot be restored."""

    def points(self) -> Sequence[Point]: ...

    def prepare(self, point: Point) -> Point:
        """The point as it is to be restored; from then on it is not changed."""

    def restore(self, point: Point, copies: Copies) -> Restored: ...


StoreOf = Callable[[Context], Store]
