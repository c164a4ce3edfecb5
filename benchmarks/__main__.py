"""Run the benchmarks in a sandbox of their own and print one table: `python -m benchmarks`.

CPU seconds are user plus system time of the measured command and its children; the emulator's own are not counted.
Each figure is the least of `--runs` runs. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import compliance, drill, ecr, kubernetes, phase, scale
from benchmarks.bench import Bench, Row


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=4680)
    options = parser.parse_args()
    rows: list[Row] = drill.measure(options.runs) + compliance.measure(options.runs)
    with (
        tempfile.TemporaryDirectory(prefix="iworkz-bench-") as directory,
        Bench(Path(directory), options.port, options.runs) as bench,
    ):
        for suite in (ecr, phase, scale, kubernetes):
            rows += suite.measure(bench)
    _print(rows)
    return 1 if any(row.missed for row in rows) else 0


def _print(rows: list[Row]) -> None:
    table = Table(title="Benchmarks (CPU seconds; the least of the runs)")
    for heading in ("what", "measured", "against", "ratio", "target", ""):
        table.add_column(heading, justify="left" if heading in ("what", "target") else "right")
    for row in rows:
        table.add_row(row.what, row.measured, row.against, row.ratio, row.target, "missed" if row.missed else "met")
    Console(width=150).print(table)


if __name__ == "__main__":
    sys.exit(main())
