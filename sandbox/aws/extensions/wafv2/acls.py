"""Web ACLs: creation, changes, deletion, cost, and where they log."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.wafv2.capacity import capacity, invalid

GLOBAL_REGION = "us-east-1"
PREFIX = "aws-waf-logs-"
# What moto would take and forget.
FORGOTTEN = ("DataProtectionConfig", "OnSourceDDoSProtectionConfig", "ApplicationConfig", "MonetizationConfig")


# https://docs.aws.amazon.com/waf/latest/APIReference/API_CheckCapacity.html
@operation("wafv2", "CheckCapacity")
def check(call: Call) -> dict[str, Any]:
    backend_of(call)
    return {"Capacity": capacity(call, call.params["Rules"])}


# https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateWebACL.html
@operation("wafv2", "CreateWebACL")
def create(call: Call) -> dict[str, Any]:
    cost = _checked(call)
    try:
        answer = call.moto()
    except AwsError as error:
        if error.code != "WafV2DuplicateItem":
            raise
        raise AwsError("WAFDuplicateItemException", error.message) from None
    backend_of(call).wacls[answer["Summary"]["ARN"]].capacity = cost
    return answer


# https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateWebACL.html
@operation("wafv2", "UpdateWebACL")
def update(call: Call) -> dict[str, Any]:
    cost = _checked(call)
    answer = call.moto()
    acl = next(one for one in backend_of(call).wacls.values() if one.id == call.params["Id"])
    acl.capacity = cost
    # What an update leaves out is gone; moto keeps it.
    acl.rules = acl.rules if call.params.get("Rules") else []
    acl.description = call.params.get("Description", "")
    return answer


# https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteWebACL.html
@operation("wafv2", "DeleteWebACL")
def delete(call: Call) -> dict[str, Any]:
    found = [one for one in backend_of(call).wacls.values() if one.id == call.params["Id"]]
    if found and found[0].associated_resources:
        raise associated(found[0].name)
    answer = call.moto()
    if found:
        backend_of(call).logging_configurations.pop(found[0].arn, None)
    return answer


# https://docs.aws.amazon.com/waf/latest/APIReference/API_PutLoggingConfiguration.html
@operation("wafv2", "PutLoggingConfiguration")
def put_logging(call: Call) -> dict[str, Any]:
    told = call.params["LoggingConfiguration"]
    region = "global" if ":global/" in told["ResourceArn"] else call.region
    if told["ResourceArn"] not in call.backend(region=region).wacls:
        raise missing(told["ResourceArn"])
    (destination,) = told["LogDestinationConfigs"]
    name = destination.removesuffix(":*").rpartition(":")[2].rpartition("/")[2]
    if not name.startswith(PREFIX):
        raise invalid("LOG_DESTINATION", f"The name of the log destination must begin with {PREFIX}")
    if ":logs:" in destination and name not in call.backend("logs").groups:
        raise invalid("LOG_DESTINATION", "The ARN isn't valid: the log group does not exist")
    return call.moto()


def backend_of(call: Call) -> Any:
    """moto's backend of the call's scope. CloudFront's is reached from one region only."""
    if call.params["Scope"] != "CLOUDFRONT":
        return call.backend()
    if call.region != GLOBAL_REGION:
        raise invalid("SCOPE_VALUE", "The scope is not valid")
    return call.backend(region="global")


def missing(arn: str) -> AwsError:
    message = f"AWS WAF couldn't perform the operation because your resource doesn't exist: {arn}"
    return AwsError("WAFNonexistentItemException", message)


def associated(name: str) -> AwsError:
    message = f"AWS WAF couldn't perform the operation because your resource is being used by another resource: {name}"
    return AwsError("WAFAssociatedItemException", message)


def _checked(call: Call) -> int:
    """What the rules cost, once everything about them is in order."""
    backend_of(call)
    for name in FORGOTTEN:
        if name in call.params:
            raise UnsupportedError(f"{call.operation} with {name}")
    return capacity(call, call.params.get("Rules", []))
