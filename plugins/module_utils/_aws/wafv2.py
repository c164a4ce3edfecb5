# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS WAF: address sets, and web ACLs with their logging and what they protect."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes, wafv2_rules
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2_entries import entries
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State, covers

GLOBAL_REGION = "us-east-1"
"""Where CloudFront's web ACLs are kept."""
MISSING = "WAFNonexistentItemException"
LOGGING = "logging_configuration"
RESOURCES = "associated_resources"
PUBLIC = "associate_public"
AT_MOST = "maximum_capacity"
MOST_ADDRESSES = 10_000
# What was just made, or is being changed, can't be used for some seconds, or deleted while it is being let go.
NOT_YET = frozenset({"WAFAssociatedItemException", "WAFUnavailableEntityException"})
ATTEMPTS = 6


class _Scoped(Resource):
    """What has a scope, an id beside its name, and a token that a change needs. Names are unique within one region."""

    service = "wafv2"
    key = "name"
    noun: ClassVar[str]
    """As it is called in operations: ``ip_set``."""
    listing: ClassVar[str]
    """Operation that lists them, in snake case, and the member of its answer."""
    listed: ClassVar[str]
    structure: ClassVar[str]
    immutable = frozenset({"scope"})

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.client.meta.events.register("needs-retry.wafv2", _not_yet, unique_id="not-yet")

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if item.get("scope") == "CLOUDFRONT" and self.context.region != GLOBAL_REGION:
            errors.append(f"scope CLOUDFRONT is kept in {GLOBAL_REGION}: set region to it")
        return errors

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        scopes = ["REGIONAL", "CLOUDFRONT"] if self.context.region == GLOBAL_REGION else ["REGIONAL"]
        wanted = [
            (scope, found)
            for scope in scopes
            for found in self._summaries(scope)
            if keys is None or found["Name"] in keys
        ]
        states = dict(self.context.each(lambda one: (one[1]["Name"], self._state(*one)), wanted))
        if len(states) < len(wanted):
            raise ReconcileError(f"a {self.kind} of each scope has the same name in {self.context.region}")
        return states

    def create(self, key: str, desired: State) -> None:
        create = getattr(self.client, f"create_{self.noun}")
        create(**self.parameters(desired, self.create_operation), Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if self._parameters() & set(fields):
            # An update replaces everything: what it does not name is gone.
            update = shapes.input_shape(self.client, self.create_operation.replace("Create", "Update", 1))
            known = {shapes.xform_name(name) for name in update.members}
            # An empty description cannot be told.
            whole = {name: value for name, value in {**current, **desired}.items() if name in known and value != ""}
            whole |= {"id": current["_id"], "lock_token": current["_token"]}
            getattr(self.client, f"update_{self.noun}")(**shapes.to_api(update, whole))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        delete = getattr(self.client, f"delete_{self.noun}")
        delete(Name=key, Scope=current["scope"], Id=current["_id"], LockToken=current["_token"])

    def _parameters(self) -> set[str]:
        shape = shapes.input_shape(self.client, self.create_operation)
        return {shapes.xform_name(name) for name in shape.members} - {"tags"} - self.extra

    def _summaries(self, scope: str) -> list[dict[str, Any]]:
        """There is no paginator for them."""
        found: list[dict[str, Any]] = []
        marker: dict[str, str] = {}
        while True:
            answer = getattr(self.client, self.listing)(Scope=scope, **marker)
            found += answer[self.listed]
            if not answer.get("NextMarker") or not answer[self.listed]:
                return found
            marker = {"NextMarker": answer["NextMarker"]}

    def _state(self, scope: str, summary: dict[str, Any]) -> State:
        get = getattr(self.client, f"get_{self.noun}")
        answer = get(Name=summary["Name"], Scope=scope, Id=summary["Id"])
        found = self.snake(self.create_operation.replace("Create", "Get", 1), (self.structure,), answer[self.structure])
        tags = self.client.list_tags_for_resource(ResourceARN=summary["ARN"])["TagInfoForResource"]["TagList"]
        return {
            **wafv2_rules.as_text(found),
            "scope": scope,
            "tags": from_list(tags),
            "_id": summary["Id"],
            "_arn": summary["ARN"],
            "_token": answer["LockToken"],
        }


class IpSet(_Scoped):
    """ListIPSets, GetIPSet, ListTagsForResource; CreateIPSet, UpdateIPSet, TagResource, UntagResource, DeleteIPSet."""

    kind = "ip_set"
    option = "ip_sets"
    create_operation = "CreateIPSet"
    noun = "ip_set"
    listing = "list_ip_sets"
    listed = "IPSets"
    structure = "IPSet"
    immutable = frozenset({"scope", "ip_address_version"})
    unordered = frozenset({"addresses"})

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if len(item.get("addresses") or []) > MOST_ADDRESSES:
            errors.append(f"addresses: {len(item['addresses'])} are more than the {MOST_ADDRESSES} that a set may have")
        return errors


class WebAcl(_Scoped):
    """ListWebACLs, GetWebACL, ListTagsForResource, GetLoggingConfiguration, ListResourcesForWebACL, CheckCapacity,
    DescribeManagedRuleGroup; CreateWebACL, UpdateWebACL, PutLoggingConfiguration, DeleteLoggingConfiguration,
    AssociateWebACL, TagResource, UntagResource, DisassociateWebACL, DeleteWebACL.

    Besides the parameters of CreateWebACL: ``logging_configuration``; ``associated_resources``, ARNs of load balancers
    and stages; ``associate_public``, all public ones with the platform's tags; ``maximum_capacity``.
    """

    kind = "web_acl"
    option = "web_acls"
    create_operation = "CreateWebACL"
    noun = "web_acl"
    listing = "list_web_acls"
    listed = "WebACLs"
    structure = "WebACL"
    depends_on = ("ip_set",)
    extra = frozenset({LOGGING, RESOURCES, PUBLIC, AT_MOST})
    references: ClassVar[dict[str, str]] = {f"{LOGGING}.log_destination_configs": "log_group"}

    @property
    def equal(self) -> dict[str, Equal]:
        return {
            **super().equal,
            "rules": wafv2_rules.same,
            LOGGING: _same_logging,
            RESOURCES: lambda current, desired: set(desired) <= set(current),
        }

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate({**item, "rules": wafv2_rules.padded(item.get("rules") or [])})
        if item.get("scope") == "CLOUDFRONT" and (item.get(RESOURCES) or item.get(PUBLIC)):
            errors.append(f"{RESOURCES}: a distribution names its web ACL itself (its web_acl_id)")
        destinations = (item.get(LOGGING) or {}).get("log_destination_configs") or []
        errors += [
            f"{LOGGING}: {name} must begin with aws-waf-logs-" for name in destinations if "aws-waf-logs-" not in name
        ]
        return errors + wafv2_rules.errors_in(item.get("rules") or [])

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        at_most, public = desired.pop(AT_MOST, None), desired.pop(PUBLIC, False)
        sets = {name: state["_arn"] for name, state in self._sets(desired["scope"]).items()}
        desired["rules"] = wafv2_rules.resolved(desired.get("rules") or [], sets, strict)
        if at_most is not None:
            wafv2_rules.check(self.client, desired["scope"], desired["rules"], at_most)
        if public:
            found = [
                one.arn for one in entries(self.context.client, self.context.tags, self.context.region) if one.regional
            ]
            desired[RESOURCES] = sorted({*desired.get(RESOURCES, []), *found})
        return desired

    def create(self, key: str, desired: State) -> None:
        super().create(key, desired)
        (made,) = [one for one in self._summaries(desired["scope"]) if one["Name"] == key]
        self._put_rest(made["ARN"], desired, (LOGGING, RESOURCES))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "rules" in desired:
            shields = [rule for rule in current["rules"] if wafv2_rules.is_shields(rule)]
            desired = {**desired, "rules": desired["rules"] + shields}
        super().update(key, desired, current, fields)
        self._put_rest(current["_arn"], desired, fields)

    def unprotect(self, key: str, current: State) -> None:
        for arn in current[RESOURCES]:
            self.client.disassociate_web_acl(ResourceArn=arn)

    def _put_rest(self, arn: str, desired: State, fields: Collection[str]) -> None:
        if LOGGING in fields and desired.get(LOGGING):
            shape = shapes.input_shape(self.client, "PutLoggingConfiguration").members["LoggingConfiguration"]
            configuration = shapes.to_api(shape, desired[LOGGING])
            self.client.put_logging_configuration(LoggingConfiguration={**configuration, "ResourceArn": arn})
        elif LOGGING in fields and LOGGING in desired:
            self.client.delete_logging_configuration(ResourceArn=arn)
        if RESOURCES in fields:
            for resource in desired.get(RESOURCES, []):
                self.client.associate_web_acl(WebACLArn=arn, ResourceArn=resource)

    def _sets(self, scope: str) -> dict[str, State]:
        return {one["Name"]: {"_arn": one["ARN"]} for one in IpSet(self.context)._summaries(scope)}

    def _state(self, scope: str, summary: dict[str, Any]) -> State:
        state = super()._state(scope, summary)
        arn = summary["ARN"]
        state[LOGGING] = self._logging(arn)
        state[RESOURCES] = [] if scope == "CLOUDFRONT" else sorted(self._resources(arn))
        return state

    def _logging(self, arn: str) -> dict[str, Any]:
        answer = answered(self.client.get_logging_configuration, MISSING, ResourceArn=arn)
        if answer is None:
            return {}
        found: dict[str, Any] = self.snake(
            "GetLoggingConfiguration", ("LoggingConfiguration",), answer["LoggingConfiguration"]
        )
        return found

    def _resources(self, arn: str) -> list[str]:
        kinds = ("APPLICATION_LOAD_BALANCER", "API_GATEWAY")
        return [
            resource
            for kind in kinds
            for resource in self.client.list_resources_for_web_acl(WebACLArn=arn, ResourceType=kind)["ResourceArns"]
        ]


def _not_yet(response: Any, attempts: int, **_event: Any) -> float | None:
    """Seconds until a call is tried again, None if it is not (botocore's event needs-retry)."""
    code = response[1].get("Error", {}).get("Code") if response else None
    return 0.5 * 2**attempts if code in NOT_YET and attempts < ATTEMPTS else None


def _same_logging(current: Any, desired: Any) -> bool:
    """What is redacted is compared whole, in any order; one that is declared empty is off."""
    have, want = wafv2_rules.pruned(current), wafv2_rules.pruned(desired)
    redacted = [sorted(one.pop("redacted_fields", []), key=str) for one in (have, want)]
    return bool(have) == bool(want) and redacted[0] == redacted[1] and covers(have, want)


ADAPTERS = (IpSet, WebAcl)
