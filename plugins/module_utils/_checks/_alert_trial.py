# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One planted violation, from its rule to the end of a subscription that nobody but verifications listens to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _canary
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

ARTEFACT = "-"
MARK = "deduplication_id"


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
    url = _canary.url_of(client, name)
    if url is None:
        raise Unmet(Breach("compliance_alerts.no_canary_queue", {"queue": name}))
    return url


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
    wanted = alert.attributes(language)[MARK]["StringValue"]

    def ours(message: Mapping[str, Any]) -> bool:
        return bool(message.get("MessageAttributes", {}).get(MARK, {}).get("StringValue") == wanted)

    bodies, elapsed = _canary.collect(lambda: _canary.receive(clients("sqs"), url, ours, (MARK,)), 1, seconds)
    return Trial(finding, bodies, elapsed)
