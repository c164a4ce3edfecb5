# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``sla_report`` does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import LANGUAGE, platform, required
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, speaker
from ansible_collections.iworkz.platform.plugins.module_utils._sla.figures import NO_CALLER
from ansible_collections.iworkz.platform.plugins.module_utils._sla.month import Month
from ansible_collections.iworkz.platform.plugins.module_utils._sla.publish import paths, publish, published, statement
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import read
from ansible_collections.iworkz.platform.plugins.module_utils._sla.report import Terms, build
from ansible_collections.iworkz.platform.plugins.module_utils._sla.source import Get, Prometheus, at_url, through

SPEC: dict[str, dict[str, Any]] = {
    "month": {"type": "str", "default": ""},
    "services": {"type": "list", "elements": "str", "required": True},
    "public_services": {"type": "list", "elements": "str", "required": True},
    "uncalled_services": {"type": "list", "elements": "str", "default": []},
    "targets": {
        "type": "dict",
        "required": True,
        "options": required("availability_percent", "api_mean_ms", "api_p95_ms", kind="float"),
    },
    "outage_percent": {"type": "float", "default": 10.0},
    "prometheus_url": {"type": "str"},
    "prometheus": {
        "type": "dict",
        "options": {
            "namespace": {"type": "str", "default": "monitoring"},
            "service": {"type": "str", "default": "kube-prometheus-stack-prometheus"},
            "port": {"type": "str", "default": "http-web"},
        },
        "apply_defaults": True,
    },
    "report_dir": {"type": "path", "required": True},
    **platform("environment", "account_id", "region"),
    "revision": {"type": "str", "required": True},
    **LANGUAGE,
}


def run(params: Mapping[str, Any], clients: Clients, now: datetime, check_mode: bool) -> dict[str, Any]:
    """The module's result. Raises OSError; ValueError for input that cannot be, or a Prometheus that cannot be read.

    Check mode reads and judges, and writes nothing.
    """
    month = Month.parse(params["month"]) if params["month"] else Month.before(now)
    if now < month.begin:
        raise ValueError(f"{month} has not begun")
    terms = _terms(params)
    platform = params["platform"]
    context = Context(platform["environment"], platform["account_id"], platform["region"], params["revision"], now)
    readings = read(Prometheus(_get(params, clients)), params["services"], month.grid(now))
    report = build(month, readings, terms, context)
    say = speaker(load_catalogue())
    directory = Path(params["report_dir"]).absolute()
    before = statement(published(directory, str(month)))
    if not check_mode:
        publish(report, directory, say, params["language"])
    return _result(report, before, directory, say, params["language"])


def _terms(params: Mapping[str, Any]) -> Terms:
    public, uncalled = params["public_services"], params["uncalled_services"]
    if not public:
        raise ValueError("public_services: without one there is no platform to judge")
    for option, names in (("public_services", public), ("uncalled_services", uncalled)):
        if unknown := sorted(set(names) - set(params["services"])):
            raise ValueError(f"{option}: {', '.join(unknown)} not among the services")
    if both := sorted(set(public) & set(uncalled)):
        raise ValueError(f"uncalled_services: {', '.join(both)} is public, so customers call it")
    targets = params["targets"]
    return Terms(
        targets["availability_percent"],
        targets["api_mean_ms"],
        targets["api_p95_ms"],
        tuple(public),
        params["outage_percent"],
        tuple(uncalled),
    )


def _get(params: Mapping[str, Any], clients: Clients) -> Get:
    if params["prometheus_url"]:
        return at_url(params["prometheus_url"])
    tags = params["platform"]["tags"]
    described = connection.clusters(clients.client("eks"), lambda found: tags.items() <= found.items())
    clusters = [made for each in described if (made := connection.from_description(each))]
    if len(clusters) != 1:
        raise ValueError(f"{len(clusters)} clusters with the platform's tags can be reached; one is needed")
    (cluster,) = clusters
    sign = connection.Token(lambda: connection.token(clients.client("sts"), cluster.name), clients.renew)
    reader = Reader(cluster, sign)
    return through(reader, **params["prometheus"])


def _result(
    report: Mapping[str, Any], before: Mapping[str, Any], directory: Path, say: Say, language: str
) -> dict[str, Any]:
    month, verdict = report["month"], report["platform"]["verdict"]
    files = {form: str(path) for form, path in paths(directory, month).items()}
    verdicts = {service["name"]: service["verdict"] for service in report["services"]}
    after = statement(report)
    told = say(
        "sla.ui_console",
        month=month,
        environment=report["environment"],
        verdict=say(f"sla.ui_verdict_{verdict}")[language],
        services=sum(each != NO_CALLER for each in verdicts.values()),
        met=sum(each == "met" for each in verdicts.values()),
        missed=sum(each == "missed" for each in verdicts.values()),
        path=files["html"],
    )
    return {
        "changed": after != before,
        "month": month,
        "verdict": verdict,
        "verdicts": verdicts,
        "platform": report["platform"],
        "files": files,
        "msg": told[language],
        "diff": {"before": _lines(before), "after": _lines(after)},
    }


def _lines(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n" if value else ""
