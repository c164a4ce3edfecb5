# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the module ``compliance_engine`` besides those of the connection, and what their types don't say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.settings import KINDS

RECIPIENTS = ("sns", "email", "https")
SEVERITIES = ("critical", "high", "medium", "low", "info")
LANGUAGES = ("en", "ja")
KEPT = ("evaluations", "findings", "reports", "snapshots")
COMMANDS = ("run",)

_NAME: dict[str, Any] = {"type": "str", "required": True}


def _word(choices: tuple[str, ...], default: str | None = None) -> dict[str, Any]:
    return {"type": "str", "choices": list(choices), **({"default": default} if default else {"required": True})}


def _rows(**options: Any) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options}


SPEC: dict[str, dict[str, Any]] = {
    "instance": _NAME,
    "database": {"type": "str", "default": "compliance"},
    "secret": {"type": "str", "required": True, "no_log": False},
    "ca_bundle": {"type": "path"},
    "bucket": {"type": "str"},
    "signing_key": {"type": "str", "no_log": False},
    "pack": {"type": "path"},
    "overrides": _rows(parameter=_NAME, value={"type": "raw", "required": True}, reason=_NAME),
    "schedules": _rows(
        name=_NAME,
        cron=_NAME,
        timezone={"type": "str", "default": "Asia/Tokyo"},
        command=_word(COMMANDS, "run"),
    ),
    "recipients": _rows(
        name=_NAME,
        kind=_word(RECIPIENTS),
        address=_NAME,
        min_severity=_word(SEVERITIES, "medium"),
        language=_word(LANGUAGES, "en"),
    ),
    "retention": _rows(kind=_word(KEPT), days={"type": "int", "required": True}),
    "purge": {"type": "bool", "default": False},
}


def problems(params: Mapping[str, Any]) -> list[str]:
    """What is wrong with the options that their types do not say, all of it."""
    found = []
    if params["pack"] and not (params["bucket"] and params["signing_key"]):
        found.append("pack needs bucket and signing_key: where it is published, and what signs it")
    if params["overrides"] and not params["pack"]:
        found.append("overrides need pack: they are checked against it")
    for kind in KINDS:
        keys = [item[kind.key] for item in params[kind.option] or []]
        found += [
            f"{kind.option}: {key} is declared twice" for key in sorted({key for key in keys if keys.count(key) > 1})
        ]
    found += [
        f"overrides: {item['parameter']} needs a reason"
        for item in params["overrides"] or []
        if not item["reason"].strip()
    ]
    found += [
        f"schedules: {item['name']}: cron is {item['cron']!r}, and must have five fields"
        for item in params["schedules"] or []
        if len(item["cron"].split()) != 5
    ]
    found += [
        f"retention: {item['kind']}: days is {item['days']}, and must be 1 or more"
        for item in params["retention"] or []
        if item["days"] < 1
    ]
    return found
