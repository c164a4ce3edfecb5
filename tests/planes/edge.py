"""An edge of a test's own: nginx as the engine runs it, with a policy that the test gives, on an address of its own."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.planes.accounts import Account
from sandbox.planes.ca import Authority
from sandbox.planes.engines.edge.configuration import PORTS, render
from sandbox.planes.engines.edge.engine import PROGRAM
from sandbox.planes.engines.edge.policy import LoadBalancer

SECONDS = 20


@dataclass(frozen=True)
class Edge:
    address: str
    ca: Path
    log: Path

    def ask(
        self,
        host: str,
        method: str = "GET",
        target: str = "/",
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        *,
        tls: bool = True,
    ) -> http.client.HTTPResponse:
        """The answer to a request that is sent byte for byte, its Host header among the headers or made of `host`."""
        wire = socket.create_connection((self.address, PORTS["secure" if tls else "plain"]), timeout=SECONDS)
        if tls:
            wire = ssl.create_default_context(cafile=str(self.ca)).wrap_socket(wire, server_hostname=host)
        connection = http.client.HTTPConnection(host, timeout=SECONDS)
        connection.sock = wire
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        given = headers if any(name.lower() == "host" for name, _ in headers) else (("Host", host), *headers)
        for name, value in given:
            connection.putheader(name, value.encode())
        # What is too large is refused before all of it was sent; the answer is there.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.endheaders(body or None)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response


@contextmanager
def running(address: str, *balancers: LoadBalancer, keys_url: str = "http://127.0.0.1:9") -> Iterator[Edge]:
    directory = Path(tempfile.mkdtemp(prefix="iworkz-edge-"))
    directory.chmod(0o755)
    account = Account.of_servers()
    authority = Authority(directory, account)
    hosts = [site.host for one in balancers for site in one.sites]
    certificate, key = authority.certificate("edge", [address, *hosts])
    own = account.directory(directory / "own")
    configuration = own / "nginx.conf"
    configuration.write_text(render(balancers, address, certificate, key, own, keys_url), encoding="utf-8")
    account.give(configuration)
    log = directory / "log"
    with log.open("wb") as errors:
        command = ["runuser", "-u", account.name, "--"] if account.other else []
        process = subprocess.Popen([*command, PROGRAM, "-e", "stderr", "-c", configuration], stderr=errors)
        try:
            _await(process, address, log)
            yield Edge(address, authority.path, log)
        finally:
            process.terminate()
            process.wait(SECONDS)
            shutil.rmtree(directory)


def _await(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            socket.create_connection((address, PORTS["secure"]), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.05)
