# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Refuses a run before its first change: bad variables, a wrong account, an endpoint of another environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Imported here so that forked workers inherit them; no client and no thread is made at import.
import boto3  # noqa: F401  # pylint: disable=unused-import
import jsonschema  # noqa: F401  # pylint: disable=unused-import
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, Language
from ansible_collections.iworkz.platform.plugins.module_utils._platform.account import OPTIONS, VARIABLE, identify
from ansible_collections.iworkz.platform.plugins.module_utils._platform.names import check_names
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem
from ansible_collections.iworkz.platform.plugins.module_utils._platform.report import failure
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import declared_names
from ansible_collections.iworkz.platform.plugins.module_utils._platform.sources import Sources
from ansible_collections.iworkz.platform.plugins.module_utils._platform.validate import check_platform, remarks

CONNECTION = ("platform_environment", "platform_aws", VARIABLE)


class ActionModule(ActionBase):
    """Judges the variables of the play's host; asks AWS one question (sts:GetCallerIdentity) and changes nothing."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        variables: dict[str, Any] = task_vars or {}
        _validation, options = self.validate_argument_spec({**aws_argument_spec(), **OPTIONS})
        sources = self._sources(variables)
        values, problems = self._values(variables)
        unresolved = {problem.path for problem in problems}
        judged = check_platform(values, variables["group_names"])
        problems += [problem for problem in judged if problem.path not in unresolved]
        problems += check_names(variables, sources)
        caller: dict[str, str] = {}
        if options.pop("account") and {problem.variable for problem in problems}.isdisjoint(CONNECTION):
            connection = options if set(self._task.args) - set(OPTIONS) else values["platform_aws"]
            caller, wrong = identify(connection, values["platform_environment"], values[VARIABLE])
            problems += [wrong] if wrong else []
        if problems:
            return failure(problems, _language(values), str(values.get("platform_environment")), sources)
        language = _language(values)
        warnings = [f"{remark.path}: {remark.text(language)}" for remark in remarks(values)]
        return {"changed": False, "caller": caller, "warnings": warnings}

    def _values(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """The declared variables as JSON has them (dates as text), and those whose expressions cannot be evaluated."""
        values, problems = {}, []
        for name in sorted(declared_names() & set(variables)):
            try:
                values[name] = json.loads(json.dumps(self._templar.template(variables[name]), default=str))
            except AnsibleError as error:
                problems.append(Problem("platform.unresolved", name, {"error": str(error)}))
        return values, problems

    def _sources(self, variables: Mapping[str, Any]) -> Sources:
        return Sources(
            playbook=Path(variables["playbook_dir"]),
            inventories=[Path(source) for source in variables["ansible_inventory_sources"]],
            groups=variables["group_names"],
            host=variables["inventory_hostname"],
            extra=load_extra_vars(self._loader),
        )


def _language(values: Mapping[str, Any]) -> Language:
    return next((language for language in LANGUAGES if language == values.get("platform_language")), "en")
