"""RBAC rules: what they allow, and which parts of some rules others don't cover."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from sandbox.kube.access.users import Attributes


class Rule:
    """A PolicyRule, ready to be matched; `raw` is the object's own dict."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self.verbs = frozenset(raw.get("verbs") or ())
        self.groups = frozenset(raw.get("apiGroups") or ())
        self.resources = frozenset(raw.get("resources") or ())
        self.names = frozenset(raw.get("resourceNames") or ())
        self.urls = tuple(raw.get("nonResourceURLs") or ())

    def allows(self, asked: Attributes) -> bool:
        if not self._has(self.verbs, asked.verb):
            return False
        if asked.path:
            return any(_covers_url(url, asked.path) for url in self.urls)
        return (
            self._has(self.groups, asked.group)
            and self._has_resource(asked.target)
            and (not self.names or asked.name in self.names)
        )

    def covers(self, other: Rule) -> bool:
        """Whether it allows all that an atomic rule does."""
        return (
            all(self._has(self.verbs, verb) for verb in other.verbs)
            and all(self._has(self.groups, group) for group in other.groups)
            and all(self._has_resource(resource) for resource in other.resources)
            and all(any(_covers_url(mine, url) for mine in self.urls) for url in other.urls)
            and (not self.names or (bool(other.names) and other.names <= self.names))
        )

    @cached_property
    def atoms(self) -> list[Rule]:
        """One rule for every verb of every resource, name and URL."""
        raw = self.raw
        names = [{"resourceNames": [name]} for name in raw.get("resourceNames") or ()] or [{}]
        atoms = [
            {"apiGroups": [group], "resources": [resource], **name, "verbs": [verb]}
            for group in raw.get("apiGroups") or ()
            for resource in raw.get("resources") or ()
            for verb in raw["verbs"]
            for name in names
        ]
        atoms += [{"nonResourceURLs": [url], "verbs": [verb]} for url in self.urls for verb in raw["verbs"]]
        return [Rule(atom) for atom in atoms]

    @staticmethod
    def _has(held: frozenset[str], wanted: str) -> bool:
        return wanted in held or "*" in held

    def _has_resource(self, wanted: str) -> bool:
        if self._has(self.resources, wanted):
            return True
        _, slash, subresource = wanted.partition("/")
        return bool(slash) and f"*/{subresource}" in self.resources


def missing(held: Iterable[Rule], wanted: Iterable[Rule]) -> list[str]:
    """Descriptions of what rules allow and the held ones don't, sorted, in a real API server's form."""
    held = list(held)
    uncovered = (atom for rule in wanted for atom in rule.atoms if not any(mine.covers(atom) for mine in held))
    return sorted({_describe(raw) for raw in _compact(uncovered)})


def _compact(atoms: Iterable[Rule]) -> Iterator[dict[str, Any]]:
    """Rules that differ in their verb only become one."""
    merged: dict[str, dict[str, Any]] = {}
    for atom in atoms:
        rest = {key: value for key, value in atom.raw.items() if key != "verbs"}
        simple = "resources" in rest and "resourceNames" not in rest
        key = json.dumps(rest if simple else atom.raw, sort_keys=True)
        known = merged.setdefault(key, {**rest, "verbs": []})
        known["verbs"] += [verb for verb in atom.raw["verbs"] if verb not in known["verbs"]]
    yield from merged.values()


def _describe(raw: dict[str, Any]) -> str:
    shown = {"apiGroups": "APIGroups", "resources": "Resources", "nonResourceURLs": "NonResourceURLs",
             "resourceNames": "ResourceNames", "verbs": "Verbs"}  # fmt: skip
    return "{" + ", ".join(f"{label}:{quoted(raw[key])}" for key, label in shown.items() if raw.get(key)) + "}"


def quoted(values: Iterable[str]) -> str:
    """As Go prints strings by %q: ["a" "b"]."""
    return "[" + " ".join(json.dumps(value, ensure_ascii=False) for value in values) + "]"


def _covers_url(held: str, url: str) -> bool:
    return held == url or (held.endswith("*") and url.startswith(held.rstrip("*")))
