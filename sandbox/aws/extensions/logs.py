"""CloudWatch Logs: keys, retention, class and deletion protection of log groups, account policies, saved queries.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
DEFAULT_CLASS = "STANDARD"


@operation("logs", "CreateLogGroup")
def create_log_group(call: Call) -> dict[str, Any]:
    output = call.moto()
    name = call.params["logGroupName"]
    call.store("logs.groups")[name] = {
        "logGroupClass": call.params.get("logGroupClass", DEFAULT_CLASS),
        "deletionProtectionEnabled": call.params.get("deletionProtectionEnabled", False),
    }
    return output


@operation("logs", "DescribeLogGroups")
def describe_log_groups(call: Call) -> dict[str, Any]:
    output = call.moto()
    for group in output["logGroups"]:
        group.update(_settings(call, group["logGroupName"]))
    return output


@operation("logs", "DeleteLogGroup")
def delete_log_group(call: Call) -> dict[str, Any]:
    name = call.params["logGroupName"]
    if _settings(call, name)["deletionProtectionEnabled"]:
        raise AwsError("ValidationException", "Log group is protected from deletion.")
    output = call.moto()
    call.store("logs.groups").pop(name, None)
    call.store("logs.data_protection").pop(name, None)
    return output


@operation("logs", "PutRetentionPolicy")
def put_retention_policy(call: Call) -> dict[str, Any]:
    days = call.params["retentionInDays"]
    if days not in RETENTION_DAYS:
        allowed = ", ".join(str(value) for value in RETENTION_DAYS)
        raise AwsError(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member "
            f"must satisfy enum value set: [{allowed}]",
        )
    return call.moto()


@operation("logs", "AssociateKmsKey")
def associate_kms_key(call: Call) -> dict[str, Any]:
    _group_of(call).kms_key_id = call.params["kmsKeyId"]
    return {}


@operation("logs", "DisassociateKmsKey")
def disassociate_kms_key(call: Call) -> dict[str, Any]:
    _group_of(call).kms_key_id = None
    return {}


@operation("logs", "PutLogGroupDeletionProtection")
def put_deletion_protection(call: Call) -> dict[str, Any]:
    name = _group(call, call.params["logGroupIdentifier"]).name
    settings = _settings(call, name) | {"deletionProtectionEnabled": call.params["deletionProtectionEnabled"]}
    call.store("logs.groups")[name] = settings
    return {}


@operation("logs", "PutDataProtectionPolicy")
def put_data_protection_policy(call: Call) -> dict[str, Any]:
    policy = {
        "logGroupIdentifier": _group(call, call.params["logGroupIdentifier"]).name,
        "policyDocument": call.params["policyDocument"],
        "lastUpdatedTime": _now(),
    }
    call.store("logs.data_protection")[policy["logGroupIdentifier"]] = policy
    return policy


@operation("logs", "GetDataProtectionPolicy")
def get_data_protection_policy(call: Call) -> dict[str, Any]:
    name = _group(call, call.params["logGroupIdentifier"]).name
    return call.store("logs.data_protection").get(name, {"logGroupIdentifier": name})


@operation("logs", "DeleteDataProtectionPolicy")
def delete_data_protection_policy(call: Call) -> dict[str, Any]:
    call.store("logs.data_protection").pop(_group(call, call.params["logGroupIdentifier"]).name, None)
    return {}


@operation("logs", "PutAccountPolicy")
def put_account_policy(call: Call) -> dict[str, Any]:
    key = (call.params["policyType"], call.params["policyName"])
    policy = {
        "policyName": call.params["policyName"],
        "policyDocument": call.params["policyDocument"],
        "policyType": call.params["policyType"],
        "scope": call.params.get("scope", "ALL"),
        "lastUpdatedTime": _now(),
        "accountId": call.account,
    }
    if "selectionCriteria" in call.params:
        policy["selectionCriteria"] = call.params["selectionCriteria"]
    call.store("logs.account_policies")[key] = policy
    return {"accountPolicy": policy}


@operation("logs", "DescribeAccountPolicies")
def describe_account_policies(call: Call) -> dict[str, Any]:
    name = call.params.get("policyName")
    return {
        "accountPolicies": [
            policy
            for (kind, policy_name), policy in call.store("logs.account_policies").items()
            if kind == call.params["policyType"] and name in (None, policy_name)
        ]
    }


@operation("logs", "DeleteAccountPolicy")
def delete_account_policy(call: Call) -> dict[str, Any]:
    key = (call.params["policyType"], call.params["policyName"])
    if call.store("logs.account_policies").pop(key, None) is None:
        raise AwsError("ResourceNotFoundException", "The specified policy does not exist.")
    return {}


@operation("logs", "PutQueryDefinition")
def put_query_definition(call: Call) -> dict[str, Any]:
    identifier = call.params.get("queryDefinitionId")
    queries = call.store("logs.queries")
    if identifier is not None and identifier not in queries:
        raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
    identifier = identifier or str(uuid.uuid4())
    queries[identifier] = {
        "queryDefinitionId": identifier,
        "name": call.params["name"],
        "queryString": call.params["queryString"],
        "logGroupNames": call.params.get("logGroupNames", []),
        "queryLanguage": call.params.get("queryLanguage", "CWLI"),
        "lastModified": _now(),
    }
    return {"queryDefinitionId": identifier}


@operation("logs", "DescribeQueryDefinitions")
def describe_query_definitions(call: Call) -> dict[str, Any]:
    prefix = call.params.get("queryDefinitionNamePrefix", "")
    queries = [query for query in call.store("logs.queries").values() if query["name"].startswith(prefix)]
    return {"queryDefinitions": sorted(queries, key=lambda query: str(query["name"]))}


@operation("logs", "DeleteQueryDefinition")
def delete_query_definition(call: Call) -> dict[str, Any]:
    if call.store("logs.queries").pop(call.params["queryDefinitionId"], None) is None:
        raise AwsError("ResourceNotFoundException", "The specified query definition does not exist.")
    return {"success": True}


def _settings(call: Call, name: str) -> dict[str, Any]:
    default = {"logGroupClass": DEFAULT_CLASS, "deletionProtectionEnabled": False}
    return dict(call.store("logs.groups").get(name, default))


def _group_of(call: Call) -> Any:
    """The log group AssociateKmsKey and its counterpart are about: a name, or the ARN of a log group."""
    identifier = call.params.get("logGroupName") or call.params.get("resourceIdentifier")
    if not identifier:
        raise AwsError("InvalidParameterException", "Either logGroupName or resourceIdentifier must be given.")
    return _group(call, identifier)


def _group(call: Call, identifier: str) -> Any:
    name = identifier.partition(":log-group:")[2].removesuffix(":*") or identifier
    groups = call.backend().groups
    if name not in groups:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return groups[name]


def _now() -> int:
    return int(time.time() * 1000)
