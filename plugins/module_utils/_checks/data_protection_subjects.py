# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.2.1.3, which is control DP-05: what is kept, how long, and that it goes then."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control, judge
from ansible_collections.iworkz.platform.plugins.module_utils._checks._data_subjects import stores
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import caches
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.period import Retention
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.retention_task import counted
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.schedule import overdue_total
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores

_LAST = "SELECT * FROM privacy.retention_runs ORDER BY finished_at DESC LIMIT 1"
NO_LIFECYCLE = "NoSuchLifecycleConfiguration"
LEAST_YEARS = {"employment_record": "employment_years", "dispatch_ledger": "dispatch_years", "books": "books_years"}
"""Requirement by retention: the law's own figures, below which nobody may go."""
SAMPLE = 1000


@check("2.2.1.3")
def kept_and_deleted_by_policy(world: World, required: dict[str, Any]) -> Finding:
    return judge(world, required, ["DP-05"])


@control("DP-05")
def nothing_is_kept_too_long_or_too_short(world: World, required: dict[str, Any]) -> Answer:
    breaches = _too_short(world, required)
    with stores(world) as opened:
        last = opened.registers().execute(_LAST).fetchone()
        if last is None or last["finished_at"] < world.now - timedelta(hours=required["run_hours"]):
            breaches.append(Breach("data_subjects.no_run", {"hours": required["run_hours"]}))
        # What has become due since the last run is the next one's.
        schedules, counts = counted(opened, last["as_of"] if last else world.now.date())
        planned = {place for one in schedules for place in one.periods}
        if last is not None:
            periods = {place: period for one in schedules for place, period in one.periods.items()}
            breaches += [
                Breach("data_subjects.not_scheduled", {"place": place})
                for place in sorted(periods)
                if last["schedule"].get(place) != periods[place]
            ]
        breaches += [
            Breach("data_subjects.overdue", {"place": place, "count": of["overdue"]})
            for place, of in sorted(counts.items())
            if of["overdue"]
        ]
        buckets = sorted({one.bucket for one in opened.places.objects})
        breaches += [breach for bucket in buckets for breach in _lifecycle(world, bucket, required)]
        eternal = _eternal(opened)
    breaches += [Breach("data_subjects.key_eternal", {"place": place, "count": n}) for place, n in eternal.items() if n]
    return {
        "last_run": last["finished_at"] if last else None,
        "places": len(planned),
        "overdue": overdue_total(counts),
        "held": sum(of["held"] for of in counts.values()),
        "waiting": sum(of["waiting"] for of in counts.values()),
        "buckets": buckets,
    }, breaches


def _too_short(world: World, required: dict[str, Any]) -> list[Breach]:
    schedule = world.platform.declared["retention"]
    breaches = []
    for name, key in LEAST_YEARS.items():
        entry = schedule.get(name, {})
        years, months, days = (int(entry.get(unit, 0)) for unit in ("years", "months", "days"))
        period = Retention(name, "restrict", "", years, months, days)
        today = world.now.date()
        least = Retention(name, "restrict", "", years=required[key])
        if period.ends(today) < least.ends(today):
            breaches.append(Breach("data_subjects.too_short", {"retention": name, "years": required[key]}))
    return breaches


def _lifecycle(world: World, bucket: str, required: dict[str, Any]) -> list[Breach]:
    """Versions that were deleted go for good, and exports by themselves (s3:GetLifecycleConfiguration)."""
    client = world.client("s3")
    found = answered(client.get_bucket_lifecycle_configuration, NO_LIFECYCLE, Bucket=bucket) or {"Rules": []}
    enabled = [rule for rule in found["Rules"] if rule["Status"] == "Enabled"]
    breaches = []
    old = [
        rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for rule in enabled
        if "NoncurrentVersionExpiration" in rule
    ]
    if min(old, default=required["noncurrent_days"] + 1) > required["noncurrent_days"]:
        breaches.append(Breach("data_subjects.versions_stay", {"bucket": bucket, "days": required["noncurrent_days"]}))
    exports = [
        rule["Expiration"].get("Days") for rule in enabled if "Expiration" in rule and _prefix(rule) == "exports/"
    ]
    if min(filter(None, exports), default=required["export_days"] + 1) > required["export_days"]:
        breaches.append(Breach("data_subjects.exports_stay", {"bucket": bucket, "days": required["export_days"]}))
    return breaches


def _prefix(rule: dict[str, Any]) -> str:
    return str(rule.get("Filter", {}).get("Prefix", rule.get("Prefix", "")))


def _eternal(opened: Stores) -> dict[str, int]:
    """Keys without a time to live among the first thousand of each place."""
    found = {}
    for keys in opened.places.keys:
        client = opened.cache(keys.service)
        names = client.scan_iter(match=keys.pattern.replace(SUBJECT, "*"), count=caches.BATCH)
        found[keys.place] = sum(client.ttl(name) == -1 for name in islice(names, SAMPLE))
    return found
