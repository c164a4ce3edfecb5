# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What checklist_verify does: select, read and judge, join with attestations, record, copy to the bucket."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import load_checklist
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import (
    VERDICTS,
    Breach,
    Judgement,
    Platform,
    World,
    load_checks,
    run,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.attestation import (
    DEFAULT_ATTESTATIONS,
    Attestation,
    load_attestations,
)
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.bucket import NotPublished, publish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.conclude import conclude
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.files import StoreLocked
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.gate import GOOD
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Draft
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused, told
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.store import Store, StoreDamaged
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language

with suppress(ImportError):  # the action plugins import boto3 themselves and say so
    from botocore.exceptions import BotoCoreError, ClientError


def verify(params: Mapping[str, Any], clients: Any, now: datetime, check_mode: bool) -> dict[str, Any]:
    """Judge the selected items and record the verdicts; in check mode judge only. Returns the task's result.

    ``params`` are the options of checklist_verify, ``clients`` an ``_aws.session.Clients``. Raises ChecklistError,
    RequirementError and TrustError for input that cannot be understood, before the first read; Refused for the wrong
    account, a store that is locked or damaged, and copies that could not be made.
    """
    started = time.monotonic()
    checklist = load_checklist()
    platform = Platform(**params["platform"], revision=params["revision"])
    selected = checklist.select(params["items"])
    checks = load_checks()
    requirements = load_requirements().tightened(params["requirements"])
    directory = Path(params["attestations_dir"] or DEFAULT_ATTESTATIONS)
    keys = Path(params["trusted_keys"]) if params["trusted_keys"] else None
    attestations = load_attestations(checklist.items, platform.environment, now, directory, keys)
    caller = caller_of(clients, platform.account_id, platform.environment)

    world = World(platform, clients, now)
    judged = {each.item: each for each in run([i for i in selected if i in checks], world, requirements, checks=checks)}
    by_id = checklist.by_id()
    conclusions = (conclude(by_id[item], judged.get(item), attestations, now) for item in selected)
    concluded = [conclusion for conclusion in conclusions if conclusion is not None]
    result = _result(concluded, selected, attestations.problems, params["language"])
    if not check_mode:
        _record(params, platform, caller, concluded, clients, now, result)
    failed = sorted(item for item, verdict in result["verdicts"].items() if verdict in params["fail_on"])
    if failed:
        result.update(
            failed=True, msg=told(Breach("core.verify_failed", {"items": ", ".join(failed)}))[params["language"]]
        )
    result["elapsed"] = round(time.monotonic() - started, 3)
    result["api_calls"] = dict(getattr(clients, "calls", {}))
    return result


def caller_of(clients: Any, account_id: str, environment: str) -> str:
    """Return the ARN of who reads. Raises Refused where it is another account than the environment's."""
    try:
        caller = clients.caller()
    except (BotoCoreError, ClientError) as error:
        raise Refused([Breach("core.caller_unreadable", {"error": str(error)})]) from error
    if caller["account"] != account_id:
        params = {"account": caller["account"], "expected": account_id, "environment": environment}
        raise Refused([Breach("core.account_mismatch", params)])
    return str(caller["arn"])


def _record(
    params: Mapping[str, Any],
    platform: Platform,
    caller: str,
    concluded: Sequence[tuple[Judgement, Attestation | None]],
    clients: Any,
    now: datetime,
    result: dict[str, Any],
) -> None:
    store = Store(Path(params["evidence_dir"]))
    drafts = [
        Draft(
            item=judgement.item,
            verdict=judgement.verdict,
            required=judgement.required,
            observed=judgement.observed,
            breaches=judgement.breaches,
            environment=platform.environment,
            account=platform.account_id,
            region=platform.region,
            caller=caller,
            revision=params["revision"],
            checked_at=judgement.checked_at,
            expires_at=judgement.expires_at,
            attestation=statement.summary() if statement else None,
            endpoint=params.get("endpoint_url"),
        )
        for judgement, statement in concluded
    ]
    try:
        records, recovered = store.append(drafts)
    except StoreLocked as error:
        raise Refused([Breach("core.store_locked", {"holder": str(error)})], result) from error
    except StoreDamaged as error:
        raise Refused(error.problems, result) from error
    result["recorded"] = len(records)
    result["recovered"] = [f"{record['item']}/{record['sequence']:06d}" for record in recovered]
    if params["bucket"]:
        try:
            result["published"] = publish(
                clients.client("s3", platform.region),
                params["bucket"],
                platform.environment,
                store,
                now,
                params["bucket_retention_days"],
            )
        except NotPublished as error:
            result["only_local"] = error.only_local
            records_named = "; ".join(f"{name}: {why}" for name, why in error.only_local.items())
            breach = Breach("core.not_published", {"bucket": params["bucket"], "records": records_named})
            raise Refused([breach], result) from error


def _result(
    concluded: Sequence[tuple[Judgement, Attestation | None]],
    selected: Sequence[str],
    problems: Sequence[Breach],
    language: Language,
) -> dict[str, Any]:
    verdicts = {judgement.item: judgement.verdict for judgement, _statement in concluded}
    counts = Counter(verdicts.values())
    return {
        "changed": False,
        "verdicts": verdicts,
        "summary": {verdict: counts[verdict] for verdict in VERDICTS},
        "failed_items": [item for item, verdict in verdicts.items() if verdict not in GOOD],
        "unchecked_items": [item for item in selected if item not in verdicts],
        "findings": [
            {
                "item": judgement.item,
                "verdict": judgement.verdict,
                "id": breach.id,
                "message": told(breach)[language],
                "remedy": told(breach, "remedy")[language],
            }
            for judgement, _statement in concluded
            for breach in judgement.breaches
        ],
        "attestation_problems": [told(problem)[language] for problem in problems],
        "recorded": 0,
        "recovered": [],
        "published": [],
    }
