# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What steps do. Importing this package fills the table."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions import (
    database,
    name,
    pooler,
    recovery_replica,
    stores,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions.table import ACTIONS

__all__ = ["ACTIONS", "database", "name", "pooler", "recovery_replica", "stores"]
