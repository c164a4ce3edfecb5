# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Alertmanager's configuration: who is told of what, how soon, in which language, and what is held back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._slo.alerting import OUTAGE

Item = dict[str, Any]

SECRETS = "/etc/alertmanager/secrets/alertmanager-receivers"
TEMPLATES = "/etc/alertmanager/config/*.tmpl"
HEARTBEAT, NOBODY, OPERATORS = "heartbeat", "nobody", "operators"
PAGE = 'severity=~"page|critical"'
QUIET = 'severity=~"info|none"'
BOTH = "both"
"""The texts for those who read either language."""


@dataclass(frozen=True)
class Sinks:
    """Where messages go. ``topic`` is the ARN of the topic of alerts; the others as in ``platform_alert_sinks``."""

    topic: str
    region: str
    webhook: str
    heartbeat: str
    smarthost: str
    mail_from: str
    mail_username: str
    mail_tls: bool
    sns_endpoint: str


def configuration(
    alerting: Mapping[str, Any], sinks: Sinks, teams: Iterable[Mapping[str, Any]], operators: Iterable[str]
) -> Item:
    """The configuration, in which no secret stands: they are read from files below SECRETS.

    :param alerting: ``platform_alerting``.
    :param teams: ``platform_teams``.
    :param operators: addresses of those who are told what is no team's.
    """
    teams = list(teams)
    told = {
        OPERATORS: (list(operators), BOTH),
        **{team["name"]: ([team["contact"]], team["language"]) for team in teams},
    }
    return {
        "global": _global(sinks),
        "templates": [TEMPLATES],
        "route": _routes(alerting, [team["name"] for team in teams]),
        "inhibit_rules": inhibitions(),
        "receivers": [
            {"name": NOBODY},
            {"name": HEARTBEAT, "webhook_configs": [_webhook(sinks.heartbeat, "heartbeat-token", resolved=False)]},
            *(
                _receiver(severity, name, addresses, language, sinks)
                for name, (addresses, language) in told.items()
                for severity in ("page", "ticket")
            ),
        ],
    }


def receiver(severity: str, who: str) -> str:
    return f"{severity}-{who}"


def inhibitions() -> list[Item]:
    """What is held back while something worse of the same cause is told.

    Labels that both lack count as equal, so each rule names what has them.
    """
    slo = 'alertname=~"SLO.+"'
    return [
        # A budget that burns fast burns slowly, too.
        {"source_matchers": [slo, 'severity="page"'], "target_matchers": [slo, 'severity="ticket"'],
         "equal": ["service", "slo"]},
        # What lies below the services is mended first.
        {"source_matchers": [f'alertname="{OUTAGE}"'], "target_matchers": [slo]},
        # A replica of what is down is behind as well.
        {"source_matchers": ['alertname=~"PostgresDown|RedisDown"'],
         "target_matchers": ['alertname=~"Postgres.+|Redis.+"', 'severity="ticket"'], "equal": ["component"]},
        # The chart's own alerts.
        {"source_matchers": ['severity="critical"'], "target_matchers": ['severity=~"warning|info"'],
         "equal": ["namespace", "alertname"]},
        {"source_matchers": ['severity="warning"'], "target_matchers": ['severity="info"'],
         "equal": ["namespace", "alertname"]},
        {"source_matchers": ['alertname="InfoInhibitor"'], "target_matchers": ['severity="info"'],
         "equal": ["namespace"]},
    ]  # fmt: skip


def _global(sinks: Sinks) -> Item:
    found: Item = {
        "smtp_smarthost": sinks.smarthost,
        "smtp_from": sinks.mail_from,
        "smtp_require_tls": sinks.mail_tls,
        "resolve_timeout": "5m",
    }
    if sinks.mail_username:
        found |= {"smtp_auth_username": sinks.mail_username, "smtp_auth_password_file": f"{SECRETS}/smtp-password"}
    return found


def _routes(alerting: Mapping[str, Any], teams: list[str]) -> Item:
    every = alerting["heartbeat_interval"]
    return {
        "receiver": receiver("ticket", OPERATORS),
        "group_by": ["alertname", "service", "namespace"],
        "group_wait": alerting["group_wait"],
        "group_interval": alerting["group_interval"],
        "repeat_interval": alerting["repeat_interval"]["ticket"],
        "routes": [
            {"matchers": ['alertname="Watchdog"'], "receiver": HEARTBEAT, "group_by": ["alertname"],
             "group_wait": "0s", "group_interval": every, "repeat_interval": every},
            {"matchers": [QUIET], "receiver": NOBODY},
            *(_team(team, label, alerting) for team in teams for label in ("team", "namespace")),
            _pages(OPERATORS, alerting),
        ],
    }  # fmt: skip


def _team(team: str, label: str, alerting: Mapping[str, Any]) -> Item:
    """A team's own alerts, and those of the cluster about its namespace, which has its name."""
    return {
        "matchers": [f'{label}="{team}"'],
        "receiver": receiver("ticket", team),
        "routes": [_pages(team, alerting)],
    }


def _pages(who: str, alerting: Mapping[str, Any]) -> Item:
    return {
        "matchers": [PAGE],
        "receiver": receiver("page", who),
        "repeat_interval": alerting["repeat_interval"]["page"],
    }


def _receiver(severity: str, who: str, addresses: list[str], language: str, sinks: Sinks) -> Item:
    """Everyone by mail, and the system for incidents; those who are to be woken through the topic as well."""
    found: Item = {
        "name": receiver(severity, who),
        "email_configs": [_mail(address, language) for address in addresses],
        "webhook_configs": [_webhook(sinks.webhook, "webhook-token")],
    }
    if severity == "page":
        found["sns_configs"] = [_sns(sinks, language)]
    return found


def _mail(address: str, language: str) -> Item:
    return {
        "to": address,
        "send_resolved": True,
        "headers": {"Subject": _template(f"platform.subject.{language}")},
        "text": _template(f"platform.text.{language}"),
        "html": "",
    }


def _sns(sinks: Sinks, language: str) -> Item:
    found: Item = {
        "topic_arn": sinks.topic,
        "sigv4": {"region": sinks.region},
        # SNS takes a subject of ASCII letters only: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
        "subject": _template("platform.subject.ascii"),
        "message": _template(f"platform.text.{language}"),
        "send_resolved": True,
    }
    if sinks.sns_endpoint:
        found["api_url"] = sinks.sns_endpoint
    return found


def _webhook(url: str, token: str, *, resolved: bool = True) -> Item:
    credentials = {"type": "Bearer", "credentials_file": f"{SECRETS}/{token}"}
    return {"url": url, "send_resolved": resolved, "http_config": {"authorization": credentials}}


def _template(name: str) -> str:
    return f'{{{{ template "{name}" . }}}}'
