# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The numbered migrations of the registry: each is applied once, in order, and never changes after that."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

DIRECTORY = Path(__file__).parent / "migrations"
_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    name text PRIMARY KEY,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text NOT NULL
)
"""


def known(directory: Path = DIRECTORY) -> list[Path]:
    """All migrations, in order."""
    return sorted(directory.glob("*.sql"))


def applied(registry: Registry) -> dict[str, str]:
    """The hashes of those that were applied, by name."""
    if not registry.rows("SELECT to_regclass('migrations') IS NOT NULL AS there")[0]["there"]:
        return {}
    return {row["name"]: row["sha256"] for row in registry.rows("SELECT name, sha256 FROM migrations ORDER BY name")}


def pending(registry: Registry, directory: Path = DIRECTORY) -> list[Path]:
    """The migrations that were not applied yet, in order. Raises ReconcileError for one that was changed since."""
    done = applied(registry)
    for path in known(directory):
        if done.get(path.name, digest := sha256(path.read_bytes())) != digest:
            raise ReconcileError(f"{path}: was changed after it was applied; write another migration instead")
    return [path for path in known(directory) if path.name not in done]


def apply(registry: Registry, migrations: list[Path]) -> None:
    """Apply them, inside the caller's transaction."""
    if migrations:
        registry.connection.execute(_TABLE)
    for path in migrations:
        content = path.read_bytes()
        registry.connection.execute(content)
        registry.execute(
            "INSERT INTO migrations (name, sha256, applied_by) VALUES (%s, %s, %s)",
            (path.name, sha256(content), registry.who),
        )
