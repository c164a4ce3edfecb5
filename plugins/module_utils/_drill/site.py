# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a drill takes place: whose account, which resources, how clients reach them. Plain data, for the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What guards and abort conditions compare with.

    :param lag_seconds: how far a replica may be behind before a drill.
    :param backup_age_minutes: how old the newest point may be that the database can be restored to.
    :param unacknowledged_seconds: the error budget; without an acknowledgement for longer, the drill is rolled back.
    :param duration_seconds: of one run, after which it is rolled back.
    """

    lag_seconds: float
    backup_age_minutes: float
    unacknowledged_seconds: float
    duration_seconds: float


@dataclass(frozen=True)
class Measuring:
    """How canaries are written: ``rate`` per second; undisturbed for ``steady_seconds`` before the fault, and again for
    ``settle_seconds`` before a run counts as recovered."""

    rate: float
    steady_seconds: float
    settle_seconds: float


@dataclass(frozen=True)
class Site:
    """
    :param tags: Platform and Environment, by which resources are told to be the platform's.
    :param names: what the names of scenarios stand for (names.py).
    :param reach: ``platform_reach``.
    """

    environment: str
    account_id: str
    region: str
    recovery_region: str
    tags: Mapping[str, str]
    names: Mapping[str, str]
    canary: str
    reach: Mapping[str, Any]
    limits: Limits
    measuring: Measuring
    targets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Site:
        return cls(
            **{
                **document,
                "limits": Limits(**document["limits"]),
                "measuring": Measuring(**document["measuring"]),
            }
        )

    def owns(self, tags: Mapping[str, str]) -> bool:
        return all(tags.get(name) == value for name, value in self.tags.items())
