"""The automatic response on the application layer: a rule group of Shield's own in the web ACL of a resource.

https://docs.aws.amazon.com/waf/latest/developerguide/ddos-automatic-app-layer-response.html
"""

from __future__ import annotations

from typing import Any

from moto.wafv2.models import FakeRule, FakeRuleGroup

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.shield.account import require_subscription, shield_of

PREFIX = "ShieldMitigationRuleGroup"
PRIORITY, CAPACITY = 10_000_000, 150
RESPONDS = (":elasticloadbalancing:", ":cloudfront:")
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_EnableApplicationLayerAutomaticResponse.html
# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_UpdateApplicationLayerAutomaticResponse.html
@operation("shield", "EnableApplicationLayerAutomaticResponse", "UpdateApplicationLayerAutomaticResponse")
def respond(call: Call) -> dict[str, Any]:
    protection, action = _protection(call), call.params["Action"]
    if len(action) != 1:
        raise AwsError("InvalidParameterException", "Exactly one action must be specified.")
    is_on = bool(protection.application_layer_automatic_response_configuration)
    if is_on != (call.operation == "UpdateApplicationLayerAutomaticResponse"):
        message = f"The automatic response is {'already' if is_on else 'not'} enabled."
        raise AwsError("InvalidOperationException", message)
    backend, acl = _web_acl(call, protection.resource_arn)
    if acl is None:
        raise AwsError("InvalidParameterException", "A web ACL must be associated with the resource.")
    if not is_on:
        _add(call, backend, acl)
    protection.application_layer_automatic_response_configuration = {"Status": "ENABLED", "Action": action}
    return {}


# https://docs.aws.amazon.com/waf/latest/DDOSAPIReference/API_DisableApplicationLayerAutomaticResponse.html
@operation("shield", "DisableApplicationLayerAutomaticResponse")
def rest(call: Call) -> dict[str, Any]:
    protection = _protection(call)
    protection.application_layer_automatic_response_configuration = {}
    _backend, acl = _web_acl(call, protection.resource_arn)
    if acl is not None and not any(_responds(call, arn, acl) for arn in _with_response(call)):
        kept = [rule for rule in acl.rules if not rule.name.startswith(PREFIX)]
        acl.capacity -= CAPACITY * (len(acl.rules) - len(kept))
        acl.rules = kept
    return {}


def _protection(call: Call) -> Any:
    require_subscription(call)
    resource = call.params["ResourceArn"]
    found = [one for one in shield_of(call).protections.values() if one.resource_arn == resource]
    if not found:
        raise AwsError("ResourceNotFoundException", "The referenced protection does not exist.")
    if not any(kind in resource for kind in RESPONDS):
        raise AwsError("InvalidParameterException", "The resource is not one of the application layer.")
    return found[0]


def _with_response(call: Call) -> list[str]:
    protections = shield_of(call).protections.values()
    return [one.resource_arn for one in protections if one.application_layer_automatic_response_configuration]


def _responds(call: Call, arn: str, acl: Any) -> bool:
    return _web_acl(call, arn)[1] is acl


def _web_acl(call: Call, arn: str) -> tuple[Any, Any]:
    """moto's backend of web ACLs for a resource, and the one before it."""
    if ":cloudfront:" in arn:
        backend = call.backend("wafv2", "global")
        distribution = call.ask("cloudfront", "GetDistribution", Id=arn.rpartition("/")[2])["Distribution"]
        return backend, backend.wacls.get(distribution["DistributionConfig"].get("WebACLId", ""))
    backend = call.backend("wafv2", arn.split(":")[3])
    return backend, next((acl for acl in backend.wacls.values() if arn in acl.associated_resources), None)


def _add(call: Call, backend: Any, acl: Any) -> None:
    if any(rule.name.startswith(PREFIX) for rule in acl.rules):
        return
    name = f"{PREFIX}_{call.account}_{acl.id}"
    scope = "global" if ":global/" in acl.arn else "regional"
    arn = f"{acl.arn.split(':' + scope)[0]}:{scope}/rulegroup/{name}/{acl.id}"
    seen = {**SEEN, "MetricName": name}
    backend.rule_groups[arn] = FakeRuleGroup(call.account, name, acl.id, arn, scope.upper(), CAPACITY, seen, None, [])
    statement = {"RuleGroupReferenceStatement": {"ARN": arn}}
    acl.rules.append(FakeRule(name, PRIORITY, statement, seen, override_action={"None": {}}))
    acl.capacity += CAPACITY
