"""Which resource is behind which web ACL: at most one, and only of what exists."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.wafv2.acls import missing

KINDS = {"APPLICATION_LOAD_BALANCER": ":elasticloadbalancing:", "API_GATEWAY": ":apigateway:"}


# https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
@operation("wafv2", "AssociateWebACL")
def associate(call: Call) -> dict[str, Any]:
    acl, resource = call.params["WebACLArn"], call.params["ResourceArn"]
    if acl not in call.backend().wacls:
        raise missing(acl)
    if not _exists(call, resource):
        raise missing(resource)
    # moto would have it behind both.
    call.backend().disassociate_web_acl(resource)
    return call.moto()


# https://docs.aws.amazon.com/waf/latest/APIReference/API_ListResourcesForWebACL.html
@operation("wafv2", "ListResourcesForWebACL")
def resources(call: Call) -> dict[str, Any]:
    acl = call.backend().wacls.get(call.params["WebACLArn"])
    if acl is None:
        raise missing(call.params["WebACLArn"])
    kind = call.params.get("ResourceType", "APPLICATION_LOAD_BALANCER")
    found = [arn for arn in acl.associated_resources if KINDS.get(kind, kind) in arn and _exists(call, arn)]
    # A resource that was deleted is no longer behind the ACL.
    acl.associated_resources = [arn for arn in acl.associated_resources if _exists(call, arn)]
    return {"ResourceArns": found}


def _exists(call: Call, arn: str) -> bool:
    if ":elasticloadbalancing:" in arn:
        return arn in call.backend("elbv2").load_balancers
    if ":apigateway:" in arn:
        *_path, api, _stages, stage = arn.split("/")
        try:
            call.ask("apigateway", "GetStage", restApiId=api, stageName=stage)
        except AwsError:
            return False
        return True
    raise UnsupportedError(f"AssociateWebACL of {arn}")
