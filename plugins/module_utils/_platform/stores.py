# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stores: windows apart and at night, retention at or above the checklist's, room to grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from ansible_collections.iworkz.platform.plugins.module_utils._platform import windows
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, shown

# Shortest windows AWS accepts, minutes: RDS 30, ElastiCache 60.
SHORTEST = {"postgres": 30, "redis": 60}
BACKUP_WINDOW = {"postgres": "backup_window", "redis": "snapshot_window"}
MAINTENANCE_WINDOW = "maintenance_window"
# RDS refuses a storage ceiling that is not at least a tenth above the storage.
HEADROOM_PERCENT = 10


def check_stores(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge the sizes in ``platform_stores``."""
    postgres = values["platform_stores"]["postgres"]
    least = -(-postgres["storage_gb"] * (100 + HEADROOM_PERCENT) // 100)
    if postgres["max_storage_gb"] < least:
        params = {"value": postgres["max_storage_gb"], "least": least, "storage": postgres["storage_gb"]}
        yield Problem("platform.no_headroom", "platform_stores.postgres.max_storage_gb", params)


def check_retention(stores: Mapping[str, Any], floor: int) -> Iterator[Problem]:
    """Judge the backup retention against the checklist's floor, days."""
    days = stores["postgres"]["backup_retention_days"]
    if days < floor:
        params = {"value": days, "floor": floor}
        yield Problem("platform.retention", "platform_stores.postgres.backup_retention_days", params)


def check_windows(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge all windows: long enough, within ``platform_quiet_hours``, backup and maintenance apart."""
    hours = values["platform_quiet_hours"]
    try:
        quiet = windows.in_utc(hours["start"], hours["end"], hours["timezone"])
    except (ZoneInfoNotFoundError, ValueError):
        params = {"value": shown(hours["timezone"])}
        yield Problem("platform.not_a_timezone", "platform_quiet_hours.timezone", params)
        return
    told = f"{hours['start']}-{hours['end']} {hours['timezone']}"
    stores = values["platform_stores"]
    for store, key in BACKUP_WINDOW.items():
        path = f"platform_stores.{store}"
        spans = {
            key: windows.daily(stores[store][key]),
            MAINTENANCE_WINDOW: windows.weekly(stores[store][MAINTENANCE_WINDOW]),
        }
        for name, span in spans.items():
            yield from _check_window(f"{path}.{name}", stores[store][name], span, quiet, told, SHORTEST[store])
        if spans[key] & spans[MAINTENANCE_WINDOW]:
            params = {"value": stores[store][MAINTENANCE_WINDOW], "other_path": f"{path}.{key}"}
            other = {"other": stores[store][key]}
            yield Problem("platform.window_overlap", f"{path}.{MAINTENANCE_WINDOW}", {**params, **other})
    yield from _check_starts(stores, quiet, told)


def _check_window(
    path: str, window: str, span: windows.Minutes, quiet: windows.Minutes, told: str, shortest: int
) -> Iterator[Problem]:
    minutes = windows.length(window)
    if minutes < shortest:
        yield Problem("platform.window_short", path, {"value": window, "minutes": minutes, "shortest": shortest})
    elif not span <= quiet:
        yield Problem("platform.window_loud", path, {"value": window, "quiet": told})


def _check_starts(stores: Mapping[str, Any], quiet: windows.Minutes, told: str) -> Iterator[Problem]:
    """Amazon MQ and OpenSearch are given a beginning only."""
    maintenance, off_peak = stores["mq"]["maintenance_window"], stores["search"]["off_peak_start"]
    begins = windows.DAYS.index(maintenance["day"]) * windows.DAY + windows.clock(maintenance["time"])
    for path, value, inside in (
        ("platform_stores.mq.maintenance_window", f"{maintenance['day']}:{maintenance['time']}", begins in quiet),
        ("platform_stores.search.off_peak_start", off_peak, windows.clock(off_peak) in quiet),
    ):
        if not inside:
            yield Problem("platform.window_loud", path, {"value": value, "quiet": told})
