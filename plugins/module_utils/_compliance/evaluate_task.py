# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``compliance_evaluate``: from the options of the module to its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import run as runs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import settings
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.opening import NotYetThere
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import SEVERITIES
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

SPEC: dict[str, dict[str, Any]] = {
    **settings.OPTIONS,
    "period": {"type": "dict", "options": {"start": {"type": "str"}, "end": {"type": "str"}}},
    "rules": {"type": "list", "elements": "str"},
    "law_date": {"type": "str"},
    "fail_on": {"type": "str", "choices": list(SEVERITIES)},
    "alerts": {
        "type": "dict",
        "options": {
            "verdicts": {"type": "list", "elements": "str", "choices": list(settings.FOUND)},
            "statuses": {"type": "list", "elements": "str", "choices": list(settings.STATUSES)},
            "again_after_hours": {"type": "dict"},
            "references": {"type": "int"},
        },
    },
}
"""Everything but the options of the connection."""


def run(params: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """The module's result.

    :raises InvalidInput: before anything is read.
    :raises ReconcileError: when the evaluation cannot be made; nothing of it is recorded then. In check mode what is
        yet to be made is no error.
    """
    try:
        given = settings.read({name: params.get(name) for name in SPEC})
    except settings.PackError as error:
        raise InvalidInput([str(error)]) from error
    try:
        ran = runs.run(Clients(params), given, check=check_mode)
    except NotYetThere as error:
        if check_mode:
            return {"changed": True, "msg": str(error)}
        raise
    except ValueError as error:
        raise ReconcileError(str(error)) from error
    answer = result(ran)
    if given.fail_on and (count := ran.violations(given.fail_on)):
        answer |= {"failed": True, "msg": f"{count} violations of binding rules are {given.fail_on} or more severe"}
    return answer


def result(ran: runs.Ran) -> dict[str, Any]:
    """What became of a run, without anybody's data: findings by their references only."""
    evaluated, found = ran.evaluated, ran.evaluated.found
    return {
        "changed": ran.changed,
        "evaluation": evaluated.id,
        "recorded": ran.recorded,
        "current": ran.current,
        "pack": dict(found["pack"]),
        "snapshot": found["snapshot"],
        "as_of": found["as_of"],
        "complete": ran.complete,
        "problems": evaluated.problems,
        "cases": dict(found["cases"]),
        "rules": {name: dict(each["cases"]) for name, each in found["rules"].items()},
        "new": ran.merged.new,
        "reopened": ran.merged.reopened,
        "resolved": ran.merged.resolved,
        "coverage": evaluated.coverage(),
        "artefacts": evaluated.artefacts if ran.recorded else None,
        "alerts": {**ran.told.cases, "messages": ran.told.messages, "unwanted": ran.told.unwanted},
        "seconds": ran.seconds,
        **({"warnings": ran.warnings} if ran.warnings else {}),
    }
