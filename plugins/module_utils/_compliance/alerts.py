# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alerts: which findings are to be told of now, to whom, and that it was done.

What is due is read from the registry, not from the run: one that was interrupted before it told of its findings leaves
them due. A finding is marked after SNS has taken its message, so a message may come twice, with one deduplication_id,
and none is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.alert_text import Alert, Case
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, Row
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import SEVERITIES
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.settings import AlertSettings
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language

with suppress(ImportError):  # whoever made the client has boto3
    from botocore.exceptions import BotoCoreError, ClientError

KINDS = ("new", "escalated", "resolved")
_TOLD_OR_OPEN = """
SELECT f.reference, f.rule, f.employer_id, f.severity, f.first_seen_at, f.resolved_at, f.alerted_at, f.alerted_severity,
       f.verdict = ANY(%s) AND f.status = ANY(%s) AS counts, e.artefact_key, e.finished_at
FROM findings f JOIN evaluations e ON e.id = f.last_evaluation
WHERE f.alerted_at IS NOT NULL OR f.resolved_at IS NULL
ORDER BY f.rule, f.employer_id, f.reference
"""
_TOLD = "UPDATE findings SET alerted_at = %s, alerted_severity = %s WHERE reference = ANY(%s)"
# Should it come back, it is a new one.
_OVER = "UPDATE findings SET alerted_at = NULL, alerted_severity = NULL WHERE reference = ANY(%s)"

# By topic and language, the least severe that somebody wants to be told of.
Audiences = dict[tuple[str, Language], str]


@dataclass
class Told:
    """Cases told of by kind, the messages that took, cases nobody wants to hear of, and errors by topic."""

    cases: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    messages: int = 0
    unwanted: int = 0
    errors: dict[str, str] = field(default_factory=dict)


def at_least(severity: str, least: str) -> bool:
    """Whether a severity is as severe as another, or more."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(least)


def audiences(recipients: Iterable[Mapping[str, Any]], topic: str) -> Audiences:
    """Who is to be told of what.

    :param recipients: of the registry. Those of the kind ``sns`` are topics themselves; all others are subscribed to
        the engine's own, and select by language and severity there.
    """
    found: Audiences = {}
    for each in recipients:
        place = (topic_of(each, topic), each["language"])
        if place not in found or not at_least(each["min_severity"], found[place]):
            found[place] = each["min_severity"]
    return found


def topic_of(recipient: Mapping[str, Any], topic: str) -> str:
    """ARN of the topic that a recipient is told by: the engine's, or their own, given by its ARN or name."""
    if recipient["kind"] != "sns":
        return topic
    address = str(recipient["address"])
    return address if address.startswith("arn:") else f"{topic.rpartition(':')[0]}:{address}"


def publish(
    client: Any,
    topic: str,
    alert: Alert,
    language: Language,
    pack: Pack,
    references: int,
    **canary: bool,
) -> str:
    """Hand an alert to SNS (sns:Publish); return the id of the message. Raises ClientError."""
    answer = client.publish(
        TopicArn=topic,
        Subject=alert.subject(),
        Message=alert.text(pack, language, references),
        MessageAttributes=alert.attributes(language, **canary),
    )
    return str(answer["MessageId"])


def tell(
    registry: Registry,
    client: Any,
    found: Iterable[Alert],
    wanted: Audiences,
    pack: Pack,
    settings: AlertSettings,
    now: datetime,
) -> Told:
    """Send the alerts that somebody wants, and mark their findings. A topic that refuses does not stop the others.

    :param client: for sns.
    """
    told = Told()
    for alert in found:
        places = [place for place, least in wanted.items() if at_least(alert.sent_as, least)]
        if not places:
            told.unwanted += len(alert.cases)
            continue
        taken = True
        for topic, language in places:
            try:
                publish(client, topic, alert, language, pack, settings.references)
                told.messages += 1
            except (BotoCoreError, ClientError) as error:
                told.errors[topic] = str(error)
                taken = False
        if taken:
            _mark(registry, alert, now)
            told.cases[alert.kind] += len(alert.cases)
    return told


def due(registry: Registry, settings: AlertSettings, now: datetime, region: str, bucket: str) -> Iterator[Alert]:
    """The alerts that are due, the most severe first.

    :param bucket: where the artefacts are, in that region.
    """
    rows = registry.rows(_TOLD_OR_OPEN, (list(settings.verdicts), list(settings.statuses)))
    kinds = ((kind_of(row, settings, now), row) for row in rows)
    chosen = [(_group(kind, row), row) for kind, row in kinds if kind is not None]
    chosen.sort(key=lambda one: one[0])
    for (_rank, kind, rule, employer), same in groupby(chosen, key=lambda one: one[0]):
        found = [row for _key, row in same]
        latest = max(found, key=lambda row: row["finished_at"])["artefact_key"]
        yield Alert(
            kind=kind,
            rule=rule,
            employer_id=employer or None,
            severity=found[0]["severity"],
            sent_as=min((_sent_as(kind, row) for row in found), key=SEVERITIES.index),
            cases=tuple(_case(kind, row) for row in found),
            artefact=link(region, bucket, f"{latest}findings.jsonl.gz"),
        )


def kind_of(row: Row, settings: AlertSettings, now: datetime) -> str | None:
    """Why a finding is to be told of now; None when it isn't."""
    if row["resolved_at"] is not None:
        return "resolved"
    if not row["counts"]:
        return None
    if row["alerted_at"] is None:
        return "new"
    hours = settings.again_after_hours.get(row["severity"])
    old = hours is not None and row["alerted_at"] <= now - timedelta(hours=hours)
    return "escalated" if old or not at_least(row["alerted_severity"], row["severity"]) else None


def link(region: str, bucket: str, key: str) -> str:
    """Where a person finds an object: its name is no secret, and reading it takes permission."""
    return f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix={key}"


def _group(kind: str, row: Row) -> tuple[int, str, str, str]:
    return SEVERITIES.index(row["severity"]), kind, row["rule"], row["employer_id"] or ""


def _sent_as(kind: str, row: Row) -> str:
    """The severity by which recipients are chosen: who was told of a finding is told that it is gone; one that stays is
    told a step more severe, which reaches those who want to hear of little else."""
    severity: str = row["severity"]
    if kind == "resolved":
        return str(row["alerted_severity"])
    if kind == "new" or not at_least(row["alerted_severity"], severity):
        return severity
    return SEVERITIES[max(SEVERITIES.index(severity) - 1, 0)]


def _case(kind: str, row: Row) -> Case:
    moment = {"new": "first_seen_at", "escalated": "alerted_at", "resolved": "resolved_at"}[kind]
    return Case(row["reference"], row["first_seen_at"], row[moment].isoformat())


def _mark(registry: Registry, alert: Alert, now: datetime) -> None:
    references = [each.reference for each in alert.cases]
    if alert.kind == "resolved":
        registry.execute(_OVER, (references,))
    else:
        registry.execute(_TOLD, (now, alert.sent_as, references))
