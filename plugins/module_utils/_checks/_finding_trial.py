# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A finding of our own in each region, on its way through Security Hub, the route and the topic to a queue."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _canary
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

# What no message may tell: title, description and resource of a finding can name people.
PERSON = "検証 太郎"
TYPE = "Unusual Behaviors/User/Verification"
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Trial:
    """
    :param bodies: of the messages that arrived, by region of the finding.
    :param refused: why Security Hub didn't take a finding, by region.
    :param seconds: until all had arrived, or until nobody waited any more.
    """

    bodies: dict[str, list[str]]
    refused: dict[str, str]
    seconds: float


def run(world: World, regions: Iterable[str], severity: str, url: str, seconds: float) -> Trial:
    """Import a finding in each region, wait for what is told of them, and archive them
    (securityhub:BatchImportFindings, sqs:ReceiveMessage, sqs:DeleteMessage)."""
    mark = uuid.uuid4().hex
    findings = {region: _finding(world, region, severity, mark) for region in regions}
    refused = {region: text for region, one in findings.items() if (text := _import(world, region, one))}
    sent = {region: one["GeneratorId"] for region, one in findings.items() if region not in refused}
    queue = world.client("sqs")

    def ours(message: Mapping[str, Any]) -> bool:
        return mark in message["Body"]

    try:
        bodies, elapsed = _canary.collect(lambda: _canary.receive(queue, url, ours), len(sent), seconds)
    finally:
        later = (world.now + timedelta(seconds=1)).strftime(TIME)
        for region in sent:
            _import(world, region, {**findings[region], "RecordState": "ARCHIVED", "UpdatedAt": later})
    told = {region: [body for body in bodies.values() if generator in body] for region, generator in sent.items()}
    return Trial(told, refused, elapsed)


def breaches(trial: Trial, severity: str, queue: str, seconds: float) -> Iterator[Breach]:
    """Whether every finding was told of once, what it is and where, and nothing of anybody."""
    for region, error in trial.refused.items():
        yield Breach("security_events.not_imported", {"region": region, "error": error})
    for region, bodies in trial.bodies.items():
        if not bodies:
            yield Breach("security_events.not_delivered", {"region": region, "queue": queue, "seconds": seconds})
            continue
        if len(bodies) > 1:
            yield Breach("security_events.delivered_more_than_once", {"region": region, "times": len(bodies)})
        missing = [one for one in (severity, region, TYPE) if one not in bodies[0]]
        if missing:
            yield Breach("security_events.content_missing", {"region": region, "missing": ", ".join(missing)})
        if PERSON in bodies[0] or json.dumps(PERSON)[1:-1] in bodies[0]:
            yield Breach("security_events.personal_data", {"region": region})


def generator(prefix: str) -> str:
    """What the generators of verifications begin with: who is told of findings leaves them out."""
    return f"{prefix}-verification/"


def _finding(world: World, region: str, severity: str, mark: str) -> dict[str, Any]:
    account, moment = world.platform.account_id, world.now.strftime(TIME)
    name = f"{generator(world.platform.prefix)}{mark}/{region}"
    return {
        "SchemaVersion": "2018-10-08",
        "Id": name,
        "ProductArn": f"arn:aws:securityhub:{region}:{account}:product/{account}/default",
        "GeneratorId": name,
        "AwsAccountId": account,
        "Types": [TYPE],
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "Severity": {"Label": severity},
        "Title": f"Verification of the route of findings ({PERSON})",
        "Description": f"Nothing has happened to {PERSON}: the platform's checks look whether findings are told of.",
        "Resources": [{"Type": "Other", "Id": PERSON}],
    }


def _import(world: World, region: str, finding: dict[str, Any]) -> str | None:
    """None, or why Security Hub doesn't take it."""
    answer = world.client("securityhub", region).batch_import_findings(Findings=[finding])
    return next((f"{one['ErrorCode']}: {one['ErrorMessage']}" for one in answer.get("FailedFindings", [])), None)
