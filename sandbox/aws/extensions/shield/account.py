"""What only a subscribed account may do, health checks of protections, the response team."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.resource_policies import bucket_allows

TEAM = "shield.response_team"
MOST_CHECKS = 10
MOST_BUCKETS = 10
SERVICE = "drt.shield.amazonaws.com"


def require_subscription(call: Call) -> Any:
    found = shield_of(call).subscription
    if found is None:
        raise AwsError("ResourceNotFoundException", "The subscription does not exist.")
    return found


def shield_of(call: Call) -> Any:
    return call.backend(region="aws")


def _team(call: Call) -> dict[str, Any]:
    return call.store(TEAM, "global")


@operation("shield", "GetSubscriptionState")
def state(call: Call) -> dict[str, Any]:
    return {"SubscriptionState": "ACTIVE" if shield_of(call).subscription else "INACTIVE"}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_CreateSubscription.html
@operation("shield", "CreateSubscription")
def subscribe(call: Call) -> dict[str, Any]:
    if shield_of(call).subscription:
        raise AwsError("ResourceAlreadyExistsException", "The subscription already exists.")
    answer = call.moto()
    shield_of(call).subscription.proactive_engagement_status = "DISABLED"
    return answer


@operation("shield", "UpdateSubscription")
def renew(call: Call) -> dict[str, Any]:
    require_subscription(call).auto_renew = call.params["AutoRenew"]
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_DescribeSubscription.html
@operation("shield", "DescribeSubscription")
def describe(call: Call) -> dict[str, Any]:
    found = require_subscription(call)
    # moto's times are no timestamps of this protocol.
    told = {**found.to_dict(), "StartTime": found.start_time, "EndTime": found.end_time}
    return {"Subscription": told}


@operation("shield", "CreateProtection", "ListProtections", "DescribeProtection", "DeleteProtection")
def protections(call: Call) -> dict[str, Any]:
    require_subscription(call)
    return call.moto()


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateHealthCheck.html
@operation("shield", "AssociateHealthCheck", "DisassociateHealthCheck")
def health_check(call: Call) -> dict[str, Any]:
    require_subscription(call)
    protection = shield_of(call).protections.get(call.params["ProtectionId"])
    check = call.params["HealthCheckArn"].rpartition("/")[2]
    if protection is None:
        raise AwsError("ResourceNotFoundException", "The referenced protection does not exist.")
    if call.operation == "DisassociateHealthCheck":
        if check not in protection.health_check_ids:
            raise AwsError("ResourceNotFoundException", "The health check is not associated.")
        protection.health_check_ids.remove(check)
        return {}
    if ":hostedzone/" in protection.resource_arn:
        raise AwsError("InvalidResourceException", "Health checks cannot be associated with a hosted zone.")
    call.ask("route53", "GetHealthCheck", HealthCheckId=check)
    if check not in protection.health_check_ids:
        if len(protection.health_check_ids) == MOST_CHECKS:
            raise AwsError("LimitsExceededException", "A protection has at most ten health checks.")
        protection.health_check_ids.append(check)
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateDRTRole.html
@operation("shield", "AssociateDRTRole")
def let_in(call: Call) -> dict[str, Any]:
    require_subscription(call)
    name = call.params["RoleArn"].rpartition("/")[2]
    role = call.ask("iam", "GetRole", RoleName=name)["Role"]
    attached = call.ask("iam", "ListAttachedRolePolicies", RoleName=name)["AttachedPolicies"]
    trusted = SERVICE in str(role["AssumeRolePolicyDocument"])
    if not trusted or "AWSShieldDRTAccessPolicy" not in {one["PolicyName"] for one in attached}:
        message = "The role must trust drt.shield.amazonaws.com and have the policy AWSShieldDRTAccessPolicy."
        raise AwsError("AccessDeniedForDependencyException", message)
    _team(call)["role"] = call.params["RoleArn"]
    return {}


@operation("shield", "DisassociateDRTRole")
def keep_out(call: Call) -> dict[str, Any]:
    require_subscription(call)
    if _team(call).get("buckets"):
        raise AwsError("InvalidOperationException", "The role is still used to read log buckets.")
    _team(call).pop("role", None)
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateDRTLogBucket.html
# https://docs.aws.amazon.com/waf/latest/developerguide/ddos-srt-access.html
@operation("shield", "AssociateDRTLogBucket", "DisassociateDRTLogBucket")
def log_bucket(call: Call) -> dict[str, Any]:
    require_subscription(call)
    bucket, buckets = call.params["LogBucket"], _team(call).setdefault("buckets", [])
    if "role" not in _team(call):
        raise AwsError("NoAssociatedRoleException", "The ARN of the role that you specified does not exist.")
    if call.operation == "DisassociateDRTLogBucket":
        if bucket not in buckets:
            raise AwsError("ResourceNotFoundException", f"The bucket {bucket} is not associated.")
        buckets.remove(bucket)
        return {}
    asked = (("s3:GetBucketLocation", ""), ("s3:ListBucket", ""), ("s3:GetObject", "/log"))
    if not all(bucket_allows(call, bucket, SERVICE, action, below) for action, below in asked):
        message = f"In order to grant the necessary access to the response team, the policy of {bucket} must allow it."
        raise AwsError("AccessDeniedForDependencyException", message)
    if bucket not in buckets:
        if len(buckets) == MOST_BUCKETS:
            raise AwsError("LimitsExceededException", "At most ten log buckets can be associated.")
        buckets.append(bucket)
    return {}


@operation("shield", "DescribeDRTAccess")
def access(call: Call) -> dict[str, Any]:
    require_subscription(call)
    role = _team(call).get("role")
    return {**({"RoleArn": role} if role else {}), "LogBucketList": _team(call).get("buckets", [])}


@operation("shield", "DescribeEmergencyContactSettings")
def contacts(call: Call) -> dict[str, Any]:
    require_subscription(call)
    return {"EmergencyContactList": _team(call).get("contacts", [])}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_AssociateProactiveEngagementDetails.html
@operation("shield", "UpdateEmergencyContactSettings", "AssociateProactiveEngagementDetails")
def set_contacts(call: Call) -> dict[str, Any]:
    require_subscription(call)
    found = call.params.get("EmergencyContactList", [])
    if call.operation == "AssociateProactiveEngagementDetails" and not any("PhoneNumber" in one for one in found):
        raise AwsError("InvalidParameterException", "At least one contact must have a phone number.")
    _team(call)["contacts"] = found
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_EnableProactiveEngagement.html
@operation("shield", "EnableProactiveEngagement", "DisableProactiveEngagement")
def engage(call: Call) -> dict[str, Any]:
    found = require_subscription(call)
    wanted = call.operation == "EnableProactiveEngagement"
    if wanted and not any("PhoneNumber" in one for one in _team(call).get("contacts", [])):
        raise AwsError("InvalidOperationException", "Contacts with a phone number come before proactive engagement.")
    found.proactive_engagement_status = "ENABLED" if wanted else "DISABLED"
    return {}
