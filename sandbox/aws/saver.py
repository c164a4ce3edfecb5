"""Writes the account to disk soon after it changed, without slowing the calls down."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable

DELAY = 0.3
"""Seconds from a change to its save, so that a burst of changes is saved once."""

SHARE = 0.2
"""The part of a CPU that saving may take; a big account is saved less often."""


class Saver:
    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._changed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="saver", daemon=True)
        self._thread.start()

    def changed(self) -> None:
        self._changed.set()

    def _run(self) -> None:
        while True:
            self._changed.wait()
            time.sleep(DELAY)
            self._changed.clear()
            began = time.thread_time()
            try:
                self._save()
            except Exception:
                # The account in memory is still good; the next change tries again.
                traceback.print_exc()
            time.sleep((time.thread_time() - began) * (1 / SHARE - 1))
