# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether somebody is told of a backup, a copy or a restore that failed, and whether any has failed since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._backup_facts import plans
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World

METRICS = ("NumberOfBackupJobsFailed", "NumberOfCopyJobsFailed")
EVENTS = ("Backup Job State Change", "Copy Job State Change", "Restore Job State Change")
LOOK_BACK = timedelta(days=1)
FAILED = "FAILED"

Item = dict[str, Any]


def judged(world: World) -> tuple[Item, list[Breach]]:
    """Alarms by vault, where events go by region, jobs that failed; and what is missing."""
    targets = sorted({rule["TargetBackupVaultName"] for plan in world.once(plans) for rule in plan.rules})
    breaches = [] if targets else [Breach("backup.no_plan", {})]
    alarms: Item = {}
    for vault in targets:
        alarms[vault], found = alarm_breaches(world, vault, "AWS/Backup", {"BackupVaultName": vault}, METRICS)
        breaches += found
    routes: Item = {}
    for region in (world.platform.region, world.platform.recovery_region):
        routes[region] = _routes(world, region)
        breaches += [
            Breach("backup.not_routed", {"event": event, "region": region})
            for event, rule in routes[region].items()
            if rule is None
        ]
    failed = list(_failed(world))
    breaches += [Breach("backup.job_failed", job) for job in failed]
    return {"alarms": alarms, "routes": routes, "failed_jobs": failed}, breaches


def _routes(world: World, region: str) -> dict[str, str | None]:
    """By event of a failed job the rule that takes it to a topic that is there, None where none does (events:ListRules,
    TestEventPattern, ListTargetsByRule, sns:ListTopics)."""
    events, sns = world.client("events", region), world.client("sns", region)
    topics = {topic["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for topic in page["Topics"]}
    rules = {
        rule["Name"]: rule["EventPattern"]
        for page in events.get_paginator("list_rules").paginate()
        for rule in page["Rules"]
        if rule["State"] == "ENABLED" and "EventPattern" in rule
    }

    def takes(rule: str, event: str) -> bool:
        if not events.test_event_pattern(EventPattern=rules[rule], Event=event)["Result"]:
            return False
        pages = events.get_paginator("list_targets_by_rule").paginate(Rule=rule)
        return bool(topics & {target["Arn"] for page in pages for target in page["Targets"]})

    return {kind: next((rule for rule in rules if takes(rule, _event(world, region, kind))), None) for kind in EVENTS}


def _event(world: World, region: str, kind: str) -> str:
    return json.dumps(
        {
            "version": "0",
            "id": "0",
            "source": "aws.backup",
            "account": world.platform.account_id,
            "time": world.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": [],
            "detail-type": kind,
            "detail": {"state": FAILED},
        }
    )


def _failed(world: World) -> Iterator[dict[str, str]]:
    """Resources whose last job in the last day failed (backup:ListBackupJobs)."""
    pages = world.client("backup").get_paginator("list_backup_jobs").paginate(ByCreatedAfter=world.now - LOOK_BACK)
    newest: dict[str, Item] = {}
    for job in sorted((job for page in pages for job in page["BackupJobs"]), key=lambda one: one["CreationDate"]):
        newest[job["ResourceArn"]] = job
    for arn, job in newest.items():
        if job["State"] in (FAILED, "ABORTED", "EXPIRED"):
            yield {"store": arn.rpartition(":")[2], "reason": str(job.get("StatusMessage", job["State"]))}
