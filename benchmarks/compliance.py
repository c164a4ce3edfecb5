"""The compliance engine at scale: intake, snapshots of PostgreSQL, and all rules about timesheets.

Each measured step is a process of its own with 2 threads; memory is that of the process and all its children together.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks import compliance_data
from benchmarks.bench import ROOT, Row
from sandbox.planes.engines.postgres.scratch import Scratch

# isort: split
# compliance_data has made the collection importable.
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import intake
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.pack import Pack, load
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.query import relations
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.source_postgres import Postgres
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.sources import Directory

PACK = ROOT / "rulepacks" / "jp_employment"
ENGINE = "ansible_collections.iworkz.platform.plugins.module_utils._compliance.command"
AS_OF = "2026-09-10"
FEW, MANY = 1_000_000, 10_000_000
SECONDS, MIB = 60.0, 2048.0
EVERY = 0.05


@dataclass(frozen=True)
class Cost:
    """What a process and its children took: seconds on the clock and of CPU, and the peak of resident MiB."""

    wall: float
    cpu: float
    mib: float


def measure(runs: int) -> list[Row]:
    """Return the rows of the table: of evaluations, the fastest run's time and CPU, and the most memory."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="iworkz-bench-compliance-") as directory:
        for count in (FEW, MANY):
            rows += _evaluation(Path(directory) / str(count), count, runs)
        rows += _snapshots(Path(directory) / str(FEW), FEW)
    return rows


def about_timesheets(pack: Pack) -> list[str]:
    """The rules that read timesheets, themselves or through what is derived from them."""
    compiler = pack.compiler(Situation(pack.as_of))
    found = []
    for name, rule in pack.rules.items():
        if rule.select is not None:
            selects = [rule.select, *(pack.derived[each].select for each in compiler.needed(rule.select))]
            if any("timesheets" in relations(select) for select in selects):
                found.append(name)
    return sorted(found)


def run(*command: str) -> Cost:
    """Run a Python module as a child. Raises RuntimeError when it fails."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / '.ansible' / 'collections'}:{ROOT}"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        peak = _Peak(process.pid)
        output = process.communicate()[0].decode()
        wall = time.monotonic() - began
    if process.returncode not in (0, 1):  # 1: something was found
        raise RuntimeError(f"{' '.join(command)} failed:\n{output[-4000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak.stop())


class _Peak:
    """The most memory that a process and its children had at a time."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._kib = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """Return it in MiB."""
        self._done.set()
        self._thread.join()
        return self._kib / 1024

    def _watch(self) -> None:
        while not self._done.wait(EVERY):
            self._kib = max(self._kib, sum(map(_resident, _tree(self._pid))))


def _tree(pid: int) -> list[int]:
    found = [pid]
    try:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                found += _tree(int(child))
    except (FileNotFoundError, ProcessLookupError):
        return []  # it has ended meanwhile
    return found


def _resident(pid: int) -> int:
    """KiB of a process, 0 when it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def _evaluation(directory: Path, count: int, runs: int) -> list[Row]:
    directory.mkdir()
    run("benchmarks.compliance", "fill", str(directory), str(count))
    rules = about_timesheets(load(PACK))
    options = [option for rule in rules for option in ("--rule", rule)]
    command = (
        ENGINE, "evaluate", str(PACK), *options, "--as-of", AS_OF,
        "--snapshot", str(directory / "snapshot"), "--out", str(directory / "out"),
    )  # fmt: skip
    costs = [run(*command) for _ in range(runs)]
    cost, mib = min(costs, key=lambda each: each.wall), max(each.mib for each in costs)
    million = f"{count / 1e6:g} M timesheets"
    target = count == MANY
    return [
        Row(
            f"{million}, {len(rules)} rules about them, seconds (CPU)",
            f"{cost.wall:.1f}",
            f"{cost.cpu:.1f}",
            f"{cost.cpu / cost.wall:.2f}",
            f"< {SECONDS:g} s" if target else "for information",
            target and cost.wall >= SECONDS,
        ),
        Row(
            f"{million}, memory, MiB",
            f"{mib:.0f}",
            "",
            "",
            f"< {MIB:g} MiB" if target else "for information",
            target and mib >= MIB,
        ),
    ]


def _snapshots(directory: Path, count: int) -> list[Row]:
    files = run("benchmarks.compliance", "intake", str(directory))
    database = run("benchmarks.compliance", "postgres", str(directory))
    return [
        Row(
            f"snapshot from {what}, rows a second (CPU s, MiB)",
            f"{count / cost.wall:.0f}",
            f"{cost.cpu:.1f}",
            f"{cost.mib:.0f}",
            "for information",
            False,
        )
        for what, cost in (("CSV", files), ("PostgreSQL, its server and loading included", database))
    ]


def _fill(directory: Path, count: int) -> None:
    tables = compliance_data.schema(PACK)
    with duckdb.connect(str(directory / "filled.duckdb"), config={"memory_limit": "1GiB", "threads": 2}) as connection:
        compliance_data.fill(connection, tables, count)
        compliance_data.write_snapshot(connection, tables, directory / "snapshot")
        if count == FEW:
            compliance_data.write_csv(connection, directory / "delivered")
    (directory / "filled.duckdb").unlink()


def _intake(directory: Path) -> None:
    intake.take(Directory(directory / "delivered"), compliance_data.schema(PACK), directory / "from-files")


def _postgres(directory: Path) -> None:
    tables = compliance_data.schema(PACK)
    with Scratch() as store:
        with store.connect() as connection:
            connection.execute("CREATE SCHEMA judged")
            for name in compliance_data.QUERIES:
                columns = ", ".join(
                    f'"{column.name}" {"numeric" if column.type == "decimal" else column.type}'
                    for column in tables[name].columns.values()
                )
                connection.execute(f"CREATE TABLE judged.{name} ({columns})".encode())
                with (
                    (directory / "delivered" / f"{name}.csv").open("rb") as file,
                    connection.cursor().copy(f"COPY judged.{name} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
                ):
                    while block := file.read(1 << 20):
                        copy.write(block)
        intake.take(Postgres(store.connect, "judged", primary=True), tables, directory / "from-postgres")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compliance", description="A step that is measured.")
    parser.add_argument("step", choices=("fill", "intake", "postgres"))
    parser.add_argument("directory", type=Path)
    parser.add_argument("rows", type=int, nargs="?", default=FEW)
    options = parser.parse_args()
    if options.step == "fill":
        _fill(options.directory, options.rows)
    else:
        {"intake": _intake, "postgres": _postgres}[options.step](options.directory)


if __name__ == "__main__":
    main()
