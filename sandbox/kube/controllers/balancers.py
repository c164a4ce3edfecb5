"""Load balancers in the AWS emulator, as the AWS load balancer controller makes them of an IngressClassParams.

What differs from the controller: there are no listeners, target groups and security groups; a web ACL that is named and
not there yet does not keep the load balancer from coming up, and is looked for again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from sandbox.stand_in import SECRET, access_key

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
PENDING_SECONDS = 0.1

Spec = Mapping[str, Any]


class Balancers:
    """Asks in a thread of its own, for the emulator may be waiting for this cluster."""

    def __init__(self, endpoint: str, region: str) -> None:
        self._endpoint, self._region = endpoint, region
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="balancers")
        self._asked: dict[str, Future[bool]] = {}

    def ensure(self, spec: Spec) -> float | None:
        """Seconds until it is to be called again, None once the load balancer is as an IngressClassParams says."""
        name = spec["loadBalancerName"]
        asked = self._asked.get(name)
        if asked is None:
            self._asked[name] = self._pool.submit(self._ensure, spec)
            return PENDING_SECONDS
        if not asked.done():
            return PENDING_SECONDS
        del self._asked[name]
        error = asked.exception()
        if error is not None:
            log.warning("load balancer %s: %s", name, error)
        return None if error is None and asked.result() else AGAIN_SECONDS

    def _ensure(self, spec: Spec) -> bool:
        """Whether nothing is left to be done."""
        balancer, acls = self._client("elbv2"), self._client("wafv2")
        wanted = spec["loadBalancerName"]
        found = [
            one for one in balancer.describe_load_balancers()["LoadBalancers"] if one["LoadBalancerName"] == wanted
        ]
        if not found:
            found = balancer.create_load_balancer(
                Name=wanted,
                Subnets=self._subnets(spec),
                Scheme=spec.get("scheme", "internal"),
                Type="application",
                Tags=[{"Key": tag["key"], "Value": tag["value"]} for tag in spec.get("tags", [])],
            )["LoadBalancers"]
        acl, arn = spec.get("wafv2AclName"), found[0]["LoadBalancerArn"]
        attributes = {one["key"]: one["value"] for one in spec.get("loadBalancerAttributes", [])}
        current = balancer.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        if attributes.items() - {(one["Key"], one["Value"]) for one in current}:
            declared = [{"Key": name, "Value": value} for name, value in attributes.items()]
            balancer.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=declared)
        if not acl:
            return True
        arns = [one["ARN"] for one in acls.list_web_acls(Scope="REGIONAL")["WebACLs"] if one["Name"] == acl]
        before = acls.get_web_acl_for_resource(ResourceArn=arn).get("WebACL") or {}
        if arns and before.get("ARN") != arns[0]:
            acls.associate_web_acl(WebACLArn=arns[0], ResourceArn=arn)
        return bool(arns)

    def _subnets(self, spec: Spec) -> list[str]:
        chosen = (spec.get("subnets") or {}).get("tags") or {}
        filters = [{"Name": f"tag:{key}", "Values": values} for key, values in chosen.items()]
        return [one["SubnetId"] for one in self._client("ec2").describe_subnets(Filters=filters)["Subnets"]]

    def _client(self, service: str) -> Any:
        import boto3  # not at the top: a cluster without load balancers does without its hundred milliseconds

        keys = {"aws_access_key_id": access_key("balancers"), "aws_secret_access_key": SECRET}
        session: Any = boto3.session.Session()
        return session.client(service, region_name=self._region, endpoint_url=self._endpoint, **keys)
