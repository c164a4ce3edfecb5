# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Backups at the end of a platform: what a lock in compliance mode holds stays until it expires."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.iworkz.platform.plugins.module_utils._aws import backup
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class Vault(backup.Vault):
    """As in ``backup``. ``locked`` says why a vault stays whose lock nobody can lift."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.locked: dict[str, str] = {}

    def unprotect(self, key: str, current: State) -> None:
        since = current["_locked_from"]
        if since is not None and since <= datetime.now(UTC):
            self.locked[key] = f"locked in compliance mode since {since.isoformat()}: stays until its backups expire"
            raise ReconcileError(self.locked[key])
        super().unprotect(key, current)


ADAPTERS = tuple(Vault if adapter is backup.Vault else adapter for adapter in backup.ADAPTERS)
