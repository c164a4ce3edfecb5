"""pgBouncer, the connection pooler: there is one, and it is no AWS resource (on AWS it runs in the cluster).

`<state>/planes/pooler` is its configuration directory, for whoever configures it: `pgbouncer.ini` and `userlist.txt`,
and, put there by the sandbox, `tls/{tls.crt,tls.key,ca.crt}`. Changes are taken within 0.3 s, as a config reloader does
beside a pod; a configuration that can't be right is not, and the last one stays. Meanwhile it runs as it was.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from sandbox.planes.client import PlaneBusy, Planes
from sandbox.planes.engine import Engine, Node, Plane
from sandbox.planes.engines.pgbouncer_files import PORT, SETTINGS, Files, Unusable, needs_restart, parse, render
from sandbox.planes.engines.pgbouncer_files import without_databases as unconfigured

PROGRAM = Path("/usr/sbin/pgbouncer")
KEY = "pooler"
ANSWER_SECONDS = 10.0


class PgBouncer(Engine):
    kind = "pgbouncer"

    def start(self) -> None:
        """It is always there: nobody creates it."""
        with suppress(PlaneBusy):
            Planes(self.host.settings.planes_socket).create(self.kind, KEY, {})

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        address = self.host.name_address("pooler")
        plane.data = {"taken": None, "refused": None, "error": "", "reloads": 0}
        self._place_certificate(plane, address)
        self._take(plane, Files.read(self._inbox) or unconfigured(address, self._inbox / "tls"))
        self._await(plane)

    def delete(self, plane: Plane) -> None:
        self.host.programs.remove(plane.name)
        shutil.rmtree(self._inbox, ignore_errors=True)

    def resume(self, plane: Plane) -> None:
        self._place_certificate(plane, self.host.name_address("pooler"))
        self._run(plane)
        self._await(plane)

    def watch(self, plane: Plane) -> None:
        files = Files.read(self._inbox)
        if files is None or vars(files) == plane.data["refused"]:
            return
        if vars(files) == plane.data["taken"]:
            plane.data |= {"refused": None, "error": ""}
        else:
            self._take(plane, files)

    def facts(self, plane: Plane) -> dict[str, Any]:
        """{"configured": whether by somebody, "error": why the files that are there are not used, "reloads"}."""
        data = plane.data
        return {
            "configured": bool(data and data["taken"] and parse(Files(**data["taken"]))["databases"]),
            "error": data.get("error", ""),
            "reloads": data.get("reloads", 0),
        }

    @property
    def _inbox(self) -> Path:
        return self.host.root / "pooler"

    def _take(self, plane: Plane, files: Files) -> None:
        """Run with these files from now on, unless they are unusable."""
        directory = self.host.directory(plane)
        try:
            rendered = render(files, directory / "userlist.txt")
        except Unusable as error:
            plane.data["refused"], plane.data["error"] = vars(files), str(error)
            print(f"{plane.name} keeps its configuration: {error}", flush=True)
            if plane.data["taken"] is None:
                self._take(plane, unconfigured(self.host.name_address("pooler"), self._inbox / "tls"))
            return
        taken = plane.data["taken"]
        self._write(directory / "userlist.txt", rendered.users)
        self._write(directory / "pgbouncer.ini", rendered.settings)
        if taken and not needs_restart(Files(**taken), files):
            self.host.programs.signal(plane.name, "HUP")
            plane.data["reloads"] += 1
        else:
            if taken:
                self.host.programs.stop(plane.name)
            self._describe(plane, files)
            self._run(plane)
        plane.data |= {"taken": vars(files), "refused": None, "error": ""}

    def _describe(self, plane: Plane, files: Files) -> None:
        settings = parse(files)[SETTINGS]
        address = settings["listen_addr"].split(",")[0].strip()
        port = int(settings.get("listen_port", str(PORT)))
        plane.endpoints = {KEY: {"address": address, "port": port}}
        plane.nodes = [Node(name=plane.name, role=KEY, zone="", address=address, port=port)]

    def _run(self, plane: Plane) -> None:
        endpoint = plane.endpoints[KEY]
        self.host.programs.add(
            plane.name,
            (PROGRAM, self.host.directory(plane) / "pgbouncer.ini"),
            autorestart=True,
            listens=(endpoint["address"], endpoint["port"]),
        )
        self.host.programs.start(plane.name)

    def _await(self, plane: Plane) -> None:
        self.host.wait(lambda: self.host.programs.pid(plane.name), ANSWER_SECONDS, f"start of {plane.name}")

    def _place_certificate(self, plane: Plane, address: str) -> None:
        certificate, key = self.host.certificate(plane.name, [address])
        tls = self._inbox / "tls"
        tls.mkdir(mode=0o755, parents=True, exist_ok=True)
        for name, source, mode in (
            ("tls.crt", certificate, 0o644),
            ("tls.key", key, 0o600),
            ("ca.crt", self.host.ca_path, 0o644),
        ):
            self._write(tls / name, source.read_text(encoding="ascii"), mode)

    def _write(self, path: Path, content: str, mode: int = 0o600) -> None:
        temporary = path.with_name(f".{path.name}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(content)
        self.host.account.give(temporary)
        os.replace(temporary, path)
