"""Warming against real Redis servers with TLS and ACLs: one primary, and a cluster of two."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
import trustme

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import connect
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_sets import KeySet, entries, key_sets
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis_warm import (
    Manner,
    Pace,
    memory_used,
    survey,
    warm,
)
from tests.sandbox.conftest import free_port

USER = "iworkz-sandbox-content"
ACL = f"user {USER} on nopass ~content:* +@all -@admin -@dangerous +info\nuser default on nopass ~* &* +@all\n"
MANNER = Manner(batch=20, pace=Pace(0), memory_percent=70)


class Servers:
    """redis-server processes, TLS only, each in a directory of its own."""

    def __init__(self, directory: Path, count: int, cluster: bool) -> None:
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        self.ca = directory / "ca.pem"
        authority.cert_pem.write_to_path(self.ca)
        (directory / "acl").write_text(ACL)
        certificate.private_key_and_cert_chain_pem.write_to_path(directory / "server.pem")
        self.ports = [free_port() for _ in range(count)]
        self.processes = [self._start(directory, port, cluster) for port in self.ports]
        for port in self.ports:
            self._await(port)

    def _start(self, directory: Path, port: int, cluster: bool) -> subprocess.Popen[bytes]:
        (directory / str(port)).mkdir()
        pem = str(directory / "server.pem")
        options = {
            "port": "0",
            "tls-port": str(port),
            "tls-cert-file": pem,
            "tls-key-file": pem,
            "tls-ca-cert-file": str(self.ca),
            "tls-auth-clients": "no",
            "aclfile": str(directory / "acl"),
            "save": "",
            "bind": "127.0.0.1",
        }
        if cluster:
            options |= {"cluster-enabled": "yes", "tls-cluster": "yes", "cluster-port": str(free_port())}
        words = itertools.chain.from_iterable((f"--{name}", value) for name, value in options.items())
        return subprocess.Popen(
            ["redis-server", *words], cwd=directory / str(port), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )

    def admin(self, port: int) -> redis.Redis:
        return redis.Redis(port=port, ssl=True, ssl_ca_certs=str(self.ca), decode_responses=True)

    def _await(self, port: int) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with suppress(redis.ConnectionError):
                self.admin(port).ping()
                return
            time.sleep(0.05)
        raise AssertionError(f"redis-server on port {port} does not answer")

    def join(self) -> None:
        """Divide the slots among the servers and let them meet."""
        share = 16384 // len(self.ports)
        for index, port in enumerate(self.ports):
            last = 16383 if port == self.ports[-1] else (index + 1) * share - 1
            self.admin(port).execute_command("CLUSTER", "ADDSLOTSRANGE", index * share, last)
        bus = [self.admin(port).config_get("cluster-port")["cluster-port"] for port in self.ports]
        for port, its_bus in zip(self.ports[1:], bus[1:], strict=True):
            self.admin(self.ports[0]).execute_command("CLUSTER", "MEET", "127.0.0.1", port, its_bus)
        deadline = time.monotonic() + 20
        while any(self.admin(port).cluster("INFO")["cluster_state"] != "ok" for port in self.ports):
            assert time.monotonic() < deadline, "the cluster did not come together"
            time.sleep(0.1)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(scope="module", params=["primary", "cluster"])
def group(request, tmp_path_factory) -> Iterator[dict]:
    """A replication group as DescribeReplicationGroups tells it, ``servers`` beside it."""
    cluster = request.param == "cluster"
    servers = Servers(tmp_path_factory.mktemp("redis"), 2 if cluster else 1, cluster)
    try:
        address = {"Address": "127.0.0.1", "Port": servers.ports[0]}
        if cluster:
            servers.join()
        endpoints = {"ConfigurationEndpoint": address} if cluster else {"NodeGroups": [{"PrimaryEndpoint": address}]}
        yield {"ReplicationGroupId": "iworkz-sandbox-redis", "servers": servers, **endpoints}
    finally:
        servers.stop()


@pytest.fixture
def client(group):
    for port in group["servers"].ports:
        group["servers"].admin(port).flushall()
    made = connect(group, USER, "any", ca_bundle=str(group["servers"].ca))
    yield made
    made.close()


def key_set(**others) -> KeySet:
    item = {"name": "set", "service": "content", "key": "content:item:{id}", "ttl_seconds": 1000, "items": [{"id": 0}]}
    (one,) = key_sets([item | others])
    return one


def rows(count):
    return [{"id": number, "name": f"名前{number}", "hot": number % 2 == 0, "none": None} for number in range(count)]


@pytest.mark.parametrize("form", ["json", "hash"])
def test_writes_what_is_not_there_and_then_nothing(client, form):
    keys = key_set(format=form)
    wanted = entries(keys, rows(50))
    first = warm(client, keys, wanted, MANNER)
    assert (first.hit_rate_before, first.written, first.hit_rate_after) == (0.0, 50, 100.0)
    assert all(900 <= client.ttl(entry.key) <= 1000 for entry in wanted)
    again = warm(client, keys, wanted, MANNER)
    assert (again.written, again.conditions["fresh"]) == (0, 50)


def test_a_survey_writes_nothing(client):
    keys = key_set()
    tally = survey(client, keys, entries(keys, rows(5)), MANNER)
    assert (tally.due, tally.present) == (5, 0)
    assert client.exists("content:item:0") == 0


@pytest.mark.parametrize("form", ["json", "hash"])
def test_mends_each_condition(client, form):
    keys = key_set(format=form)
    wanted = entries(keys, rows(6))
    warm(client, keys, wanted, MANNER)
    client.delete("content:item:0")
    client.persist("content:item:1")
    client.expire("content:item:2", 10)
    client.delete("content:item:3")
    client.rpush("content:item:3", "another type")
    if form == "hash":
        client.hset("content:item:4", "stray", "1")
    else:
        client.set("content:item:4", "{}", ex=900)
    tally = warm(client, keys, wanted, MANNER)
    assert dict(tally.conditions) == {"missing": 1, "eternal": 1, "expiring": 1, "outdated": 2, "fresh": 1}
    assert tally.written == 5
    assert survey(client, keys, wanted, MANNER).due == 0


def test_a_hash_has_text_and_no_nulls(client):
    keys = key_set(format="hash")
    warm(client, keys, entries(keys, rows(1)), MANNER)
    assert client.hgetall("content:item:0") == {"id": "0", "name": "名前0", "hot": "true"}


def test_redis_refuses_the_keys_of_others(client):
    keys = key_set(service="search", key="search:item:{id}")
    with pytest.raises(ReconcileError, match=r"search:item:0 cannot be read: .*no permissions"):
        warm(client, keys, entries(keys, rows(1)), MANNER)


def test_stops_where_memory_is_full(client, group):
    keys = key_set()
    admins = [group["servers"].admin(port) for port in group["servers"].ports]
    for admin in admins:
        admin.config_set("maxmemory", "1gb")
    try:
        assert 0 < memory_used(client) < 1
        tally = warm(client, keys, entries(keys, rows(5)), Manner(20, Pace(0), memory_percent=0))
        assert (tally.written, tally.skipped, tally.hit_rate_after) == (0, 5, 0.0)
    finally:
        for admin in admins:
            admin.config_set("maxmemory", "0")
    assert memory_used(client) == 0


def test_keeps_to_the_rate(client):
    keys = key_set()
    began = time.monotonic()
    warm(client, keys, entries(keys, rows(60)), Manner(batch=10, pace=Pace(200), memory_percent=70))
    # Read, written and looked up again: 180 keys, of which the last batch of ten need not be waited for.
    assert 170 / 200 <= time.monotonic() - began < 3


def test_believes_no_stranger(group):
    with pytest.raises((ReconcileError, redis.ConnectionError)) as caught:
        survey(connect(group, USER, "any", retry=False), key_set(), entries(key_set(), rows(1)), MANNER)
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)


def test_asks_for_a_password_at_every_connection(group):
    asked = []

    def password():
        asked.append(1)
        return "any"

    made = connect(group, USER, password, ca_bundle=str(group["servers"].ca))
    made.ping()
    before = len(asked)
    made.connection_pool.disconnect() if isinstance(made, redis.Redis) else made.disconnect_connection_pools()
    made.ping()
    made.close()
    assert len(asked) > before >= 1
