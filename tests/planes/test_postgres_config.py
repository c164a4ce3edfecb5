"""The module postgres_config on a real server, with a master user who may as little as that of RDS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres
from tests.planes.conftest import PlanesSandbox
from tests.planes.databases import MASTER, Database, discard, make

DECLARED: dict[str, Any] = {
    "secrets": [{"name": "config/pooler", "username": "pooler_admin"}],
    "roles": [
        {"name": "shop", "login": True, "secret": "config/shop", "settings": {"statement_timeout": "30s"}},
        {"name": "shop_migrate", "login": True, "secret": "config/shop-migrate"},
        {"name": "watcher", "login": True, "secret": "config/watcher", "member_of": ["pg_monitor"]},
    ],
    "databases": [
        {
            "name": "shop",
            "owner": "shop_migrate",
            "extensions": ["pg_trgm"],
            "optional_extensions": ["no_such_extension"],
            "schemas": [{"name": "shop"}],
            "settings": {"search_path": "shop"},
        }
    ],
    "grants": [
        {"database": "shop", "schema": "shop", "role": "shop", "access": "write"},
        {"database": "shop", "schema": "shop", "role": "watcher", "access": "read"},
    ],
}


@pytest.fixture(scope="module")
def instance(planes_sandbox: PlanesSandbox) -> Iterator[Database]:
    made = make(planes_sandbox, "config")
    yield made
    discard(made)


@pytest.fixture
def database(instance: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """As declared."""
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)
    assert instance.run(**DECLARED)["failed_resources"] == {}
    return instance


def without(option: str, name: str) -> dict[str, Any]:
    return {**DECLARED, option: [item for item in DECLARED[option] if name not in (item.get("name"), item.get("role"))]}


def execute(database: Database, user: str, statement: str) -> Any:
    secret = database.secret(f"config/{user.replace('_', '-')}")
    with database.session("shop", user, secret["password"]) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else None


def test_check_mode_says_what_would_be_and_makes_nothing(instance, monkeypatch):
    monkeypatch.setattr(postgres, "master_of", lambda clients, found: MASTER)
    announced = instance.run(check_mode=True, **DECLARED)
    assert instance.run(check_mode=True, **DECLARED)["created"] == announced["created"]
    applied = instance.run(**DECLARED)
    assert applied["created"] == announced["created"]
    assert applied["failed_resources"] == {}
    again = instance.run(**DECLARED)
    assert not again["changed"]
    assert sorted(again["unchanged"]) == sorted(announced["created"])
    assert again["api_calls"].keys().isdisjoint({"secretsmanager:CreateSecret", "secretsmanager:GetRandomPassword"})


def test_in_check_mode_an_instance_that_is_not_there_is_empty(planes_sandbox):
    absent = Database(planes_sandbox, "no-such-instance")
    assert len(absent.run(check_mode=True, **{**DECLARED, "secrets": []})["created"]) == 6
    with pytest.raises(ReconcileError, match="there is no DB instance no-such-instance"):
        absent.run(**DECLARED)


def test_a_service_reads_and_writes_what_its_migrations_make_and_nothing_more(database):
    execute(database, "shop_migrate", "CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, what text)")
    execute(database, "shop", "INSERT INTO orders (what) VALUES ('tea')")
    execute(database, "shop", "UPDATE orders SET what = 'green tea'")
    assert execute(database, "watcher", "SELECT what FROM orders") == [("green tea",)]
    assert execute(database, "shop", "SHOW statement_timeout") == [("30s",)]
    assert execute(database, "shop_migrate", "SHOW statement_timeout") == [("0",)]
    for user, statement in (
        ("shop", "CREATE TABLE mine (i int)"),
        ("shop", "CREATE TABLE public.mine (i int)"),
        ("shop", "CREATE TEMPORARY TABLE mine (i int)"),
        ("shop", "DROP TABLE orders"),
        ("shop", "TRUNCATE orders"),
        ("watcher", "INSERT INTO orders (what) VALUES ('coffee')"),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            execute(database, user, statement)
    execute(database, "shop", "DELETE FROM orders")
    assert not database.run(**DECLARED)["changed"]


def test_who_is_not_granted_a_database_cannot_connect_to_it(database):
    with database.by_hand() as connection:
        connection.execute("DROP ROLE IF EXISTS stranger")
        connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    refused = pytest.raises(psycopg.OperationalError, match="permission denied for database")
    with refused, database.session("shop", "stranger", "stranger"):
        pass


@pytest.mark.parametrize(
    ("statement", "updated"),
    [
        ("ALTER ROLE shop PASSWORD 'another'", "role shop"),
        ("ALTER ROLE shop NOLOGIN", "role shop"),
        ("ALTER ROLE shop CREATEDB CREATEROLE", "role shop"),
        ("ALTER ROLE shop CONNECTION LIMIT 3", "role shop"),
        ("ALTER ROLE shop SET work_mem = '1GB'", "role shop"),
        ("ALTER ROLE shop RESET statement_timeout", "role shop"),
        ("GRANT pg_read_all_data TO shop", "role shop"),
        ("REVOKE pg_monitor FROM watcher", "role watcher"),
        ("COMMENT ON ROLE watcher IS 'mine'", "role watcher"),
        ("GRANT CONNECT ON DATABASE shop TO PUBLIC", "database shop"),
        ("GRANT CREATE ON SCHEMA public TO PUBLIC", "database shop"),
        ("ALTER DATABASE shop RESET search_path", "database shop"),
        ("ALTER DATABASE shop OWNER TO like_rds", "database shop"),
        ("ALTER SCHEMA shop OWNER TO like_rds", "database shop"),
        ("DROP EXTENSION pg_trgm", "database shop"),
        ("REVOKE USAGE ON SCHEMA shop FROM shop", "grant shop in shop.shop"),
        ("GRANT CREATE ON SCHEMA shop TO shop", "grant shop in shop.shop"),
        ("GRANT TRUNCATE ON ALL TABLES IN SCHEMA shop TO shop", "grant shop in shop.shop"),
        ("GRANT TEMPORARY ON DATABASE shop TO watcher", "grant watcher in shop.shop"),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE shop_migrate IN SCHEMA shop REVOKE DELETE ON TABLES FROM shop",
            "grant shop in shop.shop",
        ),
    ],
)
def test_what_was_changed_by_hand_is_found_and_mended(database, statement, updated):
    execute(database, "shop_migrate", "CREATE TABLE IF NOT EXISTS kept (id serial PRIMARY KEY)")
    with database.by_hand("shop") as connection:
        connection.execute(statement.encode())
    assert database.run(check_mode=True, **DECLARED)["updated"] == [updated]
    mended = database.run(**DECLARED)
    assert (mended["updated"], mended["failed_resources"]) == ([updated], {})
    assert not database.run(**DECLARED)["changed"]
    execute(database, "shop", "SELECT * FROM kept")


def test_the_same_password_with_another_salt_is_not_the_one_in_force(database):
    """The pooler could not log in with it."""
    password = database.secret("config/shop")["password"]
    with database.by_hand() as connection:
        connection.execute(f"ALTER ROLE shop PASSWORD '{password}'".encode())
    assert database.run(**DECLARED)["updated"] == ["role shop"]


def test_no_password_appears_in_the_servers_statements_or_in_the_result(database):
    with database.by_hand() as connection:
        connection.execute("ALTER ROLE shop PASSWORD 'another'")
    result = json.dumps(database.run(**DECLARED))
    secret = database.secret("config/shop")
    assert secret["password"] not in result
    assert secret["verifier"] not in result
    log = "".join(path.read_text() for path in (database.sandbox.state / "logs").glob("postgres-*.log"))
    assert secret["password"] not in log


def test_purge_drops_our_roles_that_are_gone_and_what_they_held(database):
    with database.by_hand() as connection:
        connection.execute("DROP ROLE IF EXISTS foreign_role")
        connection.execute("CREATE ROLE foreign_role")
        connection.execute("GRANT CONNECT ON DATABASE shop TO foreign_role")
    smaller = {**without("roles", "watcher"), "grants": without("grants", "watcher")["grants"]}
    purged = database.run(purge=True, **smaller)
    assert (purged["deleted"], purged["failed_resources"]) == (["role watcher", "grant watcher in shop.shop"], {})
    assert not database.run(purge=True, **smaller)["changed"]
    with database.by_hand() as connection:
        roles = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname IN ('watcher', 'foreign_role')"
        ).fetchall()
    assert roles == [("foreign_role",)]
    assert database.run(**DECLARED)["created"] == ["role watcher", "grant watcher in shop.shop"]


def test_a_secret_that_lacks_its_verifier_is_refused(database):
    client = database.sandbox.client("secretsmanager")
    whole = database.secret("config/shop")
    for broken in ({"username": "shop", "password": "p"}, {**whole, "password": "another"}):
        client.put_secret_value(SecretId="config/shop", SecretString=json.dumps(broken))
        with pytest.raises(ReconcileError, match="secret config/shop"):
            database.run(**DECLARED)
    client.put_secret_value(SecretId="config/shop", SecretString=json.dumps(whole))
    assert not database.run(**DECLARED)["changed"]


def test_purge_leaves_roles_of_another_scope_and_their_grants(database):
    roles = [{"name": "auditor", "login": True, "secret": "config/auditor"}]
    grants = [{"database": "shop", "schema": "shop", "role": "auditor", "access": "read"}]
    assert database.run(scope="audit", roles=roles, grants=grants)["failed_resources"] == {}
    assert not database.run(purge=True, **DECLARED)["changed"]
    purged = database.run(scope="audit", purge=True, roles=[], databases=DECLARED["databases"], grants=[])
    assert sorted(purged["deleted"]) == ["grant auditor in shop.shop", "role auditor"]
