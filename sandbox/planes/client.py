"""Client of the daemon of the data planes: JSON over HTTP on its unix socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from sandbox.planes.engine import BUSY

SECONDS = 30


class PlaneError(Exception):
    """The daemon does not answer, or failed."""


class PlaneBusy(PlaneError):
    """A job of this plane runs, or the plane exists already."""


class PlaneRefused(PlaneError):
    """The engine does not do this, for the reason given; nothing was changed."""


class PlaneUnknown(PlaneError):
    """There is no such plane."""


ERRORS: dict[int, type[PlaneError]] = {404: PlaneUnknown, 409: PlaneBusy, 422: PlaneRefused}


class Planes:
    """The data planes of a sandbox. Holds nothing but the path of the socket, so it can be pickled and shared."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self, kind: str, key: str, spec: dict[str, Any]) -> None:
        """Make a plane: answers at once, a job does it. PlaneBusy when there is one of this name."""
        self._post("create", kind=kind, key=key, spec=spec)

    def act(self, kind: str, key: str, action: str, **params: Any) -> None:
        """Start a job of a plane: answers at once. PlaneBusy while another one runs, PlaneUnknown."""
        self._post("act", kind=kind, key=key, action=action, params=params)

    def ask(self, kind: str, key: str, question: str, **params: Any) -> dict[str, Any]:
        """An answer of the engine, at once. PlaneRefused, PlaneUnknown."""
        return dict(self._post("ask", kind=kind, key=key, question=question, params=params))

    def describe(self, kind: str, key: str) -> dict[str, Any] | None:
        """{"state": "creating|available|modifying|failed|deleting", "error", "endpoints": {name: {"address", "port"}},
        "nodes": [{"name", "role", "zone", "address", "port", "pid", "running"}], "facts": {..}}, None without one."""
        return self.describe_all(kind, key).get(key)

    def describe_all(self, kind: str, *keys: str) -> dict[str, dict[str, Any]]:
        """{key: what describe says} of the planes of a kind, or of some of them, in one request."""
        return dict(self._post("describe", kind=kind, keys=keys or None))

    def delete(self, kind: str, key: str) -> None:
        """Remove a plane: answers at once, a job does it after the one that runs. Nothing happens without one."""
        self._post("delete", kind=kind, key=key)

    def settled(self, kind: str, key: str) -> bool:
        """Whether no job of the plane runs or waits; False while the daemon does not answer, True without a plane."""
        try:
            found = self.describe(kind, key)
        except PlaneError:
            return False
        return found is None or found["state"] not in BUSY

    def set_name(self, label: str, address: str, port: int) -> None:
        """Let a fixed address (addresses.NAMES) lead to a server, as a DNS name would."""
        self._post("set_name", label=label, address=address, port=port)

    def clear_name(self, label: str) -> None:
        self._post("clear_name", label=label)

    def links(self) -> dict[str, dict[str, Any]]:
        """{name: {"address", "port", "target", "delay", "cut", "connections"}}."""
        return dict(self._post("links"))

    def health(self) -> dict[str, Any]:
        """{"pid", "state": directory, "settled": whether no plane and no engine is busy, "failed": {kind: why the
        engine did not start}}."""
        return dict(self._post("health"))

    def reset(self) -> None:
        """Remove all planes and names; returns when they are gone."""
        self._post("reset", seconds=120)

    def _post(self, verb: str, *, seconds: float = SECONDS, **document: Any) -> Any:
        connection = _Connection(self.path, seconds)
        try:
            connection.request("POST", f"/{verb}", json.dumps(document), {"Content-Type": "application/json"})
            response = connection.getresponse()
            status, answer = response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PlaneError(f"the daemon of the data planes does not answer: {error}") from error
        finally:
            connection.close()
        if status != 200:
            raise ERRORS.get(status, PlaneError)(answer["error"])
        return answer


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
