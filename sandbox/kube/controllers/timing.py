"""How long things take here. Seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Timing:
    """Overridden by `timing` of the cluster's settings file."""

    start: float = 0.1
    """From a pod's binding to its containers' start."""
    ready: float = 0.1
    """From there to readiness, probes' initial delays aside."""
    stop: float = 0.1
    """A graceful termination, unless the grace period is shorter."""
    job: float = 0.2
    """What a container does that is to end."""
    crash: float = 0.05
    """How long one lives that is to crash."""
    slow: float = 30.0
    """The readiness of a pod told to be slow, unless it says how slow."""
    scale: float = 0.01
    """By which declared delays are shortened: initialDelaySeconds, minReadySeconds, back-off of crashed containers."""
    retry: float = 1.0
    """Until what is missing is looked for again, or a controller that failed tries again."""
    autoscaler: float = 15.0
    """Between two looks of a HorizontalPodAutoscaler at its metrics."""

    @classmethod
    def of(cls, extra: dict[str, Any]) -> Timing:
        return cls(**extra.get("timing", {}))
