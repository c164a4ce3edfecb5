# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-17, DP-20 and DP-22: no live people outside production, no score without a version, no people in logs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

PRODUCTION = "production"
_MAIL = "SELECT sampled, live FROM data_protection.live_mail(%s, %s, %s, %s)"
_MISSING = "SELECT total, absent FROM data_protection.missing(%s, %s, %s)"

PATTERNS = {
    "mail": re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}"),
    "phone": re.compile(
        r"(?<![\w.-])(?:0[789]0-\d{4}-\d{4}|0[789]0\d{8}|0\d{1,3}-\d{2,4}-\d{4}|\+81[-\d]{9,13})(?![\w.-])"
    ),
    "my_number": re.compile(r"(?<![\w.-])\d{4}[ -]?\d{4}[ -]?\d{4}(?![\w.-])"),
}
OURS = re.compile(r"@(?:[\w-]+\.)*(?:amazonaws\.com|amazon\.com|svc\.cluster\.local|cluster\.local)$")
"""Ends of what looks like a mail address and is a host of AWS or the cluster."""


@control("DP-17")
def no_live_people_outside_production(world: World, required: dict[str, Any]) -> Answer:
    if world.platform.environment == PRODUCTION:
        return {"applies": False, "reason": "production holds the live data"}, ()
    observed: dict[str, Any] = {
        "not_judged": "values are not compared with production's, which must not be here; what is looked for is "
        "addresses that reach somebody"
    }
    breaches = []
    for table in world.once(_auditor.inventory).all_tables():
        there = world.once(_auditor.catalogues).get(table.database, {})
        for column in (one for one in table.columns if "mail" in one and table.name in there):
            params = (*table.name.split("."), column, required["sample_rows"])
            (row,) = _auditor.rows(world, table.database, _MAIL, params)
            observed[f"{table.full_name}.{column}"] = row
            if row["live"]:
                where = {"column": f"{table.full_name}.{column}", "count": row["live"]}
                breaches.append(Breach("data_protection.live_address", where))
    return observed, breaches


@control("DP-20")
def decisions_have_version_and_review(world: World, required: dict[str, Any]) -> Answer:
    observed: dict[str, Any] = {}
    breaches = []
    for table in world.once(_auditor.inventory).all_tables():
        for what, column in table.decision.items():
            (row,) = _auditor.rows(world, table.database, _MISSING, (*table.name.split("."), column))
            observed[f"{table.full_name}.{column}"] = row
            if row["absent"]:
                params = {"table": table.full_name, "what": what, "count": row["absent"], "total": row["total"]}
                breaches.append(Breach("data_protection.decision", params))
    return observed, breaches if observed else [Breach("data_protection.no_decisions", {})]


@control("DP-22")
def logs_name_nobody(world: World, required: dict[str, Any]) -> Answer:
    """Application logs: those whose group begins with the platform's name. AWS's own have other readers."""
    logs, observed, breaches = world.client("logs"), {}, []
    since = int((world.now - timedelta(hours=required["log_hours"])).timestamp() * 1000)
    for group in _groups(world):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=since, PaginationConfig={"MaxItems": required["log_events"]}
        )
        found: Counter[str] = Counter()
        events = 0
        for event in (event for page in pages for event in page["events"]):
            events += 1
            found.update(people_in(event["message"]))
        observed[group] = {"events": events, **found}
        breaches += [
            Breach("data_protection.log", {"group": group, "kind": kind, "count": count})
            for kind, count in sorted(found.items())
        ]
    return {"groups": observed}, breaches if observed else [Breach("data_protection.no_logs", {})]


def people_in(message: str) -> set[str]:
    """Kinds of personal data that a line of a log holds."""
    return {kind for kind, pattern in PATTERNS.items() if any(_counts(kind, hit) for hit in pattern.findall(message))}


def is_my_number(digits: str) -> bool:
    """Whether the last of twelve digits checks the others (Order of the Ministry 2014-85, art. 5)."""
    total = sum(int(digits[11 - n]) * (n + 1 if n <= 6 else n - 5) for n in range(1, 12))
    return (0 if total % 11 <= 1 else 11 - total % 11) == int(digits[11])


def _counts(kind: str, hit: str) -> bool:
    if kind == "mail":
        return not OURS.search(hit)
    if kind == "my_number":
        digits = re.sub(r"\D", "", hit)
        return len(set(digits)) > 1 and is_my_number(digits)
    return True


def _groups(world: World) -> Iterator[str]:
    """Names of the platform's own log groups (logs:DescribeLogGroups)."""
    pages = world.client("logs").get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=f"/{world.platform.prefix}/"
    )  # fmt: skip
    for page in pages:
        for group in page["logGroups"]:
            yield group["logGroupName"]
