"""The Kubernetes API emulator as a process of its own, with three nodes, and a proxy in front that makes faults."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Cluster
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from sandbox.planes.engines.kubernetes import nodes

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
ZONES = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")

Object = dict[str, Any]


@dataclass
class KubeServer:
    """A cluster's API server. ``start`` and ``kill`` may alternate; its state stays."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def authority(self) -> str:
        return (self.directory / "cert.pem").read_text()

    def token(self, refused: bool = False) -> str:
        return (self.directory / "data" / "admin.token").read_text().strip()

    def api(self, endpoint: str = "", patience: float = 30.0) -> Api:
        authority = self.authority if not endpoint else ""
        return Api(Cluster("c", "arn", "1.34", endpoint or self.endpoint, authority, "i"), self.token, patience)

    def delete(self, path: str) -> None:
        pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=self.authority), retries=False)
        answer = pool.request("DELETE", self.endpoint + path, headers={"Authorization": f"Bearer {self.token()}"})
        assert answer.status in (200, 202), answer.data

    def start(self) -> None:
        files = ("data", "cert.pem", "key.pem", "settings.json")
        data, certificate, key, settings = (str(self.directory / name) for name in files)
        command = [sys.executable, "-m", "sandbox.kube", "--data", data, "--host", HOST, "--port", str(self.port)]
        command += ["--certificate", certificate, "--key", key, "--settings", settings]
        self.process = subprocess.Popen(command, cwd=ROOT)
        context = ssl.create_default_context(cadata=self.authority)
        pool = urllib3.PoolManager(ssl_context=context, retries=False, timeout=1)
        until = time.monotonic() + 30
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if pool.request("GET", f"{self.endpoint}/readyz").status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                time.sleep(0.05)
        raise RuntimeError("the API server did not start")

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


def prepare(directory: Path) -> KubeServer:
    """A new cluster's files: certificate, settings."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (directory / "key.pem").write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    (directory / "cert.pem").write_bytes(certificate.public_bytes(encoding))
    (directory / "settings.json").write_text(json.dumps({"name": "iworkz-test", "zones": ZONES}))
    with socket.socket() as free:
        free.bind((HOST, 0))
        return KubeServer(directory, free.getsockname()[1])


def with_nodes(server: KubeServer) -> None:
    """One node in each zone, with room for dozens of pods."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, zone in enumerate(ZONES):
        node = {
            "name": f"node-{number}",
            "zone": zone,
            "instance_type": "m7g.4xlarge",
            "instance_id": f"i-{number}",
            "architecture": "arm64",
            "capacity_type": "ON_DEMAND",
            "group": "general",
            "image": "ami-1",
            "cpu": 16,
            "memory_mib": 65536,
            "pods": 110,
            "address": f"10.0.{number}.1",
            "version": "1.34",
            "labels": {},
            "taints": [],
        }
        for body, path in ((nodes.manifest(node, "r"), ""), ({"status": nodes.status(node, moment)}, "/status")):
            head = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node["name"]}}
            server.api().apply(f"/api/v1/nodes/{node['name']}{path}", {**head, **body}, "test")


@dataclass
class Fault:
    """Answers requests whose method and path match with a status, or hangs up (0), so many times."""

    status: int
    method: str = ""
    within: str = ""
    times: int = 1


@dataclass
class Proxy:
    """Plain HTTP in front of a server. ``faults`` are used up one by one; ``dropped`` counts watches that were cut."""

    server: KubeServer
    faults: list[Fault] = field(default_factory=list)
    made: list[int] = field(default_factory=list)
    cut_watches_after: float | None = None
    endpoint: str = ""

    def fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method in ("", method) and fault.within in path:
                fault.times -= 1
                self.made.append(fault.status)
                return fault
        return None


@contextmanager
def running(directory: Path) -> Iterator[KubeServer]:
    """A new cluster with its nodes, that answers."""
    made = prepare(directory)
    made.start()
    with_nodes(made)
    yield made
    made.kill()


@contextmanager
def proxied(server: KubeServer) -> Iterator[Proxy]:
    proxy = Proxy(server)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = proxy.fault(self.command, self.path)
            if fault is None:
                self.forward(body)
            elif fault.status == 0:
                self.connection.shutdown(socket.SHUT_RDWR)
            else:
                self.answer(fault.status, json.dumps({"kind": "Status", "message": "made by the proxy"}).encode())

        do_PATCH = do_GET

        def forward(self, body: bytes) -> None:
            pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=server.authority), retries=False)
            headers = {name: self.headers[name] for name in ("Authorization", "Accept", "Content-Type")
                       if name in self.headers}  # fmt: skip
            watching = "watch=true" in self.path
            cut = proxy.cut_watches_after if watching else None
            try:
                answer = pool.request(
                    self.command,
                    server.endpoint + self.path,
                    body=body or None,
                    headers=headers,
                    preload_content=not watching,
                    timeout=urllib3.Timeout(connect=2, read=cut or 70),
                )
                if not watching:
                    self.answer(answer.status, answer.data)
                    return
                self.send_response(answer.status)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for chunk in answer.stream():
                    self.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                self.wfile.write(b"0\r\n\r\n")
            except urllib3.exceptions.HTTPError:
                self.hang_up()

        def hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged."""

    listening = ThreadingHTTPServer((HOST, 0), Handler)
    listening.daemon_threads = True
    proxy.endpoint = f"http://{HOST}:{listening.server_port}"
    threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
    yield proxy
    listening.shutdown()
    listening.server_close()
