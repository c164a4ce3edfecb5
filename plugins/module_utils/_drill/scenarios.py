# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads all scenarios and holds them to the actions and checks there are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions import ACTIONS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import CHECKS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, ScenarioError, build
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario_check import errors_of
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError, read_yaml

SCENARIOS = Path(__file__).resolve().parents[3] / "roles" / "dr" / "files" / "scenarios"


@lru_cache(maxsize=4)
def load_scenarios(directory: Path = SCENARIOS) -> dict[str, Scenario]:
    """All scenarios by name. Raises ScenarioError naming every error of every file, one per line."""
    errors: list[str] = []
    documents: dict[str, Mapping[str, Any]] = {}
    for path in sorted(directory.glob("*.yml")):
        try:
            document = read_yaml(path)
        except YamlError as error:
            errors.append(str(error))
            continue
        found = list(errors_of(document, _signatures(ACTIONS), _signatures(CHECKS)))
        if not found and document["name"] != path.stem:
            found.append(f"name: {document['name']} is not that of the file")
        errors += [f"{path.name}: {error}" for error in found]
        documents[path.stem] = document
    for name, document in documents.items():
        for part in document.get("combines", ()) if isinstance(document, Mapping) else ():
            if part not in documents:
                errors.append(f"{name}.yml: combines {part}, which does not exist{did_you_mean(part, documents)}")
            elif documents[part].get("combines"):
                errors.append(f"{name}.yml: combines {part}, which is a combination itself")
    if errors:
        raise ScenarioError("\n".join(errors))
    return {name: build(document, documents) for name, document in documents.items()}


def select(wanted: str, scenarios: Mapping[str, Scenario]) -> list[Scenario]:
    """The scenarios of a comma-separated list of names, or ``all``. Raises ScenarioError for one that is not there."""
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if names == ["all"]:
        return list(scenarios.values())
    for name in names:
        if name not in scenarios:
            known = ", ".join(scenarios)
            raise ScenarioError(f"unknown scenario {name}{did_you_mean(name, scenarios)}; there are {known}")
    if not names:
        raise ScenarioError(f"no scenario is named; there are {', '.join(scenarios)}")
    return [scenarios[name] for name in dict.fromkeys(names)]


def _signatures(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry.signature for name, entry in table.items()}
