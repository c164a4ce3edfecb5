# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What can be wrong with a scenario's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._drill import names
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import (
    PHASES,
    PROMISES,
    STAGES,
    STORES,
    TARGETS,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

TEXTS = ("title", "purpose", "hand_over")
REQUIRED = {"name", "targets", *TEXTS}
OPTIONAL = {"probes", "variants", "preconditions", "combines", *STAGES}
STEP_REQUIRED = {"id", "action", "what", "manual", "timeout_seconds"}
STEP_OPTIONAL = {"params", "phase"}
VARIANT_REQUIRED = {"name"}
VARIANT_OPTIONAL = {"synchronous_commit", "judges"}
COMMITS = ("off", "local", "remote_write", "on", "remote_apply")
PRECONDITION_REQUIRED = {"check"}
PRECONDITION_OPTIONAL = {"params"}


def errors_of(document: Any, actions: Mapping[str, Signature], checks: Mapping[str, Signature]) -> Iterator[str]:
    """Yield each error as ``where: what``."""
    if not isinstance(document, Mapping):
        yield "not a dictionary"
        return
    yield from _keys("", document, REQUIRED, OPTIONAL)
    for key in TEXTS:
        yield from _text(key, document.get(key))
    yield from _one_of("targets", document.get("targets"), TARGETS)
    for at, store in enumerate(document.get("probes", ())):
        yield from _one_of(f"probes[{at}]", store, STORES)
    for at, variant in enumerate(document.get("variants", ())):
        yield from _variant(f"variants[{at}]", variant)
    for at, precondition in enumerate(document.get("preconditions", ())):
        where = f"preconditions[{at}]"
        yield from _keys(where, precondition, PRECONDITION_REQUIRED, PRECONDITION_OPTIONAL)
        yield from _called(where, precondition.get("check"), "check", precondition.get("params", {}), checks)
    yield from _steps(document, actions)
    if not document.get("combines") and not (document.get("probes") and document.get("fault")):
        yield "a scenario needs probes and a fault, or others that it combines"


def _steps(document: Mapping[str, Any], actions: Mapping[str, Signature]) -> Iterator[str]:
    ids: Counter[str] = Counter()
    for stage in STAGES:
        for at, step in enumerate(document.get(stage, ())):
            where = f"{stage}[{at}]"
            yield from _keys(where, step, STEP_REQUIRED, STEP_OPTIONAL)
            yield from _called(where, step.get("action"), "action", step.get("params", {}), actions)
            for key in ("what", "manual"):
                yield from _text(f"{where}.{key}", step.get(key))
            if "phase" in step:
                yield from _one_of(f"{where}.phase", step["phase"], PHASES)
            if not isinstance(step.get("timeout_seconds"), int) or step["timeout_seconds"] <= 0:
                yield f"{where}.timeout_seconds: must be a whole number of seconds above 0"
            ids[step.get("id", "")] += 1
    for name in sorted(name for name, count in ids.items() if count > 1):
        yield f"more than one step {name}"


def _variant(where: str, variant: Mapping[str, Any]) -> Iterator[str]:
    yield from _keys(where, variant, VARIANT_REQUIRED, VARIANT_OPTIONAL)
    if "synchronous_commit" in variant:
        yield from _one_of(f"{where}.synchronous_commit", variant["synchronous_commit"], COMMITS)
    for promise in variant.get("judges", ()):
        yield from _one_of(f"{where}.judges", promise, PROMISES)


def _called(
    where: str, name: Any, kind: str, params: Mapping[str, Any], known: Mapping[str, Signature]
) -> Iterator[str]:
    if name not in known:
        yield f"{where}: unknown {kind} {name}{did_you_mean(str(name), known)}"
        return
    yield from (f"{where}: {name}: {error}" for error in known[name].errors(params))
    for param, value in params.items():
        yield from (f"{where}.params.{param}: {error}" for error in names.unknown(str(value)))


def _text(where: str, text: Any) -> Iterator[str]:
    if not isinstance(text, Mapping):
        yield f"{where}: must be a text in each of {', '.join(LANGUAGES)}"
        return
    for language in LANGUAGES:
        if not isinstance(text.get(language), str) or not text[language].strip():
            yield f"{where}: {language} is missing"
        else:
            yield from (f"{where}.{language}: {error}" for error in names.unknown(text[language]))


def _keys(where: str, value: Mapping[str, Any], required: set[str], optional: set[str]) -> Iterator[str]:
    prefix = f"{where}: " if where else ""
    known = required | optional
    for key in sorted(set(value) - known, key=str):
        yield f"{prefix}unknown key {key}{did_you_mean(str(key), known)}"
    for key in sorted(required - set(value)):
        yield f"{prefix}{key} is missing"


def _one_of(where: str, value: Any, allowed: Collection[str]) -> Iterator[str]:
    if value not in allowed:
        yield f"{where}: {value} is none of {', '.join(allowed)}{did_you_mean(str(value), allowed)}"
