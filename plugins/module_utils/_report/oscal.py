# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report as OSCAL 1.1.2 assessment results. Pure.

Each checked item has an observation (the sealed record) and every item a finding on the objective
C(item-<id>). Identifiers are UUIDs of version 5, so the same content always has the same ones.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import GOOD

OSCAL_VERSION = "1.1.2"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:iworkz:platform:readiness")
PROPERTY_NAMESPACE = "urn:iworkz:platform"

# OSCAL knows how a finding's state came about: by evaluation (pass, fail) or otherwise.
REASONS = {"pass": "pass", "fail": "fail"}


def oscal(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return the assessment-results document."""
    content = {key: value for key, value in report.items() if key != "generated_at"}
    seal = json.dumps(content, sort_keys=True, ensure_ascii=False)
    times = sorted(item["evidence"]["checked_at"] for item in report["items"] if item["evidence"]["checked_at"])
    result: dict[str, Any] = {
        "uuid": _uuid("result", seal),
        "title": f"Launch readiness of {report['environment']}: {report['decision']}",
        "description": f"All {len(report['items'])} items of the launch checklist, judged from sealed evidence.",
        "start": times[0] if times else report["generated_at"],
        "end": report["generated_at"],
        "props": _props({"decision": report["decision"], "environment": report["environment"]}),
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
        "findings": [_finding(item, report) for item in report["items"]],
    }
    observations = [_observation(item) for item in report["items"] if item["evidence"]["sha256"]]
    if observations:
        result["observations"] = observations
    return {
        "assessment-results": {
            "uuid": _uuid("document", seal),
            "metadata": {
                "title": "iWORKZ launch readiness",
                "last-modified": report["generated_at"],
                "version": report["revision"],
                "oscal-version": OSCAL_VERSION,
            },
            "import-ap": {"href": "#" + _uuid("plan", "checklist")},
            "results": [result],
        }
    }


def _uuid(kind: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{kind}:{name}"))


def _props(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Properties; one without a value is left out, since OSCAL allows no empty ones."""
    return [
        {"name": name, "ns": PROPERTY_NAMESPACE, "value": str(value)}
        for name, value in values.items()
        if value not in (None, "")
    ]


def _observation(item: Mapping[str, Any]) -> dict[str, Any]:
    evidence = item["evidence"]
    facts = {"required": item["required"], "observed": item["observed"]}
    return {
        "uuid": _uuid("observation", evidence["sha256"]),
        "title": f"{item['id']} {item['title']['en']}",
        "description": json.dumps(facts, ensure_ascii=False, sort_keys=True),
        "props": _props({key: evidence[key] for key in ("sha256", "previous", "account", "region", "caller")}),
        "methods": ["EXAMINE" if item["kind"] == "attested" else "TEST"],
        "collected": evidence["checked_at"],
        "expires": evidence["expires_at"],
    }


def _finding(item: Mapping[str, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    place = f"{report['environment']}:{report['account']}:{item['id']}"
    finding = {
        "uuid": _uuid("finding", f"{place}:{item['verdict']}:{item['evidence']['sha256']}"),
        "title": f"{item['id']} {item['title']['en']}",
        "description": item["message"]["en"],
        "props": _props({"verdict": item["verdict"], "role": item["role"], "kind": item["kind"]}),
        "target": {
            "type": "objective-id",
            "target-id": f"item-{item['id']}",
            "title": item["verify"]["en"],
            "status": {
                "state": "satisfied" if item["verdict"] in GOOD else "not-satisfied",
                "reason": REASONS.get(item["verdict"], "other"),
            },
        },
    }
    if item["evidence"]["sha256"]:
        finding["related-observations"] = [{"observation-uuid": _uuid("observation", item["evidence"]["sha256"])}]
    return finding
