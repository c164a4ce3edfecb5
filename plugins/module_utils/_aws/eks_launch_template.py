# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""EC2 launch templates: what node groups make their nodes with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    compare_aws_tags,
)

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DATA_REFERENCES = {
    "launch_template_data.security_group_ids": "security_group",
    "launch_template_data.block_device_mappings.ebs.kms_key_id": "kms_key",
}


class LaunchTemplate(Resource):
    """DescribeLaunchTemplates, DescribeLaunchTemplateVersions; CreateLaunchTemplate, CreateLaunchTemplateVersion,
    ModifyLaunchTemplate, CreateTags, DeleteTags, DeleteLaunchTemplate.

    The data of the default version is compared. A difference makes a new version and makes it the default one.
    """

    service = "ec2"
    kind = "launch_template"
    option = "launch_templates"
    key = "launch_template_name"
    create_operation = "CreateLaunchTemplate"
    references: ClassVar = DATA_REFERENCES

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        listed = self.context.pages("ec2", "describe_launch_templates", "LaunchTemplates")
        found = [one for one in listed if keys is None or one["LaunchTemplateName"] in keys]
        return {
            one["LaunchTemplateName"]: state
            for one, state in zip(found, self.context.each(self._state, found), strict=True)
        }

    def create(self, key: str, desired: State) -> None:
        self.client.create_launch_template(
            **self.parameters(desired, "CreateLaunchTemplate"),
            TagSpecifications=[
                {"ResourceType": "launch-template", "Tags": ansible_dict_to_boto3_tag_list(desired["tags"])}
            ],
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "launch_template_data" in fields:
            data = self.parameters(desired, "CreateLaunchTemplateVersion", "launch_template_data")
            made = self.client.create_launch_template_version(LaunchTemplateId=current["_id"], **data)
            number = str(made["LaunchTemplateVersion"]["VersionNumber"])
            self.client.modify_launch_template(LaunchTemplateId=current["_id"], DefaultVersion=number)
        if "tags" in fields:
            self.retag(current["_id"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_launch_template(LaunchTemplateId=current["_id"])

    def retag(self, identifier: str, current: State, desired: State) -> None:
        to_set, to_remove = compare_aws_tags(current["tags"], desired["tags"], self.context.purge_tags)
        if to_remove:
            self.client.delete_tags(Resources=[identifier], Tags=[{"Key": key} for key in to_remove])
        if to_set:
            self.client.create_tags(Resources=[identifier], Tags=ansible_dict_to_boto3_tag_list(to_set))

    def _state(self, template: dict[str, Any]) -> State:
        identifier, version = template["LaunchTemplateId"], template["DefaultVersionNumber"]
        return {
            "launch_template_name": template["LaunchTemplateName"],
            "launch_template_data": data_of(self.context, identifier, str(version)),
            "default_version_number": version,
            "tags": from_list(template.get("Tags")),
            "_id": identifier,
        }


def data_of(context: Context, template: str, version: str) -> State:
    """What a version of a template holds (DescribeLaunchTemplateVersions)."""
    client = context.client("ec2")
    answer = client.describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
    shape = client.meta.service_model.operation_model("DescribeLaunchTemplateVersions").output_shape
    data = shape.members["LaunchTemplateVersions"].member.members["LaunchTemplateData"]
    state: State = shapes.to_snake(data, answer["LaunchTemplateVersions"][0]["LaunchTemplateData"])
    return state
