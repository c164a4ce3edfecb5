"""Application Auto Scaling: targets with their policies and scheduled actions. moto knows no target of ElastiCache.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_Operations.html

What differs from AWS: nothing is ever scaled, and a target of ElastiCache or DynamoDB is the only one whose resource is
looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

SERVICE = "application-autoscaling"
PLACE = ("ServiceNamespace", "ResourceId", "ScalableDimension")
PER_PAGE = 50
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-step-scaling-policies.html
NO_STEPS = frozenset({"dynamodb", "comprehend", "lambda", "cassandra", "kafka", "elasticache", "neptune"})
CONFIGURATIONS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoScaling.html
FAMILIES = frozenset({"r7g", "r6g", "r6gd", "r5", "m7g", "m6g", "m5", "c7gn"})
SIZES = frozenset({"large", "xlarge", "2xlarge"})
# Where the resource type is not the first part of a resource's id.
KINDS = {"kafka:broker-storage:VolumeSize": "cluster", "custom-resource:ResourceType:Property": ""}
MOST = {"elasticache:replication-group:Replicas": 5, "elasticache:replication-group:NodeGroups": 500}


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
@operation(SERVICE, "RegisterScalableTarget")
def register(call: Call) -> dict[str, Any]:
    params = {name: value for name, value in call.params.items() if name != "Tags"}
    _supported(params)
    key, former = _place(params), _targets(call).get(_place(params))
    if former is None and not {"MinCapacity", "MaxCapacity"} <= params.keys():
        raise _invalid("Both MinCapacity and MaxCapacity must be provided to register a new scalable target")
    # AWS tells who may do it without being asked, by the service-linked role.
    role = f"arn:aws:iam::{call.account}:role/aws-service-role/{params['ServiceNamespace']}.application-autoscaling."
    made = {
        "CreationTime": datetime.now(UTC),
        "RoleARN": f"{role}amazonaws.com/AWSServiceRoleForApplicationAutoScaling",
        "ScalableTargetARN": f"arn:aws:application-autoscaling:{call.region}:{call.account}:scalable-target/"
        f"{uuid4().hex[:24]}",
        "SuspendedState": {},
        **(former or {}),
        **params,
    }
    suspended = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), False
    )
    made["SuspendedState"] = {**suspended, **made["SuspendedState"]}
    if not 0 <= made["MinCapacity"] <= made["MaxCapacity"]:
        raise _invalid("Maximum capacity cannot be less than minimum capacity")
    if made["MaxCapacity"] > MOST.get(params["ScalableDimension"], made["MaxCapacity"]):
        raise _invalid(f"Maximum capacity of {params['ScalableDimension']} is {MOST[params['ScalableDimension']]}")
    _scalable(call, params)
    _targets(call)[key] = made
    if former is None and "Tags" in call.params:
        _tags(call)[made["ScalableTargetARN"]] = dict(call.params["Tags"])
    return {"ScalableTargetARN": made["ScalableTargetARN"]}


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DeregisterScalableTarget.html
@operation(SERVICE, "DeregisterScalableTarget")
def deregister(call: Call) -> dict[str, Any]:
    gone = _targets(call).pop(_required(call), {})
    _tags(call).pop(gone["ScalableTargetARN"], None)
    for store in (_policies(call), _actions(call)):
        for key in [key for key in store if key[:3] == _place(call.params)]:
            _forget_alarms(call, store.pop(key))
    return {}


@operation(SERVICE, "DescribeScalableTargets")
def targets(call: Call) -> dict[str, Any]:
    return _page(call, "ScalableTargets", _targets(call))


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
@operation(SERVICE, "PutScalingPolicy")
def put_policy(call: Call) -> dict[str, Any]:
    params = call.params
    key = (*_required(call), params["PolicyName"])
    former = _policies(call).get(key)
    kind = params.get("PolicyType") or (former or {}).get("PolicyType", "StepScaling")
    if kind == "StepScaling" and params["ServiceNamespace"] in NO_STEPS:
        raise _invalid(f"Step scaling is not supported for service namespace {params['ServiceNamespace']}")
    given = [name for name in CONFIGURATIONS.values() if name in params]
    if given and given != [CONFIGURATIONS[kind]]:
        raise _invalid(f"{kind} takes {CONFIGURATIONS[kind]}, not {', '.join(given)}")
    if not given and former is None:
        raise _invalid(f"{CONFIGURATIONS[kind]} must be provided for policy type {kind}")
    if kind == "TargetTrackingScaling" and given:
        tracked = params[CONFIGURATIONS[kind]]
        if ("PredefinedMetricSpecification" in tracked) == ("CustomizedMetricSpecification" in tracked):
            raise _invalid("Exactly one of a predefined and a customized metric must be specified")
    arn = _arn(call, "scalingPolicy", f"policyName/{params['PolicyName']}")
    made = {"PolicyARN": arn, "CreationTime": datetime.now(UTC), **(former or {}), **params, "PolicyType": kind}
    _forget_alarms(call, made)
    made["Alarms"] = _track(call, made) if kind == "TargetTrackingScaling" else []
    _policies(call)[key] = made
    return {"PolicyARN": made["PolicyARN"], "Alarms": made["Alarms"]}


@operation(SERVICE, "DescribeScalingPolicies")
def policies(call: Call) -> dict[str, Any]:
    return _page(call, "ScalingPolicies", _policies(call))


@operation(SERVICE, "DeleteScalingPolicy")
def delete_policy(call: Call) -> dict[str, Any]:
    return _delete(call, _policies(call), "PolicyName", "scaling policy")


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
@operation(SERVICE, "PutScheduledAction")
def put_action(call: Call) -> dict[str, Any]:
    params = call.params
    key = (*_required(call), params["ScheduledActionName"])
    former = _actions(call).get(key)
    if former is None and not {"Schedule", "ScalableTargetAction"} <= params.keys():
        raise _invalid("Schedule and ScalableTargetAction must be provided for a new scheduled action")
    if not str(params.get("Schedule", "at(")).startswith(("at(", "rate(", "cron(")):
        raise _invalid(f"Schedule {params['Schedule']} is not valid")
    arn = _arn(call, "scheduledAction", f"scheduledActionName/{params['ScheduledActionName']}")
    made = {"ScheduledActionARN": arn, "CreationTime": datetime.now(UTC)}
    _actions(call)[key] = {**made, **(former or {}), **params}
    return {}


@operation(SERVICE, "DescribeScheduledActions")
def actions(call: Call) -> dict[str, Any]:
    return _page(call, "ScheduledActions", _actions(call))


@operation(SERVICE, "DeleteScheduledAction")
def delete_action(call: Call) -> dict[str, Any]:
    return _delete(call, _actions(call), "ScheduledActionName", "scheduled action")


@operation(SERVICE, "DescribeScalingActivities")
def activities(call: Call) -> dict[str, Any]:
    return {"ScalingActivities": []}


# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TagResource.html
@operation(SERVICE, "TagResource", "UntagResource", "ListTagsForResource")
def tag(call: Call) -> dict[str, Any]:
    arn = call.params["ResourceARN"]
    if arn not in {one["ScalableTargetARN"] for one in _targets(call).values()}:
        raise AwsError("ResourceNotFoundException", f"{arn} does not exist.")
    tags = _tags(call).setdefault(arn, {})
    if call.operation == "ListTagsForResource":
        return {"Tags": dict(tags)}
    tags.update(call.params.get("Tags", {}))
    for key in call.params.get("TagKeys", []):
        tags.pop(key, None)
    return {}


def _targets(call: Call) -> dict[Any, dict[str, Any]]:
    return call.store(f"{SERVICE}.targets")


def _policies(call: Call) -> dict[Any, dict[str, Any]]:
    return call.store(f"{SERVICE}.policies")


def _actions(call: Call) -> dict[Any, dict[str, Any]]:
    return call.store(f"{SERVICE}.scheduled_actions")


def _tags(call: Call) -> dict[str, dict[str, str]]:
    return call.store(f"{SERVICE}.tags")


def _place(params: dict[str, Any]) -> tuple[str, ...]:
    return tuple(params[name] for name in PLACE)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _where(params: dict[str, Any]) -> str:
    names = ("service namespace", "resource ID", "scalable dimension")
    return ", ".join(f"{name}: {value}" for name, value in zip(names, _place(params), strict=True))


def _required(call: Call) -> tuple[str, ...]:
    _supported(call.params)
    key = _place(call.params)
    if key not in _targets(call):
        raise AwsError("ObjectNotFoundException", f"No scalable target found for {_where(call.params)}")
    return key


def _arn(call: Call, what: str, called: str) -> str:
    place = f"{call.params['ServiceNamespace']}/{call.params['ResourceId']}"
    return f"arn:aws:autoscaling:{call.region}:{call.account}:{what}:{uuid4()}:resource/{place}:{called}"


def _supported(params: dict[str, Any]) -> None:
    namespace, resource, dimension = _place(params)
    prefix, kind, _what = dimension.split(":")
    kind = KINDS.get(dimension, kind)
    if prefix != namespace or kind not in (*resource.split("/"), *resource.split(":"), ""):
        raise _invalid("Unsupported service namespace, resource type or scalable dimension")


def _scalable(call: Call, params: dict[str, Any]) -> None:
    """Whether there is such a resource, of a kind that is scaled."""
    namespace, resource, _dimension = _place(params)
    name = resource.partition("/")[2]
    try:
        if namespace == "dynamodb":
            call.ask("dynamodb", "DescribeTable", TableName=name.partition("/")[0])
        if namespace != "elasticache":
            return
        (group,) = call.ask("elasticache", "DescribeReplicationGroups", ReplicationGroupId=name)["ReplicationGroups"]
    except AwsError as error:
        raise _invalid(f"{resource} doesn't exist") from error
    _cache, family, size = group["CacheNodeType"].split(".")
    if not group.get("ClusterEnabled"):
        raise _invalid("ElastiCache replication group is not cluster mode enabled")
    if family not in FAMILIES or size not in SIZES:
        raise _invalid(f"Node type {group['CacheNodeType']} is not supported for auto scaling")


def _page(call: Call, result: str, store: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    params = call.params
    plural = {"ResourceIds": "ResourceId", "PolicyNames": "PolicyName", "ScheduledActionNames": "ScheduledActionName"}
    found = [
        one
        for one in store.values()
        if all(one[name] == params.get(name, one[name]) for name in PLACE)
        and all(one[single] in params[several] for several, single in plural.items() if several in params)
    ]
    start = int(params.get("NextToken") or 0)
    end = start + params.get("MaxResults", PER_PAGE)
    return {result: found[start:end], **({"NextToken": str(end)} if end < len(found) else {})}


def _delete(call: Call, store: dict[Any, dict[str, Any]], name: str, kind: str) -> dict[str, Any]:
    key = (*_place(call.params), call.params[name])
    if key not in store:
        raise AwsError("ObjectNotFoundException", f"No {kind} found for {_where(call.params)}, name: {key[3]}")
    _forget_alarms(call, store.pop(key))
    return {}


# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
def _track(call: Call, policy: dict[str, Any]) -> list[dict[str, str]]:
    """The two alarms by which a policy that tracks a target is told."""
    tracked = policy[CONFIGURATIONS["TargetTrackingScaling"]]
    metric = tracked.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType") or tracked[
        "CustomizedMetricSpecification"
    ].get("MetricName", "expression")
    alarms = []
    for side, comparison, periods in (("High", "GreaterThanThreshold", 3), ("Low", "LessThanThreshold", 15)):
        name = f"TargetTracking-{policy['ResourceId']}-Alarm{side}-{uuid4()}"
        call.ask(
            "cloudwatch",
            "PutMetricAlarm",
            AlarmName=name,
            AlarmDescription=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy['PolicyARN']}.",
            Namespace=f"AWS/{policy['ServiceNamespace']}",
            MetricName=metric,
            Statistic="Average",
            Period=60,
            EvaluationPeriods=periods,
            Threshold=float(tracked["TargetValue"]),
            ComparisonOperator=comparison,
            AlarmActions=[policy["PolicyARN"]],
        )
        alarms.append({"AlarmName": name, "AlarmARN": f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}"})
    return alarms


def _forget_alarms(call: Call, policy: dict[str, Any]) -> None:
    names = [one["AlarmName"] for one in policy.get("Alarms", [])]
    there = call.backend("cloudwatch").alarms
    if kept := [name for name in names if name in there]:
        call.ask("cloudwatch", "DeleteAlarms", AlarmNames=kept)
