"""The pack with its reports, and the records of one employer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import model
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.build import Built, build
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.duties import Duty, owed
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.model import Report
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.reader import Reader
from tests.conftest import ROOT
from tests.unit.compliance.reports import records

FIRST, LAST = date(2026, 4, 1), date(2027, 1, 31)


@pytest.fixture(scope="session")
def pack() -> Pack:
    return packs.load(ROOT / "rulepacks" / "jp_employment")


@pytest.fixture(scope="session")
def reports(pack: Pack) -> dict[str, Report]:
    return model.load(ROOT / "rulepacks" / "jp_employment", pack)


@pytest.fixture(scope="session")
def reader(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    scratch = tmp_path_factory.mktemp("records")
    with Reader(pack, records.snapshot(scratch / "snapshot", pack), records.AS_OF, scratch) as reader:
        yield reader


@pytest.fixture(scope="session")
def duties(reader: Reader, reports: dict[str, Report]) -> list[Duty]:
    return owed(reader, reports, FIRST, LAST, ("E1",))


@pytest.fixture(scope="session")
def built(reader: Reader, reports: dict[str, Report], duties: list[Duty]) -> dict[str, Built]:
    """The reports by id and event; of those with several periods, the one that ends in October."""
    ready = [each for each in duties if reports[each.report].sections and each.period[1] < records.AS_OF]
    return {f"{each.duty.report} {each.duty.event or ''}".strip(): each for each in build(reader, reports, ready)}


def fill(pack: Pack, reports: dict[str, Report], path: Path, name: str, **changes: list[dict[str, object]]) -> Built:
    """One report of records with other rows in some tables."""
    with Reader(pack, records.snapshot(path / "snapshot", pack, **changes), records.AS_OF, path) as reader:
        one = {name: reports[name]}
        (found,) = build(reader, one, owed(reader, one, FIRST, date(2026, 7, 31), ("E1",))[:1])
    return found
