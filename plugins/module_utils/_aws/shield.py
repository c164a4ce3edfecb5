# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Shield Advanced: the subscription, protections with their health checks, and the response team."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_health_checks import health_check_ids
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered, error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield_groups import ProtectionGroup
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

MISSING = "ResourceNotFoundException"
CONTACTS = "emergency_contact_list"
ENGAGEMENT = "proactive_engagement"
MOST_CHECKS = 10
BUCKETS = "log_buckets"
RESPONSE = "automatic_response"
OFF = "DISABLED"
RESPONSES: dict[str, dict[str, Any]] = {"BLOCK": {"Block": {}}, "COUNT": {"Count": {}}}


class Subscription(Resource):
    """GetSubscriptionState, DescribeSubscription; CreateSubscription, UpdateSubscription.

    ``subscribe`` is the word that buys it: one year, 3,000 USD a month. It cannot be given back before, so it is never
    deleted.
    """

    service = "shield"
    kind = "subscription"
    option = "subscription"
    singleton = True
    taggable = False
    create_operation = "UpdateSubscription"
    extra = frozenset({"subscribe"})

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        if not desired.pop("subscribe", False) and not subscribed(self.client):
            raise InvalidInput(
                [
                    "this account is not subscribed to Shield Advanced, which is a commitment of one year at 3,000 USD "
                    "a month for the organisation. Nothing was changed. Set subscribe: true to commit to it"
                ]
            )
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not subscribed(self.client):
            return {}
        told = self.client.describe_subscription()["Subscription"]
        return {self.kind: {"auto_renew": told["AutoRenew"], "end_time": told["EndTime"].isoformat()}}

    def create(self, key: str, desired: State) -> None:
        self.client.create_subscription()
        if desired.get("auto_renew", "ENABLED") != "ENABLED":
            self.client.update_subscription(AutoRenew=desired["auto_renew"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.client.update_subscription(AutoRenew=desired["auto_renew"])

    def owns(self, state: State) -> bool:
        return False


class Protection(Resource):
    """ListProtections, ListTagsForResource, route53:ListHealthChecks; CreateProtection, AssociateHealthCheck,
    DisassociateHealthCheck, EnableApplicationLayerAutomaticResponse, UpdateApplicationLayerAutomaticResponse,
    DisableApplicationLayerAutomaticResponse, TagResource, UntagResource, DeleteProtection.

    ``health_checks`` are names; all there are, where it is declared. ``automatic_response`` is what Shield does with
    requests of an attack, by a rule that it puts in the web ACL of the resource: BLOCK, COUNT, or DISABLED.
    """

    service = "shield"
    kind = "protection"
    option = "protections"
    key = "resource_arn"
    create_operation = "CreateProtection"
    extra = frozenset({"health_checks", RESPONSE})
    immutable = frozenset({"name"})
    unordered = frozenset({"health_checks"})
    depends_on = ("subscription",)

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        count = len(item.get("health_checks") or [])
        if count > MOST_CHECKS:
            errors.append(f"health_checks: {count} are more than the {MOST_CHECKS} that a protection may have")
        if item.get(RESPONSE, OFF) not in {OFF, *RESPONSES}:
            errors.append(f"{RESPONSE} must be one of {', '.join((*RESPONSES, OFF))}")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        missing = sorted({*desired.get("health_checks", [])} - health_check_ids(self.context).keys())
        if strict and missing:
            raise ReconcileError(f"health checks {', '.join(missing)} do not exist: apply them first")
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = [one for one in protections(self.client) if keys is None or one["ResourceArn"] in keys]
        names = {identifier: name for name, identifier in health_check_ids(self.context).items()} if found else {}
        return dict(self.context.each(lambda one: (one["ResourceArn"], self._state(one, names)), found))

    def create(self, key: str, desired: State) -> None:
        answer = self.client.create_protection(
            **self.parameters(desired, "CreateProtection"), Tags=self.tag_list(desired)
        )
        self._check(answer["ProtectionId"], desired, ())
        self._respond(key, desired.get(RESPONSE, OFF), OFF)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "health_checks" in fields:
            self._check(current["_id"], desired, current["health_checks"])
        if RESPONSE in fields:
            self._respond(key, desired[RESPONSE], current[RESPONSE])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_protection(ProtectionId=current["_id"])

    def _check(self, protection: str, desired: State, current: Iterable[str]) -> None:
        ids = health_check_ids(self.context)
        have, want = {*current}, {*desired.get("health_checks", [])}
        calls = (
            (self.client.associate_health_check, want - have),
            (self.client.disassociate_health_check, have - want),
        )
        for call, names in calls:
            for name in sorted(names):
                # One without a name is known by its id.
                arn = f"arn:{self.context.partition}:route53:::healthcheck/{ids.get(name, name)}"
                call(ProtectionId=protection, HealthCheckArn=arn)

    def _respond(self, resource: str, wanted: str, before: str) -> None:
        if wanted == before:
            return
        if wanted == OFF:
            self.client.disable_application_layer_automatic_response(ResourceArn=resource)
        elif before == OFF:
            self.client.enable_application_layer_automatic_response(ResourceArn=resource, Action=RESPONSES[wanted])
        else:
            self.client.update_application_layer_automatic_response(ResourceArn=resource, Action=RESPONSES[wanted])

    def _state(self, told: dict[str, Any], names: dict[str, str]) -> State:
        tags = self.client.list_tags_for_resource(ResourceARN=told["ProtectionArn"])["Tags"]
        return {
            "name": told["Name"],
            "resource_arn": told["ResourceArn"],
            "health_checks": sorted(names.get(one, one) for one in told.get("HealthCheckIds", [])),
            RESPONSE: response_of(told),
            "tags": from_list(tags),
            "_id": told["Id"],
            "_arn": told["ProtectionArn"],
        }


class ResponseTeam(Resource):
    """DescribeDRTAccess, DescribeEmergencyContactSettings, DescribeSubscription; AssociateDRTRole, DisassociateDRTRole,
    AssociateDRTLogBucket, DisassociateDRTLogBucket, AssociateProactiveEngagementDetails,
    UpdateEmergencyContactSettings, EnableProactiveEngagement, DisableProactiveEngagement.

    ``role_arn`` (a name will do; empty: no access), ``log_buckets`` that it may read, all of them,
    ``emergency_contact_list``, ``proactive_engagement``.
    """

    service = "shield"
    kind = "response_team"
    option = "response_team"
    singleton = True
    taggable = False
    create_operation = "UpdateEmergencyContactSettings"
    extra = frozenset({"role_arn", BUCKETS, ENGAGEMENT})
    unordered = frozenset({BUCKETS})
    depends_on = ("subscription", "protection")
    references: ClassVar[dict[str, str]] = {"role_arn": "iam_role"}

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, CONTACTS: lambda current, desired: current == desired}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        numbers = [one for one in item.get(CONTACTS) or [] if one.get("phone_number")]
        if item.get(ENGAGEMENT) and not numbers:
            errors.append(f"{ENGAGEMENT}: AWS calls by telephone, so a contact must have a phone_number")
        if item.get(BUCKETS) and not item.get("role_arn"):
            errors.append(f"{BUCKETS}: the response team reads them with its role, so role_arn must be declared")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        # No role is no name of one.
        return super().prepare({**item, "role_arn": item["role_arn"] or None} if "role_arn" in item else item, strict)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if not subscribed(self.client):
            return {}
        told = self.client.describe_emergency_contact_settings()
        status = self.client.describe_subscription()["Subscription"].get("ProactiveEngagementStatus", "DISABLED")
        return {
            self.kind: {
                **self._access(),
                CONTACTS: self.snake("DescribeEmergencyContactSettings", (), told).get(CONTACTS, []),
                # PENDING: asked for, and AWS is going to talk to the contacts first.
                ENGAGEMENT: status != "DISABLED",
            }
        }

    def create(self, key: str, desired: State) -> None:
        current = self.read(None)[self.kind]
        self.update(key, desired, current, tuple(name for name in desired if desired[name] != current.get(name)))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        before, wanted = set(current[BUCKETS]), set({**current, **desired}[BUCKETS])
        # A role is there as long as a bucket is read with it.
        for bucket in sorted(before - wanted):
            self.client.disassociate_drt_log_bucket(LogBucket=bucket)
        if "role_arn" in fields and desired["role_arn"]:
            self.client.associate_drt_role(RoleArn=desired["role_arn"])
        elif "role_arn" in fields:
            self.client.disassociate_drt_role()
        for bucket in sorted(wanted - before):
            self.client.associate_drt_log_bucket(LogBucket=bucket)
        shape = shapes.input_shape(self.client, "UpdateEmergencyContactSettings")
        contacts = shapes.to_api(shape, {CONTACTS: desired.get(CONTACTS, current[CONTACTS])})
        if CONTACTS in fields and current[CONTACTS]:
            self.client.update_emergency_contact_settings(**contacts)
        elif CONTACTS in fields:
            self.client.associate_proactive_engagement_details(**contacts)
        if ENGAGEMENT in fields:
            engaged = desired[ENGAGEMENT]
            (self.client.enable_proactive_engagement if engaged else self.client.disable_proactive_engagement)()

    def owns(self, state: State) -> bool:
        return False

    def _access(self) -> State:
        told = answered(self.client.describe_drt_access, MISSING) or {}
        return {"role_arn": told.get("RoleArn"), BUCKETS: sorted(told.get("LogBucketList", []))}


def subscribed(client: Any) -> bool:
    return bool(client.get_subscription_state()["SubscriptionState"] == "ACTIVE")


def protections(client: Any) -> list[dict[str, Any]]:
    """All of them, none in an account without a subscription, which ListProtections refuses."""
    try:
        pages = client.get_paginator("list_protections").paginate()
        return [one for page in pages for one in page["Protections"]]
    except client.exceptions.ClientError as error:
        if error_code(error) == MISSING:
            return []
        raise


def response_of(protection: Mapping[str, Any]) -> str:
    """What Shield does by itself with requests of an attack: BLOCK, COUNT or DISABLED."""
    told = protection.get("ApplicationLayerAutomaticResponseConfiguration") or {"Status": OFF}
    return next(iter(told["Action"])).upper() if told["Status"] == "ENABLED" else OFF


ADAPTERS = (Subscription, Protection, ProtectionGroup, ResponseTeam)
