"""The canary writer of the drills: its own CPU, what it adds to an application's latency, the resolution of its RTO.

An application's transactions are timed in turn with and without the writer beside it, on a server of its own.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks.bench import ROOT, Row
from sandbox.planes.engines.postgres.scratch import Scratch

if "ansible_collections" not in sys.modules:
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.postgres import (
    SCHEMA,
    PostgresCanary,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.process import Probe

RATE = 100.0
SECONDS = 6.0
# As often as a busy service writes, so that the server has something to do.
APPLICATION_RATE = 200.0


def measure(runs: int) -> list[Row]:
    """Return the rows of the table."""
    alone: list[float] = []
    beside: list[float] = []
    cpu: list[float] = []
    gaps: list[float] = []
    with Scratch() as store, TemporaryDirectory(prefix="iworkz-bench-") as acks:
        with closing(store.connect()) as connection:
            connection.execute(f"CREATE SCHEMA {SCHEMA}; CREATE TABLE application (id bigint, at timestamptz)")
        for number in range(runs):
            alone += _latencies(store)
            probe = _probe(store, Path(acks) / str(number))
            before = _children_cpu()
            probe.start()
            began = time.monotonic()
            beside += _latencies(store)
            written = time.monotonic() - began
            probe.stop()
            cpu.append((_children_cpu() - before) / written)
            gaps += [later.at - sooner.at for sooner, later in pairwise(probe.tape().acks)]
    added = (median(beside) - median(alone)) * 1000
    fine = quantiles(gaps, n=100)[98]
    interval = 1 / RATE
    return [
        Row(
            f"canary writer at {RATE:g}/s: CPU, part of a core",
            f"{min(cpu):.3f}",
            "",
            "",
            "<= 0.15",
            min(cpu) > 0.15,
        ),
        Row(
            "application's transaction beside it, ms (median)",
            f"{median(beside) * 1000:.2f}",
            f"{median(alone) * 1000:.2f}",
            f"{median(beside) / median(alone):.2f}",
            "<= 1 ms more",
            added > 1,
        ),
        Row(
            "gap between acknowledgements, undisturbed, ms (99 %)",
            f"{fine * 1000:.1f}",
            f"{interval * 1000:.0f}",
            f"{fine / interval:.2f}",
            "<= 3 intervals",
            fine > 3 * interval,
        ),
        Row(
            "the longest such gap, ms: no RTO below can be told",
            f"{max(gaps) * 1000:.1f}",
            f"{interval * 1000:.0f}",
            f"{max(gaps) / interval:.2f}",
            f"for information, load {os.getloadavg()[0]:.1f}",
            False,
        ),
    ]


def _probe(store: Scratch, acks: Path) -> Probe:
    canary = PostgresCanary(store.connect, f"bench_{acks.name}")
    canary.create()
    return Probe("postgres", canary, RATE, acks)


def _latencies(store: Scratch) -> list[float]:
    """Seconds that each of an application's transactions took, on a schedule that a slow one does not delay."""
    found = []
    with closing(store.connect()) as connection:
        start = time.monotonic()
        for number in range(int(SECONDS * APPLICATION_RATE)):
            time.sleep(max(0.0, start + number / APPLICATION_RATE - time.monotonic()))
            began = time.monotonic()
            connection.execute(f"INSERT INTO application VALUES ({number}, now())")
            found.append(time.monotonic() - began)
    return found


def _children_cpu() -> float:
    """CPU seconds of this process's children that have ended."""
    times = os.times()
    return times.children_user + times.children_system
