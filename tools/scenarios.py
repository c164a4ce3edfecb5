"""The order in which `make test` runs molecule's scenarios: each after those it builds on. `python -m tools.scenarios`.

Each then finds the account as the one before has left it, and applies no role that is in it already.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent / "molecule"
SHARED = "default"
"""Starts and stops the sandbox."""


def ordered(root: Path = ROOT) -> list[str]:
    """Names of the scenarios, those with an account of their own at the end."""
    declared: dict[str, dict[str, Any]] = {
        path.parent.name: yaml.safe_load(path.read_text("utf-8")) for path in sorted(root.glob("*/vars.yml"))
    }
    graph = {
        name: [one for one in scenario["scenario_requires"] if one in declared] for name, scenario in declared.items()
    }
    inherited = list(TopologicalSorter(graph).static_order())
    return [SHARED, *sorted(inherited, key=lambda name: declared[name].get("scenario_own_account", False))]


def flags() -> list[str]:
    """What `molecule test` takes to run them in this order."""
    return [f"--scenario-name={name}" for name in ordered()]


if __name__ == "__main__":
    print("molecule test", *flags())
