"""The pack, and the engines that judge it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.database import DuckDb
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.packtests import Runner
from tests.compliance.postgres import PostgreSql, server
from tests.conftest import ROOT

PACK = ROOT / "rulepacks" / "jp_employment"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load(PACK)


@pytest.fixture(scope="session")
def duckdb(pack: Pack) -> Runner:
    return Runner(pack, DuckDb())


@pytest.fixture(scope="session")
def postgres(pack: Pack) -> Iterator[Runner]:
    with server() as conninfo:
        database = PostgreSql(conninfo)
        yield Runner(pack, database)
        database.connection.close()
