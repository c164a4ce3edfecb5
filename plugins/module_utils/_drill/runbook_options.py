# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of dr_runbooks."""

from __future__ import annotations

from typing import Any

RUNBOOKS_SPEC: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "scenarios_dir": {"type": "path"},
    "environment": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
    "names": {"type": "dict", "required": True},
    "targets": {"type": "dict", "required": True},
    "revision": {"type": "str", "required": True},
}
