"""What the machine must have before the data planes can start."""

from __future__ import annotations

from pathlib import Path

from sandbox.planes.accounts import Account
from sandbox.settings import SandboxError, Settings

PACKAGES = Path(__file__).with_name("packages.txt")


def packages() -> dict[str, Path]:
    """{Debian package: a file of it}."""
    lines = [line.split() for line in PACKAGES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {package: Path(file) for package, file in lines}


def check(settings: Settings) -> None:
    """SandboxError when a package is missing, or the servers' account can't reach the state directory."""
    missing = [package for package, file in packages().items() if not file.exists()]
    if missing:
        raise SandboxError(
            f"the data planes need Debian packages that are missing: {' '.join(missing)}\n"
            f"  install them:    make sandbox-packages\n"
            f"  or do without:   python -m sandbox up --no-planes"
        )
    Account.of_servers().check_can_enter(settings.state)
