# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
name: drift
type: aggregate
short_description: Collects what a check run would change
version_added: 0.4.0
author:
  - iWORKZ platform team (@iworkz)
description:
  - Writes a line for each result of a run of C(playbooks/drift.yml) to the journal that M(iworkz.platform.drift_record)
    began, of which that module makes records per checklist item.
  - Where the run ends before its last play, as it does when a task fails, it seals the records itself.
  - Takes labels of resources and names of keys from results, never values, and nothing from a result that C(no_log)
    hides.
  - Of every other run it hears nothing.
requirements:
  - C(iworkz.platform.drift) in C(callbacks_enabled)
seealso:
  - module: iworkz.platform.drift_record
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible import context
from ansible.playbook.block import Block
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback import CallbackBase

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift.changes import announced, clipped
from ansible_collections.iworkz.platform.plugins.module_utils._drift.journal import Journal
from ansible_collections.iworkz.platform.plugins.module_utils._drift.sealing import seal
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, render
from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.tally import item_ids

_RECORD = "drift_record"
# Tasks that compare nothing with what runs: they say nothing of drift, unless they fail.
_IDLE = frozenset(
    [
        "assert",
        "debug",
        "fail",
        "include_vars",
        "meta",
        "pause",
        "platform_preflight",
        "set_fact",
        "set_stats",
        "validate_argument_spec",
    ]
)


class CallbackModule(CallbackBase):
    """Listens from the result that tells the journal until the records are sealed."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "iworkz.platform.drift"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._journal: Journal | None = None
        self._language: Language = "en"
        self._waiting: dict[str, Any] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Look at the tasks there are; other runs are left alone, for each listener costs a copy of each result."""
        tasks = [task for play in playbook.get_plays() for task in _tasks(play)] if context.CLIARGS.get("check") else []
        self.disabled = not any(_name(task) == _RECORD for task in tasks)
        self._waiting = {task._uuid: task for task in tasks if _compares(task)}

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._waiting.pop(task._uuid, None)
        if self._journal and _name(task) == _RECORD:
            self._tell_unreached(self._journal)

    def v2_runner_on_ok(self, result: Any) -> None:
        if _name(result.task) == _RECORD:
            self._open_or_close(result.result)
        elif self._journal and _compares(result.task):
            # What runs in earnest even so, by its own check_mode, has changed something and found no drift.
            changed = result.result.get("changed", False) and result.task_fields.get("check_mode", True)
            changes = [list(change) for change in announced(result.result)] if changed else []
            self._journal.add(_entry(result.task, "changed" if changed else "same", changes=changes))

    def v2_runner_on_skipped(self, result: Any) -> None:
        if self._journal and _compares(result.task):
            self._journal.add(_entry(result.task, "blind" if _blind(result.result) else "skipped"))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        if _name(result.task) == _RECORD:
            self._close()
        elif self._journal:
            self._journal.add(_entry(result.task, "failed", error=_error(result)))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self.v2_runner_on_failed(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Seal what a task that failed kept from being sealed."""
        if not self._journal:
            return
        self._tell_unreached(self._journal)
        path = self._journal.path
        try:
            records = seal(path, datetime.now(UTC)).records
            self._display.warning(render(Breach("drift.sealed_early", {"records": len(records)}), self._language))
        except Refused as refusal:
            self._display.error(refusal.told(self._language))
        except OSError as error:
            self._display.error(f"{path}: {error}")
        finally:
            self._close()

    def _open_or_close(self, result: Mapping[str, Any]) -> None:
        if "journal" in result:
            self._journal, self._language = Journal(Path(result["journal"])), result["language"]
        else:
            self._close()

    def _close(self) -> None:
        if self._journal:
            self._journal.close()
        self._journal = None

    def _tell_unreached(self, journal: Journal) -> None:
        for task in self._waiting.values():
            journal.add(_entry(task, "unreached"))
        self._waiting = {}


def _tasks(play: Any) -> Iterator[Any]:
    """The tasks of a play that its tags let run, as far as they are known before it runs; rescues are no plan."""

    def within(parts: Any) -> Iterator[Any]:
        for part in parts:
            if isinstance(part, Block):
                yield from within([*part.block, *part.always])
            else:
                yield part

    return (
        task
        for task in within(play.compile())
        if not task.implicit and task.evaluate_tags(play.only_tags, play.skip_tags, {})
    )


def _name(task: Any) -> str:
    return str(task.action).rpartition(".")[2]


def _compares(task: Any) -> bool:
    name = _name(task)
    return not (isinstance(task, TaskInclude) or name in _IDLE or name == _RECORD or name.endswith("_info"))


def _entry(task: Any, outcome: str, **more: Any) -> dict[str, Any]:
    role = task._role.get_name(include_role_fqcn=False) if task._role else ""
    name = task.get_name(include_role_fqcn=False).strip().removeprefix(f"{role} : ")
    return {"outcome": outcome, "items": item_ids(task.tags), "role": role, "task": clipped(name), **more}


def _blind(result: Mapping[str, Any]) -> bool:
    """Whether check mode, and no condition, kept it from running: modules say so in words only."""
    loop = result.get("results")
    answers = [result, *(each for each in loop if isinstance(each, Mapping))] if isinstance(loop, list) else [result]
    return any("check mode" in str(each.get("msg", "")) for each in answers)


def _error(result: Any) -> str:
    """Why a task failed, where it is ours: those keep secrets out of their messages."""
    own = str(result.task.resolved_action or result.task.action).startswith("iworkz.platform.")
    message = result.result.get("msg") if own and "censored" not in result.result else None
    return clipped(message or "-")
