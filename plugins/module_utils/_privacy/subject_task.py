# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module ``data_subject`` does."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey, SignatureError
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import erasure, export, holds, rehearsal, setup
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.evidence import REHEARSALS, REQUESTS, Archive
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.person import EXPORTS
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT, Places, places
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.register import Erasure
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores, translated
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

PLACE: dict[str, Any] = {
    "prefix": {"type": "str", "required": True},
    "inventory": {"type": "dict", "required": True},
    "retention": {"type": "dict", "required": True},
    "search_role": {"type": "str"},
    "ca_bundle": {"type": "path"},
    "signing_key": {"type": "str", "no_log": False},
}
"""Options of every module that acts on data of persons."""
SPEC: dict[str, Any] = {
    **PLACE,
    "state": {"type": "str", "required": True, "choices": ["prepared", "exported", "erased", "rehearsed"]},
    "subject": {"type": "str", "no_log": True},
    "request": {"type": "str"},
    "export_bucket": {"type": "str"},
    "evidence_bucket": {"type": "str"},
    "kms_key": {"type": "str", "no_log": False},
    "template": {"type": "str", "no_log": True},
    "fresh_days": {"type": "int", "default": 30},
}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,99}")
"""Of persons and requests: what is neither a pattern of Redis nor a part of a path in S3."""
NEEDED = {
    "prepared": (),
    "exported": ("subject", "request", "export_bucket", "evidence_bucket"),
    "erased": ("subject", "request", "evidence_bucket"),
    "rehearsed": ("template", "export_bucket", "evidence_bucket"),
}
Result = dict[str, Any]


def run(params: Mapping[str, Any], check_mode: bool, clock: Any = time.monotonic) -> Result:
    """The task's result: counts, never data.

    Raises ReconcileError: Held, NotErased, a store that does not answer, an inventory that does not fit.
    """
    began = clock()
    wrong = [f"{name} is missing" for name in NEEDED[params["state"]] if not params[name]]
    wrong += [
        f"{name} must be letters, digits, - and _, at least three"
        for name in ("subject", "request", "template")
        if params[name] and not NAME.fullmatch(params[name])
    ]
    if wrong:
        raise InvalidInput(wrong)
    clients = Clients(params)
    declared = declared_places(params)
    opened = Stores(clients, params["prefix"], declared, params["ca_bundle"], params["search_role"], clients.region)
    with translated(), opened as stores:
        if check_mode and not stores.reachable:
            return {"changed": True, "created": [], "counts": {}}
        answer = Task(stores, params, check_mode).work()
    return {**answer, "elapsed": round(clock() - began, 1), "api_calls": dict(sorted(clients.calls.items()))}


def declared_places(params: Mapping[str, Any]) -> Places:
    """The places of a task's inventory. Raises ReconcileError for one that contradicts itself."""
    try:
        return places(params["inventory"], params["retention"])
    except (KeyError, ValueError) as error:
        raise ReconcileError(f"the inventory: {error}") from error


class Task:
    """One run."""

    def __init__(self, stores: Stores, params: Mapping[str, Any], check_mode: bool) -> None:
        self._stores = stores
        self._params = params
        self._check_mode = check_mode
        self._now = datetime.now(UTC)
        self._caller = stores.clients.caller()

    def work(self) -> Result:
        state, subject, request = (self._params[name] for name in ("state", "subject", "request"))
        if state == "prepared":
            done = setup.ensure(
                self._stores, self._stores.places.services, self._caller["arn"], check_mode=self._check_mode
            )
            return {"changed": bool(done), "created": done}
        if state == "exported":
            return self.export(subject, request, REQUESTS)
        if state == "erased":
            return self.erase(subject, request, REQUESTS, synthetic=False)
        return self.rehearse()

    def export(self, subject: str, request: str, shelf: str) -> Result:
        """Make, upload and record the export of a person."""
        made = export.make(self._stores, subject, request, self._now)
        counts = {place: count for place, count in made.counts.items() if count}
        result: Result = {
            "places": {"inventory": len(self._stores.places.names), "read": len(made.counts)},
            "counts": counts,
        }
        if self._check_mode:
            return {"changed": True, **result}
        key = f"{EXPORTS.replace(SUBJECT, subject)}{request}.json"
        export.upload(self._stores.client("s3"), made, self._params["export_bucket"], key, self._params["kms_key"])
        evidence = self._record(
            shelf, request, "exported", {**result, "export": {"sha256": made.sha256, "bytes": len(made.body)}}
        )
        if shelf == REQUESTS:
            Erasure(self._stores.registers(), request, self._caller["arn"]).close("granted")
        return {"changed": True, **result, "sha256": made.sha256, "bytes": len(made.body), "evidence": evidence}

    def erase(self, subject: str, request: str, shelf: str, *, synthetic: bool) -> Result:
        """Erase a person, prove it, and record it. A request that was carried out before changes nothing."""
        found = erasure.preview(self._stores, subject)
        if self._check_mode:
            return {"changed": bool(found), "counts": {place: {"found": count} for place, count in found.items()}}
        entry = Erasure(self._stores.registers(), request, self._caller["arn"])
        before = entry.row
        if before is not None and before["state"] == "done" and not found:
            return {
                "changed": False,
                "counts": before["counts"] or {},
                "restricted": self._answer(erasure.restricted(self._stores, request)),
            }
        done = erasure.erase(
            self._stores, subject, request, self._now.date(), entry, self._params["export_bucket"], synthetic=synthetic
        )
        record = {
            "counts": {place: dict(sorted(of.items())) for place, of in sorted(done.counts.items())},
            "restricted": self._answer(done.restricted),
            "proof": {"searched": done.searched, "found": 0},
            # A rehearsal comes here only after the hold on its person was seen to be respected.
            **({"hold_refused": True} if synthetic else {}),
            "key_destroyed": done.key_destroyed,
            "backups_expire_on": done.backups_expire_on.isoformat(),
        }
        if synthetic:
            rehearsal.clear(self._stores, request, done.pseudonym)
        evidence = self._record(shelf, request, "erased", record)
        entry.end(done.restricted, done.backups_expire_on, evidence)
        return {"changed": True, **record, "evidence": evidence}

    def rehearse(self) -> Result:
        """Export and erase somebody invented, unless that was done lately."""
        archive = self._archive()
        newest = max((at for stem, at in archive.stems(REHEARSALS).items() if stem.endswith("-erased")), default=None)
        if newest is not None and newest > self._now - timedelta(days=self._params["fresh_days"]):
            return {"changed": False, "rehearsed_at": newest.isoformat()}
        if self._check_mode:
            return {"changed": True}
        request = f"rehearsal-{self._now:%Y%m%d-%H%M%S}"
        template, subject = self._params["template"], f"R-{self._now:%Y%m%d%H%M%S}"
        holds.refuse(self._stores.registers(), template)
        before = self._counts(template)
        copied = rehearsal.copy(self._stores, template, subject, request)
        exported = self.export(subject, request, REHEARSALS)
        lacking = [place for place, count in copied.items() if count and not exported["counts"].get(place)]
        if lacking:
            raise ReconcileError(f"rehearsal {request}: the export lacks what was made in {', '.join(sorted(lacking))}")
        self._try_hold(subject, request)
        erased = self.erase(subject, request, REHEARSALS, synthetic=True)
        if self._counts(template) != before:
            raise ReconcileError(f"rehearsal {request}: the erasure touched what is {template}'s")
        return {**erased, "request": request, "copied": copied, "exported": exported["counts"]}

    def _try_hold(self, subject: str, request: str) -> None:
        """See that nobody under legal hold is erased, with a hold that is taken back. Raises ReconcileError if not."""
        with holds.placed(self._stores.registers(), request, subject):
            try:
                self.erase(subject, request, REHEARSALS, synthetic=True)
            except holds.Held:
                return
        raise ReconcileError(f"rehearsal {request}: somebody under legal hold was erased")

    def _counts(self, subject: str) -> dict[str, int]:
        services = self._stores.places.services
        return {k: v for service in services for k, v in self._stores.relational(service).count(subject).items()}

    @staticmethod
    def _answer(restricted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**one, "answer": f"restricted until {one['until']}, basis {one['basis']}"} for one in restricted]

    def _archive(self) -> Archive:
        key = self._params["signing_key"]
        signer = KmsKey(self._stores.client("kms"), key) if key else None
        return Archive(self._stores.client("s3"), self._params["evidence_bucket"], signer)

    def _record(self, shelf: str, request: str, state: str, content: Mapping[str, Any]) -> str:
        """Write the evidence; return its key. Nothing in it tells who the person is."""
        stem = f"{shelf}{self._now:%Y/%m}/{request}-{state}"
        told = {"kind": f"data_subject_{state}", "request": request, "at": self._now, "caller": self._caller["arn"]}
        try:
            self._archive().put(
                stem, {**told, "account": self._caller["account"], "synthetic": shelf == REHEARSALS, **content}
            )
        except SignatureError as error:
            raise ReconcileError(f"evidence of {request}: {error}") from error
        return f"{stem}.json"
