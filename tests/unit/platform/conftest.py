"""The declared platform of each environment, as a run would see it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.vars.manager import VariableManager

from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import Bound, Requirements

ROOT = Path(__file__).resolve().parents[3]

Values = dict[str, Any]


@lru_cache(maxsize=3)
def _declared(environment: str) -> Values:
    loader = DataLoader()
    loader.set_basedir(str(ROOT / "playbooks"))
    inventory = InventoryManager(loader=loader, sources=[str(ROOT / "inventories" / environment)])
    manager = VariableManager(loader=loader, inventory=inventory)
    variables = manager.get_vars(host=inventory.get_host("control"))
    templar = Templar(loader=loader, variables=variables)
    names = [name for name in variables if name.startswith(("platform_", "checklist_"))]
    return {name: json.loads(json.dumps(templar.template(variables[name]))) for name in names}


@pytest.fixture
def declared() -> Callable[[str], Values]:
    """A fresh copy of an environment's variables, as they stand in the repository."""
    return lambda environment: copy.deepcopy(_declared(environment))


@pytest.fixture
def values(declared: Callable[[str], Values]) -> Values:
    """Production, with an account set."""
    return {**declared("production"), "platform_account_id": "111122223333"}


@pytest.fixture
def requirements() -> Requirements:
    """The floors preflight reads."""
    return Requirements(
        {
            "1.1.1.1": {"backup_retention_days": Bound("min", 14)},
            "2.2.1.1": {"backup_days": Bound("max", 35)},
            "6.1.1.1": {"retention_days": Bound("min", 14)},
        }
    )
