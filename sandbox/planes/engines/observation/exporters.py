"""Exporters that run for real: Debian's programs and one of the sandbox's own, with what their containers are given."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sandbox.planes.accounts import Account
from sandbox.planes.engines.observation import postgres
from sandbox.planes.engines.observation.containers import Given, given
from sandbox.planes.engines.observation.secrets import Secrets
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, containers, is_ready, labels, name, space

PROGRAMS = {
    "blackbox-exporter": Path("/usr/bin/prometheus-blackbox-exporter"),
    "node-exporter": Path("/usr/bin/prometheus-node-exporter"),
    "postgres-exporter": Path("/usr/bin/prometheus-postgres-exporter"),
    "redis_exporter": Path("/usr/bin/prometheus-redis-exporter"),
}
"""By the last part of the image's name."""
POOLER = "pgbouncer-exporter"
PORT = 9100
LISTEN = "web.listen-address"
FLAG = re.compile(r"^\s*(?:-\w, )?--?(?:\[no-\])?([a-z][\w.-]+)", re.MULTILINE)
GIVEN = re.compile(r"--?(?:no-)?([A-Za-z][\w.-]+)")


@dataclass(frozen=True)
class Exporter:
    """`left_out`: flags that the machine's program does not know. `trouble`: why it can't be run."""

    namespace: str
    workload: str
    command: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[Path, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    trouble: str = ""
    target: str = ""
    """The only server that it asks, of an exporter that on the cluster asks many."""

    @property
    def name(self) -> str:
        return _name(self.namespace, self.workload, self.target)


Place = Callable[[str], tuple[Path, str]]
"""(directory, address) of an exporter by its name."""


def exporters(
    snapshot: Snapshot, secrets: Secrets, account: Account, place: Place, local: Callable[[str], str]
) -> Iterator[Exporter]:
    """One for each workload that has a ready pod, however many pods it has; more where one can't ask all servers."""
    seen = set()
    for pod in snapshot.all("Pod"):
        container = next((each for each in containers(pod) if image(each) in {*PROGRAMS, POOLER}), None)
        key = (space(pod), workload(pod))
        if container is None or key in seen or not is_ready(pod):
            continue
        seen.add(key)
        wanted: list[postgres.Target | None] = [None]
        if image(container) == postgres.IMAGE:
            wanted = [*postgres.targets(snapshot, key[0])] or wanted
        for target in wanted:
            called = target.slug if target else ""
            directory, address = place(_name(*key, called))
            try:
                held = given(pod, container, secrets, directory, local)
                if target:
                    held.environment["DATA_SOURCE_NAME"] = postgres.connection(target, held.files)
                    held.files.update(postgres.queries(directory))
            except (KeyError, OSError) as error:
                yield Exporter(*key, trouble=f"{type(error).__name__}: {error}", target=called)
                continue
            command, left = _command(account, container, held, address)
            if target:
                command += tuple(f"--extend.query-path={path}" for path, _ in postgres.queries(directory))
            yield Exporter(*key, command, held.environment, held.files, left, target=called)


def _command(account: Account, container: Object, held: Given, address: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(command, flags that were left out)."""
    if image(container) == POOLER:
        return (sys.executable, "-m", f"{__package__}.pooler", "--host", address, "--port", str(PORT)), ()
    program = PROGRAMS[image(container)]
    known = flags(account, program)
    arguments: list[str] = []
    left: list[str] = []
    for each in held.arguments:
        flag = match[1] if (match := GIVEN.match(each)) else ""
        if flag != LISTEN:
            (arguments if not flag or flag in known else left).append(each)
    return (str(program), *arguments, f"--{LISTEN}={address}:{PORT}"), tuple(left)


def _name(namespace: str, workload: str, target: str) -> str:
    return "-".join(part for part in (namespace, workload, target) if part)


@lru_cache
def flags(account: Account, program: Path) -> frozenset[str]:
    """The flags that a program has."""
    try:
        text = account.run(program, "--help")
    except RuntimeError as error:  # some call it a failure to be asked
        text = str(error)
    return frozenset(FLAG.findall(text))


def image(container: Object) -> str:
    """The last part of an image's name."""
    return str(container["image"]).rpartition("/")[2].partition("@")[0].partition(":")[0]


def workload(pod: Object) -> str:
    """The name of what a pod belongs to."""
    owner = next(iter(pod["metadata"].get("ownerReferences") or ()), {"name": name(pod)})
    suffix = labels(pod).get("pod-template-hash")
    return str(owner["name"]).removesuffix(f"-{suffix}") if suffix else str(owner["name"])
