# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The columns delivered, against those of the pack."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.schema import Table


class IntakeError(ValueError):
    """Data delivered cannot be right: the text names table, row, column and value."""


def check_header(table: Table, columns: Sequence[str]) -> list[str]:
    """Return the columns that are missing, and may be.

    Raises IntakeError for columns the table doesn't have, and for missing ones that every row needs.
    """
    unknown = [name for name in columns if name not in table.columns]
    if unknown:
        names = ", ".join(f"{name}{did_you_mean(name, table.columns)}" for name in unknown)
        raise IntakeError(f"table {table.name}: unknown column {names}; it has {', '.join(table.columns)}")
    missing = [column for column in table.columns.values() if column.name not in columns]
    needed = [column.name for column in missing if not column.null]
    if needed:
        raise IntakeError(f"table {table.name}: column {', '.join(needed)} is missing, and every row needs it")
    return [column.name for column in missing]
