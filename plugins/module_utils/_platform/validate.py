# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that can be judged of the declared variables without asking anyone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import (
    RequirementError,
    Requirements,
    load_requirements,
)
from ansible_collections.iworkz.platform.plugins.module_utils._platform.backup import check_backup
from ansible_collections.iworkz.platform.plugins.module_utils._platform.data_protection import check_data_protection
from ansible_collections.iworkz.platform.plugins.module_utils._platform.domains import check_domains, check_headers
from ansible_collections.iworkz.platform.plugins.module_utils._platform.environment import (
    check_endpoint,
    check_environment,
)
from ansible_collections.iworkz.platform.plugins.module_utils._platform.firewall import (
    check_gateway_ports,
    check_network_acls,
    check_security_groups,
)
from ansible_collections.iworkz.platform.plugins.module_utils._platform.network import check_plan, check_tiers
from ansible_collections.iworkz.platform.plugins.module_utils._platform.nodes import check_node_groups
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import check_schema
from ansible_collections.iworkz.platform.plugins.module_utils._platform.services import check_services, remark_cycles
from ansible_collections.iworkz.platform.plugins.module_utils._platform.stores import (
    check_retention,
    check_stores,
    check_windows,
)

BACKUP_ITEM, BACKUP_KEY = "1.1.1.1", "backup_retention_days"
LEAST, MOST = ("6.1.1.1", "retention_days"), ("2.2.1.1", "backup_days")

Check = Callable[[Mapping[str, Any]], Iterator[Problem]]


def check_platform(
    values: Mapping[str, Any], groups: Collection[str], requirements: Requirements | None = None
) -> list[Problem]:
    """All problems of the variables, plain and templated.

    :param groups: the groups of the host the playbook runs for.
    :param requirements: the checklist's floors; read from ``checklist/requirements`` when not given.
    """
    problems = list(check_schema(values))
    broken = {problem.variable for problem in problems}
    for check, needed in _checks(groups, requirements or load_requirements()):
        if broken.isdisjoint(needed):
            problems.extend(check(values))
    return problems


def remarks(values: Mapping[str, Any]) -> list[Problem]:
    """What is allowed and worth a warning; of variables that have no problems."""
    return list(remark_cycles(values))


def _checks(groups: Collection[str], floors: Requirements) -> Iterator[tuple[Check, tuple[str, ...]]]:
    """Each check with the variables it reads: it is left out where one of them is malformed."""
    plans = ("platform_network", "platform_recovery_network")
    zones = ("platform_availability_zones", "platform_recovery_availability_zones")
    yield lambda values: check_environment(values, groups), ("platform_environment", "platform_tags", "platform_name")
    yield check_endpoint, ("platform_environment", "platform_aws")
    yield check_plan, (*plans, *zones, "platform_region", "platform_recovery_region")
    yield check_tiers, ("platform_network", "platform_tier_cidrs")
    yield check_security_groups, ("platform_security_groups",)
    yield check_network_acls, ("platform_network_acls",)
    yield check_services, ("platform_services", "platform_stores", "platform_teams")
    yield check_domains, ("platform_services", "platform_tls")
    yield check_headers, ("platform_services", "platform_security_headers")
    yield check_gateway_ports, ("platform_gateway", "platform_security_groups")
    yield check_node_groups, ("platform_node_groups", "platform_services")
    yield check_stores, ("platform_stores",)
    inventory = ("platform_data_inventory", "platform_retention", "platform_data_protection")
    yield check_data_protection, (*inventory, "platform_services", "platform_region")
    yield check_windows, ("platform_stores", "platform_quiet_hours")
    yield lambda values: _check_requirements(values, floors), ("checklist_requirements", "platform_stores")
    kept = ("checklist_requirements", "platform_backup", "platform_quiet_hours", *inventory)
    yield lambda values: _check_backup(values, floors), kept


def _check_requirements(values: Mapping[str, Any], floors: Requirements) -> Iterator[Problem]:
    try:
        tightened = floors.tightened(values["checklist_requirements"])
    except RequirementError as error:
        yield Problem("platform.requirement", "checklist_requirements", {"error": str(error)})
        return
    yield from check_retention(values["platform_stores"], tightened.resolve(BACKUP_ITEM).required[BACKUP_KEY])


def _check_backup(values: Mapping[str, Any], floors: Requirements) -> Iterator[Problem]:
    with suppress(RequirementError):  # told of by itself
        tightened = floors.tightened(values["checklist_requirements"])
        least, most = (tightened.resolve(item).required[key] for item, key in (LEAST, MOST))
        yield from check_backup(values, least, most)
