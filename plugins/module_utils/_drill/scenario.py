# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenarios: what a drill does, as data (``roles/dr/files/scenarios/<name>.yml``), checked before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

Stage = Literal["steady_state", "fault", "observe", "recover", "return", "cleanup"]
STAGES: tuple[Stage, ...] = get_args(Stage)
Store = Literal["postgres", "redis", "amqp"]
STORES: tuple[Store, ...] = get_args(Store)
Phase = Literal["detection", "promotion", "repointing"]
PHASES: tuple[Phase, ...] = get_args(Phase)
Target = Literal["zone", "region", "cache", "queue"]
TARGETS: tuple[Target, ...] = get_args(Target)
Promise = Literal["rto", "rpo"]
PROMISES: tuple[Promise, ...] = get_args(Promise)

Text = Mapping[str, str]
"""A sentence by language (en, ja)."""

DEFAULT_VARIANT = "default"


class ScenarioError(ValueError):
    """A scenario is not one; every error is named, one per line."""


@dataclass(frozen=True)
class Step:
    """One thing to do. Texts and params may hold names in braces, such as ``{database}`` (see names.py).

    ``manual`` is what a person does where the drill cannot; ``phase`` is the figure its duration counts for.
    """

    id: str
    action: str
    params: Mapping[str, str]
    what: Text
    manual: Text
    timeout_seconds: int
    phase: Phase | None = None


@dataclass(frozen=True)
class Precondition:
    """What must hold, or the drill is refused before it begins."""

    check: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Variant:
    """One way to commit canaries, and which promises are judged by it (the other figures are only reported)."""

    name: str
    synchronous_commit: str | None = None
    judges: tuple[Promise, ...] = PROMISES


@dataclass(frozen=True)
class Scenario:
    """``targets`` names the promise of the whole, ``targets_of`` that of each probe's store."""

    name: str
    title: Text
    purpose: Text
    targets: Target
    targets_of: Mapping[Store, Target]
    probes: tuple[Store, ...]
    variants: tuple[Variant, ...]
    preconditions: tuple[Precondition, ...]
    stages: Mapping[Stage, tuple[Step, ...]]
    hand_over: Text
    combines: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain data, for the journal."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Scenario:
        """From plain data."""
        return cls(
            **{
                **document,
                "probes": tuple(document["probes"]),
                "combines": tuple(document["combines"]),
                "variants": tuple(
                    Variant(**{**each, "judges": tuple(each["judges"])}) for each in document["variants"]
                ),
                "preconditions": tuple(Precondition(**each) for each in document["preconditions"]),
                "stages": {stage: tuple(Step(**step) for step in document["stages"][stage]) for stage in STAGES},
            }
        )

    def steps(self) -> Iterable[tuple[Stage, Step]]:
        """All steps in order, each with its stage."""
        return ((stage, step) for stage in STAGES for step in self.stages[stage])


def build(document: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]] | None = None) -> Scenario:
    """A scenario from its sound document (see scenario_check.py) and those of the others that it combines.

    The steps of the others come first, stage by stage, each with the other's name before its own.
    """
    others = others or {}
    combined = tuple(document.get("combines", ()))
    parts = [build(others[name], others) for name in combined]
    probes = {*document.get("probes", ()), *(store for part in parts for store in part.probes)}
    own_targets = dict.fromkeys(document.get("probes", ()), document["targets"])
    return Scenario(
        name=document["name"],
        title=document["title"],
        purpose=document["purpose"],
        targets=document["targets"],
        targets_of={store: target for part in parts for store, target in part.targets_of.items()} | own_targets,
        probes=tuple(store for store in STORES if store in probes),
        variants=_variants(document) or next((part.variants for part in parts), ()) or (Variant(DEFAULT_VARIANT),),
        preconditions=_distinct(
            [
                *(check for part in parts for check in part.preconditions),
                *(Precondition(p["check"], p.get("params", {})) for p in document.get("preconditions", ())),
            ]
        ),
        stages={
            stage: (
                *(_renamed(part.name, step) for part in parts for step in part.stages[stage]),
                *(_step(step) for step in document.get(stage, ())),
            )
            for stage in STAGES
        },
        hand_over=document["hand_over"],
        combines=combined,
    )


def _variants(document: Mapping[str, Any]) -> tuple[Variant, ...]:
    return tuple(
        Variant(each["name"], each.get("synchronous_commit"), tuple(each.get("judges", PROMISES)))
        for each in document.get("variants", ())
    )


def _distinct(preconditions: Iterable[Precondition]) -> tuple[Precondition, ...]:
    kept: list[Precondition] = []
    for each in preconditions:
        if each not in kept:
            kept.append(each)
    return tuple(kept)


def _renamed(part: str, step: Step) -> Step:
    return replace(step, id=f"{part}.{step.id}")


def _step(document: Mapping[str, Any]) -> Step:
    return Step(
        id=document["id"],
        action=document["action"],
        params=document.get("params", {}),
        what={language: document["what"][language] for language in LANGUAGES},
        manual={language: document["manual"][language] for language in LANGUAGES},
        timeout_seconds=document["timeout_seconds"],
        phase=document.get("phase"),
    )
