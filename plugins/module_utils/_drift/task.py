# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What module drift_record does: begin a check run's journal, seal it into records, and copy those to the bucket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift import journal
from ansible_collections.iworkz.platform.plugins.module_utils._drift.sealing import Sealed, seal
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.bucket import NotPublished, publish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused, told
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import BUCKET, LANGUAGE, platform

VERDICTS = ("pass", "fail", "unknown")
SPEC: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "required": True, "choices": ["begun", "sealed"]},
    "drift_dir": {"type": "path", "required": True},
    **platform("environment", "account_id", "region", tags=False),
    "revision": {"type": "str", "required": True},
    # Nightly runs, and half a day for one that came late.
    "shelf_life_hours": {"type": "int", "default": 36},
    **BUCKET,
    "fail_on": {"type": "list", "elements": "str", "choices": list(VERDICTS), "default": []},
    **LANGUAGE,
}


def begin(params: Mapping[str, Any], caller: str, now: datetime) -> dict[str, Any]:
    """Begin the journal; the result tells the callback where it is. Raises Refused and OSError."""
    platform = params["platform"]
    header = {
        "environment": platform["environment"],
        "account": platform["account_id"],
        "region": platform["region"],
        "caller": caller,
        "revision": params["revision"],
        "endpoint": params.get("endpoint_url"),
        "shelf_life_hours": params["shelf_life_hours"],
        "began_at": now.isoformat(),
    }
    try:
        path = journal.begin(Path(params["drift_dir"]), header)
    except journal.JournalHeld as error:
        raise Refused([Breach("drift.held", {"journal": str(error)})]) from error
    return {"changed": False, "journal": str(path), "language": params["language"]}


def finish(params: Mapping[str, Any], client: Any, now: datetime) -> dict[str, Any]:
    """Seal the run and copy its records to the bucket; C(client) is one of S3. Raises Refused and OSError."""
    directory = Path(params["drift_dir"])
    sealed = seal(directory / journal.NAME, now)
    result = _result(sealed, params["language"])
    if params["bucket"]:
        try:
            result["published"] = publish(
                client,
                params["bucket"],
                params["platform"]["environment"],
                Store(directory),
                now,
                params["bucket_retention_days"],
                kind="drift",
            )
        except NotPublished as error:
            result["only_local"] = error.only_local
            named = "; ".join(f"{name}: {why}" for name, why in error.only_local.items())
            breach = Breach("drift.not_published", {"bucket": params["bucket"], "records": named})
            raise Refused([breach], result) from error
    failed = sorted(item for item, verdict in result["verdicts"].items() if verdict in params["fail_on"])
    if failed:
        breach = Breach("drift.verdicts_failed", {"items": ", ".join(failed)})
        raise Refused([breach], result)
    return result


def _result(sealed: Sealed, language: str) -> dict[str, Any]:
    verdicts = {record["item"]: record["verdict"] for record in sealed.records}
    counts = Counter(verdicts.values())
    found: dict[str, list[str]] = {}
    for record in sealed.records:
        for each in record["breaches"]:
            found.setdefault(told(Breach(each["id"], each["params"]))[language], []).append(record["item"])
    return {
        "changed": False,
        "verdicts": verdicts,
        "summary": {verdict: counts[verdict] for verdict in VERDICTS},
        "findings": [{"items": items, "message": message} for message, items in found.items()],
        "recorded": len(sealed.records),
        "recovered": [f"{record['item']}/{record['sequence']:06d}" for record in sealed.recovered],
        "published": [],
    }
