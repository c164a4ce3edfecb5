"""What answers for the Services of a cluster: the file that its API server's proxy reads (sandbox/kube/proxy.py)."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

FILE = "backends.json"

Known = dict[str, dict[str, str]]
"""{"<namespace>/<service>": {name or number of the Service's port: URL}}."""
_LOCK = threading.Lock()


class Backends:
    """Those of one cluster; kept as long as the cluster is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def register(self, namespace: str, service: str, port: str | int, url: str) -> None:
        """Let requests to a Service's port go to a server: `http://127.18.2.110:9090`, of which paths are parts."""
        with _LOCK:
            known = self.known()
            ports = known.setdefault(f"{namespace}/{service}", {})
            if ports.get(str(port)) != url.rstrip("/"):
                ports[str(port)] = url.rstrip("/")
                self._write(known)

    def unregister(self, namespace: str, service: str, port: str | int | None = None) -> None:
        """Take back one port of a Service, or all of them; nothing happens to what is not registered."""
        with _LOCK:
            known = self.known()
            ports = known.pop(f"{namespace}/{service}", None)
            if ports is None:
                return
            left = {name: url for name, url in ports.items() if port is not None and name != str(port)}
            self._write({**known, **({f"{namespace}/{service}": left} if left else {})})

    def known(self) -> Known:
        return dict(json.loads(self._path.read_text(encoding="utf-8"))) if self._path.exists() else {}

    def _write(self, known: Known) -> None:
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(known, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(temporary, self._path)
