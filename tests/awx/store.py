"""Objects of the emulated AWX, in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.awx import rules
from tests.awx.kinds import ASSOCIATED, KINDS, MANAGED, UNIFIED
from tests.awx.rules import Refused

ROOT = Path(__file__).resolve().parents[2]
Object = dict[str, Any]


class Missing(Exception):
    """There is no such object: status 404."""


class Store:
    """Objects by kind and number, and what is associated with them; the fields of a kind are those of kinds.py."""

    def __init__(self, api: str) -> None:
        self.api = api
        self._numbers = itertools.count(1)
        self.objects: dict[str, dict[int, Object]] = {
            kind: {} for kind in (*KINDS, "instances", "users", "roles", "project_updates")
        }
        self.associations: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, Object] = {}
        for kind, name, fields in MANAGED:
            self.create(kind, {"name": name, **fields})

    def create(self, kind: str, given: Mapping[str, Any]) -> Object:
        """Raises Refused."""
        number = next(self._numbers)
        known = KINDS[kind]
        stored = {**known.fields, **{name: value for name, value in given.items() if name in known.fields}}
        if missing := [name for name in known.required if stored[name] in ("", None)]:
            raise Refused({name: ["This field is required."] for name in missing})
        stored |= {"id": number, "type": known.type, "url": f"{self.api}/{kind}/{number}/"}
        self._validate(kind, stored)
        roles = {f"{role}_role": self._role(role, stored) for role in known.roles}
        self.objects[kind][number] = {**stored, "roles": roles}
        return self.shown(kind, number, fetched=kind == "projects")

    def update(self, kind: str, number: int, given: Mapping[str, Any]) -> Object:
        """Raises Refused, Missing."""
        before = self.get(kind, number)
        changed = {name: value for name, value in given.items() if name in KINDS[kind].fields}
        self._validate(kind, {**before, **changed})
        fetched = kind == "projects" and any(
            before[name] != changed[name] for name in changed if name.startswith("scm_")
        )
        self.objects[kind][number] = {**before, **changed}
        return self.shown(kind, number, fetched=fetched)

    def delete(self, kind: str, number: int) -> None:
        """Raises Missing. What cannot be without the object goes as well."""
        for role in self.get(kind, number).get("roles", {}).values():
            del self.objects["roles"][role["id"]]
        del self.objects[kind][number]
        for other, known in KINDS.items():
            names = [
                name
                for name, target in known.references.items()
                if target == kind or (kind in UNIFIED and target == "unified_job_templates")
            ]
            for one in list(self.objects[other].values()):
                if any(one[name] == number for name in names):
                    self.delete(other, one["id"])
        for key, numbers in self.associations.items():
            if ASSOCIATED[key[2]] == kind and number in numbers:
                numbers.remove(number)

    def get(self, kind: str, number: int) -> Object:
        """Raises Missing."""
        if kind == "unified_job_templates":
            kind = next((each for each in UNIFIED if number in self.objects[each]), "projects")
        try:
            return self.objects[kind][number]
        except KeyError as error:
            raise Missing from error

    def all(self, kind: str) -> Iterator[tuple[str, Object]]:
        """Yield kind and object."""
        for each in UNIFIED if kind == "unified_job_templates" else (kind,):
            yield from ((each, one) for one in self.objects[each].values())

    def associated(self, kind: str, number: int, name: str) -> list[int]:
        """The numbers associated under a name, to be read and changed."""
        self.get(kind, number)
        return self.associations.setdefault((kind, number, name), [])

    def held(self, team: int) -> list[Object]:
        """The roles of a team."""
        return [
            self.shown("roles", role)
            for role in self.objects["roles"]
            if team in self.associated("roles", role, "teams")
        ]

    def shown(self, kind: str, number: int, fetched: bool = False) -> Object:
        """What the API shows. ``fetched``: a project's update has just begun."""
        one = dict(self.get(kind, number))
        summary: Object = {"object_roles": one.pop("roles", {}), **one.pop("of", {})}
        related = (
            {"survey_spec": f"{one['url']}survey_spec/"} if kind in ("job_templates", "workflow_job_templates") else {}
        )
        if template := one.get("unified_job_template"):
            related["unified_job_template"] = self.get("unified_job_templates", template)["url"]
        if kind == "projects":
            one["scm_revision"] = "0" * 40
        if fetched:
            update = next(self._numbers)
            self.objects["project_updates"][update] = {
                "id": update,
                "status": "successful",
                "url": f"{self.api}/project_updates/{update}/",
            }
            summary["current_update"] = {"id": update}
        return {**one, "related": related, "summary_fields": summary}

    def _role(self, name: str, resource: Object) -> Object:
        number = next(self._numbers)
        shown = {"approval": "Approve"}.get(name, name.title())
        of = {"resource_name": resource["name"], "resource_type": resource["type"], "resource_id": resource["id"]}
        one = {"id": number, "type": "role", "url": f"{self.api}/roles/{number}/", "name": shown, "of": of}
        self.objects["roles"][number] = one
        return {"id": number, "name": shown}

    def _validate(self, kind: str, one: Object) -> None:
        known = KINDS[kind]
        for name, target in known.references.items():
            if one[name] is not None:
                try:
                    self.get(target, one[name])
                except Missing as error:
                    raise Refused({name: [f'Invalid pk "{one[name]}" - object does not exist.']}) from error
        same = [
            other["id"]
            for other in self.objects[kind].values()
            if known.unique
            and other["id"] != one["id"]
            and all(other.get(name) == one.get(name) for name in known.unique)
        ]
        if same:
            raise Refused({"__all__": [f"{known.type} with this {' and '.join(known.unique)} already exists."]})
        if kind == "schedules":
            rules.rrule(one["rrule"])
            rules.answers(one["extra_data"], self.surveys.get(one["unified_job_template"], {}))
        elif kind == "credentials":
            rules.inputs(one["inputs"], self.get("credential_types", one["credential_type"]))
        elif kind == "notification_templates":
            rules.notification(one["notification_type"], one["notification_configuration"])
        elif kind == "job_templates" and not (ROOT / one["playbook"]).is_file():
            raise Refused({"playbook": ["Playbook not found for project."]})
