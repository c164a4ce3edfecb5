"""The programs of a sandbox. One that is added here is started, watched, reported and stopped with the rest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox import control
from sandbox.planes.client import PlaneError, Planes
from sandbox.settings import Settings


@dataclass(frozen=True)
class Program:
    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool]
    """Whether it answers."""
    ports: tuple[int, ...]
    """Ports on 127.0.0.1 it listens on."""
    trouble: Callable[[], str] = lambda: ""
    """Why it will not answer without help; empty while it may."""
    directories: tuple[str, ...] = ()
    """What it keeps, relative to the state directory; removed by `reset` while it is down."""
    reset: Callable[[], None] | None = None
    """Empties it while it is up."""
    environment: dict[str, str] = field(default_factory=dict)
    priority: int = 100
    """Lower ones start first and stop last."""
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    failures: tuple[int, ...] = (1, 2)
    """Exit codes after which a restart can't help."""


def programs(settings: Settings) -> list[Program]:
    planes = Planes(settings.planes_socket)
    found = [
        Program(
            name="aws",
            command=(
                sys.executable, "-m", "sandbox.aws.server",
                "--port", str(settings.port), "--state", str(settings.state),
                *(("--planes", str(settings.planes_socket)) if settings.planes else ()),
            ),
            ready=lambda: control.health(settings) is not None,
            ports=(settings.port,),
            directories=("aws",),
            reset=lambda: control.post(settings, "reset"),
            failures=(1, 2, 78, 98),
        ),
        Program(
            name="planes",
            command=(
                sys.executable, "-m", "sandbox.planes.daemon",
                "--port", str(settings.port), "--state", str(settings.state),
            ),
            ready=lambda: _are_ready(planes),
            trouble=lambda: _trouble_of(planes),
            ports=(),
            directories=("planes", "alerts", "traffic"),
            reset=planes.reset,
            priority=50,
        ),
    ]  # fmt: skip
    return found if settings.planes else found[:1]


def _are_ready(planes: Planes) -> bool:
    try:
        health = planes.health()
    except PlaneError:
        return False
    return bool(health["settled"]) and not health["failed"]


def _trouble_of(planes: Planes) -> str:
    try:
        failed = planes.health()["failed"]
    except PlaneError:
        return ""
    return "; ".join(f"{kind}: {error}" for kind, error in failed.items())
