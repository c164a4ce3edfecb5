# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs checks side by side and turns what they find into verdicts.

A check module needs nothing but this one::

    from ...module_utils._checks.engine import Breach, Finding, World, check

    @check("1.1.1.1")
    def multi_az_with_backups(world: World, required: dict[str, Any]) -> Finding: ...
"""

from __future__ import annotations

import importlib
import pkgutil
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

with suppress(ImportError):  # the action plugins import boto3 themselves and say so
    from botocore.exceptions import BotoCoreError, ClientError

from ansible_collections.iworkz.platform.plugins.module_utils import _checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import (
    VERDICTS,
    Breach,
    Finding,
    Unmet,
    Verdict,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import Requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain

__all__ = [
    "VERDICTS",
    "Breach",
    "Finding",
    "Judgement",
    "Platform",
    "Unmet",
    "Verdict",
    "World",
    "check",
    "load_checks",
    "run",
]

THREADS = 8
ENGINE_MODULES = {"checklist", "engine", "finding", "requirements", "suggest", "world"}

CheckFunction = Callable[[World, dict[str, Any]], Finding]
_REGISTRY: dict[str, CheckFunction] = {}


@dataclass(frozen=True)
class Judgement:
    """The verdict on one item. Times are aware UTC, ``elapsed`` is in seconds."""

    item: str
    verdict: Verdict
    required: dict[str, Any]
    observed: dict[str, Any]
    breaches: tuple[Breach, ...]
    checked_at: datetime
    expires_at: datetime
    elapsed: float = 0.0


def check(item: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register the check of an item. Raises ValueError when the item has one already."""

    def register(function: CheckFunction) -> CheckFunction:
        if item in _REGISTRY:
            raise ValueError(f"item {item} has two checks: {_REGISTRY[item].__module__} and {function.__module__}")
        _REGISTRY[item] = function
        return function

    return register


def load_checks() -> Mapping[str, CheckFunction]:
    """Import every check module of this package and return the checks by item id."""
    for module in pkgutil.iter_modules(_checks.__path__):
        if not module.name.startswith("_") and module.name not in ENGINE_MODULES:
            importlib.import_module(f"{_checks.__name__}.{module.name}")
    return _REGISTRY


def run(
    items: Sequence[str],
    world: World,
    requirements: Requirements,
    *,
    checks: Mapping[str, CheckFunction] | None = None,
    threads: int = THREADS,
) -> list[Judgement]:
    """Judge items in parallel and return their verdicts in the given order.

    An item whose facts cannot be read becomes unknown and does not stop the others.
    Raises KeyError for an item that has no check.
    """
    known = load_checks() if checks is None else checks
    functions = [known[item] for item in items]
    if not items:
        return []
    with ThreadPoolExecutor(max_workers=min(threads, len(items)), thread_name_prefix="check") as pool:
        return list(pool.map(lambda item, function: _judge(item, function, world, requirements), items, functions))


def _judge(item: str, function: CheckFunction, world: World, requirements: Requirements) -> Judgement:
    started = time.monotonic()
    resolved = requirements.resolve(item)
    observed: dict[str, Any] = {}
    verdict: Verdict
    try:
        finding = _find(function, world, resolved.required)
        observed = _recordable(finding.observed)
        found = tuple(Breach(breach.id, _recordable(breach.params)) for breach in finding.breaches)
        reason = finding.not_applicable
        if reason is not None:
            reason = Breach(reason.id, _recordable(reason.params))
    except Exception as error:  # whatever went wrong while reading, the item is unknown and the others go on
        verdict, breaches = "unknown", (*resolved.looser, _unreadable(error))
    else:
        if resolved.looser:
            verdict, breaches = "fail", (*resolved.looser, *found)
        elif reason is not None:
            verdict, breaches = "not_applicable", (reason,)
        else:
            verdict, breaches = ("fail" if found else "pass"), found
    return Judgement(
        item,
        verdict,
        plain(resolved.required),
        observed,
        breaches,
        checked_at=world.now,
        expires_at=world.now + resolved.shelf_life,
        elapsed=time.monotonic() - started,
    )


def _find(function: CheckFunction, world: World, required: Mapping[str, Any]) -> Finding:
    try:
        return function(world, dict(required))
    except Unmet as unmet:
        return Finding({}, (unmet.breach,))


def _recordable(values: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON values, or TypeError or ValueError (a NaN) before they reach the evidence."""
    result: dict[str, Any] = plain(values)
    canonical(result)
    return result


def _unreadable(error: Exception) -> Breach:
    """Say why an item is unknown: the system did not answer, left a field out, or the check itself is wrong."""
    if isinstance(error, (BotoCoreError, ClientError, OSError)):
        return Breach("core.unreadable", {"error": f"{type(error).__name__}: {error}"})
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename.rsplit('/', 1)[-1]}:{last.lineno}"
    if isinstance(error, LookupError):
        return Breach("core.field_missing", {"field": str(error), "where": where})
    return Breach("core.check_error", {"error": f"{type(error).__name__}: {error}", "where": where})
