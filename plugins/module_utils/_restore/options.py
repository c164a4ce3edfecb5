# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of backup_restore_test, and the site they describe."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.guards import BadInput
from ansible_collections.iworkz.platform.plugins.module_utils._drill.options import IDENTITY
from ansible_collections.iworkz.platform.plugins.module_utils._drill.options import SPEC as DRILL_SPEC
from ansible_collections.iworkz.platform.plugins.module_utils._restore.site import KINDS, STORES, Limits, Site

SHARED = ("confirm", "resume", "platform", "freeze", "drills_dir", "revision", "fail_on", "language")
"""Options that mean what they mean to dr_failover_test."""

SPEC: dict[str, dict[str, Any]] = {
    **{name: DRILL_SPEC[name] for name in SHARED},
    "stores": {"type": "list", "elements": "str", "choices": list(STORES), "default": list(STORES)},
    "kinds": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
    "due": {"type": "bool", "default": False},
    "point_in_time": {"type": "str"},
    "ca_bundle": {"type": "path"},
    "controllers": {"type": "list", "elements": "str", "default": []},
    "definitions_bucket": {"type": "str", "default": ""},
    "broker_secret": {"type": "str", "default": "", "no_log": False},
    "search_role": {"type": "str", "default": ""},
    "limits": {
        "type": "dict",
        "required": True,
        "options": {
            "age_hours": {"type": "dict", "required": True},
            "restore_seconds": {"type": "float", "required": True},
            "statement_seconds": {"type": "float", "required": True},
            "objects": {"type": "int", "required": True},
        },
    },
    "shelf_life_hours": {"type": "float", "default": 192.0},
}


def check_input(params: Mapping[str, Any], now: datetime) -> None:
    """Raises BadInput, naming all that is wrong."""
    errors = list(_errors(params, now))
    if errors:
        raise BadInput("; ".join(errors))


def moment_of(params: Mapping[str, Any]) -> datetime | None:
    """The second to restore databases to; None when the test is to choose one. Raises ValueError."""
    return datetime.fromisoformat(params["point_in_time"]).astimezone(UTC) if params["point_in_time"] else None


def site_of(params: Mapping[str, Any]) -> Site:
    platform, limits = params["platform"], params["limits"]
    return Site(
        environment=platform["environment"],
        account_id=platform["account_id"],
        region=platform["region"],
        recovery_region=platform["recovery_region"],
        prefix=f"{platform['name']}-{platform['environment']}",
        tags={tag: platform["tags"][tag] for tag in IDENTITY},
        ca_bundle=params["ca_bundle"] or None,
        controllers=tuple(params["controllers"]),
        definitions_bucket=params["definitions_bucket"],
        broker_secret=params["broker_secret"],
        search_role=params["search_role"],
        limits=Limits(
            {store: float(hours) for store, hours in limits["age_hours"].items()},
            limits["restore_seconds"],
            limits["statement_seconds"],
            limits["objects"],
        ),
    )


def _errors(params: Mapping[str, Any], now: datetime) -> Iterator[str]:
    limits = params["limits"]
    for name in ("restore_seconds", "statement_seconds", "objects"):
        if limits[name] <= 0:
            yield f"limits.{name} must be above 0, not {limits[name]:g}"
    for store in params["stores"]:
        try:
            if float(limits["age_hours"][store]) <= 0:
                yield f"limits.age_hours.{store} must be above 0"
        except (KeyError, TypeError, ValueError):
            yield f"limits.age_hours.{store} must be a number of hours"
    if "opensearch" in params["stores"] and not params["search_role"]:
        yield "search_role must be given: nothing of opensearch can be read without it"
    if params["shelf_life_hours"] <= 0:
        yield f"shelf_life_hours must be above 0, not {params['shelf_life_hours']:g}"
    for network in params["controllers"]:
        try:
            ipaddress.ip_network(network)
        except ValueError as error:
            yield f"controllers: {error}"
    if params["point_in_time"]:
        yield from _time_errors(params["point_in_time"], now)


def _time_errors(text: str, now: datetime) -> Iterator[str]:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        yield f"point_in_time: {error}"
        return
    if moment.tzinfo is None:
        yield f"point_in_time: {text} has no offset from UTC"
    elif moment > now:
        yield f"point_in_time: {text} is not over yet"
    elif moment.microsecond:
        yield f"point_in_time: {text} must be a full second"
