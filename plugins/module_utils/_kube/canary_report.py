# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a canary is to be led, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name, Standing
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import Limits


@dataclass(frozen=True)
class Course:
    """How a canary is led: percentages of its steps, and seconds that each is watched for."""

    weights: Sequence[int]
    pause: float
    limits: Limits


@dataclass(frozen=True)
class Step:
    """One step as it went, or in check mode is to go. The promotion has 100 percent."""

    weight: int
    replicas: int
    standing: Standing
    seconds: float = 0.0

    def result(self) -> dict[str, Any]:
        return {
            "weight": self.weight,
            "replicas": self.replicas,
            "state": self.standing.state,
            "reason": self.standing.reason,
            "message": self.standing.message,
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Report:
    """What became of a canary. ``former`` is the digest before it, ``found`` that of one that was there already."""

    name: Name
    digest: str
    former: str
    found: str
    steps: list[Step] = field(default_factory=list)
    changed: bool = False
    failure: str = ""
    diff: list[dict[str, Any]] = field(default_factory=list)
