# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import load


def audited_tables(inventory: Mapping[str, Any]) -> list[dict[str, str]]:
    try:
        found = [table for table in load(inventory).all_tables() if table.is_personal]
    except KeyError as error:
        raise AnsibleFilterError(f"audited_tables: {error} is missing") from error
    return [
        dict(zip(("database", "schema", "table"), (table.database, *table.name.split(".")), strict=True))
        for table in sorted(found, key=lambda table: table.full_name)
    ]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"audited_tables": audited_tables}
