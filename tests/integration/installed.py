"""The collection as its users get it: built, installed from the tarball, and run against a sandbox of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.sandbox.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PHASE = "iworkz.platform.phase1_core_infrastructure"


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the virtual environment; the caller's Ansible settings don't reach it.

    Nor do those of coverage: the installed copy is not what is measured, and measuring takes half of the time.
    """
    foreign = ("ANSIBLE_", "COVERAGE_", "IWORKZ_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def install(directory: Path) -> tuple[Path, Path]:
    """Build the checkout and install the tarball offline; return the tarball and the collections path."""
    built = run("ansible-galaxy", "collection", "build", "--output-path", directory / "built", ROOT, cwd=directory)
    assert built.returncode == 0, built.stderr
    (tarball,) = (directory / "built").glob("iworkz-platform-*.tar.gz")
    collections = directory / "collections"
    arguments = ("--offline", "--no-deps", "--collections-path", collections, tarball)
    installed = run("ansible-galaxy", "collection", "install", *arguments, cwd=directory)
    assert installed.returncode == 0, installed.stderr
    return tarball, collections


@contextlib.contextmanager
def sandbox(planes: bool = False) -> Iterator[dict[str, str]]:
    """Run a sandbox on a free port; yields the variables that lead the sandbox inventory to it."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="iworkz-installed-") as state:
        # The data planes' servers run as another account, which could not enter pytest's own directories.
        Path(state).chmod(0o755)
        arguments = ("--state", state, "--port", str(port))
        wanted = "--planes" if planes else "--no-planes"
        started = run(sys.executable, "-m", "sandbox", "up", wanted, *arguments, cwd=ROOT)
        try:
            assert started.returncode == 0, started.stdout + started.stderr
            yield {"IWORKZ_SANDBOX_PORT": str(port), "IWORKZ_SANDBOX_STATE": state}
        finally:
            run(sys.executable, "-m", "sandbox", "down", *arguments, cwd=ROOT)
