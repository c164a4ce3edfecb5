from __future__ import annotations

import botocore.session
import pytest
from botocore import xform_name

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS, from_list, retag

SERVICES = sorted(TAG_APIS)
IDENTIFIER = "arn:aws:any:ap-northeast-1:123456789012:thing"


@pytest.mark.parametrize("service", SERVICES)
def test_the_table_names_what_botocore_knows(service):
    model = botocore.session.Session().get_service_model(service)
    api = TAG_APIS[service]
    operations = {xform_name(name): name for name in model.operation_names}
    set_, remove = (model.operation_model(operations[name]).input_shape.members for name in (api.tag, api.untag))
    assert {api.identifier, api.tags} <= set_.keys()
    assert {api.identifier, api.keys} <= remove.keys()
    if api.names is None:
        assert set_[api.tags].type_name == "map"
    else:
        assert set(api.names) <= set_[api.tags].member.members.keys()


@pytest.mark.parametrize(
    ("service", "current", "desired", "purge", "calls"),
    [
        ("sns", {"a": "1"}, {"a": "1"}, True, []),
        ("sns", {"a": "1", "aws:x": "y"}, {"a": "1"}, True, []),
        (
            "sns",
            {"a": "1", "b": "2"},
            {"a": "2"},
            True,
            [
                ("sns:UntagResource", {"ResourceArn": IDENTIFIER, "TagKeys": ["b"]}),
                ("sns:TagResource", {"ResourceArn": IDENTIFIER, "Tags": [{"Key": "a", "Value": "2"}]}),
            ],
        ),
        (
            "sns",
            {"b": "2"},
            {"a": "1"},
            False,
            [("sns:TagResource", {"ResourceArn": IDENTIFIER, "Tags": [{"Key": "a", "Value": "1"}]})],
        ),
        (
            "kms",
            {},
            {"a": "1"},
            True,
            [("kms:TagResource", {"KeyId": IDENTIFIER, "Tags": [{"TagKey": "a", "TagValue": "1"}]})],
        ),
        (
            "mq",
            {"b": "2"},
            {"a": "1"},
            True,
            [
                ("mq:DeleteTags", {"ResourceArn": IDENTIFIER, "TagKeys": ["b"]}),
                ("mq:CreateTags", {"ResourceArn": IDENTIFIER, "Tags": {"a": "1"}}),
            ],
        ),
        (
            "opensearch",
            {},
            {"a": "1"},
            True,
            [("opensearch:AddTags", {"ARN": IDENTIFIER, "TagList": [{"Key": "a", "Value": "1"}]})],
        ),
    ],
)  # fmt: skip
def test_retag_makes_exactly_the_calls_that_are_needed(scripted, service, current, desired, purge, calls):
    context = scripted()
    retag(context.client(service), TAG_APIS[service], IDENTIFIER, current, desired, purge)
    assert context.clients.made == calls


def test_from_list_leaves_out_what_is_of_aws():
    tags = [{"Key": "a", "Value": "1"}, {"Key": "aws:cloudformation:stack", "Value": "x"}]
    assert from_list(tags) == {"a": "1"}
    assert from_list(None) == {}
    assert from_list([{"TagKey": "a", "TagValue": "1"}], ("TagKey", "TagValue")) == {"a": "1"}
