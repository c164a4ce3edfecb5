# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The live view at the bottom of a terminal: where the run is, what it did, how long it takes."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.tally import Tally

_SECONDS_BETWEEN_FRAMES = 0.25


def clock_face(seconds: float) -> str:
    """Format seconds as m:ss, or h:mm:ss from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class LiveView:
    """Redraws in a thread of its own, so that the clock moves during long tasks.

    Ansible forks a worker per task, and a lock held by the drawing thread at that moment would stay locked in the
    worker for ever. Ansible's display has a lock it holds while it forks and while it writes; frames are drawn under
    the same one.
    """

    def __init__(
        self,
        tally: Tally,
        last_run: dict[str, float],
        lock: AbstractContextManager[object],
        console: Console | None = None,
    ) -> None:
        self._tally = tally
        self._last_run = last_run
        self._lock = lock
        self._task = ""
        self._live = Live(self, console=console or Console(), auto_refresh=False, transient=True)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="launch-view", daemon=True)

    def start(self) -> None:
        """Begin to draw; standard output of others appears above the view."""
        with self._lock:
            self._live.start()
        self._thread.start()

    def show(self, task: str) -> None:
        """Name the task that runs now."""
        self._task = task

    def stop(self) -> None:
        """Draw no more and remove the view from the screen."""
        self._stopped.set()
        self._thread.join()
        with self._lock:
            self._live.stop()

    def _draw(self) -> None:
        while not self._stopped.wait(_SECONDS_BETWEEN_FRAMES):
            with self._lock:
                self._live.refresh()

    def __rich__(self) -> Group:
        """Render a frame."""
        tally, totals = self._tally, self._tally.totals
        left = tally.remaining(self._last_run)
        where = Table.grid(padding=(0, 2))
        where.add_row(
            Text(tally.phase, style="bold"), Text(tally.role, style="cyan"), Text(" ".join(tally.ids), style="magenta")
        )
        counts = Text.assemble(
            (f"ok {totals.ok}", "green"),
            "  ",
            (f"changed {totals.changed}", "yellow"),
            "  ",
            (f"failed {totals.failed}", "bold red" if totals.failed else "dim"),
            f"  elapsed {clock_face(tally.elapsed)}",
            "" if left is None else f"  left about {clock_face(left)}",
        )
        return Group(where, Text(self._task, style="dim", no_wrap=True, overflow="ellipsis"), counts)
