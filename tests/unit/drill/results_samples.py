"""Drill results as the drill makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PROBES = {"cache_node": ("redis",), "queue_broker": ("amqp",), "availability_zone": ("postgres", "redis", "amqp")}
VARIANTS = {"database_az": ("asynchronous", "synchronous"), "database_az_switchover": ("asynchronous", "synchronous")}
FAULT_AT = 10.0


def probe(rto: float, lost: int = 0, errors: int = 0) -> dict[str, Any]:
    return {
        "rate_per_second": 100,
        "resolution_seconds": 0.01,
        "acknowledged": 2500,
        "rto_seconds": rto,
        "outage_seconds": round(rto * 0.9, 3) if errors else None,
        "lost_rows": lost,
        "lost_seconds": lost / 100,
        "longest_stall_seconds": rto,
        "errors": {"OperationalError": errors} if errors else {},
        "gaps": [{"begins_seconds": 0.1, "seconds": rto}],
    }


def run(number: int, began: datetime, rto: float, lost: int, probes: tuple[str, ...]) -> dict[str, Any]:
    stages = (
        ("writers_steady", "measure", 0.0, 10.0),
        ("fail_over", "fault", FAULT_AT, 0.1),
        ("seen", "observe", FAULT_AT + 0.1, rto * 0.3),
        ("other_zone", "observe", FAULT_AT + 0.1 + rto * 0.3, rto * 0.4),
        ("settle", "measure", FAULT_AT + rto + 1.3, 4.0),
        ("remove_canaries", "cleanup", FAULT_AT + rto + 5.3, 0.2),
    )
    return {
        "number": number,
        "began_at": began.isoformat(),
        "load_average": 1.25,
        "probes": {name: probe(rto + place / 10, lost, errors=3) for place, name in enumerate(probes)},
        "phases": {
            "detection_seconds": round(rto * 0.3, 3),
            "promotion_seconds": round(rto * 0.4, 3),
            "repointing_seconds": None,
        },
        "steps": [
            {"id": name, "stage": stage, "began_seconds": at, "seconds": seconds, "outcome": "done"}
            for name, stage, at, seconds in stages
        ],
    }


def result(
    scenario: str = "database_az",
    *,
    ended: datetime = NOW - timedelta(hours=1),
    rto: float = 1.2,
    lost: int = 0,
    runs: int = 2,
    **changes: Any,
) -> dict[str, Any]:
    """A passing result; ``changes`` replace its keys."""
    began = ended - timedelta(minutes=5)
    probes = PROBES.get(scenario, ("postgres",))
    variants = []
    for slower, name in enumerate(VARIANTS.get(scenario, ("default",))):
        each = [run(number, began, rto + number / 10 + slower / 2, lost, probes) for number in range(1, runs + 1)]
        times = sorted(one["rto_seconds"] for each_run in each for one in each_run["probes"].values())
        median = times[(len(times) - 1) // 2]
        variants.append(
            {
                "name": name,
                "summary": {
                    "rto_seconds": {"median": median, "max": times[-1]},
                    "lost_rows": {"median": lost, "max": lost},
                    "lost_seconds": {"median": lost / 100, "max": lost / 100},
                    "outage_seconds": {"median": round(median * 0.9, 3), "max": round(times[-1] * 0.9, 3)},
                },
                "runs": each,
            }
        )
    return {
        "schema": 1,
        "id": f"{scenario}-{ended:%Y%m%dT%H%M%S}",
        "scenario": scenario,
        "environment": "sandbox",
        "account": "123456789012",
        "region": "ap-northeast-1",
        "revision": "3f9c2ab",
        "caller": "arn:aws:sts::123456789012:assumed-role/iworkz-drill/night",
        "started_at": began.isoformat(),
        "ended_at": ended.isoformat(),
        "verdict": "pass",
        "reasons": [],
        "targets": {"rto_seconds": 120, "rpo_seconds": 0},
        "variants": variants,
        "hands_free": True,
        **changes,
    }
