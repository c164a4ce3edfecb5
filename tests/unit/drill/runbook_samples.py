"""Scenarios as roles/dr/files/scenarios has them, and the place their runbooks are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Place

PLACE = Place(
    environment="sandbox",
    account="123456789012",
    names={
        "prefix": "iworkz-sandbox",
        "region": "ap-northeast-1",
        "recovery_region": "ap-northeast-3",
        "database": "iworkz-sandbox-postgres",
        "recovery_database": "iworkz-sandbox-postgres-recovery",
        "cache": "iworkz-sandbox-redis",
        "broker": "iworkz-sandbox-mq",
        "domain": "sandbox.iworkz.internal",
        "canary_record": "postgres-canary.sandbox.iworkz.internal",
        "canary": "canary",
        "pooler": "pgbouncer.sandbox.iworkz.internal:6432",
    },
    targets={
        "zone": {"rto_seconds": 120, "rpo_seconds": 0},
        "region": {"rto_seconds": 3600, "rpo_seconds": 300},
        "cache": {"rto_seconds": 60, "rpo_seconds": 10},
        "queue": {"rto_seconds": 300, "rpo_seconds": 0},
    },
    revision="3f9c2ab",
)


def both(en: str, ja: str) -> dict[str, str]:
    return {"en": en, "ja": ja}


def step(name: str, en: str, ja: str, manual: str, **changes: Any) -> dict[str, Any]:
    sample = {"id": name, "action": "rds_failover", "params": {"database": "{database}"}, "timeout_seconds": 600}
    return {**sample, "what": both(en, ja), "manual": both(manual, manual), **changes}


def scenario(name: str = "database_az", **changes: Any) -> dict[str, Any]:
    """A scenario with a step in some stages; ``changes`` replace its keys."""
    failover = "aws rds reboot-db-instance --db-instance-identifier {database} \\\n  --force-failover"
    watch = "aws rds describe-db-instances --region {region} \\\n  --query '{{Zone: DBInstances[0].AvailabilityZone}}'"
    return {
        "name": name,
        "title": both("The database's zone is lost", "データベースのゾーンが失われた"),
        "purpose": both("The primary of `{database}` is gone.", "`{database}`のプライマリが停止した。"),
        "targets": "zone",
        "probes": ["postgres"],
        "variants": [{"name": "asynchronous", "judges": ["rto"]}, {"name": "synchronous"}],
        "preconditions": [{"check": "standby_present", "params": {"database": "{database}"}}],
        "fault": [step("fail_over", "Force the failover", "フェイルオーバーを強制する", failover)],
        "observe": [
            step(
                "other_zone",
                "The primary stands in another zone <b>",
                "プライマリが別のゾーンで稼働する <b>",
                f"Look at `{{database}}`:\n{watch}",
                phase="promotion",
            )
        ],
        "hand_over": both("Tell the service owners.\nThen rest.", "サービス担当者に連絡する。\nその後は休む。"),
        **changes,
    }


def zone_scenario() -> dict[str, Any]:
    """One that combines others."""
    zone = both("A whole zone is lost", "ゾーン全体が失われた")
    return {
        "name": "availability_zone",
        "title": zone,
        "purpose": zone,
        "targets": "zone",
        "combines": ["database_az"],
        "hand_over": zone,
    }


def write(directory: Path, *scenarios: dict[str, Any]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for each in scenarios:
        text = yaml.safe_dump(each, allow_unicode=True, sort_keys=False)
        (directory / f"{each['name']}.yml").write_text(text, encoding="utf-8")
    return directory
