# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 3.1.2.4: the account is watched in every region, and whoever has to act is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _canary,
    _finding_trial,
    _trail_alarms,
    _trails,
    _watchers,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

# Calls that blind a watcher, each of which has to be told of: (source, name).
TAMPERING = (
    ("cloudtrail", "StopLogging"),
    ("config", "StopConfigurationRecorder"),
    ("guardduty", "DeleteDetector"),
    ("securityhub", "DisableSecurityHub"),
)
METRICS = ("NumberOfNotificationsFailed", "NumberOfNotificationsFilteredOut-InvalidMessageBody")

Item = dict[str, Any]


@check("3.1.2.4")
def watched(world: World, required: Item) -> Finding:
    return findings_watched(world, required)


def findings_watched(world: World, required: Item) -> Finding:
    """The half of the item that AWS's own services make true."""
    platform = world.platform
    found = world.once(_watchers.watchers)
    aggregator = world.once(_watchers.aggregator)
    topic, topic_breaches = _topic(world)
    trails, trail_breaches = _trail(world)
    routes, route_breaches = _tampering(world, topic["arn"])
    trial, trial_breaches = _told(world, found, required)
    breaches = [
        *_watchers.breaches(world, found, required),
        *(
            Breach("security_events.not_aggregated", {"region": region, "home": platform.region})
            for region in found
            if not _watchers.aggregates(aggregator, platform.region, region)
        ),
        *trail_breaches,
        *topic_breaches,
        *route_breaches,
        *trial_breaches,
    ]
    observed = {"regions": found, "trails": trails, "topic": topic, "tampering": routes, "trial": trial}
    return Finding(observed, tuple(breaches))


# -- the trail -------------------------------------------------------------------------------------------------------


def _trail(world: World) -> tuple[Item, list[Breach]]:
    """Trails of all that is done to the account, and what is wrong when none is as it should be."""
    complete = [trail for trail in world.once(_trails.trails) if _trails.records_management(trail["selectors"])]
    shown = {trail["Name"]: _faults(world, trail) for trail in complete}
    if not shown:
        return {}, [Breach("security_events.no_trail", {})]
    best = min(shown, key=lambda name: len(shown[name]))
    breaches = [Breach("security_events.trail_fault", {"trail": best, "fault": fault}) for fault in shown[best]]
    untold = _trail_alarms.untold(world, next(trail for trail in complete if trail["Name"] == best))
    if untold:
        breaches.append(Breach("security_events.calls_untold", {"trail": best, "calls": ", ".join(untold)}))
    return {name: faults or ["none"] for name, faults in shown.items()}, breaches


def _faults(world: World, trail: Item) -> list[str]:
    status = trail["status"]
    faults = {
        "IsMultiRegionTrail": trail.get("IsMultiRegionTrail", False),
        "LogFileValidationEnabled": trail.get("LogFileValidationEnabled", False),
        "KmsKeyId": bool(trail.get("KmsKeyId")),
        "IsLogging": status["IsLogging"],
        "LatestDeliveryError": not status.get("LatestDeliveryError"),
        "ObjectLock": _locked(world, trail["S3BucketName"]),
    }
    return [name for name, fine in faults.items() if not fine]


def _locked(world: World, bucket: str) -> bool:
    read = world.client("s3").get_object_lock_configuration
    found = answered(read, "ObjectLockConfigurationNotFoundError", "NoSuchBucket", Bucket=bucket)
    return found is not None and "DefaultRetention" in found["ObjectLockConfiguration"].get("Rule", {})


# -- who is told -----------------------------------------------------------------------------------------------------


def _topic(world: World) -> tuple[Item, list[Breach]]:
    """The topic of security, its key and how many people it reaches."""
    platform = world.platform
    name = f"{platform.prefix}-security"
    arn = f"arn:aws:sns:{platform.region}:{platform.account_id}:{name}"
    if arn not in world.once(topics):
        return {"arn": arn}, [Breach("security_events.no_topic", {"topic": name})]
    client = world.client("sns")
    key = client.get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId")
    pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
    people = [
        one
        for page in pages
        for one in page["Subscriptions"]
        if one["SubscriptionArn"].startswith("arn:") and not one["Endpoint"].endswith("-security-canary")
    ]
    breaches = [] if key else [Breach("security_events.not_encrypted", {"topic": name})]
    verification = _finding_trial.generator(platform.prefix)
    policies = [_policy(world, one["SubscriptionArn"]) for one in people]
    if not any(lets_through(policy, "security-control/x") for policy in policies):
        breaches.append(Breach("security_events.nobody_told", {"topic": name}))
    if any(lets_through(policy, verification) for policy in policies):
        breaches.append(Breach("security_events.verifications_told", {"topic": name}))
    alarms, unwatched = alarm_breaches(world, name, "AWS/SNS", {"TopicName": name}, METRICS)
    observed = {"arn": arn, "key": key, "subscriptions": len(people), "alarms": alarms}
    return observed, [*breaches, *unwatched]


def _policy(world: World, subscription: str) -> Item:
    found = world.client("sns").get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    policy: Item = json.loads(found.get("FilterPolicy") or "{}")
    return policy


def lets_through(policy: Mapping[str, Any], generator: str) -> bool:
    """Whether a filter policy lets a finding of this generator through.

    Raises ValueError for one that asks for anything else, which the platform doesn't declare.
    """
    if strange := sorted(set(policy) - {"generator"}):
        raise ValueError(f"the filter policy asks for {', '.join(strange)}: only generator can be judged")
    return any(_matches(rule, generator) for rule in policy["generator"]) if policy else True


def _matches(rule: Any, value: str) -> bool:
    if isinstance(rule, str):
        return rule == value
    if isinstance(rule, dict) and set(rule) == {"exists"}:
        return bool(rule["exists"])
    if isinstance(rule, dict) and set(rule) == {"prefix"}:
        return value.startswith(rule["prefix"])
    if isinstance(rule, dict) and set(rule) == {"anything-but"} and isinstance(rule["anything-but"], dict):
        return not _matches(rule["anything-but"], value)
    raise ValueError(f"the filter policy has {json.dumps(rule)}")


# -- routes ----------------------------------------------------------------------------------------------------------


def _tampering(world: World, topic: str) -> tuple[dict[str, list[str]], list[Breach]]:
    """By region the calls that are told of, and a breach for each that is not."""
    home = world.platform.region
    bus = f"arn:aws:events:{home}:{world.platform.account_id}:event-bus/default"
    told: dict[str, list[str]] = {}
    breaches = []
    for region in _watchers.regions(world):
        patterns = list(_patterns(world, region, topic if region == home else bus))
        told[region] = [name for source, name in TAMPERING if _chosen(world, region, patterns, source, name)]
        missing = [name for _source, name in TAMPERING if name not in told[region]]
        if missing:
            breaches.append(Breach("security_events.tampering_untold", {"region": region, "calls": ", ".join(missing)}))
    return told, breaches


def _patterns(world: World, region: str, target: str) -> Iterator[str]:
    """Patterns of the rules that are on and lead to a target (events:ListRules, events:ListTargetsByRule)."""
    client = world.client("events", region)
    for page in client.get_paginator("list_rules").paginate(NamePrefix=f"{world.platform.prefix}-"):
        for rule in page["Rules"]:
            if rule["State"] == "DISABLED" or "EventPattern" not in rule:
                continue
            pages = client.get_paginator("list_targets_by_rule").paginate(Rule=rule["Name"])
            if target in {one["Arn"] for answer in pages for one in answer["Targets"]}:
                yield rule["EventPattern"]


def _chosen(world: World, region: str, patterns: list[str], source: str, name: str) -> bool:
    """Whether a pattern chooses a call (events:TestEventPattern)."""
    event = {
        "id": "1",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{source}",
        "account": world.platform.account_id,
        "time": world.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [],
        "detail": {"eventSource": f"{source}.amazonaws.com", "eventName": name},
    }
    client = world.client("events", region)
    return any(client.test_event_pattern(EventPattern=one, Event=json.dumps(event))["Result"] for one in patterns)


def _told(world: World, found: Mapping[str, Item], required: Item) -> tuple[Item, list[Breach]]:
    """Send a finding of the least severe kind that has to be told of from every region whose hub is on."""
    queue = f"{world.platform.prefix}-security-canary"
    url = _canary.url_of(world.client("sqs"), queue)
    if url is None:
        return {}, [Breach("security_events.no_canary_queue", {"queue": queue})]
    severity, seconds = required["severity"], required["delivery_seconds"]
    regions = [region for region, facts in found.items() if facts["hub"] is not None]
    trial = _finding_trial.run(world, regions, severity, url, seconds)
    observed = {
        "severity": severity,
        "arrived": {region: len(bodies) for region, bodies in trial.bodies.items()},
        "seconds": trial.seconds,
    }
    return observed, list(_finding_trial.breaches(trial, severity, queue, seconds))
