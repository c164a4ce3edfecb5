"""Load balancers: names are theirs alone, each region has its own zone for aliases, and protection holds."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.resource_policies import allows

# https://docs.aws.amazon.com/general/latest/gr/elb.html
ZONES = {"ap-northeast-1": "Z14GRHDCWA56QT", "ap-northeast-3": "Z5LXEXXYW11ES", "us-east-1": "Z35SXDOTRQ7X7K"}
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
LOGS = "access_logs.s3."


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
@operation("elbv2", "CreateLoadBalancer")
def create(call: Call) -> dict[str, Any]:
    params = {"Scheme": "internet-facing", "Type": "application", **call.params}
    same = [one for one in call.backend().load_balancers.values() if one.name == params["Name"]]
    if same:
        if same[0].scheme == params["Scheme"]:
            return call.ask("elbv2", "DescribeLoadBalancers", LoadBalancerArns=[same[0].arn])
        message = f"A load balancer with the same name '{params['Name']}' exists, but with different settings"
        raise AwsError("DuplicateLoadBalancerName", message)
    subnets = params.get("Subnets", [])
    zones = [call.backend("ec2").get_subnet(one).availability_zone for one in subnets]
    if params["Type"] == "application" and len(set(zones)) < 2:
        raise AwsError("ValidationError", "At least two subnets in two different Availability Zones must be specified")
    _check_groups(call, params.get("SecurityGroups", []))
    (made,) = call.moto(params)["LoadBalancers"]
    balancer = call.backend().load_balancers[made["LoadBalancerArn"]]
    balancer.canonical_hosted_zone_id = ZONES.get(call.region, balancer.canonical_hosted_zone_id)
    return {"LoadBalancers": [{**made, "CanonicalHostedZoneId": balancer.canonical_hosted_zone_id}]}


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
@operation("elbv2", "DeleteLoadBalancer")
def delete(call: Call) -> dict[str, Any]:
    arn = call.params["LoadBalancerArn"]
    found = call.backend().load_balancers.get(arn)
    if found is not None and found.attrs.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", message)
    for listener in list(found.listeners) if found else []:
        call.ask("elbv2", "DeleteListener", ListenerArn=listener)
    return call.moto()


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html
@operation("elbv2", "SetSecurityGroups")
def set_groups(call: Call) -> dict[str, Any]:
    _check_groups(call, call.params["SecurityGroups"])
    return call.moto()


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyLoadBalancerAttributes.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
@operation("elbv2", "ModifyLoadBalancerAttributes")
def modify(call: Call) -> dict[str, Any]:
    balancer = call.backend().load_balancers.get(call.params["LoadBalancerArn"])
    changes = {one["Key"]: one["Value"] for one in call.params["Attributes"]}
    attributes = {**(balancer.attrs if balancer else {}), **changes}
    if attributes.get(f"{LOGS}enabled") == "true":
        _check_delivery(call, attributes[f"{LOGS}bucket"], attributes.get(f"{LOGS}prefix", ""))
    return call.moto()


def _check_groups(call: Call, groups: list[str]) -> None:
    for group in groups:
        if call.backend("ec2").get_security_group_from_id(group) is None:
            raise AwsError("InvalidSecurityGroup", f"Security group {group} does not exist")


def _check_delivery(call: Call, name: str, prefix: str) -> None:
    """The bucket is in the same region, and its policy lets logs be delivered below the prefix."""
    bucket = call.backend("s3").buckets.get(name)
    if bucket is None:
        raise AwsError("InvalidConfigurationRequest", f"S3 bucket {name} does not exist")
    if bucket.region_name != call.region:
        message = f"The S3 bucket {name} is not located in the same region as your load balancer"
        raise AwsError("InvalidConfigurationRequest", message)
    place = "/".join(filter(None, (name, prefix, "AWSLogs", call.account, "ELBAccessLogTestFile")))
    if not allows(bucket.policy, DELIVERY, "s3:PutObject", f"arn:aws:s3:::{place}"):
        message = f"Access Denied for bucket: {name}. Please check S3bucket permission"
        raise AwsError("InvalidConfigurationRequest", message)
