# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``compliance_report``: from the options of the module to its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import NotYetThere
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports import command
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.command import Made, Wanted
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.reports.register import Entry, Filing
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import plain
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

SPEC: dict[str, dict[str, Any]] = {
    **settings.OPTIONS,
    "reports": {"type": "list", "elements": "str", "default": []},
    "employers": {"type": "list", "elements": "str", "default": []},
    "days_ahead": {"type": "int", "default": 31},
    "days_behind": {"type": "int", "default": 90},
    "filed": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "report": {"type": "str", "required": True},
            "filed_on": {"type": "str", "required": True},
            "receipt_number": {"type": "str", "default": ""},
        },
    },
}
DAYS = ("days_ahead", "days_behind")
SHOWN = ("kind", "employer_id", "establishment_id", "period_start", "period_end", "due_on", "state", "filed_on")


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result.

    :raises InvalidInput: for options that are wrong; nothing was changed then.
    :raises ReconcileError: when reports cannot be made. In check mode what is yet to be made is no error.
    """
    try:
        given = settings.read({name: params.get(name) for name in settings.OPTIONS})
    except settings.PackError as error:
        raise InvalidInput([str(error)]) from error
    wanted = _wanted(params)
    try:
        made = command.run(Clients(params), given, wanted, check=check_mode)
    except NotYetThere as error:
        if check_mode:
            return {"changed": True, "msg": str(error)}
        raise
    except ValueError as error:
        raise ReconcileError(str(error)) from error
    return result(made)


def _wanted(params: Mapping[str, Any]) -> Wanted:
    wrong = [f"{name} is {params[name]}, and must be 0 or more" for name in DAYS if params[name] < 0]
    filings = []
    for number, each in enumerate(params["filed"]):
        try:
            filings.append(Filing(each["report"], date.fromisoformat(each["filed_on"]), each["receipt_number"]))
        except ValueError:
            wrong.append(f"filed[{number}].filed_on is {each['filed_on']!r}, and must be a day such as 2026-04-30")
    if wrong:
        raise InvalidInput(wrong)
    return Wanted(
        reports=tuple(params["reports"]),
        employers=tuple(params["employers"]),
        ahead=timedelta(days=params["days_ahead"]),
        behind=timedelta(days=params["days_behind"]),
        filings=tuple(filings),
    )


def result(made: Made) -> dict[str, Any]:
    """What became of a run, without anybody's data: reports by their ids only."""
    changed = made.changed
    return {
        "changed": bool(changed or made.messages),
        "as_of": made.as_of.isoformat(),
        "snapshot": made.snapshot,
        "changed_reports": changed,
        "built": sorted(made.uploaded),
        "states": dict(Counter(each.state for each in made.after.values())),
        "reports": {each.id: _shown(made.after[each.id]) for each in made.duties},
        "overdue": sorted(each.id for each in made.after.values() if each.state == "overdue"),
        "alerts": [
            {"report": each.entry.id, "kind": each.kind, "en": each.text("en"), "ja": each.text("ja")}
            for each in made.notices
        ],
        "messages": made.messages,
        "diff": {
            "before": _lines(made.before, changed),
            "after": _lines(made.after, changed),
            "before_header": "register of reports",
            "after_header": "register of reports",
        },
    }


def _shown(entry: Entry) -> dict[str, Any]:
    found = {name: plain(getattr(entry, name)) for name in SHOWN}
    found["problems"] = entry.artefacts.get("problems", [])
    return found | {"objects": {form: each["key"] for form, each in entry.objects.items()}}


def _lines(entries: Mapping[str, Entry], names: list[str]) -> str:
    return "".join(
        f"{name}: {entries[name].state}, due {entries[name].due_on}, {(entries[name].sha256 or '-')[:12]}\n"
        for name in names
        if name in entries
    )
