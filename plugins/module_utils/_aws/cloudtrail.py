# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS CloudTrail: trails, what they record and where it goes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    compare_aws_tags,
)

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.compare import same_key
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

EVENTS = ("event_selectors", "advanced_event_selectors")
INSIGHTS = "insight_selectors"
LOG_GROUP = "cloud_watch_logs_log_group_arn"
# Declared key: the operation and its parameter that take it.
SELECTORS = {
    "event_selectors": ("PutEventSelectors", "EventSelectors"),
    "advanced_event_selectors": ("PutEventSelectors", "AdvancedEventSelectors"),
    INSIGHTS: ("PutInsightSelectors", "InsightSelectors"),
}
# What a trail is called when it is described: what it is called when it is made.
DESCRIBED = {"log_file_validation_enabled": "enable_log_file_validation"}
TAGS_AT_ONCE = 20


class Trail(Resource):
    """DescribeTrails, GetTrailStatus, GetEventSelectors, GetInsightSelectors, ListTags; CreateTrail, UpdateTrail,
    PutEventSelectors, PutInsightSelectors, StartLogging, StopLogging, AddTags, RemoveTags, DeleteTrail.

    A trail logs unless ``is_logging`` is false. Its bucket's policy must let CloudTrail write before it is made.
    """

    service = "cloudtrail"
    kind = "trail"
    option = "trails"
    key = "name"
    create_operation = "CreateTrail"
    extra = frozenset({*SELECTORS, "is_logging"})
    unordered = frozenset({*SELECTORS})
    references: ClassVar[dict[str, str]] = {
        "kms_key_id": "kms_key",
        LOG_GROUP: "log_group",
        "cloud_watch_logs_role_arn": "iam_role",
    }

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "kms_key_id": same_key}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        for field, (operation, parameter) in SELECTORS.items():
            if field in item:
                shape = shapes.input_shape(self.client, operation).members[parameter]
                errors += [
                    f"{field}[{index}]: {error}"
                    for index, one in enumerate(item[field])
                    for error in shapes.errors_in(shape.member, one)
                ]
        if all(field in item for field in EVENTS):
            errors.append("event_selectors and advanced_event_selectors take each other's place: declare one of them")
        return errors

    def normalise(self, desired: State) -> State:
        desired.setdefault("is_logging", True)
        group = desired.get(LOG_GROUP)
        if group and group.startswith("arn:") and not group.endswith(":*"):
            desired[LOG_GROUP] = f"{group}:*"
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        # Not those of other regions: only its home region may change a trail.
        found = self.client.describe_trails(includeShadowTrails=False)["trailList"]
        wanted = [trail for trail in found if keys is None or trail["Name"] in keys]
        arns = [trail["TrailARN"] for trail in wanted]
        tags = {
            one["ResourceId"]: from_list(one["TagsList"])
            for start in range(0, len(arns), TAGS_AT_ONCE)
            for one in self.context.pages(
                "cloudtrail", "list_tags", "ResourceTagList", ResourceIdList=arns[start : start + TAGS_AT_ONCE]
            )
        }
        return dict(self.context.each(lambda trail: self._state(trail, tags.get(trail["TrailARN"], {})), wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.create_trail(**self.parameters(desired, "CreateTrail"), TagsList=_tag_list(desired["tags"]))
        self._put_selectors(key, desired, tuple(desired))
        if desired["is_logging"]:
            self.client.start_logging(Name=key)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        settings = self.parameters(desired, "UpdateTrail", *fields)
        if settings:
            self.client.update_trail(**{**settings, "Name": key})
        self._put_selectors(key, desired, fields)
        if "is_logging" in fields:
            (self.client.start_logging if desired["is_logging"] else self.client.stop_logging)(Name=key)
        if "tags" in fields:
            self._retag(current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_trail(Name=key)

    def _put_selectors(self, name: str, desired: State, fields: Collection[str]) -> None:
        for field, (operation, parameter) in SELECTORS.items():
            if field in fields:
                shape = shapes.input_shape(self.client, operation).members[parameter]
                value = shapes.to_api(shape, desired[field])
                getattr(self.client, shapes.xform_name(operation))(TrailName=name, **{parameter: value})

    def _state(self, trail: dict[str, Any], tags: dict[str, str]) -> tuple[str, State]:
        name, arn = trail["Name"], trail["TrailARN"]
        state = self.snake("DescribeTrails", ("trailList",), trail)
        state |= {made: state.pop(described) for described, made in DESCRIBED.items() if described in state}
        selectors = self.snake("GetEventSelectors", (), self.client.get_event_selectors(TrailName=arn))
        return name, {
            **state,
            **{field: selectors.get(field) or [] for field in EVENTS},
            INSIGHTS: self._insights(arn) if trail.get("HasInsightSelectors") else [],
            "is_logging": self.client.get_trail_status(Name=arn)["IsLogging"],
            "tags": tags,
            "_arn": arn,
        }

    def _insights(self, arn: str) -> list[dict[str, Any]]:
        answer = answered(self.client.get_insight_selectors, "InsightNotEnabledException", TrailName=arn)
        if answer is None:
            return []
        found: list[dict[str, Any]] = self.snake("GetInsightSelectors", (), answer)[INSIGHTS]
        return found

    def _retag(self, current: State, desired: State) -> None:
        to_set, to_remove = compare_aws_tags(current["tags"], desired["tags"], self.context.purge_tags)
        if to_remove:
            self.client.remove_tags(ResourceId=current["_arn"], TagsList=[{"Key": key} for key in to_remove])
        if to_set:
            self.client.add_tags(ResourceId=current["_arn"], TagsList=_tag_list(to_set))


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ansible_dict_to_boto3_tag_list(tags)
    return found


ADAPTERS = (Trail,)
