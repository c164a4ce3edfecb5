# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One planted violation, from its rule to the end of a subscription that nobody but verifications listens to."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import alerts
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.alert_text import Alert, Case
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.findings import Findings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import SEVERITIES, Rule, RuleTest
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language

with suppress(ImportError):  # the action plugins import boto3 themselves and say so
    from botocore.exceptions import ClientError

# A message that comes twice comes again soon.
LINGER_SECONDS = 1
# What is another verification's goes back soon.
HIDDEN_SECONDS = 2
ARTEFACT = "-"


@dataclass(frozen=True)
class Trial:
    """
    :param finding: of the planted violation.
    :param bodies: of the messages that arrived, by their ids in the queue.
    :param seconds: until the first one arrived, or until nobody waited any more.
    """

    finding: dict[str, Any]
    bodies: dict[str, str]
    seconds: float


def plant(pack: Pack) -> tuple[Rule, dict[str, Any]]:
    """Judge the rows of a test of a binding rule that are a violation, the most severe rule first, in a database in
    memory; return the rule and its finding.

    Raises Unmet when there is no such rule, or its rows are judged otherwise.
    """
    found = [(rule, test) for rule in pack.rules.values() if (test := _violation(rule))]
    if not found:
        raise Unmet(Breach("compliance_alerts.no_rule_to_try", {}))
    rule, test = min(found, key=lambda one: (SEVERITIES.index(one[0].severity), one[0].id))
    cases = Runner(pack, DuckDb()).cases(rule, test)
    broken = [each for each in cases if each["verdict"] == "violation"]
    if not broken:
        verdicts = ", ".join(sorted({each["verdict"] for each in cases})) or "-"
        raise Unmet(Breach("compliance_alerts.not_judged", {"rule": rule.id, "verdict": verdicts}))
    parameters = pack.compiler(Situation(pack.as_of)).parameters[rule.id]
    origin = {"pack": f"{pack.id} {pack.version}", "pack_hash": pack.hash, "snapshot": "verification"}
    return rule, Findings(rule, parameters, origin).of(broken[0])


def _violation(rule: Rule) -> RuleTest | None:
    """A test of a binding rule all of whose cases are violations."""
    if rule.select is None or rule.status != "binding":
        return None
    return next((test for test in rule.tests if test.expect == "violation"), None)


def queue(client: Any, name: str) -> str:
    """URL of the queue (sqs:GetQueueUrl). Raises Unmet when there is none."""
    try:
        return str(client.get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" not in error.response["Error"]["Code"]:
            raise
        raise Unmet(Breach("compliance_alerts.no_canary_queue", {"queue": name})) from error


def run(
    clients: Callable[[str], Any],
    topic: str,
    url: str,
    pack: Pack,
    language: Language,
    now: datetime,
    seconds: float,
) -> Trial:
    """Send the alert of a planted violation as a canary, and fetch it (sns:Publish, sqs:ReceiveMessage,
    sqs:DeleteMessage).

    :param clients: makes a client of a service.
    :param seconds: give up after so long.
    """
    rule, finding = plant(pack)
    alert = Alert(
        kind="new",
        rule=rule.id,
        employer_id=finding["employer_id"],
        severity=rule.severity,
        sent_as=rule.severity,
        cases=(Case(finding["reference"], now, uuid.uuid4().hex),),
        artefact=ARTEFACT,
    )
    alerts.publish(clients("sns"), topic, alert, language, pack, references=1, canary=True)
    wanted = alert.attributes(language)["deduplication_id"]["StringValue"]
    began = time.monotonic()
    bodies: dict[str, str] = {}
    deadline, arrived = began + seconds, None
    while time.monotonic() < deadline:
        bodies |= _receive(clients("sqs"), url, wanted)
        if bodies and arrived is None:
            arrived = time.monotonic()
            deadline = min(deadline, arrived + LINGER_SECONDS)
    return Trial(finding, bodies, round((arrived or time.monotonic()) - began, 2))


def _receive(client: Any, url: str, wanted: str) -> dict[str, str]:
    """Bodies of our messages, which are taken away, by id."""
    answer = client.receive_message(
        QueueUrl=url,
        MessageAttributeNames=["deduplication_id"],
        MaxNumberOfMessages=10,
        VisibilityTimeout=HIDDEN_SECONDS,
        WaitTimeSeconds=LINGER_SECONDS,
    )
    found = {}
    for message in answer.get("Messages", []):
        if message.get("MessageAttributes", {}).get("deduplication_id", {}).get("StringValue") == wanted:
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found[message["MessageId"]] = message["Body"]
    return found
