# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import load

Declared = Mapping[str, Any]


def processing_activities(told: Declared, inventory: Declared) -> list[dict[str, Any]]:
    try:
        categories, retention = _used(inventory)
        return [
            {
                "activity": name,
                "purpose": activity["purpose"]["en"],
                "basis": activity["basis"],
                **({"legitimate_interest": activity["interest"]} if "interest" in activity else {}),
                "subjects": activity["subjects"],
                "categories": sorted(categories.get(name, ())),
                "recipients": activity["recipients"],
                "transfers": sorted(
                    one["transfer_id"] for one in told["transfers"] if one["vendor_id"] in activity["recipients"]
                ),
                "retention": sorted(retention.get(name, ())),
                "measures": activity["measures"],
                "controller": told["controller"]["name"],
                "reviewed_on": told["reviewed_on"],
            }
            for name, activity in told["activities"].items()
        ]
    except KeyError as error:
        raise AnsibleFilterError(f"processing_activities: {error} is missing") from error


def _used(inventory: Declared) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What is processed, and the retention ids, by activity."""
    found = load(inventory)
    things = [(table.purpose, table.full_name, table.retention) for table in found.all_tables()]
    for kind, name in (("keys", "key"), ("indices", "alias"), ("objects", "key")):
        for those in getattr(found, kind).values():
            things += [(one["purpose"], f"{kind}:{one[name]}", one["retention"]) for one in those]
    categories: dict[str, set[str]] = {}
    retention: dict[str, set[str]] = {}
    for purpose, thing, period in things:
        categories.setdefault(purpose, set()).add(thing)
        retention.setdefault(purpose, set()).add(period)
    return categories, retention


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"processing_activities": processing_activities}
