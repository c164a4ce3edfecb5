# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""In-process execution of the service modules when the connection is local.

One module task on localhost costs more than a second of CPU before it does anything; the same code run inside the
worker costs a few hundredths. What AnsiballZ would do is done here: argument validation, no_log, check mode.

boto3 is imported with this plugin, in the controller, so that forked workers inherit it; no client and no thread is
made at import.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import AnsibleValidationError, UnsupportedError
from ansible.plugins.action import ActionBase
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from botocore.exceptions import BotoCoreError, ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import argument_spec, run
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import preload
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError


class AwsAction(ActionBase):
    """Validates the arguments, runs ``work`` in this process, and reports its errors as the module would."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        if self._connection.transport != "local":
            return dict(self._execute_module(task_vars=task_vars))
        # Plain values: what templating returns carries origin tags that every comparison would pay for.
        arguments = json.loads(json.dumps(self._task.args))
        validated = ArgumentSpecValidator({**aws_argument_spec(), **self.spec()}).validate(arguments)
        if validated.errors.errors:
            raise AnsibleActionFail("; ".join(self._worded(error) for error in validated.errors.errors))
        try:
            answer = self.work(validated.validated_parameters)
        except ClientError as error:
            # The service's answer, as fail_json_aws adds it.
            raise AnsibleActionFail(str(error), result=camel_dict_to_snake_dict(error.response)) from error
        except (ReconcileError, BotoCoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        return dict(remove_values(answer, validated._no_log_values))

    def _worded(self, error: AnsibleValidationError) -> str:
        """The refusal of an argument in the words of AnsibleModule."""
        if isinstance(error, UnsupportedError):
            return f"Unsupported parameters for ({self._task.action}) module: {error.msg}"
        return str(error.msg)

    def spec(self) -> dict[str, Any]:
        """The options besides those of the connection."""
        raise NotImplementedError

    def work(self, params: dict[str, Any]) -> dict[str, Any]:
        """The task's result for validated options."""
        raise NotImplementedError


class TaskAction(AwsAction):
    """Base of the action plugins that do what one module of module_utils says: ``SPEC`` and ``run``."""

    TASK: Any
    SERVICES: ClassVar[Sequence[str]] = ()

    def __init_subclass__(cls) -> None:
        preload(cls.SERVICES)

    def spec(self) -> dict[str, Any]:
        return dict(self.TASK.SPEC)

    def work(self, params: dict[str, Any]) -> dict[str, Any]:
        return dict(self.TASK.run(params, check_mode=self._task.check_mode))


class ServiceAction(AwsAction):
    """Base of the action plugins of the service modules."""

    ADAPTERS: ClassVar[Sequence[type[Resource]]]

    def __init_subclass__(cls) -> None:
        # In the controller, once, when the plugin is loaded: the workers that run the tasks are forked after that.
        preload({adapter.service for adapter in cls.ADAPTERS})

    def spec(self) -> dict[str, Any]:
        return argument_spec(self.ADAPTERS)

    def work(self, params: dict[str, Any]) -> dict[str, Any]:
        return run(self.ADAPTERS, params, check_mode=self._task.check_mode)
