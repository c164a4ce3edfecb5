"""What tests of access share: a cluster without HTTP, tokens of EKS, and an AWS that writes down what it is asked."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
import ssl
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from kubernetes.client import ApiClient, Configuration

from sandbox.kube.__main__ import build, serve
from sandbox.kube.access import bootstrap
from sandbox.kube.access.authentication import TOKEN_FILE
from sandbox.kube.access.rbac import Rbac
from sandbox.kube.settings import Settings
from sandbox.kube.store import Store

CLUSTER = "iworkz-test"
ISSUER = "https://oidc.eks.ap-northeast-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
ROLE = "arn:aws:iam::123456789012:role/ops/deployer"
SESSION = "arn:aws:sts::123456789012:assumed-role/deployer/alice@example.com"
RBAC = "rbac.authorization.k8s.io"


def cluster() -> tuple[Store, Rbac]:
    """A cluster as it starts."""
    store = Store()
    bootstrap.ensure(store)
    return store, Rbac(store)


@cache
def _key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(encoding, form, serialization.NoEncryption())


def with_key(data: Path) -> Path:
    """A data directory that has a signing key already: to make one takes long."""
    path = data / "service-account.key"
    path.write_bytes(_key())
    path.chmod(0o600)
    return data


def role(store: Store, name: str, *rules: dict[str, Any], namespace: str = "", **fields: Any) -> dict[str, Any]:
    kind = "Role" if namespace else "ClusterRole"
    return _put(store, kind, name, namespace, rules=list(rules), **fields)


def bind(store: Store, name: str, to: str, *subjects: dict[str, Any], namespace: str = "") -> dict[str, Any]:
    """Bind "Role/name" or "ClusterRole/name", in a namespace or in the cluster."""
    kind, _, referred = to.partition("/")
    ref = {"apiGroup": RBAC, "kind": kind, "name": referred}
    bound = "RoleBinding" if namespace else "ClusterRoleBinding"
    return _put(store, bound, name, namespace, roleRef=ref, subjects=list(subjects))


def named(kind: str, name: str) -> dict[str, str]:
    return {"kind": kind, "apiGroup": RBAC, "name": name}


def rule(groups: str, resources: str, verbs: str, names: str = "") -> dict[str, Any]:
    """A PolicyRule from words; `core` is the core group."""
    made: dict[str, Any] = {
        "apiGroups": ["" if group == "core" else group for group in groups.split()],
        "resources": resources.split(),
        "verbs": verbs.split(),
    }
    return {**made, "resourceNames": names.split()} if names else made


def _put(store: Store, kind: str, name: str, namespace: str, **fields: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **fields.pop("metadata", {})}
    obj = {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, **fields}
    return store.put(f"{kind.lower()}s.{RBAC}", obj)


def presigned(
    host: str = "sts.ap-northeast-1.amazonaws.com",
    scheme: str = "https",
    age: float = 0,
    path: str = "/",
    **changed: Any,
) -> str:
    """A token as `aws eks get-token` makes it, `age` seconds ago; a parameter of None is left out."""
    signed = datetime.now(UTC) - timedelta(seconds=age)
    parameters = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"AKIATEST/{signed:%Y%m%d}/ap-northeast-1/sts/aws4_request",
        "X-Amz-Date": f"{signed:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
        "X-Amz-Signature": "0123abcd",
        **{key.replace("_", "-"): value for key, value in changed.items()},
    }
    query = urllib.parse.urlencode({key: value for key, value in parameters.items() if value is not None})
    url = f"{scheme}://{host}{path}?{query}"
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


@dataclass
class Aws:
    """STS and EKS of one cluster: `policies` and `groups` are the access entry's, no entry when `entry` is False."""

    endpoint: str = ""
    caller: str = SESSION
    status: int = 200
    entry: bool = True
    username: str = "arn:aws:sts::123456789012:assumed-role/deployer/{{SessionName}}"
    groups: list[str] = field(default_factory=list)
    policies: dict[str, list[str] | None] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        self.asked.append((path, headers))
        if path.startswith("/?"):
            inner = (
                f"<Arn>{self.caller}</Arn><UserId>AROATEST:alice@example.com</UserId><Account>123456789012</Account>"
            )
            xml = f'<R xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Result>{inner}</Result></R>'
            return self.status, xml.encode()
        entries, _, rest = path.partition("?")[0].removeprefix(f"/clusters/{CLUSTER}/access-entries").partition("/")
        assert not entries
        if not rest:
            return 200, json.dumps({"accessEntries": [ROLE] if self.entry else []}).encode()
        if rest.endswith("/access-policies"):
            return 200, json.dumps({"associatedAccessPolicies": [self._policy(*each) for each in self.policies.items()]}
                                   ).encode()  # fmt: skip
        assert urllib.parse.unquote(rest) == ROLE
        entry = {"principalArn": ROLE, "username": self.username, "kubernetesGroups": self.groups}
        return 200, json.dumps({"accessEntry": entry}).encode()

    @staticmethod
    def _policy(name: str, namespaces: list[str] | None) -> dict[str, Any]:
        scope = {"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster", "namespaces": []}
        return {"policyArn": f"arn:aws:eks::aws:cluster-access-policy/{name}", "accessScope": scope}


@contextmanager
def aws() -> Iterator[Aws]:
    """One that listens."""
    state = Aws()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = state.answer(self.path, {key.lower(): value for key, value in self.headers.items()})
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Tests ask what was asked instead."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Served:
    """A cluster that is served: over TLS, with its controllers, from a thread of this process."""

    url: str
    authority: Path
    data: Path

    @property
    def admin(self) -> str:
        return (self.data / TOKEN_FILE).read_text(encoding="ascii")

    def client(self, token: str) -> ApiClient:
        """The official client."""
        configuration = Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.authority)
        configuration.api_key = {"authorization": f"Bearer {token}"}
        return ApiClient(configuration)

    def ask(
        self, method: str, path: str, token: str | None = None, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """(status, document) of a request."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        for key, value in headers.items():
            request.add_header(key.replace("_", "-"), value)
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        if data and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        context = ssl.create_default_context(cafile=str(self.authority))
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                raw, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            raw, status = error.read(), error.code
        try:
            return status, json.loads(raw)
        except ValueError:
            return status, raw.decode()

    def kubectl(self, *arguments: str, token: str = "", stdin: str = "") -> subprocess.CompletedProcess[str]:
        """kubectl, as the administrator unless a token is given."""
        options = ("--server", self.url, "--certificate-authority", str(self.authority), "--token", token or self.admin)
        environment = {**os.environ, "HOME": str(self.data), "KUBECONFIG": "/dev/null"}
        return subprocess.run(
            ("kubectl", *options, *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
        )


@contextmanager
def served(data: Path, **extra: Any) -> Iterator[Served]:
    """`extra`: further settings, such as aws_endpoint."""
    authority, certificate = certify(data)
    with_key(data)
    settings = Settings(name=CLUSTER, issuer=ISSUER, extra=extra)
    servers: list[uvicorn.Server] = []

    def run(listener: socket.socket) -> None:
        application, manager = build(data, settings, Store())
        config = uvicorn.Config(application, log_config=None, ssl_certfile=certificate, timeout_graceful_shutdown=1)
        servers.append(uvicorn.Server(config))
        asyncio.run(serve(servers[0], manager, [listener]))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=run, args=(listener,), daemon=True)
        thread.start()
        running = Served(f"https://127.0.0.1:{listener.getsockname()[1]}", authority, data)
        assert running.ask("GET", "/readyz") == (200, "ok")
        try:
            yield running
        finally:
            servers[0].should_exit = True
            thread.join()


def certify(data: Path) -> tuple[Path, Path]:
    """(authority, certificate with its key) in a directory."""
    ca = trustme.CA()
    leaf = ca.issue_cert("127.0.0.1")
    authority, certificate = data / "ca.pem", data / "server.pem"
    ca.cert_pem.write_to_path(str(authority))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    return authority, certificate
