# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Begins and seals records of drift inside the controller's process, where the journal is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible import constants as C

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drift.task import SPEC, begin, finish
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.refusal import Refused
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.verify_task import caller_of
from ansible_collections.iworkz.platform.plugins.plugin_utils.controller_action import ControllerAction

CALLBACK = "iworkz.platform.drift"


class ActionModule(ControllerAction):
    spec: ClassVar[dict[str, dict[str, Any]]] = SPEC

    def work(self, params: dict[str, Any], clients: Clients, check_mode: bool) -> dict[str, Any]:
        now = datetime.now(UTC)
        platform = params["platform"]
        try:
            if not check_mode:
                raise Refused([Breach("drift.no_check_mode", {})])
            if params["state"] == "sealed":
                return finish(params, clients.client("s3", platform["region"]), now)
            if CALLBACK not in C.CALLBACKS_ENABLED:
                raise Refused([Breach("drift.no_callback", {"callback": CALLBACK})])
            return begin(params, caller_of(clients, platform["account_id"], platform["environment"]), now)
        except Refused as refusal:
            return {"changed": False, **refusal.result, "failed": True, "msg": refusal.told(params["language"])}
