# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A writer in a process of its own: neither the drill's own work nor a store that hangs gets into its way.

Measured at 100 canaries a second beside a drill that polls AWS: see docs/decisions/drills.md.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import select
import signal
import time
from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.canary import Canary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.writer import write_canaries
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Store
from ansible_collections.iworkz.platform.plugins.module_utils._drill.tape import Follower, Recorder, Tape, read_tape

PAUSE_SECONDS = 0.5
PAUSE_INTERVALS = 10
FIRST_FREE = 3
"""The first file descriptor after the standard ones."""
POLL_SECONDS = 0.01
STOP_SECONDS = 2.0
"""How long a write that is under way may take to end before the writer is killed."""


class Probe:
    """Writes canaries from ``start`` to ``stop``; they end with the process that started them, even if it is killed."""

    def __init__(self, store: Store, canary: Canary, rate: float, path: Path) -> None:
        self.store = store
        self.canary = canary
        self.rate = rate
        self.progress = Follower(path, max(PAUSE_SECONDS, PAUSE_INTERVALS / rate))
        self._path = path
        self._process: multiprocessing.process.BaseProcess | None = None
        self._hold = -1

    def start(self) -> None:
        """Raises OSError where no process can be made."""
        reading, self._hold = os.pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=self._run, args=(reading,), daemon=True)
        self._process.start()
        os.close(reading)

    def stop(self) -> None:
        """End the writer; one that hangs in its store is killed. What it had not been acknowledged does not count."""
        if self._process is None:
            return
        os.close(self._hold)
        # join() with a timeout would watch a descriptor that the writer has closed, and then wait for ever.
        deadline = time.monotonic() + STOP_SECONDS
        while self._process.is_alive() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process = None

    def tape(self) -> Tape:
        return read_tape(self._path)

    def _run(self, reading: int) -> None:
        # Nothing of the drill's is kept open: neither the other end of the pipe, which closes with the drill, nor its
        # lock, which would outlive it.
        os.closerange(FIRST_FREE, reading)
        os.closerange(reading + 1, os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        gc.freeze()
        recorder = Recorder(self._path)
        write_canaries(
            self.canary,
            self.rate,
            recorder,
            lambda seconds: bool(select.select([reading], [], [], seconds)[0]),
            time.monotonic,
        )
        recorder.close()
