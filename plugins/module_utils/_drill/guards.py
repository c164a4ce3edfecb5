# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What keeps a drill from beginning, besides the scenario's own preconditions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import TARGETS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Site

RATES = (1, 1000)
"""Canaries per second that one writer can be asked for."""


class BadInput(ValueError):
    """Options that no drill can be run with; all of them are named."""


def check_input(site: Site, repeat: int) -> None:
    """Raises BadInput."""
    errors = list(_input_errors(site, repeat))
    if errors:
        raise BadInput("; ".join(errors))


def _input_errors(site: Site, repeat: int) -> Iterator[str]:
    if repeat < 1:
        yield f"repeat must be at least 1, not {repeat}"
    low, high = RATES
    if not low <= site.measuring.rate <= high:
        yield f"rate must be from {low} to {high} canaries a second, not {site.measuring.rate:g}"
    for name in ("steady_seconds", "settle_seconds"):
        if getattr(site.measuring, name) <= 0:
            yield f"{name} must be above 0, not {getattr(site.measuring, name):g}"
    for name, value in vars(site.limits).items():
        if value <= 0:
            yield f"limits.{name} must be above 0, not {value:g}"
    for name in TARGETS:
        target = site.targets.get(name)
        if target is None:
            yield f"targets.{name} is missing"
            continue
        if target["rto_seconds"] <= 0:
            given = f"{target['rto_seconds']:g}"
            yield f"targets.{name}.rto_seconds must be above 0, not {given}: nothing recovers in no time"
        if target["rpo_seconds"] < 0:
            yield f"targets.{name}.rpo_seconds must not be below 0, but is {target['rpo_seconds']:g}"


def not_confirmed(confirm: str | None, environment: str) -> list[Breach]:
    """Whoever starts a drill says where."""
    if confirm == environment:
        return []
    return [Breach("drill.not_confirmed", {"environment": environment, "confirm": confirm or "-"})]


def frozen(windows: Sequence[Mapping[str, str]], timezone: str, now: datetime) -> list[Breach]:
    """The freeze windows that ``now`` is in: {start, end, reason}, dates (to the end of the day) or dates with a time.

    Raises BadInput for a window that is none.
    """
    zone = ZoneInfo(timezone)
    breaches = []
    for window in windows:
        start, end = _moment(window["start"], zone, last=False), _moment(window["end"], zone, last=True)
        if end <= start:
            raise BadInput(f"freeze window {window['start']} to {window['end']} ends before it begins")
        if start <= now < end:
            params: dict[str, Any] = {"start": window["start"], "end": window["end"], "reason": window["reason"]}
            breaches.append(Breach("drill.frozen", params))
    return breaches


def _moment(text: str, zone: ZoneInfo, *, last: bool) -> datetime:
    try:
        if len(text) == len("2026-12-31"):
            day = date.fromisoformat(text) + timedelta(days=int(last))
            return datetime.combine(day, time(0), zone)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"freeze window: {text} is neither a date nor a date with a time") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
