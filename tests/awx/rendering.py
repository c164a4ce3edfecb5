"""The role's tasks as Ansible would run them: each module with its arguments, once per item of a loop."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible.vars.manager import VariableManager

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "awx"
APPLY = ("shared", "environment", "templates", "access")
DIGEST = "sha256:" + "a1" * 32


@dataclass(frozen=True)
class Call:
    """A module of awx.awx and its arguments."""

    module: str
    arguments: dict[str, Any]
    task: str


class Role:
    """The role with the variables of an environment; ``given`` beat them, as ``-e`` does."""

    def __init__(self, environment: str, given: Mapping[str, Any]) -> None:
        self._loader = DataLoader()
        self._loader.set_basedir(str(ROOT / "playbooks"))
        inventory = InventoryManager(loader=self._loader, sources=[str(ROOT / "inventories" / environment)])
        manager = VariableManager(loader=self._loader, inventory=inventory)
        own: dict[str, Any] = {}
        for file in (ROLE / "defaults" / "main.yml", *sorted((ROLE / "vars" / "main").glob("*.yml"))):
            own |= self._load(file)
        declared = manager.get_vars(host=inventory.get_host("control"))
        account = {} if environment == "sandbox" else {"platform_account_id": "111122223333"}
        self.variables = {**declared, **own, **account, "ansible_check_mode": False, **given}

    def with_(self, **given: Any) -> Role:
        """The same role with other values of variables."""
        other = copy.copy(self)
        other.variables = {**self.variables, **given}
        return other

    def calls(self, *files: str) -> Iterator[Call]:
        """Yield the calls of task files, in order; loops are templated when they are reached."""
        for file in files:
            for task in self._load(ROLE / "tasks" / f"{file}.yml"):
                (module,) = [key for key in task if key.startswith("awx.awx.")]
                items = self.value(task["loop"]) if "loop" in task else [None]
                for item in items:
                    scope = {**self.variables, **task.get("vars", {}), "item": item}
                    arguments = Templar(loader=self._loader, variables=scope).template(task[module])
                    yield Call(module.removeprefix("awx.awx."), arguments, task["name"])

    def value(self, template: str) -> Any:
        """A value with its templates resolved."""
        return Templar(loader=self._loader, variables=self.variables).template(trust_as_template(template))

    def _load(self, file: Path) -> Any:
        return self._loader.load_from_file(str(file), trusted_as_template=True)
