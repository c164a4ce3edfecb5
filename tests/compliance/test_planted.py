"""The rehearsal's employers: every planted breach is found, by every rule, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.intake import take
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.snapshot import Snapshot
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.source_postgres import Postgres
from sandbox.rehearsal.employers.deliver import load
from sandbox.rehearsal.employers.generate import Generated, generate
from sandbox.rehearsal.employers.world import FIRST, LAST, World, columns, keys
from tests.compliance.conftest import PACK
from tests.compliance.postgres import server
from tools.planted import Score, judge, table

# No breach is possible yet, or data can't decide; why is said here, since every other rule has plants.
WITHOUT_PLANTS = {
    "ISH-066-10-STRESS-SMALL": "in force from 2028-05-14 at the latest",
    "IKU-START": "in force from 2027-04-01",
    "APPI-REFORM-PLAN": "attested: not enacted",
}
RULES = sorted(path.stem for path in (PACK / "rules").glob("*.yml"))


@pytest.fixture(scope="module")
def judged_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def scored(pack: Pack, generated: Generated, judged_in: Path) -> dict[str, Score]:
    scores, quality = judge(generated, judged_in, pack)
    assert quality == []
    return scores


@pytest.mark.parametrize("rule", [name for name in RULES if name not in WITHOUT_PLANTS])
def test_what_is_planted_is_found_and_nothing_else(rule: str, scored: dict[str, Score]) -> None:
    score = scored[rule]
    assert score.wrong() == []
    assert (score.precision, score.recall) == (1.0, 1.0)
    assert score.planted, "every rule has a breach"
    assert score.near or score.left_out, "every rule has a near miss"


@pytest.mark.parametrize("rule", sorted(WITHOUT_PLANTS))
def test_rules_of_the_future_find_nothing(rule: str, scored: dict[str, Score]) -> None:
    if rule in scored:
        assert scored[rule].wrong() == []
        assert not scored[rule].found


def test_the_table_has_a_line_per_rule(scored: dict[str, Score]) -> None:
    lines = table(scored)
    assert [line.split()[0] for line in lines] == ["rule", *scored, "all"]
    assert "100%" in lines[1]


def test_the_lawful_population_has_no_findings(pack: Pack, tmp_path: Path) -> None:
    lawful = generate(planted=False)
    scores, quality = judge(lawful, tmp_path, pack)
    wrong = {name: score.wrong() for name, score in scores.items() if score.wrong()}
    assert (wrong, quality, lawful.plants) == ({}, [], ())
    assert sum(score.counts["warning"] for score in scores.values()) < 10


def test_what_the_population_is(generated: Generated) -> None:
    lawful = generate(planted=False).tables
    assert len(lawful["workers"]) == 500
    assert {row["kind"] for row in lawful["contracts"]} == {"open_ended", "fixed_term"}
    assert {row["part_time"] for row in lawful["contracts"]} == {True, False}
    assert {row["system"] for row in lawful["work_arrangements"]} >= {"ordinary"}
    assert len({row["residence_status"] for row in lawful["workers"] if row["nationality"] != "JP"}) >= 5
    for name in ("dispatch_assignments", "placements", "job_postings", "notices", "leave_taken", "publications"):
        assert lawful[name], name
    days = [row["work_date"] for row in lawful["timesheets"]]
    assert (min(days) < FIRST, max(days) <= LAST) == (True, True)
    assert len(generated.tables["workers"]) > 500


def test_it_is_always_the_same(generated: Generated) -> None:
    assert generate() == generated
    assert generate(seed=1).tables != generated.tables


def test_no_key_is_used_twice(generated: Generated) -> None:
    for name, rows in generated.tables.items():
        found = [tuple(row[column] for column in keys()[name]) for row in rows]
        assert len(found) == len(set(found)), name


def test_its_columns_are_those_of_the_pack(pack: Pack) -> None:
    theirs = {name: {each.name: each.type for each in table.columns.values()} for name, table in pack.schema.items()}
    assert {name: dict(each) for name, each in columns().items()} == theirs
    assert dict(keys()) == {name: tuple(table.key) for name, table in pack.schema.items()}


@pytest.fixture
def world() -> World:
    made = World()
    made.add("workers", worker_id="W1", employer_id="E1")
    made.add("workers", worker_id="W2", employer_id="E1")
    return made


def test_a_column_that_is_not_there_is_an_error(world: World) -> None:
    with pytest.raises(KeyError, match="workers has no column shoe_size"):
        world.add("workers", shoe_size=44)


def test_the_one_row_asked_for_is_one(world: World) -> None:
    assert world.row("workers", worker_id="W2")["employer_id"] == "E1"
    with pytest.raises(LookupError, match="2 rows of workers"):
        world.row("workers", employer_id="E1")


def test_dropped_rows_are_gone_everywhere(world: World) -> None:
    world.drop("workers", worker_id="W1")
    assert [row["worker_id"] for row in world.rows("workers")] == ["W2"]
    assert world.rows("workers", worker_id="W1") == []
    with pytest.raises(LookupError, match="no row of workers"):
        world.drop("workers", worker_id="W1")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with server() as conninfo:
        yield conninfo


def test_postgres_holds_what_the_files_hold(
    pack: Pack, generated: Generated, scored: dict[str, Score], judged_in: Path, database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        counts = load(connection, generated.tables)
        assert (
            load(connection, generated.tables) == counts == {name: len(rows) for name, rows in generated.tables.items()}
        )
    source = Postgres(lambda: psycopg.connect(database), "employment", primary=True)
    assert scored
    assert take(source, pack.schema, tmp_path / "snapshot").id == Snapshot(judged_in / "snapshot").id
