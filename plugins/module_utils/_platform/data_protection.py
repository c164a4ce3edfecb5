# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The data inventory and what it refers to: every person findable, every period known, every recipient allowed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import (
    APART,
    OWN,
    PACKS,
    SENSITIVE,
    Inventory,
    InventoryError,
    Table,
    load,
)
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint, listed, shown

STORES = {"tables": "postgres", "keys": "redis", "indices": "search"}
"""The store that a service must use to keep such a thing."""

OPEN_ENDED = frozenset({"keep", "pseudonymise", "ttl"})
"""Actions of periods that need no start: they have no end, or the store itself deletes."""

RULES = PACKS / "jp_employment" / "rules"

Values = Mapping[str, Any]


def check_data_protection(values: Values) -> Iterator[Problem]:
    """Judge ``platform_data_inventory``, ``platform_retention`` and ``platform_data_protection`` together."""
    declared, told = values["platform_data_inventory"], values["platform_data_protection"]
    known = {"purpose": list(told["activities"]), "retention": list(values["platform_retention"])}
    yield from _check_services(declared, values["platform_services"])
    inventory = load(declared)
    for service, entry in declared.items():
        for path, thing in _things(service, entry):
            for key, names in known.items():
                yield from _check_reference(f"{path}.{key}", thing[key], names)
        for name in entry.get("tables", {}):
            path = f"platform_data_inventory.{service}.tables.{name}"
            table = inventory.tables[service][name]
            if table.retention in known["retention"]:
                yield from _check_table(path, inventory, table, values["platform_retention"])
            yield from _check_banned(path, table, told["banned_fields"])
    yield from _check_retention(values["platform_retention"], told["statutes"])
    yield from _check_activities(told)
    yield from _check_vendors(told)
    yield from _check_reference("platform_data_protection.regions", values["platform_region"], told["regions"])


def _things(service: str, entry: Values) -> Iterator[tuple[str, Values]]:
    path = f"platform_data_inventory.{service}"
    for name, table in entry.get("tables", {}).items():
        yield f"{path}.tables.{name}", table
    for kind in ("keys", "indices", "objects"):
        for at, thing in enumerate(entry.get(kind, [])):
            yield f"{path}.{kind}[{at}]", thing
    for kind in ("pack", "registry"):
        if kind in entry:
            yield f"{path}.{kind}", entry[kind]


def _check_services(declared: Values, services: list[Values]) -> Iterator[Problem]:
    stores = {OWN: [], **{service["name"]: service["dependencies"]["stores"] for service in services}}
    for service, entry in declared.items():
        path = f"platform_data_inventory.{service}"
        if service not in stores:
            if not entry.get("empty"):
                yield _unknown(path, service, stores)
            continue
        for kind, store in STORES.items():
            if kind in entry and store not in stores[service]:
                yield Problem("platform.store_unused", f"{path}.{kind}", {"service": service, "store": store})
    for service, used in stores.items():
        if "postgres" in used and "tables" not in declared.get(service, {}):
            yield Problem("platform.not_inventoried", "platform_data_inventory", {"service": service})


def _check_table(path: str, inventory: Inventory, table: Table, periods: Values) -> Iterator[Problem]:
    named = {
        "subject": table.subject,
        "starts": table.starts,
        "parent.column": table.parent.column if table.parent else None,
        **{f"decision.{key}": column for key, column in table.decision.items()},
    }
    for key, column in named.items():
        if column is not None and column not in table.columns:
            yield _unknown(f"{path}.{key}", column, table.columns)
    try:
        subject, start = inventory.subject_of(table), inventory.start_of(table)
    except InventoryError as error:
        yield Problem("platform.parent", f"{path}.parent", {"error": str(error)})
        return
    if not table.is_personal:
        return
    if subject is None:
        yield Problem("platform.subject_missing", path, {"table": table.full_name})
    actions = [periods[one.retention]["action"] for one in inventory.chain(table) if one.retention in periods]
    # Rows that only a parent ties to the person are nobody's once the parent is gone.
    if all(action == "keep" for action in actions):
        yield Problem("platform.kept_forever", f"{path}.retention", {"table": table.full_name})
    elif start is None and actions[0] not in OPEN_ENDED:
        yield Problem("platform.start_missing", path, {"table": table.full_name})
    sensitive = [column for column, kind in table.columns.items() if kind in SENSITIVE]
    if sensitive and table.name.split(".")[0] not in APART:
        params = {"columns": listed(sensitive), "schemas": listed(sorted(APART))}
        yield Problem("platform.sensitive_together", f"{path}.columns", params)


def _check_banned(path: str, table: Table, banned: Collection[str]) -> Iterator[Problem]:
    for column in table.columns:
        for word in banned:
            if word in column:
                yield Problem("platform.banned_field", f"{path}.columns.{column}", {"column": column, "word": word})


def _check_retention(retention: Values, statutes: Values) -> Iterator[Problem]:
    for name, period in retention.items():
        path = f"platform_retention.{name}"
        units = [unit for unit in ("years", "months", "days") if unit in period]
        if len(units) > 1 or (period["action"] in ("delete", "restrict") and not units and name != "copy"):
            yield Problem("platform.period", path, {"count": len(units)})
        basis = period["basis"]
        if basis != "policy" and basis not in statutes and not (RULES / f"{basis}.yml").is_file():
            known = ["policy", *statutes, *sorted(path.stem for path in RULES.glob("*.yml"))]
            yield _unknown(f"{path}.basis", basis, known, listed(["policy", *statutes, "a rule's id"]))


def _check_activities(told: Values) -> Iterator[Problem]:
    recipients = [*(vendor["vendor_id"] for vendor in told["vendors"]), *told["recipients"]]
    for name, activity in told["activities"].items():
        path = f"platform_data_protection.activities.{name}"
        if "consent" in activity["basis"] and "consent" not in activity:
            yield Problem("platform.consent_missing", path, {"activity": name})
        if activity["basis"] == "legitimate_interest" and "interest" not in activity:
            yield Problem("platform.interest_missing", path, {"activity": name})
        for at, recipient in enumerate(activity["recipients"]):
            yield from _check_reference(f"{path}.recipients[{at}]", recipient, recipients)


def _check_vendors(told: Values) -> Iterator[Problem]:
    vendors = [vendor["vendor_id"] for vendor in told["vendors"]]
    for at, transfer in enumerate(told["transfers"]):
        yield from _check_reference(
            f"platform_data_protection.transfers[{at}].vendor_id", transfer["vendor_id"], vendors
        )
    covered = {transfer["vendor_id"] for transfer in told["transfers"]}
    for at, vendor in enumerate(told["vendors"]):
        path = f"platform_data_protection.vendors[{at}]"
        if vendor["role"] == "processor" and not {"agreement_from", "agreement_until"} <= set(vendor):
            yield Problem("platform.agreement_missing", path, {"vendor": vendor["vendor_id"]})
        if vendor["country"] not in told["countries"] and vendor["vendor_id"] not in covered:
            params = {"vendor": vendor["vendor_id"], "country": vendor["country"]}
            yield Problem("platform.transfer_missing", path, params)


def _check_reference(path: str, name: str, known: Collection[str]) -> Iterator[Problem]:
    if name not in known:
        yield _unknown(path, name, known)


def _unknown(path: str, name: str, known: Collection[str], told: str = "") -> Problem:
    params = {"name": shown(name), "hint": hint(name, known), "known": told or listed(known)}
    return Problem("platform.unknown_reference", path, params)
