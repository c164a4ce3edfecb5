# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.2.2.4: violations raise alerts, tried with one that is planted and that no person is told of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _alert_trial
from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches, topics
from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_facts import Row, published, session
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, Unmet, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.alerts import topic_of
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language

METRICS = ("NumberOfNotificationsFailed",)


@check("2.2.2.4")
def alerted(world: World, required: dict[str, Any]) -> Finding:
    name = f"{world.platform.prefix}-compliance"
    topic = f"arn:aws:sns:{world.platform.region}:{world.platform.account_id}:{name}"
    if topic not in world.once(topics):
        raise Unmet(Breach("compliance_alerts.no_topic", {"topic": name}))
    key = world.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"].get("KmsMasterKeyId")
    breaches = [] if key else [Breach("compliance_alerts.not_encrypted", {"topic": name})]
    recipients = world.once(recipients_of)
    breaches += _recipient_breaches(world, topic, recipients)
    alarms, unwatched = alarm_breaches(world, name, "AWS/SNS", {"TopicName": name}, METRICS)
    queue = f"{name}-canary"
    url = _alert_trial.queue(world.client("sqs"), queue)
    pack = world.once(published).pack
    language: Language = "ja" if any(one["language"] == "ja" for one in recipients) else "en"
    seconds = required["delivery_seconds"]
    trial = _alert_trial.run(world.client, topic, url, pack, language, world.now, seconds)
    breaches += [*unwatched, *trial_breaches(trial, pack, language, queue, seconds)]
    observed = {
        "topic": name,
        "kms_key": key,
        "recipients": sorted(f"{one['name']} ({one['min_severity']}, {one['language']})" for one in recipients),
        "alarms": alarms,
        "trial": {
            "rule": trial.finding["rule"],
            "article": trial.finding["article"][language],
            "reference": trial.finding["reference"],
            "arrived": len(trial.bodies),
            "seconds": trial.seconds,
        },
    }
    return Finding(observed, tuple(breaches))


def recipients_of(world: World) -> list[Row]:
    """Who is to be told, as the registry has it: ``world.once(recipients_of)``."""
    with session(world) as registry:
        if not registry.exists:
            raise Unmet(Breach("compliance.no_registry", {}))
        return list(registry.recipients().values())


def trial_breaches(
    trial: _alert_trial.Trial, pack: Pack, language: Language, queue: str, seconds: float
) -> Iterator[Breach]:
    """Whether the alert came once, says which article and which case, and tells nothing of anybody."""
    if not trial.bodies:
        yield Breach("compliance_alerts.not_delivered", {"queue": queue, "seconds": seconds})
        return
    if len(trial.bodies) > 1:
        yield Breach("compliance_alerts.delivered_more_than_once", {"queue": queue, "times": len(trial.bodies)})
    (body, *_more), finding = trial.bodies.values(), trial.finding
    wanted = {
        "the rule": finding["rule"],
        "the law": finding["law"][language],
        "the article": finding["article"][language],
        "the reference": finding["reference"],
    }
    missing = [name for name, text in wanted.items() if text not in body]
    if missing:
        yield Breach("compliance_alerts.content_missing", {"missing": ", ".join(missing)})
    personal = {
        column.name for table in pack.schema.values() for column in table.columns.values() if column.personal != "none"
    }
    told = {**finding["facts"], **finding["key"]}
    for name in sorted(personal & told.keys()):
        if isinstance(told[name], str) and told[name] in body:
            yield Breach("compliance_alerts.personal_data", {"column": name})


def _recipient_breaches(world: World, topic: str, recipients: Iterable[Row]) -> list[Breach]:
    """Who is declared, and would not be told, or would be told of verifications."""
    found = list(recipients)
    breaches = [] if found else [Breach("compliance_alerts.no_recipients", {})]
    for one in found:
        arn = topic_of(one, topic)
        who = {"recipient": one["name"]}
        policies = [
            _policy(world, each["SubscriptionArn"])
            for each in _subscriptions(world, arn)
            if one["kind"] == "sns" or (each["Protocol"], each["Endpoint"]) == (one["kind"], one["address"])
        ]
        wanted = {"severity": one["min_severity"], "language": one["language"]}
        if not policies:
            breaches.append(Breach("compliance_alerts.not_subscribed", {**who, "topic": arn.rsplit(":", 1)[-1]}))
        elif not any(selects(each, wanted) for each in policies):
            breaches.append(Breach("compliance_alerts.filtered_out", {**who, **wanted}))
        # What a topic of their own is told comes from here only when it is an alert.
        if arn == topic and any(selects(each, {**wanted, "canary": "true"}) for each in policies):
            breaches.append(Breach("compliance_alerts.canaries_let_through", who))
    return breaches


def _subscriptions(world: World, topic: str) -> list[dict[str, str]]:
    """Confirmed subscriptions of a topic, but for verifications' own (sns:ListSubscriptionsByTopic)."""
    if topic not in world.once(topics):
        return []
    pages = world.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    return [
        one
        for page in pages
        for one in page["Subscriptions"]
        if one["SubscriptionArn"].startswith("arn:") and not one["Endpoint"].endswith("-compliance-canary")
    ]


def _policy(world: World, subscription: str) -> dict[str, Any]:
    """The filter policy of a subscription (sns:GetSubscriptionAttributes), empty when it lets everything through."""
    found = world.client("sns").get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    policy: dict[str, Any] = json.loads(found.get("FilterPolicy") or "{}")
    return policy


def selects(policy: Mapping[str, Any], attributes: Mapping[str, str]) -> bool:
    """Whether a filter policy lets a message with these attributes through: words, and whether an attribute is there.

    Raises ValueError for anything else in it, which the platform doesn't declare.
    """
    return all(any(_matches(each, attributes.get(name)) for each in rules) for name, rules in policy.items())


def _matches(rule: Any, value: str | None) -> bool:
    if isinstance(rule, str):
        return rule == value
    if isinstance(rule, dict) and list(rule) == ["exists"]:
        return bool(rule["exists"]) == (value is not None)
    raise ValueError(f"the filter policy has {json.dumps(rule)}: only words and exists can be judged")
