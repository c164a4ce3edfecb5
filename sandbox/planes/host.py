"""What engines use of the machine: directories, addresses, programs, links, certificates, commands."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from sandbox.planes.accounts import Account
from sandbox.planes.addresses import Addresses
from sandbox.planes.backends import FILE, Backends
from sandbox.planes.ca import Authority
from sandbox.planes.engine import Plane
from sandbox.planes.links import Links
from sandbox.planes.registry import Registry
from sandbox.planes.servers import Servers
from sandbox.settings import Settings

Owner = Plane | str
"""A plane, or the name of something that outlives planes, such as a warm server."""


class Host:
    def __init__(self, settings: Settings, registry: Registry) -> None:
        self.settings = settings
        self.root = settings.planes_directory
        """`<state>/planes`."""
        (self.root / "data").mkdir(mode=0o755, parents=True, exist_ok=True)
        self.account = Account.of_servers()
        self.programs = Servers(settings, self.account)
        self.links = Links(registry)
        self._registry = registry
        self._addresses = Addresses(settings.port, registry)
        self._authority = Authority(self.root, self.account)

    @property
    def ca_path(self) -> Path:
        """The PEM file of the sandbox's certificate authority."""
        return self._authority.path

    def directory(self, owner: Owner) -> Path:
        """A directory of its own, made if need be, that belongs to the unprivileged account (mode 0700)."""
        return self.account.directory(self.root / "data" / _name(owner))

    def address(self, owner: Owner, label: str, *, endpoint: bool = False) -> str:
        """The loopback address of a node, or of an endpoint: allotted once, kept until the owner is forgotten."""
        return self._addresses.allot(_name(owner), label, endpoint=endpoint)

    def name_address(self, label: str) -> str:
        """The fixed address of a name: `postgres`, `postgres-canary`, `pooler`, `entry` (addresses.NAMES)."""
        return self._addresses.of_name(label)

    def certificate(self, name: str, addresses: Iterable[str]) -> tuple[Path, Path]:
        """(certificate, key) in PEM for these addresses, localhost and 127.0.0.1; kept while the addresses are these.

        The key belongs to the unprivileged account (mode 0600).
        """
        return self._authority.certificate(name, addresses)

    def backends(self, cluster: Plane) -> Backends:
        """What answers for the Services of a cluster (a plane of the kind `kubernetes`)."""
        return Backends(self.directory(cluster) / FILE)

    def planes(self, kind: str) -> list[Plane]:
        """The planes of a kind, to read."""
        return self._registry.planes(kind)

    def run(
        self, *command: str | Path, input: str | None = None, env: Mapping[str, str] | None = None, timeout: float = 60
    ) -> str:
        """Run a command as the unprivileged account; its output. RuntimeError with what it said when it fails.

        env: besides PATH, HOME, USER, LOGNAME and LC_ALL=C.UTF-8.
        """
        return self.account.run(*command, input=input, env=env, timeout=timeout)

    def wait(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Until a condition is true; TimeoutError that names what did not happen."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds:g} s")
            time.sleep(0.05)

    def forget(self, owner: Owner) -> None:
        """Remove what is left of an owner: the links on its addresses, the addresses, the directory."""
        self.links.close_addresses(self._addresses.release(_name(owner)))
        shutil.rmtree(self.root / "data" / _name(owner), ignore_errors=True)


def _name(owner: Owner) -> str:
    return owner.name if isinstance(owner, Plane) else owner
