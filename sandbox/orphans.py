"""What a supervisor that was killed leaves behind."""

from __future__ import annotations

import os
import signal

from sandbox.planes.client import PlaneError, Planes
from sandbox.planes.processes import ended, kill_tree, stray
from sandbox.settings import Settings


def stop(settings: Settings) -> bool:
    """End the daemon of the data planes and the servers of this sandbox; False when there are none.

    Servers are killed: with what they write to disk before they answer, they come back from that.
    """
    found = False
    try:
        pid = Planes(settings.planes_socket).health()["pid"]
    except PlaneError:
        pid = None
    if pid:
        found = True
        os.kill(pid, signal.SIGTERM)
        ended([pid])
    for server in stray(settings.planes_directory / "data"):
        found = True
        kill_tree(server)
    return found
