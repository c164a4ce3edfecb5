# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recovery runbook as data: the definition of a drill's scenario in, what a person at night reads out. Pure.

A runbook is {"scenario", "language", "title", "purpose", "facts": [[label, value]], "sections": [{"title", "note",
"steps": [{"what", "blocks", "limit"}]}], "hand_over": {"title", "blocks"}, "rehearsal": {"title", "text", "commands"},
"origin"}. A block is {"code": bool, "text"}: commands to be typed, or sentences.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import (
    STAGES,
    Precondition,
    Scenario,
    Step,
    Text,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, Part, render

Runbook = dict[str, Any]

# What a drill does because it is one is marked: in an emergency the fault is there already.
NOTES = {"preconditions": "guards", **dict.fromkeys(("steady_state", "fault", "return", "cleanup"), "drill_only")}
COMMAND = re.compile(r"(aws|psql|redis-cli|rabbitmqadmin|rabbitmqctl|ansible-playbook|dig|curl|openssl|export) ")


class RunbookError(ValueError):
    """A place lacks a name or a target that a scenario asks for; the text names both."""


@dataclass(frozen=True)
class Place:
    """Where a runbook is for. ``names`` are what the names in scenarios' texts stand for (see names.py), ``targets``
    the recovery targets by kind of loss, ``{"zone": {"rto_seconds", "rpo_seconds"}}``."""

    environment: str
    account: str
    names: Mapping[str, str]
    targets: Mapping[str, Mapping[str, float]]
    revision: str = ""

    @property
    def words(self) -> Mapping[str, str]:
        """What all names in texts stand for."""
        return {**self.names, "environment": self.environment}


@dataclass(frozen=True)
class Label:
    """A message of the catalogue's area ``runbook``."""

    name: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its id in the catalogue."""
        return f"runbook.{self.name}"


class Labels:
    """The words of runbooks in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, **params: Any) -> str:
        return self.part("message", name, params)

    def part(self, part: Part, name: str, params: dict[str, Any]) -> str:
        """Return the message or the remedy of a label."""
        return render(Label(name, params), self.language, part)


def definition_seal(scenario: Scenario) -> str:
    """Return the SHA-256 of a scenario's canonical JSON: what a runbook is made from."""
    return sha256(canonical(plain(asdict(scenario))))


def runbook(scenario: Scenario, place: Place, language: Language) -> Runbook:
    """Return the runbook of a scenario. Raises RunbookError for a name or target that the place lacks, MessageError for
    a precondition without words."""
    label = Labels(language)
    drill = f"ansible-playbook -i inventories/{place.environment} playbooks/dr_drill.yml -e scenario={scenario.name}"
    confirmed = f"{drill} -e confirm={place.environment}"
    stages = [
        _section(f"stage_{stage}", [_step(step, place, label) for step in scenario.stages[stage]], stage, label)
        for stage in STAGES
    ]
    looks = [_precondition(each, place, label) for each in scenario.preconditions]
    return {
        "scenario": scenario.name,
        "language": language,
        "title": _fill(scenario.title, place, language),
        "purpose": _fill(scenario.purpose, place, language),
        "facts": _facts(scenario, place, label),
        "sections": [
            section
            for section in (_section("stage_preconditions", looks, "preconditions", label), *stages)
            if section["steps"]
        ],
        "hand_over": {"title": label("hand_over"), "blocks": blocks(_fill(scenario.hand_over, place, language))},
        "rehearsal": {
            "title": label("rehearsal"),
            "text": label("rehearsal_means"),
            "commands": [f"{drill} --check", confirmed, f"{confirmed} -e resume=true"],
        },
        "origin": label("origin", file=f"roles/dr/files/scenarios/{scenario.name}.yml"),
    }


def blocks(text: str) -> list[dict[str, Any]]:
    """Split what a person does into commands and sentences. A line that ends in a backslash goes on in the next."""
    found: list[dict[str, Any]] = []
    continued = False
    for line in text.strip().splitlines():
        code = continued or bool(COMMAND.match(line.strip()))
        continued = code and line.rstrip().endswith("\\")
        if found and found[-1]["code"] == code and line.strip():
            found[-1]["text"] += "\n" + line
        elif line.strip():
            found.append({"code": code, "text": line})
    return found


def _facts(scenario: Scenario, place: Place, label: Labels) -> list[list[str]]:
    if scenario.targets not in place.targets:
        raise RunbookError(f"scenario {scenario.name}: the recovery targets have no {scenario.targets}")
    target = place.targets[scenario.targets]
    loss = target["rpo_seconds"]
    facts = [
        [label("scenario"), scenario.name],
        [label("rto"), label("seconds", seconds=f"{target['rto_seconds']:g}")],
        [label("rpo"), label("seconds", seconds=f"{loss:g}") if loss else label("no_loss")],
        [label("environment"), place.environment],
        [label("account_id"), place.account],
        *([label(name), _name(name, place)] for name in ("region", "recovery_region")),
        [label("definition"), definition_seal(scenario)],
    ]
    return [*facts, [label("revision"), place.revision]] if place.revision else facts


def _section(title: str, steps: list[dict[str, Any]], stage: str, label: Labels) -> dict[str, Any]:
    note = NOTES.get(stage)
    return {"title": label(title), "note": label(note) if note else "", "steps": steps}


def _step(step: Step, place: Place, label: Labels) -> dict[str, Any]:
    return {
        "what": _fill(step.what, place, label.language),
        "blocks": blocks(_fill(step.manual, place, label.language)),
        "limit": label("limit", seconds=step.timeout_seconds),
    }


def _precondition(precondition: Precondition, place: Place, label: Labels) -> dict[str, Any]:
    """A precondition's words are in the catalogue: what must hold as message, how to see it as remedy."""
    params = {**place.words, **{key: _filled(value, place) for key, value in precondition.params.items()}}
    name = f"check_{precondition.check}"
    how = label.part("remedy", name, params)
    return {"what": label.part("message", name, params), "blocks": blocks(how), "limit": ""}


def _fill(text: Text, place: Place, language: Language) -> str:
    return _filled(text[language], place).strip()


def _filled(text: str, place: Place) -> str:
    try:
        return text.format(**place.words)
    except KeyError as error:
        raise RunbookError(f"no value for the name {error.args[0]}; known: {', '.join(place.words)}") from error


def _name(name: str, place: Place) -> str:
    return _filled(f"{{{name}}}", place)
