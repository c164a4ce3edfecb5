# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import Place, RunbookError
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook_options import RUNBOOKS_SPEC
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import ScenarioError
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import SCENARIOS, load_scenarios
from ansible_collections.iworkz.platform.plugins.module_utils._messages import MessageError


class ActionModule(ActionBase):
    """Writes the recovery runbooks, on the controller."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result RETURN of the module of the same name describes."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, validated = self.validate_argument_spec(argument_spec=RUNBOOKS_SPEC)
        # Plain values: what templating returns carries origin tags.
        options = json.loads(json.dumps(validated))
        directory = Path(options["directory"]).absolute()
        place = Place(*(options[name] for name in ("environment", "account_id", "names", "targets", "revision")))
        try:
            scenarios = load_scenarios(Path(options["scenarios_dir"] or SCENARIOS))
            wanted = runbooks.generate(scenarios, place)
            wanted[runbooks.MANIFEST] = runbooks.manifest(scenarios, place, wanted)
            before = runbooks.standing(directory)
            if wanted != before and not self._task.check_mode:
                runbooks.replace(directory, wanted)
        except (RunbookError, ScenarioError, MessageError, OSError) as error:
            raise AnsibleActionFail(f"the runbooks could not be made: {error}") from error
        result.update(
            changed=wanted != before,
            scenarios=list(scenarios),
            directory=str(directory),
            written=sorted(name for name in wanted if wanted[name] != before.get(name)),
            removed=sorted(before.keys() - wanted.keys()),
        )
        if self._task.diff and result["changed"]:
            result["diff"] = [
                {
                    "before_header": str(directory / name),
                    "after_header": str(directory / name),
                    "before": before.get(name, b"").decode(errors="replace"),
                    "after": wanted.get(name, b"").decode(),
                }
                for name in (*result["written"], *result["removed"])
                if name.endswith(".md")
            ]
        return result
