"""The pack, the engines that judge it, and the employers of the rehearsal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from sandbox.rehearsal.employers.generate import Generated, generate
from tests.compliance.postgres import PostgreSql, server
from tests.conftest import ROOT

PACK = ROOT / "rulepacks" / "jp_employment"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load(PACK)


@pytest.fixture(scope="session")
def generated() -> Generated:
    return generate()


@pytest.fixture(scope="session")
def duckdb(pack: Pack) -> Runner:
    return Runner(pack, DuckDb())


@pytest.fixture(scope="session")
def postgres(pack: Pack) -> Iterator[Runner]:
    with server() as conninfo:
        database = PostgreSql(conninfo)
        yield Runner(pack, database)
        database.connection.close()
