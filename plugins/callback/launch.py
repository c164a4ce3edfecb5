# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: launch
type: stdout
short_description: Progress of a launch by phase, role and checklist item
version_added: 0.1.0
author:
  - iWORKZ platform team (@iworkz)
description:
  - On a terminal a live view of phase, role, checklist items, counts, elapsed and estimated time; permanent lines only
    for what changed or failed.
  - Elsewhere (CI, AWX, a pipe) one plain line per task.
  - Failures are printed in full, diffs and verbosity as the default callback prints them.
  - Ends with a table per phase and role, and the usual recap per host.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - rich (Python library) for the live view; without it lines are plain
options:
  live:
    description: Whether to show the live view on a terminal.
    type: bool
    default: true
    env:
      - name: IWORKZ_LAUNCH_LIVE
    ini:
      - section: callback_launch
        key: live
  state_dir:
    description:
      - Directory where the durations of the last successful run are kept, for the estimate of the time left.
      - Without it there is no estimate.
    type: path
    env:
      - name: IWORKZ_STATE_DIR
      - name: IWORKZ_SANDBOX_STATE
    ini:
      - section: callback_launch
        key: state_dir
"""

import os
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback.default import CallbackModule as DefaultCallback

from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.history import History
from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.tally import Tally, item_ids

# Plain lines need nothing beyond Ansible; rich is imported where there is a terminal to draw on.
HAS_RICH = find_spec("rich") is not None

_NO_ROLE = "-"


class CallbackModule(DefaultCallback):
    """The default callback's failures, diffs and verbosity; its banners become one line per task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "iworkz.platform.launch"

    def __init__(self) -> None:
        super().__init__()
        self._tally = Tally(time.monotonic)
        self._kind = ""
        self._history: History | None = None
        self._view: Any = None
        self._hosts: set[str] = set()

    # -- where the run is

    def v2_playbook_on_start(self, playbook: Any) -> None:
        super().v2_playbook_on_start(playbook)
        self._kind = _kind_of_run(playbook)
        last_run: dict[str, float] = {}
        if self.has_option("state_dir") and (state_dir := self.get_option("state_dir")):
            self._history = History(Path(state_dir) / "durations.json")
            try:
                last_run = self._history.load(self._kind)
            except (OSError, ValueError) as error:
                self._display.warning(f"No estimate of the time left: {error}")
        if self._on_terminal():
            from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.live import LiveView

            self._view = LiveView(self._tally, last_run, self._display._lock)
            self._view.start()

    def v2_playbook_on_play_start(self, play: Any) -> None:
        self._play = play
        marker = " [CHECK MODE]" if play.check_mode else ""
        self._display.display(f"\n== {_phase(play)}{marker}", color=C.COLOR_HIGHLIGHT)

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        self._hosts.add(host.get_name())
        super().v2_runner_on_start(host, task)

    def _task_start(self, task: Any, prefix: str | None = None) -> None:
        self._last_task_name = None
        self._tally.start(_phase(self._play), _role(task), task.tags)
        if self._view:
            self._view.show(task.get_name().strip())

    def _print_task_banner(self, task: Any) -> None:
        self._display.display(_title(task))
        if self._display.verbosity >= 2:
            self._print_task_path(task)
        self._last_task_banner = task._uuid

    # -- what happened

    def v2_runner_on_ok(self, result: Any) -> None:
        if isinstance(result.task, TaskInclude):
            return
        changed = bool(result.result.get("changed", False))
        self._count(result)
        if self._run_is_verbose(result):
            super().v2_runner_on_ok(result)
            return
        self._handle_warnings_and_exception(result)
        if changed or not self._view:
            host = f" [{self.host_label(result)}]" if len(self._hosts) > 1 else ""
            self._display.display(
                f"{'changed' if changed else 'ok':<8}{_title(result.task)}{host}",
                color=C.COLOR_CHANGED if changed else C.COLOR_OK,
            )
        self._tell_findings(result)

    def _tell_findings(self, result: Any) -> None:
        """What the checks found wrong, and what to do about it: the task may be ok where the platform is not."""
        if not result.task.action.endswith("checklist_verify"):
            return
        for finding in result.result.get("findings", []):
            self._display.display(
                f"{finding['verdict']:<8}{finding['item']} {finding['message']}\n        {finding['remedy']}",
                color=C.COLOR_ERROR if finding["verdict"] == "fail" else C.COLOR_WARN,
            )

    def v2_runner_item_on_ok(self, result: Any) -> None:
        """Items of a loop show only with -v; the line of the task stands for them otherwise."""
        if self._run_is_verbose(result):
            super().v2_runner_item_on_ok(result)
        else:
            self._handle_warnings_and_exception(result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        if self._display.verbosity > 0:
            super().v2_runner_on_skipped(result)

    def v2_runner_item_on_skipped(self, result: Any) -> None:
        if self._display.verbosity > 0:
            super().v2_runner_item_on_skipped(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._count(result, failed=not ignore_errors)
        super().v2_runner_on_failed(result, ignore_errors)
        self._tell_findings(result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._count(result, failed=not result.task.ignore_unreachable)
        super().v2_runner_on_unreachable(result)

    def v2_playbook_on_include(self, included_file: Any) -> None:
        if self._display.verbosity > 0:
            super().v2_playbook_on_include(included_file)

    # -- how it ended

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._tally.settle()
        if self._view:
            self._view.stop()
        self._display.display("")
        for line in self._tally.table():
            self._display.display(line)
        super().v2_playbook_on_stats(stats)
        if self._history and not self._tally.totals.failed:
            try:
                self._history.save(self._kind, self._tally.durations())
            except OSError as error:
                self._display.warning(f"The durations of this run could not be kept: {error}")

    def _count(self, result: Any, *, failed: bool = False) -> None:
        outcome = "failed" if failed else "changed" if result.result.get("changed", False) else "ok"
        self._tally.count(_phase(self._play), _role(result.task), outcome)

    def _on_terminal(self) -> bool:
        """AWX and ansible-runner make a subclass of this callback and read its output, although through a terminal."""
        return (
            HAS_RICH
            and self.has_option("live")
            and self.get_option("live")
            and C.config.get_config_value("DEFAULT_STDOUT_CALLBACK") == CallbackModule.CALLBACK_NAME
            and sys.stdout.isatty()
            and os.environ.get("TERM", "dumb") != "dumb"
            and not os.environ.get("CI")
            and self._display.verbosity < 2
        )


def _phase(play: Any) -> str:
    return play.get_name().strip()


def _role(task: Any) -> str:
    return task._role.get_name(include_role_fqcn=False) if task._role else _NO_ROLE


def _title(task: Any) -> str:
    ids = item_ids(task.tags)
    return task.get_name().strip() + (f" ({', '.join(ids)})" if ids else "")


def _kind_of_run(playbook: Any) -> str:
    """Runs compare when playbook, inventory, tags and mode are the same."""
    args = context.CLIARGS
    parts = [
        Path(playbook._file_name).stem,
        *(str(Path(source).name) for source in args.get("inventory") or ()),
        *sorted(args.get("tags") or ()),
        *sorted(f"-{tag}" for tag in args.get("skip_tags") or ()),
        "check" if args.get("check") else "apply",
    ]
    return " ".join(parts)
