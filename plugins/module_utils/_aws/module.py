# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a module's main() does: the path taken when the connection is not local."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import argument_spec, run
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

with suppress(ImportError):  # AnsibleAWSModule reports what is missing, with the versions it needs
    from botocore.exceptions import BotoCoreError, ClientError


def run_module(adapters: Sequence[type[Resource]]) -> None:
    """The main() of a service module."""
    run_with(argument_spec(adapters), lambda params, check_mode: run(adapters, params, check_mode=check_mode))


def run_with(spec: dict[str, Any], work: Callable[[dict[str, Any], bool], dict[str, Any]]) -> None:
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    try:
        answer = work({**module.params, "region": module.region}, module.check_mode)
    except ReconcileError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error)
    if answer.pop("failed", False):
        module.fail_json(**answer)
    module.exit_json(**answer)
