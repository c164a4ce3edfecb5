# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What watches the account in each region: facts, and what they lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

# Where AWS tells of what has no region.
GLOBAL = "us-east-1"
THREADS = 8
RUNNING = frozenset({"ENABLED", "ENABLING"})
LOOKING = frozenset({"RUNNING", "IDLE"})

Item = dict[str, Any]


def regions(world: World) -> list[str]:
    """Those in use: the platform's two, and the global one."""
    return list(dict.fromkeys((world.platform.region, world.platform.recovery_region, GLOBAL)))


def watchers(world: World) -> dict[str, Item]:
    """By region: ``detector``, ``hub``, ``recorder``, ``analyzers``, ``scanned``, ``macie``; None is what is off."""
    readers: dict[str, Callable[[World, str], Any]] = {
        "detector": _detector,
        "hub": _hub,
        "recorder": _recorder,
        "analyzers": _analyzers,
        "scanned": _scanned,
        "macie": _macie,
    }
    asked = [(region, name) for region in regions(world) for name in readers]
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        answers = list(pool.map(lambda one: readers[one[1]](world, one[0]), asked))
    found: dict[str, Item] = {region: {} for region in regions(world)}
    for (region, name), answer in zip(asked, answers, strict=True):
        found[region][name] = answer
    return found


def aggregator(world: World) -> Item | None:
    """The account's finding aggregator as GetFindingAggregator tells it, None without one."""
    client = world.client("securityhub")
    listed = answered(client.list_finding_aggregators, "InvalidAccessException")
    if not listed or not listed["FindingAggregators"]:
        return None
    found: Item = client.get_finding_aggregator(
        FindingAggregatorArn=listed["FindingAggregators"][0]["FindingAggregatorArn"]
    )
    return found


def aggregates(found: Item | None, home: str, region: str) -> bool:
    """Whether the findings of a region come to the home region."""
    if region == home:
        return True
    if found is None or found["FindingAggregationRegion"] != home:
        return False
    named = region in found.get("Regions", [])
    modes = {"ALL_REGIONS": True, "ALL_REGIONS_EXCEPT_SPECIFIED": not named, "SPECIFIED_REGIONS": named}
    return modes.get(found["RegionLinkingMode"], False)


def breaches(world: World, found: dict[str, Item], required: Item) -> Iterator[Breach]:
    """What is off where it has to be on. Nothing of the platform runs, and no data is kept, in the global region."""
    home = world.platform.region
    ours = {home, world.platform.recovery_region}
    for region, facts in found.items():
        where = {"region": region}
        yield from _detection(facts["detector"], where, required["features"])
        yield from _standards(facts["hub"], where, required["standards"])
        if not facts["recorder"] or not facts["recorder"]["recording"]:
            yield Breach("security_events.not_recording", where)
        elif facts["recorder"]["error"]:
            yield Breach("security_events.not_recorded", {**where, "error": facts["recorder"]["error"]})
        if "ACCOUNT" not in facts["analyzers"]:
            yield Breach("security_events.no_analyzer", where)
        if region in ours and (missing := sorted(set(required["scanned"]) - set(facts["scanned"]))):
            yield Breach("security_events.not_scanned", {**where, "what": ", ".join(missing)})
    macie = found[home]["macie"]
    if macie is None or macie["status"] != "ENABLED":
        yield Breach("security_events.no_macie", {"region": home})
    elif not macie["buckets"]:
        yield Breach("security_events.no_classification", {"region": home})
    if "ACCOUNT_UNUSED_ACCESS" not in found[home]["analyzers"]:
        yield Breach("security_events.no_unused_access", {"region": home})


def _detection(detector: Item | None, where: Item, features: list[str]) -> Iterator[Breach]:
    if detector is None or detector["status"] != "ENABLED":
        yield Breach("security_events.no_detector", where)
    elif missing := sorted(set(features) - set(detector["features"])):
        yield Breach("security_events.features_off", {**where, "features": ", ".join(missing)})


def _standards(hub: Item | None, where: Item, standards: list[str]) -> Iterator[Breach]:
    if hub is None:
        yield Breach("security_events.no_hub", where)
        return
    for name in standards:
        status = {one.partition("/v/")[0]: state for one, state in hub.items()}.get(name)
        if status is None:
            yield Breach("security_events.no_standard", {**where, "standard": name})
        elif status in ("FAILED", "INCOMPLETE"):
            yield Breach("security_events.standard_incomplete", {**where, "standard": name, "status": status})


def _detector(world: World, region: str) -> Item | None:
    client = world.client("guardduty", region)
    ids = [one for page in client.get_paginator("list_detectors").paginate() for one in page["DetectorIds"]]
    if not ids:
        return None
    found = client.get_detector(DetectorId=ids[0])
    on = sorted(one["Name"] for one in found.get("Features", []) if one["Status"] == "ENABLED")
    return {"status": found["Status"], "features": on}


def _hub(world: World, region: str) -> dict[str, str] | None:
    """Status of each standard that is on."""
    client = world.client("securityhub", region)
    if answered(client.describe_hub, "InvalidAccessException") is None:
        return None
    pages = client.get_paginator("get_enabled_standards").paginate()
    return {
        one["StandardsArn"].partition("/")[2]: one["StandardsStatus"]
        for page in pages
        for one in page["StandardsSubscriptions"]
    }


def _recorder(world: World, region: str) -> Item | None:
    statuses = world.client("config", region).describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    own = [one for one in statuses if not one.get("servicePrincipal")]
    if not own:
        return None
    (status,) = own
    failed = status.get("lastStatus", "").upper() == "FAILURE"
    return {"recording": status["recording"], "error": status.get("lastErrorCode") if failed else None}


def _analyzers(world: World, region: str) -> list[str]:
    """Types of analyzers that work."""
    pages = world.client("accessanalyzer", region).get_paginator("list_analyzers").paginate()
    return sorted({one["type"] for page in pages for one in page["analyzers"] if one["status"] == "ACTIVE"})


def _scanned(world: World, region: str) -> list[str]:
    account = world.platform.account_id
    (found,) = world.client("inspector2", region).batch_get_account_status(accountIds=[account])["accounts"]
    return sorted(name.upper() for name, one in found["resourceState"].items() if one["status"] in RUNNING)


def _macie(world: World, region: str) -> Item | None:
    """``status``, and the buckets that scheduled jobs look into."""
    client = world.client("macie2", region)
    session = answered(client.get_macie_session, "AccessDeniedException")
    if session is None:
        return None
    jobs = [one for page in client.get_paginator("list_classification_jobs").paginate() for one in page["items"]]
    buckets = {
        bucket
        for job in jobs
        if job["jobType"] == "SCHEDULED" and job["jobStatus"] in LOOKING
        for definition in job.get("bucketDefinitions", [])
        for bucket in definition["buckets"]
    }
    return {"status": session["status"], "buckets": sorted(buckets)}
