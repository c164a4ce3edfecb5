# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of checklist_verify and readiness_gate, and their validation in the controller's process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import VERDICTS
from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._platform.options import BUCKET, LANGUAGE, platform

Spec = dict[str, dict[str, Any]]

EVIDENCE_SPEC: Spec = {
    "evidence_dir": {"type": "path", "required": True},
    "attestations_dir": {"type": "path"},
    "trusted_keys": {"type": "path"},
    **LANGUAGE,
}
VERIFY_SPEC: Spec = {
    **EVIDENCE_SPEC,
    "items": {"type": "list", "elements": "str", "default": []},
    **platform(
        *("name", "environment", "account_id", "region", "recovery_region"),
        declared={"type": "dict", "default": {}},
        reach={"type": "dict", "default": {}},
        canary={"type": "str", "default": "canary"},
        drills_dir={"type": "path", "default": ""},
        runbooks_dir={"type": "path", "default": ""},
    ),
    "requirements": {"type": "dict", "default": {}},
    **BUCKET,
    "revision": {"type": "str", "required": True},
    "fail_on": {"type": "list", "elements": "str", "choices": list(VERDICTS), "default": []},
}
GATE_SPEC: Spec = {
    **EVIDENCE_SPEC,
    "environment": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
}


class OptionError(ValueError):
    """Options are unknown, missing or of a wrong type."""


def validated(arguments: Mapping[str, Any], spec: Spec) -> tuple[dict[str, Any], set[str]]:
    """Return the options with types and defaults applied, and the secret values among them.

    Raises OptionError naming every wrong option, with the nearest known name of an unknown one.
    """
    result = ArgumentSpecValidator(spec).validate(dict(arguments))
    errors = list(result.error_messages)
    for unknown in sorted(result.unsupported_parameters, key=str):
        *parents, name = unknown if isinstance(unknown, tuple) else (unknown,)
        known = spec
        for parent in parents:
            known = known[parent].get("options", {})
        hint = did_you_mean(str(name), known)
        if hint:
            errors.append(f"unknown option {'.'.join([*parents, str(name)])}{hint}")
    if errors:
        raise OptionError("; ".join(errors))
    parameters: dict[str, Any] = result.validated_parameters
    return parameters, set(result._no_log_values)
