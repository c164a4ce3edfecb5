# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 2.2.1.2 (DP-10, DP-11, DP-18): every store under the platform's keys, and no way to it without TLS."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import listed
from ansible_collections.iworkz.platform.plugins.module_utils._checks import (
    _account_defaults,
    _at_rest,
    _mq_facts,
    _plaintext,
    _pooler,
    _postgres,
    _search_facts,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.elasticache import groups
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, redis

THREADS = 8
# Sessions that came over the network, and how; those of RDS itself are its own business.
_SESSIONS = """
SELECT s.ssl, s.version, count(*) AS sessions
FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
WHERE a.client_addr IS NOT NULL AND a.usename IS DISTINCT FROM 'rdsadmin'
GROUP BY 1, 2
"""

Item = dict[str, Any]


@check("2.2.1.2")
def encrypted(world: World, required: Item) -> Finding:
    keys, rows = world.once(_at_rest.keys), world.once(_at_rest.stores)
    answers = world.once(refusals)
    account = world.once(_account_defaults.defaults)
    observed = {
        "keys": keys,
        "stores": dict(sorted(Counter(row["kind"] for row in rows).items())),
        "service_managed": sorted(
            f"{row['kind']} {row['name']}" for row in rows if not row["key"] and row.get("managed")
        ),
        "recovery_points": sum(row["kind"] == "rds snapshot" for row in rows),
        "connections": answers,
        "sessions": world.once(sessions),
        "account": account,
        # Whether a copy can be restored is proven by restoring it.
        "restore_tested_by": "6.1.1.4",
    }
    breaches = [
        *_key_breaches(keys, required),
        *_at_rest_breaches(rows, keys),
        *(Breach("data_encryption.nothing", {"kind": kind}) for kind in required["kinds"] if not _has(rows, kind)),
        *connection_breaches(answers, required),
        *session_breaches(world.once(sessions)),
        *bucket_breaches(world.once(_at_rest.buckets)),
        *_account_defaults.breaches(account),
    ]
    return Finding(observed, tuple(breaches))


def refusals(world: World) -> dict[str, Item]:
    """By endpoint: ``plaintext`` (None: refused), ``tls`` (the version agreed on) and ``old_tls`` (whether 1.1 or older
    is spoken). PostgreSQL negotiates TLS by itself: its versions are those of its sessions."""
    ca_bundle = world.platform.reach.get("ca_bundle") or None

    asked: dict[str, Callable[[], Item]] = {place.name: partial(_ask, place, ca_bundle) for place in places(world)}
    asked |= {i["DBInstanceIdentifier"]: partial(_without_tls, world, i) for i in world.once(_postgres.instances)}
    asked["pgbouncer"] = lambda: {"plaintext": _pooler.plaintext(world)}
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return dict(zip(asked, pool.map(lambda one: one(), asked.values()), strict=True))


def places(world: World) -> Iterator[_plaintext.Place]:
    """Endpoints that speak TLS from the first byte on."""
    for group in world.once(groups):
        where = redis.endpoint(group)
        yield _plaintext.Place(group["ReplicationGroupId"], where.host, where.port, _plaintext.REDIS)
    for broker in world.once(_mq_facts.brokers):
        instance = broker["BrokerInstances"][0]
        urls = [*instance.get("Endpoints", []), *filter(None, [instance.get("ConsoleURL")])]
        for url in urls:
            yield _plaintext.of_url(f"{broker['BrokerName']} {url.partition(':')[0]}", url)
    for domain in world.once(_search_facts.domains):
        host = domain.get("Endpoint") or domain.get("Endpoints", {}).get("vpc")
        if host:
            yield _plaintext.of_url(domain["DomainName"], f"https://{host}")


def sessions(world: World) -> dict[str, list[Item]]:
    """Sessions that are open now, by primary: ``ssl``, ``version``, ``sessions`` (pg_stat_ssl)."""
    found = {}
    for instance in _postgres.primaries(world):
        with _postgres.session(world, instance) as connection:
            found[instance["DBInstanceIdentifier"]] = connection.execute(_SESSIONS.encode()).fetchall()
    return found


def _ask(place: _plaintext.Place, ca_bundle: str | None) -> Item:
    return {
        "plaintext": place.probe(),
        "tls": _plaintext.version(place, ca_bundle),
        "old_tls": _plaintext.takes_old_tls(place),
    }


def _without_tls(world: World, instance: postgres.Instance) -> Item:
    who = world.once(_postgres.canary)
    where = postgres.endpoint(instance)
    parameters = postgres.parameters(*where, who["username"], who["password"], world.platform.canary, None)
    return {"plaintext": _plaintext.of_postgres(parameters)}


def _has(rows: list[_at_rest.Row], kind: str) -> bool:
    return any(row["kind"] == kind for row in rows)


def _key_breaches(keys: dict[str, Item], required: Item) -> Iterator[Breach]:
    for key in keys.values():
        alias = {"key": key["alias"]}
        if key["state"] != "Enabled" or not key["customer_managed"]:
            yield Breach("data_encryption.key_unusable", {**alias, "state": key["state"]})
        if key["symmetric"] and not key["rotates"]:
            yield Breach("data_encryption.key_not_rotated", alias)
        elif key["symmetric"] and key["rotation_days"] > required["rotation_days"]:
            params = {**alias, "days": key["rotation_days"], "wanted": required["rotation_days"]}
            yield Breach("data_encryption.key_rotated_seldom", params)


def _at_rest_breaches(rows: list[_at_rest.Row], keys: dict[str, Item]) -> Iterator[Breach]:
    names = _at_rest.names(keys)
    for row in rows:
        key = row["key"]
        if key is None and row.get("managed"):
            continue
        alias = f"alias/{key.partition(':alias/')[2]}" if key else None
        if key not in names and alias not in names:
            yield Breach("data_encryption.wrong_key", {"kind": row["kind"], "name": row["name"], "key": key or "-"})


def connection_breaches(answers: dict[str, Item], required: Item) -> Iterator[Breach]:
    for name, got in answers.items():
        if got["plaintext"] is not None:
            yield Breach("data_encryption.plaintext", {"name": name, "answer": got["plaintext"]})
        if "tls" in got and got["tls"] not in required["tls_versions"]:
            yield Breach("data_encryption.weak_tls", {"name": name, "version": got["tls"]})
        if got.get("old_tls"):
            yield Breach("data_encryption.old_tls", {"name": name})


def session_breaches(found: dict[str, list[Item]]) -> Iterator[Breach]:
    for name, rows in found.items():
        bare = sum(row["sessions"] for row in rows if not row["ssl"])
        if bare:
            yield Breach("data_encryption.bare_sessions", {"db": name, "count": bare})


def bucket_breaches(buckets: dict[str, Item]) -> Iterator[Breach]:
    for name, bucket in buckets.items():
        if not denies_plaintext(json.loads(bucket["policy"]) if bucket["policy"] else {"Statement": []}, name):
            yield Breach("data_encryption.bucket_plaintext", {"bucket": name})


def denies_plaintext(policy: Item, bucket: str) -> bool:
    """Whether a bucket policy denies everybody everything, on the bucket and its objects, unless it comes by TLS."""
    wanted = {f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"}
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and {"s3:*", "*"} & set(listed(statement.get("Action")))
        and wanted <= set(listed(statement.get("Resource")))
        and str(statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")).lower() == "false"
        and len(statement["Condition"]) == 1
        for statement in listed(policy["Statement"])
    )
