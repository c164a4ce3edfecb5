"""ECR: account settings, pull-through cache rules, a token that has not expired, and images (image_replication.py).

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import image_replication, operation

__all__ = ["image_replication"]

ACCOUNT_SETTINGS = {
    "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE", "CLAIR"),
    "BLOB_MOUNTING": ("DISABLED", "ENABLED"),
    "REGISTRY_POLICY_SCOPE": ("V2", "V1"),
}
"""{name: values, the default first}."""

TOKEN_LIFETIME = timedelta(hours=12)


@operation("ecr", "GetAccountSetting")
def get_account_setting(call: Call) -> dict[str, Any]:
    name = call.params["name"]
    return {"name": name, "value": call.store("ecr.account_settings").get(name, _values(name)[0])}


@operation("ecr", "PutAccountSetting")
def put_account_setting(call: Call) -> dict[str, Any]:
    name, value = call.params["name"], call.params["value"]
    if value not in _values(name):
        raise AwsError("InvalidParameterException", f"Invalid value '{value}' for account setting '{name}'")
    call.store("ecr.account_settings")[name] = value
    return {"name": name, "value": value}


@operation("ecr", "GetAuthorizationToken")
def get_authorization_token(call: Call) -> dict[str, Any]:
    output = call.moto()
    for entry in output["authorizationData"]:
        entry["expiresAt"] = datetime.now(UTC) + TOKEN_LIFETIME
    return output


@operation("ecr", "CreatePullThroughCacheRule")
def create_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    prefix = call.params["ecrRepositoryPrefix"]
    rules = call.store("ecr.pull_through_cache_rules")
    if prefix in rules:
        raise AwsError(
            "PullThroughCacheRuleAlreadyExistsException",
            f"A pull through cache rule with the prefix '{prefix}' already exists in the registry with id "
            f"'{call.account}'",
        )
    now = datetime.now(UTC).replace(microsecond=0)
    rules[prefix] = {
        **{key: value for key, value in call.params.items() if key != "registryId"},
        "registryId": call.account,
        "createdAt": now,
        "updatedAt": now,
    }
    return dict(rules[prefix])


@operation("ecr", "DescribePullThroughCacheRules")
def describe_pull_through_cache_rules(call: Call) -> dict[str, Any]:
    rules = call.store("ecr.pull_through_cache_rules")
    prefixes = call.params.get("ecrRepositoryPrefixes")
    return {"pullThroughCacheRules": [_rule(call, prefix) for prefix in (prefixes or sorted(rules))]}


@operation("ecr", "UpdatePullThroughCacheRule")
def update_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    rule = _rule(call, call.params["ecrRepositoryPrefix"])
    rule.update({key: call.params[key] for key in ("credentialArn", "customRoleArn") if key in call.params})
    rule["updatedAt"] = datetime.now(UTC).replace(microsecond=0)
    return dict(rule)


@operation("ecr", "DeletePullThroughCacheRule")
def delete_pull_through_cache_rule(call: Call) -> dict[str, Any]:
    rule = _rule(call, call.params["ecrRepositoryPrefix"])
    del call.store("ecr.pull_through_cache_rules")[rule["ecrRepositoryPrefix"]]
    return rule


def _values(name: str) -> tuple[str, ...]:
    if name not in ACCOUNT_SETTINGS:
        raise AwsError("InvalidParameterException", f"Invalid account setting name '{name}'")
    return ACCOUNT_SETTINGS[name]


def _rule(call: Call, prefix: str) -> dict[str, Any]:
    rule: dict[str, Any] | None = call.store("ecr.pull_through_cache_rules").get(prefix)
    if rule is None:
        raise AwsError(
            "PullThroughCacheRuleNotFoundException",
            f"A pull through cache rule with the prefix '{prefix}' does not exist in the registry with id "
            f"'{call.account}'",
        )
    return rule
