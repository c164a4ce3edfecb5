"""Inspector: whoever is not named is the caller, an account that never turned it on has it off, and scan settings.

https://docs.aws.amazon.com/inspector/v2/APIReference/API_Operations.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

STATES = ("ec2", "ecr", "lambda", "lambdaCode")
OFF = {"status": "DISABLED", "errorCode": "ALREADY_ENABLED", "errorMessage": ""}


@operation("inspector2", "Enable", "Disable")
def switch(call: Call) -> dict[str, Any]:
    return call.moto({**call.params, "accountIds": call.params.get("accountIds") or [call.account]})


@operation("inspector2", "BatchGetAccountStatus")
def status(call: Call) -> dict[str, Any]:
    wanted = call.params.get("accountIds") or [call.account]
    answer = call.moto({"accountIds": wanted})
    known = {one["accountId"]: one for one in answer.get("accounts", [])}
    off = {"state": _state({}), "resourceState": dict.fromkeys(STATES, _state({}))}
    accounts = []
    for account in wanted:
        found = known.get(account, {"accountId": account, **off})
        states = {name: _state(found["resourceState"].get(name, {})) for name in STATES}
        accounts.append({**found, "state": _state(found["state"]), "resourceState": states})
    return {"accounts": accounts, "failedAccounts": []}


@operation("inspector2", "UpdateConfiguration")
def configure(call: Call) -> dict[str, Any]:
    _configuration(call).update(call.params)
    return {}


@operation("inspector2", "GetConfiguration")
def configuration(call: Call) -> dict[str, Any]:
    found = _configuration(call)
    ec2 = {"scanMode": "EC2_SSM_AGENT_BASED", **found.get("ec2Configuration", {})}
    ecr = {"rescanDuration": "LIFETIME", **found.get("ecrConfiguration", {})}
    return {
        "ec2Configuration": {"scanModeState": {"scanMode": ec2["scanMode"], "scanModeStatus": "SUCCESS"}},
        "ecrConfiguration": {"rescanDurationState": {**ecr, "status": "SUCCESS"}},
    }


def _state(found: dict[str, Any]) -> dict[str, Any]:
    return {**OFF, **found}


def _configuration(call: Call) -> dict[str, Any]:
    return call.store("inspector2.configuration")
