"""No-change apply of all services and mesh objects, against plain `kubernetes`; from 19 to 190 services."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.bench import PLAYBOOKS, Bench, Row, ratio_row

COPIES = 10


def measure(bench: Bench) -> list[Row]:
    bench.reset()
    bench.playbook(PLAYBOOKS / "kubernetes_base.yml")
    dump = Path(bench.environment["IWORKZ_SANDBOX_STATE"]).parent / "objects.json"
    play = PLAYBOOKS / "kubernetes.yml"
    bench.playbook(play, copies=1)
    few = bench.least(bench.playbook, play, copies=1)
    bench.playbook(play, copies=1, dump=str(dump))
    raw = bench.least(bench.run, sys.executable, "-m", "benchmarks.raw_kubernetes", str(dump))
    bench.playbook(play, copies=COPIES)
    many = bench.least(bench.playbook, play, copies=COPIES)
    return [
        ratio_row("services and mesh on Kubernetes, no change, against the raw client", few, raw, 4),
        ratio_row("the same, 19 to 190 services", many, few, COPIES),
    ]
