# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-02, DP-15, DP-16 and DP-19: what the registers say, and whether its time is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _auditor
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

ZONE = ZoneInfo("Asia/Tokyo")
"""What the registers' times without a zone are in."""

ALERTS = (50, 80)
"""Percent of a clock at which people are told."""

MANY_PERSONS = 1000
"""A leak of more people than this is reported whatever it was (APPI, Rule 7)."""

THREADS = 8
# Services without data of people: they encrypt, watch or guard what is in their regions.
DATALESS = frozenset(
    {"access-analyzer", "acm", "config", "events", "guardduty", "inspector2", "kms", "securityhub", "wafv2"}
)
Row = Mapping[str, Any]


def registers(world: World) -> dict[str, list[dict[str, Any]]]:
    """The rows of the registers by table."""
    with _auditor.session(world, _auditor.HOLDER) as connection:
        return {
            "activities": connection.execute("SELECT * FROM privacy.activities ORDER BY activity").fetchall(),
            "vendors": connection.execute("SELECT * FROM privacy.vendors ORDER BY vendor_id").fetchall(),
            "transfers": connection.execute("SELECT * FROM privacy.transfers ORDER BY transfer_id").fetchall(),
            "incidents": connection.execute("SELECT * FROM privacy.incidents ORDER BY incident_id").fetchall(),
        }


@control("DP-02")
def activities_are_on_record(world: World, required: dict[str, Any]) -> Answer:
    kept = {row["activity"]: row for row in world.once(registers)["activities"]}
    used = {table.purpose for table in world.once(_auditor.inventory).all_tables()}
    breaches = [Breach("data_protection.no_activity", {"activity": name}) for name in sorted(used - kept.keys())]
    oldest = _today(world) - timedelta(days=required["review_days"])
    for name, row in kept.items():
        empty = [key for key in ("purpose", "basis", "subjects", "measures", "controller") if not row[key]]
        if name in used and not (row["categories"] and row["retention"]):
            empty.append("categories, retention")
        if empty:
            breaches.append(Breach("data_protection.activity_incomplete", {"activity": name, "keys": ", ".join(empty)}))
        if row["reviewed_on"] < oldest:
            breaches.append(Breach("data_protection.activity_stale", {"activity": name, "day": row["reviewed_on"]}))
    return {
        "activities": len(kept),
        "oldest_review": min((row["reviewed_on"] for row in kept.values()), default=None),
    }, breaches


@control("DP-15")
def no_clock_ran_out(world: World, required: dict[str, Any]) -> Answer:
    now = world.now.astimezone(ZONE).replace(tzinfo=None)
    incidents = world.once(registers)["incidents"]
    running = [(row["incident_id"], *clock) for row in incidents for clock in clocks(row, required)]
    observed = {
        "incidents": len(incidents),
        "running": [
            {"incident": incident, "clock": name, "due_at": due, "percent": (percent := _share(begun, due, now)),
             "alert": max((level for level in ALERTS if percent >= level), default=None)}
            for incident, name, begun, due in running
        ],
    }  # fmt: skip
    return observed, [
        Breach("data_protection.clock", {"incident": incident, "clock": name, "due": due.isoformat()})
        for incident, name, begun, due in running
        if now > due
    ]


@control("DP-16")
def data_stays_where_it_may(world: World, required: dict[str, Any]) -> Answer:
    told, kept = world.platform.declared["data_protection"], world.once(registers)
    allowed = set(told["regions"])
    buckets = _buckets(world)
    abroad = {name: region for name, region in buckets.items() if region not in allowed}
    breaches = [Breach("data_protection.region", {"thing": f"bucket {k}", "region": v}) for k, v in abroad.items()]
    others = [region for region in _regions(world) if region not in allowed]
    with ThreadPoolExecutor(THREADS) as pool:
        for region, arns in zip(others, pool.map(lambda one: _resources(world, one), others), strict=True):
            breaches += [
                Breach("data_protection.region", {"thing": arn, "region": region})
                for arn in arns
                if arn.split(":")[2] not in DATALESS
                and not any(fnmatchcase(arn, one["resources"]) for one in told["elsewhere"])
            ]
    today, oldest = _today(world), _today(world) - timedelta(days=required["review_days"])
    flows = [row for row in kept["transfers"] if not row["ended_on"] or row["ended_on"] >= today]
    covered = {row["vendor_id"] for row in flows if row["basis"] not in ("", "none")}
    for row in kept["vendors"]:
        if row["country"] not in told["countries"] and row["vendor_id"] not in covered:
            params = {"vendor": row["vendor_id"], "country": row["country"]}
            breaches.append(Breach("data_protection.transfer", params))
    for kind, those in (("vendor", kept["vendors"]), ("transfer", flows)):
        for row in those:
            if row["last_review_on"] is None or row["last_review_on"] < oldest:
                breaches.append(Breach("data_protection.not_reviewed", {"what": f"{kind} {row[f'{kind}_id']}"}))
    breaches += [
        Breach("data_protection.not_reviewed", {"what": one["resources"]})
        for one in told["elsewhere"]
        if date.fromisoformat(one["last_review_on"][:10]) < oldest
    ]
    return {
        "buckets": buckets,
        "elsewhere": told["elsewhere"],
        "regions_looked_at": len(others),
        "transfers": len(flows),
    }, breaches


@control("DP-19")
def processors_are_bound(world: World, required: dict[str, Any]) -> Answer:
    today = _today(world)
    vendors = world.once(registers)["vendors"]
    processors = [row for row in vendors if row["role"] == "processor"]
    breaches = [Breach("data_protection.no_vendors", {})] if not vendors else []
    for row in processors:
        if not row["agreement_from"] or not row["agreement_until"] or not row["agreement_reference"]:
            breaches.append(Breach("data_protection.no_agreement", {"vendor": row["vendor_id"]}))
        elif not row["agreement_from"] <= today <= row["agreement_until"]:
            params = {"vendor": row["vendor_id"], "start": row["agreement_from"], "end": row["agreement_until"]}
            breaches.append(Breach("data_protection.agreement_over", params))
    ends = {row["vendor_id"]: row["agreement_until"] for row in processors}
    return {"vendors": len(vendors), "agreements_end": ends}, breaches


def clocks(row: Row, required: Mapping[str, Any]) -> Iterator[tuple[str, datetime, datetime]]:
    """The clocks of an incident that still run: name, begin and end. What is not known counts as the worse case."""
    known: datetime = row["known_at"]
    if row["gdpr_applies"] is not False and not row["risk_unlikely"] and row["gdpr_reported_at"] is None:
        yield "GDPR 33", known, known + timedelta(hours=required["gdpr_hours"])
    if not _reportable(row):
        return
    final_days = required["final_days_malicious" if row["malicious"] is not False else "final_days"]
    if row["preliminary_reported_at"] is None:
        yield "APPI 26, preliminary", known, known + timedelta(days=required["preliminary_days"])
    if row["final_reported_at"] is None:
        yield "APPI 26, final", known, known + timedelta(days=final_days)


def _reportable(row: Row) -> bool:
    """One of the four classes of leak (APPI, Rule 7), unless a processor told its principal or it was encrypted."""
    if row["encrypted"] or row["principal_informed_at"] is not None:
        return False
    classes: Iterable[bool | None] = (row["sensitive_data"], row["financial_harm"], row["malicious"])
    many = row["persons"] is None or row["persons"] > MANY_PERSONS
    return many or any(one is not False for one in classes)


def _share(begun: datetime, due: datetime, now: datetime) -> int:
    return int(100 * (now - begun) / (due - begun))


def _today(world: World) -> date:
    return world.now.astimezone(ZONE).date()


def _buckets(world: World) -> dict[str, str]:
    """Region of each bucket whose name begins as the platform's do (s3:ListBuckets, GetBucketLocation)."""
    s3 = world.client("s3")
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    ours = [name for name in names if name.startswith(f"{world.platform.prefix}-")]
    # A bucket of us-east-1 has no constraint.
    return {name: s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1" for name in ours}


def _regions(world: World) -> list[str]:
    """The regions that the account may use (ec2:DescribeRegions)."""
    return sorted(region["RegionName"] for region in world.client("ec2").describe_regions()["Regions"])


def _resources(world: World, region: str) -> list[str]:
    """ARNs of what carries the platform's tags in a region (tag:GetResources); buckets are looked at by themselves."""
    filters = [{"Key": name, "Values": [world.platform.tags[name]]} for name in ("Platform", "Environment")]
    pages = world.client("resourcegroupstaggingapi", region).get_paginator("get_resources").paginate(TagFilters=filters)
    arns = [one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]]
    # What belongs to no region is listed in one of them.
    return [arn for arn in arns if arn.split(":")[3] == region]
