# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DP-03, DP-04, DP-06, DP-07 and DP-08: consent, legal holds, answers to people, and the rehearsals that prove them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ansible_collections.iworkz.platform.plugins.module_utils._checks._controls import Answer, control
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import KmsKey, SignatureError
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.record import Broken
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import caches, rows
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.evidence import REHEARSALS, Archive
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.holds import LIVE
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import (
    SUBJECT,
    Places,
    leads,
    places,
    steps,
)
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.setup import HOLDER
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores

with suppress(ImportError):  # postgres.require() says so
    from psycopg import sql

ZONE = ZoneInfo("Asia/Tokyo")
"""What the registers' times without a zone are in."""
CONSENT = ("consent", "explicit_consent")
FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE")
TRIGGERS = frozenset({"chain", "refuse_row", "refuse_all"})
_CONSENTING = """
SELECT s.subject_id FROM (
    SELECT DISTINCT ON (subject) subject, given, at FROM consent.log WHERE purpose = %s ORDER BY subject, number DESC
) l JOIN consent.subjects s ON s.pseudonym = l.subject WHERE l.given OR l.at > %s
"""
# Of those that somebody can be: pgAudit's role holds all privileges to have their use recorded, and logs in nowhere.
_CHANGERS = """
SELECT r.rolname, p.name AS privilege FROM pg_catalog.pg_roles r, unnest(%s::text[]) AS p(name)
WHERE r.rolcanlogin AND NOT r.rolsuper AND has_table_privilege(r.oid, 'consent.log', p.name) ORDER BY 1, 2
"""
_ENABLED = """
SELECT tgname FROM pg_catalog.pg_trigger
WHERE tgrelid = 'consent.log'::regclass AND tgenabled IN ('O', 'A') AND NOT tgisinternal
"""
_ERASED_UNDER_HOLD = """
SELECT h.hold_id, e.request_id FROM privacy.legal_holds h
JOIN privacy.data_subject_requests r USING (subject_id) JOIN privacy.erasures e USING (request_id)
WHERE e.finished_at > h.placed_at AND (h.lifted_at IS NULL OR e.finished_at < h.lifted_at)
  AND (h.until IS NULL OR (e.finished_at AT TIME ZONE 'Asia/Tokyo')::date <= h.until)
"""
_REQUESTS = "SELECT request_id, received_at, closed_at FROM privacy.data_subject_requests ORDER BY request_id"
_STUCK = "SELECT request_id FROM privacy.erasures WHERE state <> 'done' AND started_at < %s ORDER BY request_id"


@contextmanager
def stores(world: World) -> Iterator[Stores]:
    """The platform's stores, as the role that answers people opens them; checks only read."""
    platform = world.platform
    search = platform.declared["indices"]["role_arn"]
    bundle = platform.reach.get("ca_bundle") or None
    with Stores(world, platform.prefix, world.once(declared_places), bundle, search, platform.region) as opened:
        yield opened


def declared_places(world: World) -> Places:
    """The places of the declared inventory."""
    return places(world.platform.declared["data_inventory"], world.platform.declared["retention"])


def archive(world: World) -> Archive:
    """The platform's bucket of evidence."""
    platform = world.platform
    return Archive(world.client("s3"), f"{platform.prefix}-evidence-{platform.account_id}", None)


@control("DP-03")
def consent_is_there_where_it_is_the_basis(world: World, required: dict[str, Any]) -> Answer:
    activities = world.platform.declared["data_protection"]["activities"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    with stores(world) as opened:
        for name, activity in activities.items():
            if activity["basis"] not in CONSENT:
                continue
            since = world.now - timedelta(hours=required["withdrawal_hours"])
            found = opened.connection(HOLDER).execute(_CONSENTING, (activity["consent"], since)).fetchall()
            consenting = {row["subject_id"] for row in found}
            for place, people in _processed(opened, name):
                without = len(people - consenting)
                observed[place] = {"people": len(people), "without_consent": without}
                if without:
                    params = {"place": place, "count": without, "purpose": activity["consent"]}
                    breaches.append(Breach("data_subjects.no_consent", params))
    return observed, breaches


def _processed(opened: Stores, purpose: str) -> Iterator[tuple[str, set[str]]]:
    """Whose data is processed for a purpose, by place."""
    for table in opened.places.tables:
        tables = opened.places.of(table.service)
        if table.purpose != purpose or not leads(tables, table):
            continue
        way, column = steps(tables, table, "subject") or ([], "")
        if way:
            continue  # rows that go with their parent's, which is asked for its person itself
        query = sql.SQL("SELECT DISTINCT {} AS person FROM {}").format(
            sql.Identifier(column), rows.identifier(table.name)
        )
        found = opened.connection(table.service).execute(query).fetchall()
        yield table.place, {row["person"] for row in found if row["person"] is not None}
    for keys in opened.places.keys:
        if keys.purpose == purpose:
            before, _subject, after = keys.pattern.partition(SUBJECT)
            names = opened.cache(keys.service).scan_iter(match=f"{before}*{after}", count=caches.BATCH)
            yield keys.place, {name.removeprefix(before).removesuffix(after) for name in names}


@control("DP-04")
def the_log_of_consent_is_only_added_to(world: World, required: dict[str, Any]) -> Answer:
    with stores(world) as opened:
        connection = opened.connection(HOLDER)
        entries = connection.execute("SELECT count(*) AS n FROM consent.log").fetchone()["n"]
        broken = [
            row["number"] for row in connection.execute("SELECT number FROM consent.broken ORDER BY 1").fetchall()
        ]
        changers = connection.execute(_CHANGERS, (list(FORBIDDEN),)).fetchall()
        enabled = {row["tgname"] for row in connection.execute(_ENABLED).fetchall()}
    breaches = [Breach("data_subjects.log_changed", {"entry": number}) for number in broken[:1]]
    breaches += [
        Breach("data_subjects.log_changeable", {"role": row["rolname"], "privilege": row["privilege"]})
        for row in changers
    ]
    breaches += [Breach("data_subjects.log_unguarded", {"trigger": name}) for name in sorted(TRIGGERS - enabled)]
    return {"entries": entries, "broken": len(broken), "triggers": sorted(enabled)}, breaches


@control("DP-06")
def holds_keep_people_from_erasure(world: World, required: dict[str, Any]) -> Answer:
    with stores(world) as opened:
        erased = opened.registers().execute(_ERASED_UNDER_HOLD).fetchall()
        query = f"SELECT count(*) AS n FROM privacy.legal_holds WHERE {LIVE}"
        holds = opened.registers().execute(query).fetchone()["n"]
    record, breaches = _rehearsed(world, "erased", required["rehearsal_days"])
    if record is not None and not record.get("hold_refused"):
        breaches.append(Breach("data_subjects.hold_not_tried", {"request": record["request"]}))
    breaches += [
        Breach("data_subjects.erased_under_hold", {"hold": row["hold_id"], "request": row["request_id"]})
        for row in erased
    ]
    return {"holds": holds}, breaches


@control("DP-07")
def people_are_answered_in_time_and_in_full(world: World, required: dict[str, Any]) -> Answer:
    limit = timedelta(days=required["answer_days"])
    now = world.now.astimezone(ZONE).replace(tzinfo=None)
    with stores(world) as opened:
        requests = opened.registers().execute(_REQUESTS).fetchall()
        wanted = len(opened.places.names)
    late = [row["request_id"] for row in requests if (row["closed_at"] or now) - row["received_at"] > limit]
    record, breaches = _rehearsed(world, "exported", required["rehearsal_days"])
    breaches += [Breach("data_subjects.answer_late", {"request": one, "days": limit.days}) for one in late]
    read = record["places"]["read"] if record else 0
    if record is not None and read != wanted:
        breaches.append(Breach("data_subjects.export_incomplete", {"read": read, "wanted": wanted}))
    open_now = sum(row["closed_at"] is None for row in requests)
    return {
        "requests": len(requests),
        "open": open_now,
        "late": len(late),
        "places": wanted,
        "exported": read,
    }, breaches


@control("DP-08")
def erasure_leaves_nothing(world: World, required: dict[str, Any]) -> Answer:
    with stores(world) as opened:
        stuck = opened.registers().execute(_STUCK, (world.now - timedelta(days=1),)).fetchall()
    record, breaches = _rehearsed(world, "erased", required["rehearsal_days"])
    if record is not None and (
        record["proof"]["found"] or not record["proof"]["searched"] or not record["key_destroyed"]
    ):
        breaches.append(Breach("data_subjects.erasure_unproven", {"request": record["request"]}))
    breaches += [Breach("data_subjects.erasure_stuck", {"request": row["request_id"]}) for row in stuck]
    old = _old_snapshots(world, required["backup_days"])
    breaches += [
        Breach("data_subjects.backup_old", {"snapshot": name, "days": required["backup_days"]}) for name in old
    ]
    proof = record["proof"] if record else {}
    return {"rehearsal": record["at"] if record else None, **proof, "old_snapshots": len(old)}, breaches


def _old_snapshots(world: World, days: int) -> list[str]:
    """Snapshots of the platform's database in which people live on whom nobody is to know (rds:DescribeDBSnapshots)."""
    pages = world.client("rds").get_paginator("describe_db_snapshots").paginate()
    oldest = world.now - timedelta(days=days)
    name = f"{world.platform.prefix}-postgres"
    return [
        one["DBSnapshotIdentifier"]
        for page in pages
        for one in page["DBSnapshots"]
        if one["DBInstanceIdentifier"] == name and one.get("SnapshotCreateTime", world.now) < oldest
    ]


def rehearsals(world: World) -> dict[str, datetime]:
    """When each record of a rehearsal was written, by stem."""
    return archive(world).stems(REHEARSALS)


def _rehearsed(world: World, state: str, days: int) -> tuple[Mapping[str, Any] | None, list[Breach]]:
    """The newest record of a rehearsal, with its seal and signature verified."""
    found = {stem: at for stem, at in world.once(rehearsals).items() if stem.endswith(f"-{state}")}
    newest = max(found, key=lambda stem: found[stem], default=None)
    if newest is None or found[newest] < world.now - timedelta(days=days):
        return None, [Breach("data_subjects.not_rehearsed", {"state": state, "days": days})]
    trusted = KmsKey(world.client("kms"), f"alias/{world.platform.prefix}-compliance").public_key
    try:
        return archive(world).get(newest, trusted), []
    except (Broken, SignatureError) as error:
        return None, [Breach("data_subjects.evidence_broken", {"record": newest, "error": str(error)})]
