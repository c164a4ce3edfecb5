# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run is told: the file that a CronJob mounts, or the options of the module, by the same names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import Mapped, PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import SEVERITIES, VERDICTS

FOUND = VERDICTS[:3]
STATUSES = ("binding", "advisory")
DEFAULT_AGAIN = {"critical": 24, "high": 168}
OPTIONS: dict[str, dict[str, Any]] = {
    "prefix": {"type": "str", "required": True},
    "instance": {"type": "str"},
    "database": {"type": "str"},
    "schema": {"type": "str"},
    "bucket": {"type": "str"},
    "topic": {"type": "str"},
    "signing_key": {"type": "str", "no_log": False},
    "ca_bundle": {"type": "path"},
    "read_primary": {"type": "bool"},
    "directory": {"type": "path"},
    "memory_mib": {"type": "int"},
    "threads": {"type": "int"},
    "as_of": {"type": "str"},
}
"""Options of every module that runs the engine. Defaults are those of Settings, which a CronJob's file has, too."""


@dataclass(frozen=True)
class AlertSettings:
    """Which findings are told of, and how often.

    :param again_after_hours: by severity, hours after which a finding that is still there is told again, a step more
        severe; a severity that isn't named is told once.
    :param references: findings that one message names at most; it counts the others.
    """

    verdicts: tuple[str, ...] = ("violation",)
    statuses: tuple[str, ...] = ("binding",)
    again_after_hours: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_AGAIN))
    references: int = 20


@dataclass(frozen=True)
class Settings:
    """
    :param prefix: what names begin with, such as iworkz-production; names left empty are made of it.
    :param instance: the primary, which has the registry; records are read from a replica of it.
    :param read_primary: read the records from the primary, too, whose writers that hinders.
    :param directory: for scratch files, which hold personal data and are gone afterwards.
    :param period: first and last day of what is judged, None where it is open.
    :param rules: judge these only.
    :param law_date: what if the law of that day held? Nothing is recorded then.
    :param fail_on: a finding this severe, or more, makes the run fail once all is recorded.
    """

    prefix: str
    instance: str = ""
    database: str = "compliance"
    schema: str = "employment"
    bucket: str = ""
    topic: str = ""
    signing_key: str = ""
    ca_bundle: str | None = None
    read_primary: bool = False
    directory: str | None = None
    memory_mib: int = 1024
    threads: int = 2
    as_of: date | None = None
    period: tuple[date | None, date | None] = (None, None)
    rules: tuple[str, ...] = ()
    law_date: date | None = None
    fail_on: str | None = None
    alerts: AlertSettings = field(default_factory=AlertSettings)

    @property
    def secret(self) -> str:
        """The secret of the engine's role in PostgreSQL."""
        return f"{self.prefix}/postgres/compliance_engine"

    def named(self, account: str) -> Settings:
        """The same with the names that were left empty."""
        return replace(
            self,
            instance=self.instance or f"{self.prefix}-postgres",
            bucket=self.bucket or f"{self.prefix}-evidence-{account}",
            topic=self.topic or f"{self.prefix}-compliance",
            signing_key=self.signing_key or f"alias/{self.prefix}-compliance",
        )


def load(path: Path) -> tuple[Settings, dict[str, Any]]:
    """The settings in a JSON file, and its options of connection (``aws``). Raises PackError naming what is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PackError(f"{path}: cannot be read: {error}") from error
    aws = Mapped(document).take("aws", dict, {})
    try:
        return read({name: value for name, value in document.items() if name != "aws"}), aws
    except PackError as error:
        raise PackError(f"{path}: {error}") from error


def read(document: Mapping[str, Any]) -> Settings:
    """The settings of plain values; those that are None count as left out. Raises PackError naming what is wrong."""
    mapped = Mapped(_given(document))
    period = Mapped(_given(mapped.take("period", dict, {})), "period")
    start, end = _day(period, "start"), _day(period, "end")
    period.done()
    if start and end and start > end:
        raise PackError(f"period.start is {start}, after period.end, {end}")
    found = Settings(
        prefix=mapped.take("prefix", str),
        **{name: mapped.take(name, str, "") for name in ("instance", "bucket", "topic", "signing_key")},
        database=mapped.take("database", str, "compliance"),
        schema=mapped.take("schema", str, "employment"),
        ca_bundle=mapped.take("ca_bundle", str, None),
        read_primary=mapped.take("read_primary", bool, False),
        directory=mapped.take("directory", str, None),
        memory_mib=_positive(mapped, "memory_mib", 1024),
        threads=_positive(mapped, "threads", 2),
        as_of=_day(mapped, "as_of"),
        period=(start, end),
        rules=tuple(mapped.take("rules", list, [])),
        law_date=_day(mapped, "law_date"),
        fail_on=mapped.word("fail_on", SEVERITIES, None),
        alerts=_alerts(Mapped(_given(mapped.take("alerts", dict, {})), "alerts")),
    )
    mapped.done()
    return found


def _given(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def _alerts(mapped: Mapped) -> AlertSettings:
    hours = mapped.take("again_after_hours", dict, DEFAULT_AGAIN)
    again = Mapped(hours, mapped.path("again_after_hours"))
    found = AlertSettings(
        verdicts=_words(mapped, "verdicts", FOUND, AlertSettings.verdicts),
        statuses=_words(mapped, "statuses", STATUSES, AlertSettings.statuses),
        again_after_hours={name: _positive(again, name, 0) for name in SEVERITIES if name in hours},
        references=_positive(mapped, "references", AlertSettings.references),
    )
    again.done()
    mapped.done()
    return found


def _words(mapped: Mapped, key: str, allowed: tuple[str, ...], default: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(mapped.take(key, list, list(default)))
    strange = [each for each in found if each not in allowed]
    if strange or not found:
        raise PackError(f"{mapped.path(key)} is {list(found)}, and must have one or more of {', '.join(allowed)}")
    return found


def _positive(mapped: Mapped, key: str, default: int) -> int:
    found: int = mapped.take(key, int, default)
    if found < 1:
        raise PackError(f"{mapped.path(key)} is {found}, and must be 1 or more")
    return found


def _day(mapped: Mapped, key: str) -> date | None:
    text = mapped.take(key, str, None)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise PackError(f"{mapped.path(key)} is {text!r}, and must be a day such as 2026-11-01") from error
