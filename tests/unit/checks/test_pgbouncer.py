from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _pooler, pgbouncer
from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import instances, settings
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from tests.unit.checks.facts import PLATFORM, Facts

SERVER = {
    "in_recovery": False,
    "address": "10.0.0.5:5432",
    "started": "2026-04-01 02:00:00+00",
    "tls": True,
    "transaction": True,
}
POOLS = {name: {"mode": "transaction", "limit": 5} for name in ("job_posting", "canary")}
CONFIG = {"auth_type": "scram-sha-256", "pool_mode": "transaction"}
CROWD = {"connected": 500, "right": 500, "backends": 5, "peak": 5, "errors": {}}
SERVICES = [
    {"name": "job-posting", "dependencies": {"stores": ["postgres", "mq"]}},
    {"name": "search", "dependencies": {"stores": ["redis"]}},
]
SOUND = {
    instances: [{"DBInstanceIdentifier": "db"}],
    settings: {"db": {"max_connections": "13", "superuser_reserved_connections": "3"}},
    _pooler.reached: SERVER,
    _pooler.servers: {"db": SERVER},
    _pooler.console: {"settings": CONFIG, "pools": POOLS},
    _pooler.plaintext: None,
}


def judge(monkeypatch: pytest.MonkeyPatch, facts: dict[Any, Any], crowd: dict[str, Any]) -> Any:
    asked = []
    monkeypatch.setattr(_pooler, "crowd", lambda world, clients: asked.append(clients) or {**CROWD, **crowd})
    world = Facts({**SOUND, **facts})
    world.platform = replace(PLATFORM, declared={"services": SERVICES})
    required = dict(load_requirements().resolve("1.1.1.3").required)
    finding = pgbouncer.connections_are_pooled(world, required)
    assert asked in ([], [required["clients"]])
    return finding


def breaches(monkeypatch: pytest.MonkeyPatch, facts: dict[Any, Any], **crowd: Any) -> list[str]:
    return [breach.id for breach in judge(monkeypatch, facts, crowd).breaches]


def test_a_sound_pooler_passes(monkeypatch):
    finding = judge(monkeypatch, {}, {})
    assert finding.breaches == ()
    assert finding.observed["crowd"] == CROWD


def test_without_a_database_there_is_nothing_to_pool(monkeypatch):
    assert breaches(monkeypatch, {instances: []}) == ["rds.no_instance"]


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        ({"in_recovery": True}, "pgbouncer.on_replica"),
        ({"address": "10.0.0.6:5432"}, "pgbouncer.other_server"),
        ({"started": "2026-04-01 02:30:00+00"}, "pgbouncer.other_server"),
        ({"tls": False}, "pgbouncer.plain_server"),
        ({"transaction": False}, "pgbouncer.torn_transaction"),
    ],
)
def test_each_rule_of_the_server_that_is_reached(monkeypatch, change, breach):
    assert breaches(monkeypatch, {_pooler.reached: {**SERVER, **change}}) == [breach]


@pytest.mark.parametrize(
    ("pools", "breach"),
    [
        ({"job_posting": {"mode": "session", "limit": 5}}, "pgbouncer.wrong_mode"),
        ({"job_posting": {"mode": "transaction", "limit": 0}}, "pgbouncer.unlimited"),
        ({"job_posting": {"mode": "transaction", "limit": 6}}, "pgbouncer.oversold"),
        ({"another": {"mode": "transaction", "limit": 1}}, "pgbouncer.oversold"),
    ],
)
def test_each_rule_of_the_pools(monkeypatch, pools, breach):
    console = {"settings": CONFIG, "pools": {**POOLS, **pools}}
    assert breaches(monkeypatch, {_pooler.console: console}) == [breach]


def test_a_wrong_mode_is_told_once_for_all_pools(monkeypatch):
    pools = {name: {**pool, "mode": "session"} for name, pool in POOLS.items()}
    (breach,) = judge(monkeypatch, {_pooler.console: {"settings": CONFIG, "pools": pools}}, {}).breaches
    assert breach.params == {"pools": "canary, job_posting", "mode": "session", "wanted": "transaction"}


def test_every_service_with_a_database_has_a_pool(monkeypatch):
    console = {"settings": CONFIG, "pools": {"canary": POOLS["canary"]}}
    assert breaches(monkeypatch, {_pooler.console: console}) == ["pgbouncer.no_pool"]


def test_clients_must_authenticate_by_scram_and_use_tls(monkeypatch):
    console = {"settings": {**CONFIG, "auth_type": "md5"}, "pools": POOLS}
    assert breaches(monkeypatch, {_pooler.console: console}) == ["pgbouncer.weak_auth"]
    assert breaches(monkeypatch, {_pooler.plaintext: "a session"}) == ["pgbouncer.plain_clients"]


@pytest.mark.parametrize(
    ("crowd", "breach"),
    [
        ({"connected": 499, "right": 499, "errors": {"no more connections allowed": 1}}, "pgbouncer.too_few_clients"),
        ({"right": 499}, "pgbouncer.wrong_answers"),
        ({"peak": 6}, "pgbouncer.over_limit"),
    ],
)
def test_each_rule_of_many_clients_at_once(monkeypatch, crowd, breach):
    assert breaches(monkeypatch, {}, **crowd) == [breach]
