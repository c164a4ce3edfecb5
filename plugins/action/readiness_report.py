# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT, ChecklistError
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.trust import TrustError
from ansible_collections.iworkz.platform.plugins.module_utils._messages import MessageError
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import LANGUAGE
from ansible_collections.iworkz.platform.plugins.module_utils._report.compose import compose
from ansible_collections.iworkz.platform.plugins.module_utils._report.model import Context
from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import (
    paths,
    publish,
    published,
    statement,
)
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import SchemaError
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import YamlError

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "evidence_dir": {"type": "path", "required": True},
    "report_dir": {"type": "path", "required": True},
    "drills_dir": {"type": "path"},
    "drift_dir": {"type": "path"},
    "checklist_dir": {"type": "path", "default": str(ROOT / "checklist")},
    "environment": {"type": "str", "required": True, "choices": ["sandbox", "staging", "production"]},
    "account_id": {"type": "str", "required": True},
    "region": {"type": "str", "required": True},
    "revision": {"type": "str", "required": True},
    **LANGUAGE,
}


class ActionModule(ActionBase):
    """Writes the readiness report, on the controller, where the evidence is."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result RETURN of the module of the same name describes."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        report_dir = Path(options["report_dir"]).absolute()
        context = Context(
            options["environment"], options["account_id"], options["region"], options["revision"], datetime.now(UTC)
        )
        try:
            beside = (Path(options[name]) if options[name] else None for name in ("drills_dir", "drift_dir"))
            report, say = compose(Path(options["evidence_dir"]), Path(options["checklist_dir"]), context, *beside)
            before = published(report_dir)
            if not self._task.check_mode:
                publish(report, report_dir, say, options["language"])
        except (ChecklistError, MessageError, SchemaError, TrustError, YamlError, OSError) as error:
            raise AnsibleActionFail(f"the readiness report could not be made: {error}") from error
        files = {form: str(path) for form, path in paths(report_dir).items()}
        after, said = statement(report), statement(before) if before else {"items": []}
        result.update(
            changed=after != said,
            decision=report["decision"],
            rehearsal=report["rehearsal"],
            summary=report["summary"],
            reasons=report["reasons"],
            files=files,
            msg=say(
                "report.ui_console",
                decision=report["decision"],
                environment=say(f"report.ui_environment_{report['environment']}")[options["language"]],
                path=files["html"],
                **report["summary"],
            )[options["language"]],
        )
        if self._task.diff and result["changed"]:
            result["diff"] = {
                "before_header": files["json"],
                "after_header": files["json"],
                "before": "\n".join([*said["items"], ""]),
                "after": "\n".join([*after["items"], ""]),
            }
        return result
