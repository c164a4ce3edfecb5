"""Reads the roles of the collection: argument specs, defaults and the checklist items they answer for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


def read_yaml(path: Path) -> Any:
    """Parse a YAML file; an empty file is None. Raises OSError and yaml.YAMLError."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Role:
    """A directory of roles/."""

    path: Path

    @property
    def name(self) -> str:
        """The role's name without the collection's."""
        return self.path.name

    @cached_property
    def specs(self) -> dict[str, dict[str, Any]]:
        """{entry point: specification}; empty without a file."""
        file = self.path / "meta" / "argument_specs.yml"
        return read_yaml(file)["argument_specs"] if file.exists() else {}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """All variables of defaults/main.yml or the files of defaults/main/."""
        variables: dict[str, Any] = {}
        for file in sorted(self.path.glob("defaults/main.yml")) + sorted(self.path.glob("defaults/main/*.yml")):
            variables |= read_yaml(file) or {}
        return variables


def roles(root: Path = ROOT) -> list[Role]:
    """Return every role, by name."""
    return [Role(path) for path in sorted((root / "roles").glob("*")) if path.is_dir()]


def checklist_items(role: str, root: Path = ROOT) -> list[dict[str, Any]]:
    """Return the checklist's items of a role: {id, role, kind, en, ja, verify}."""
    return [item for item in read_yaml(root / "checklist" / "items.yml")["items"] if item["role"] == role]
