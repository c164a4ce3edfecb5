# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.2.1.1: the controls of data protection that are no item of their own (docs/data_protection.md)."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _data_subjects,
    _hygiene,
    _inventory,
    _registers,
    _separation,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import judge
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, World, check

CONTROLS = (_data_subjects, _hygiene, _inventory, _registers, _separation)
"""The modules that register controls."""


@check("2.2.1.1")
def personal_data_is_handled_by_law(world: World, required: dict[str, Any]) -> Finding:
    return judge(world, required, required["controls"])
