# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options that several modules take."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES

Spec = dict[str, dict[str, Any]]


def required(*names: str, kind: str = "str") -> Spec:
    return {name: {"type": kind, "required": True} for name in names}


def platform(*names: str, tags: bool = True, **others: dict[str, Any]) -> Spec:
    """The platform: texts by these names, its tags, all of which are required, and other options."""
    options = {**required(*names), **(required("tags", kind="dict") if tags else {}), **others}
    return {"platform": {"type": "dict", "required": True, "options": options}}


LANGUAGE: Spec = {"language": {"type": "str", "choices": list(LANGUAGES), "default": "en"}}
BUCKET: Spec = {"bucket": {"type": "str"}, "bucket_retention_days": {"type": "int", "default": 365}}
"""Where records are copied to, and for how long they cannot be deleted there."""
