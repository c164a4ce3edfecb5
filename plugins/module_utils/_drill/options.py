# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of dr_failover_test, and the site they describe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import TARGETS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.site import Limits, Measuring, Site
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import LANGUAGE, platform, required

VERDICTS = ("fail", "aborted", "refused")
IDENTITY = ("Platform", "Environment")


SPEC: dict[str, dict[str, Any]] = {
    "scenario": {"type": "str"},
    "variants": {"type": "list", "elements": "str", "default": []},
    "repeat": {"type": "int", "default": 1},
    "rate": {"type": "float", "default": 100.0},
    "steady_seconds": {"type": "float", "default": 1.0},
    "settle_seconds": {"type": "float", "default": 1.0},
    "confirm": {"type": "str"},
    "resume": {"type": "bool", "default": False},
    "due": {"type": "bool", "default": False},
    "intervals": {"type": "dict", "default": {}},
    **platform("name", "environment", "account_id", "region", "recovery_region"),
    "reach": {"type": "dict", "required": True},
    "canary": {"type": "str", "default": "canary"},
    "resources": {
        "type": "dict",
        "required": True,
        "options": required("database", "recovery_database", "cache", "broker", "domain", "canary_record"),
    },
    "targets": {
        "type": "dict",
        "required": True,
        "options": {
            name: {
                "type": "dict",
                "required": True,
                "options": required("rto_seconds", "rpo_seconds", kind="float"),
            }
            for name in TARGETS
        },
    },
    "limits": {
        "type": "dict",
        "required": True,
        "options": required(
            "lag_seconds", "backup_age_minutes", "unacknowledged_seconds", "duration_seconds", kind="float"
        ),
    },
    "freeze": {
        "type": "dict",
        "default": {"timezone": "Asia/Tokyo", "windows": []},
        "options": {
            "timezone": {"type": "str", "default": "Asia/Tokyo"},
            "windows": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": required("start", "end", "reason"),
            },
        },
    },
    "drills_dir": {"type": "path", "required": True},
    "scenarios_dir": {"type": "path"},
    "revision": {"type": "str", "required": True},
    "fail_on": {"type": "list", "elements": "str", "choices": list(VERDICTS), "default": list(VERDICTS)},
    **LANGUAGE,
}


def site_of(params: Mapping[str, Any]) -> Site:
    platform, resources, pooler = params["platform"], params["resources"], params["reach"]["pooler"]
    names = {
        "environment": platform["environment"],
        "prefix": f"{platform['name']}-{platform['environment']}",
        "region": platform["region"],
        "recovery_region": platform["recovery_region"],
        "canary": params["canary"],
        "pooler": f"{pooler['host']}:{pooler['port']}",
        **resources,
    }
    return Site(
        environment=platform["environment"],
        account_id=platform["account_id"],
        region=platform["region"],
        recovery_region=platform["recovery_region"],
        tags={tag: platform["tags"][tag] for tag in IDENTITY},
        names=names,
        canary=params["canary"],
        reach=params["reach"],
        limits=Limits(**params["limits"]),
        measuring=Measuring(params["rate"], params["steady_seconds"], params["settle_seconds"]),
        targets=params["targets"],
    )
