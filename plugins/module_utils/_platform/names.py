# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables nobody reads: a misspelt name is an error, not a default silently kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import declared_names
from ansible_collections.iworkz.platform.plugins.module_utils._platform.sources import Sources
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
OURS = ("platform_", "checklist_")
GIVEN_BY_AWX = re.compile(
    r"awx_(execution_node|(inventory|job|parent_job_schedule|project|schedule|user|webhook|workflow_job)_\w+)"
)
"""What AWX tells every job of itself, with the prefix of the role that sets AWX up."""


def role_variables(roles: Path) -> set[str]:
    """Names in the defaults and argument specifications of all roles. Raises YamlError."""
    names: set[str] = set()
    for path in roles.glob("*/defaults/main.yml"):
        names.update(re.findall(r"^(\w+)\s*:", path.read_text(encoding="utf-8"), re.MULTILINE))
    for path in roles.glob("*/meta/argument_specs.yml"):
        for entry in read_yaml(path)["argument_specs"].values():
            names.update(entry.get("options", {}))
    return names


def check_names(given: Iterable[str], sources: Sources, roles: Path = ROLES) -> Iterator[Problem]:
    """Yield the unknown names among ``given`` that bear one of our prefixes and that the user set.

    What nobody set in a file or with ``-e`` was registered by a task or is Ansible's own, and none of our business.
    """
    prefixes = (*OURS, *(f"{role.name}_" for role in roles.glob("*/")))
    known = declared_names() | role_variables(roles)
    for name in sorted(given):
        if name in known or GIVEN_BY_AWX.fullmatch(name):
            continue
        if name.startswith(prefixes) and sources.where(name) is not None:
            yield Problem("platform.unknown_variable", name, {"name": name, "hint": hint(name, known)})
