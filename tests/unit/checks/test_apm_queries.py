"""Item 3.2.1.3: statements are counted everywhere, and what the advisor proves to be missing is a breach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import apm_queries
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render
from ansible_collections.iworkz.platform.plugins.module_utils._queries.advise import Database
from ansible_collections.iworkz.platform.plugins.module_utils._queries.model import (
    Facts,
    ForeignKey,
    Index,
    Statement,
    Table,
)
from ansible_collections.iworkz.platform.plugins.module_utils._queries.proposals import Advice, Proposal
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from tests.unit.checks.fake_account import world

DB, REPLICA = "iworkz-sandbox-postgres", "iworkz-sandbox-postgres-replica-1"
REQUIRED = load_requirements().resolve("3.2.1.3").required
GOOD = {
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    "pg_stat_statements.track": "all",
    "pg_stat_statements.max": "5000",
}
TABLE = Table(1, "billing", "invoices", "billing_migrate", 2e6, 2**28, {"id": 2e6, "employer_id": 900})
PROPOSAL = Proposal("billing", TABLE, ("employer_id",), ("42",), ("SELECT ?",), 90, 310.0, 5e6, 2e4, 2**24, proven=True)
SERVICES = [
    {"name": "billing", "dependencies": {"stores": ["postgres"]}},
    {"name": "search", "dependencies": {"stores": ["redis"]}},
]


def database(**changes: Any) -> Database:
    facts = Facts(
        database="billing",
        extensions=changes.get("extensions", {"pg_stat_statements": "public", "hypopg": "public"}),
        statements=changes.get("statements", (Statement("42", "billing", "SELECT secret", 90, 9.0, 0.1),)),
        evicted=0,
        tables={1: TABLE},
        indexes=changes.get("indexes", ()),
        foreign_keys=changes.get("keys", ()),
        bloat=(),
        statistics_days=9.0,
    )
    return Database(facts, {}, 9.0, changes.get("advice", Advice(proven=True)))


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Any:
    def judge(found: list[Database] | Exception, settings: dict[str, str] | None = None, **instance: Any) -> Finding:
        tags = [{"Key": "Platform", "Value": "iworkz"}, {"Key": "Environment", "Value": "sandbox"}]
        described = [{"DBInstanceIdentifier": DB, "Engine": instance.get("engine", "postgres"), "TagList": tags}]
        place = world({"rds": {"describe_db_instances": {"DBInstances": described}}}, {"services": SERVICES})
        place.platform.reach["ca_bundle"] = ""

        class Server:
            def __init__(self, name: str) -> None:
                self.name = name

        def survey(*given: Any) -> list[Database]:
            if isinstance(found, Exception):
                raise found
            return found

        monkeypatch.setattr(apm_queries, "servers", lambda *given: (Server(DB), [Server(REPLICA)]))
        monkeypatch.setattr(apm_queries.advise, "survey", survey)
        told = {DB: GOOD, REPLICA: {**GOOD, **settings} if settings is not None else GOOD}
        monkeypatch.setattr(apm_queries, "_settings", lambda server: told[server.name])
        finding = apm_queries.queries_are_looked_at(place, REQUIRED)
        for breach in finding.breaches:
            assert render(breach, "en")
            assert render(breach, "ja")
        assert "secret" not in str(finding.observed)
        return finding

    return judge


def told(finding: Finding) -> list[str]:
    return [breach.id for breach in finding.breaches]


def test_passes(judge):
    finding = judge([database()])
    assert told(finding) == []
    assert finding.observed[DB]["proven_by_hypopg"] == ["billing"]


@pytest.mark.parametrize(
    ("settings", "breach"),
    [
        ({"shared_preload_libraries": "pgaudit"}, "apm.not_counting"),
        ({"pg_stat_statements.track": "none"}, "apm.not_tracking"),
        ({"pg_stat_statements.max": "100"}, "apm.few_kept"),
    ],
)
def test_every_server_counts_a_replica_as_well(judge, settings, breach):
    finding = judge([database()], settings)
    assert told(finding) == [breach]
    assert finding.breaches[0].params["server"] == REPLICA


@pytest.mark.parametrize(
    ("found", "breaches"),
    [
        ([database(extensions={})], ["apm.no_extension"]),
        ([], ["apm.no_database", "apm.nothing_counted"]),
        ([database(statements=())], ["apm.nothing_counted"]),
        ([database(advice=Advice(True, [PROPOSAL]))], ["apm.index_missing"]),
        ([database(advice=Advice(False, [replace(PROPOSAL, proven=False)]))], ["apm.index_unproven"]),
        ([database(keys=(ForeignKey("k", 1, ("employer_id",), "billing.employers", 0),))], ["apm.unkeyed"]),
        ([database(indexes=(Index(9, 1, "billing", "i", "btree", (), (), (), "", False, False, False, 1, 0),))],
         ["apm.invalid_index"]),
    ],
)  # fmt: skip
def test_each_breach(judge, found, breaches):
    assert told(judge(found)) == breaches


def test_an_index_of_a_foreign_key_alone_is_told_of_once(judge):
    """Its proposal adds nothing to the breach."""
    key = ForeignKey("k", 1, ("employer_id",), "billing.employers", 0)
    advice = Advice(True, [replace(PROPOSAL, statements=(), foreign_key="k")])
    assert told(judge([database(keys=(key,), advice=advice)])) == ["apm.unkeyed"]


def test_without_an_instance_there_is_nothing_to_pass(judge):
    assert told(judge([], engine="mysql")) == ["rds.no_instance"]


def test_a_database_that_cannot_be_read_makes_the_item_unknown(judge):
    with pytest.raises(ConnectionError, match="permission denied"):
        judge(ReconcileError("permission denied"))
