"""A Multi-AZ DB cluster: two real servers, and a failover that keeps the writer's endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.postgres import connect
from tests.sandbox.support import code_of

NAME = "cluster"


def test_a_cluster_fails_over_behind_its_endpoints(planes_sandbox: PlanesSandbox) -> None:
    rds = planes_sandbox.client("rds")

    def described() -> dict[str, Any]:
        return dict(rds.describe_db_clusters(DBClusterIdentifier=NAME)["DBClusters"][0])

    def settled(status: str = "available") -> bool:
        return described()["Status"] == status

    rds.create_db_cluster(
        DBClusterIdentifier=NAME, Engine="postgres", DBClusterInstanceClass="db.m6gd.large", AllocatedStorage=100,
        StorageType="io1", Iops=1000, MasterUsername="boss", MasterUserPassword="a long password", DatabaseName="app",
    )  # fmt: skip
    assert settled("creating")
    wait_for(settled, 60, "the cluster is available")
    before = described()
    password = {"password": "a long password"}
    with connect(planes_sandbox, before["Endpoint"], 5432, **password) as writer:
        writer.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert _reads(planes_sandbox, before["ReaderEndpoint"]) == (True, 7)

    (reader,) = [one["DBInstanceIdentifier"] for one in before["DBClusterMembers"] if not one["IsClusterWriter"]]
    (was_writer,) = [one["DBInstanceIdentifier"] for one in before["DBClusterMembers"] if one["IsClusterWriter"]]
    target = {"DBClusterIdentifier": NAME, "TargetDBInstanceIdentifier": was_writer}
    assert code_of(lambda: rds.failover_db_cluster(**target)) == "InvalidDBInstanceState"
    rds.failover_db_cluster(DBClusterIdentifier=NAME)
    assert code_of(lambda: rds.failover_db_cluster(DBClusterIdentifier=NAME)) == "InvalidDBClusterStateFault"
    wait_for(settled, 60, "it is available again")
    after = described()
    assert after["Endpoint"] == before["Endpoint"]
    assert [one["DBInstanceIdentifier"] for one in after["DBClusterMembers"] if one["IsClusterWriter"]] == [reader]
    assert _reads(planes_sandbox, after["Endpoint"]) == (False, 7)

    rds.delete_db_cluster(DBClusterIdentifier=NAME, SkipFinalSnapshot=True)
    assert settled("deleting")
    wait_for(lambda: not rds.describe_db_clusters()["DBClusters"], 60, "it is gone")


def _reads(sandbox: PlanesSandbox, address: str) -> tuple[bool, int]:
    """Whether the server is a standby, and the number that the writer has kept."""
    with connect(sandbox, address, 5432, password="a long password") as connection:
        row = connection.execute("SELECT pg_is_in_recovery(), number FROM kept").fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.fixture(autouse=True)
def _nothing_stays(planes_sandbox: PlanesSandbox) -> Iterator[None]:
    yield
    if planes_sandbox.planes.describe("postgres", f"ap-northeast-1/{NAME}.cluster"):
        planes_sandbox.planes.delete("postgres", f"ap-northeast-1/{NAME}.cluster")
