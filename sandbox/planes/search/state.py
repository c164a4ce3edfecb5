"""What the emulated cluster holds: one JSON file, replaced as a whole after every change."""

from __future__ import annotations

import fnmatch
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from sandbox.planes.search.errors import no_index

Document = dict[str, Any]


class State:
    def __init__(self, path: Path, version: str, nodes: int, domain: str, encrypted: bool) -> None:
        self.path = path
        self.version = version
        """`2.19.0`"""
        self.nodes = nodes
        self.domain = domain
        self.repository = "cs-automated-enc" if encrypted else "cs-automated"
        """Of automated snapshots; an encrypted domain has another one."""
        self.indices: dict[str, Document] = {}
        """{name: {"settings" (flat, `index.` in front), "mappings", "aliases", "documents", "policy", "closed"}};
        of a restored one also {"checkpoint": the last change in it, "failed_shards": {shard: why}}."""
        self.index_templates: dict[str, Document] = {}
        self.component_templates: dict[str, Document] = {}
        self.policies: dict[str, Document] = {}
        """{id: {"_version", "_seq_no", "_primary_term", "policy"}}."""
        self.settings: dict[str, Document] = {"persistent": {}, "transient": {}}
        self.security: dict[str, dict[str, Document]] = {"roles": {}, "rolesmapping": {}}
        self.sequence = 0
        if path.exists():
            self.__dict__.update(json.loads(path.read_text(encoding="utf-8")))

    def save(self) -> None:
        kept = ("indices", "index_templates", "component_templates", "policies", "settings", "security", "sequence")
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps({name: getattr(self, name) for name in kept}), encoding="utf-8")
        os.replace(temporary, self.path)

    def next_sequence(self) -> int:
        self.sequence += 1
        return self.sequence - 1

    def resolve(self, expression: str, missing_ok: bool = False) -> list[str]:
        """The indices of `a,b*,_all` and of aliases; index_not_found_exception for a name without."""
        found: list[str] = []
        for part in expression.split(","):
            pattern = "*" if part == "_all" else part
            names = [
                name
                for name, index in self.indices.items()
                if any(fnmatch.fnmatchcase(known, pattern) for known in (name, *index["aliases"]))
            ]
            if not names and "*" not in pattern and not missing_ok:
                raise no_index(part)
            found += [name for name in names if name not in found]
        return found

    def index(self, name: str) -> Document:
        """The one index of a name or alias."""
        return self.indices[self.resolve(name)[0]]


def new_id() -> str:
    """An id in the form of OpenSearch's: 22 characters of URL-safe base 64."""
    return secrets.token_urlsafe(16)


def now_ms() -> int:
    return int(time.time() * 1000)


def matches(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def overlap(one: str, other: str) -> bool:
    """Whether two patterns can match the same name (`*` is their only wildcard)."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(one, other[1:]) or overlap(one[1:], other)
    return one[0] == other[0] and overlap(one[1:], other[1:])
