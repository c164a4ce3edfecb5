# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tags: one table of how each service sets them, one function that applies a difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    compare_aws_tags,
)


@dataclass(frozen=True)
class TagApi:
    """How a service tags: operations, the parameter that identifies the resource, and the form of the tags."""

    tag: str
    untag: str
    identifier: str
    tags: str = "Tags"
    keys: str = "TagKeys"
    names: tuple[str, str] | None = ("Key", "Value")
    """Names of key and value in a list of tags; None where the service takes a plain map."""
    keys_as_tags: bool = False
    """Whether what is removed is named by tags without a value, not by a list of keys."""
    several: bool = False
    """Whether resources are tagged together, and so named by a list."""

    def form(self, tags: Mapping[str, str]) -> Any:
        return dict(tags) if self.names is None else ansible_dict_to_boto3_tag_list(dict(tags), *self.names)


TAG_APIS = {
    "acm": TagApi(
        "add_tags_to_certificate", "remove_tags_from_certificate", "CertificateArn", keys="Tags", keys_as_tags=True
    ),
    "accessanalyzer": TagApi("tag_resource", "untag_resource", "resourceArn", "tags", "tagKeys", names=None),
    "application-autoscaling": TagApi("tag_resource", "untag_resource", "ResourceARN", names=None),
    "backup": TagApi("tag_resource", "untag_resource", "ResourceArn", keys="TagKeyList", names=None),
    "budgets": TagApi("tag_resource", "untag_resource", "ResourceARN", "ResourceTags", "ResourceTagKeys"),
    "ce": TagApi("tag_resource", "untag_resource", "ResourceArn", "ResourceTags", "ResourceTagKeys"),
    "cloudwatch": TagApi("tag_resource", "untag_resource", "ResourceARN"),
    "config": TagApi("tag_resource", "untag_resource", "ResourceArn"),
    "ecr": TagApi("tag_resource", "untag_resource", "resourceArn", "tags", "tagKeys"),
    "eks": TagApi("tag_resource", "untag_resource", "resourceArn", "tags", "tagKeys", None),
    "elasticache": TagApi("add_tags_to_resource", "remove_tags_from_resource", "ResourceName"),
    "elbv2": TagApi("add_tags", "remove_tags", "ResourceArns", several=True),
    "events": TagApi("tag_resource", "untag_resource", "ResourceARN"),
    "firehose": TagApi("tag_delivery_stream", "untag_delivery_stream", "DeliveryStreamName"),
    "guardduty": TagApi("tag_resource", "untag_resource", "ResourceArn", names=None),
    "kms": TagApi("tag_resource", "untag_resource", "KeyId", names=("TagKey", "TagValue")),
    "logs": TagApi("tag_resource", "untag_resource", "resourceArn", "tags", "tagKeys", None),
    "macie2": TagApi("tag_resource", "untag_resource", "resourceArn", "tags", "tagKeys", names=None),
    "mq": TagApi("create_tags", "delete_tags", "ResourceArn", names=None),
    "opensearch": TagApi("add_tags", "remove_tags", "ARN", "TagList"),
    "rds": TagApi("add_tags_to_resource", "remove_tags_from_resource", "ResourceName"),
    "securityhub": TagApi("tag_resource", "untag_resource", "ResourceArn", names=None),
    "shield": TagApi("tag_resource", "untag_resource", "ResourceARN"),
    "sns": TagApi("tag_resource", "untag_resource", "ResourceArn"),
    "sqs": TagApi("tag_queue", "untag_queue", "QueueUrl", names=None),
    "wafv2": TagApi("tag_resource", "untag_resource", "ResourceARN"),
    "xray": TagApi("tag_resource", "untag_resource", "ResourceARN"),
}


def retag(
    client: Any, api: TagApi, identifier: str, current: Mapping[str, str], desired: Mapping[str, str], purge: bool
) -> None:
    """Set what differs and, with ``purge``, remove what is not desired. AWS's own tags stay."""
    to_set, to_remove = compare_aws_tags(dict(current), dict(desired), purge)
    named = {api.identifier: [identifier] if api.several else identifier}
    if to_remove:
        removed = [{"Key": key} for key in to_remove] if api.keys_as_tags else to_remove
        getattr(client, api.untag)(**named, **{api.keys: removed})
    if to_set:
        getattr(client, api.tag)(**named, **{api.tags: api.form(to_set)})


def from_list(tags: Iterable[Mapping[str, str]] | None, names: tuple[str, str] = ("Key", "Value")) -> dict[str, str]:
    """A list of tags as a dict, without those of AWS itself."""
    return {tag[names[0]]: tag[names[1]] for tag in tags or () if not tag[names[0]].startswith("aws:")}


def from_map(tags: Mapping[str, str] | None) -> dict[str, str]:
    """A map of tags without those of AWS itself."""
    return {key: value for key, value in (tags or {}).items() if not key.startswith("aws:")}
