from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eventbridge import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-security"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:iworkz-sandbox-security"
RULE = {
    "name": NAME,
    "description": "Findings",
    "event_pattern": {"source": ["aws.securityhub"], "detail-type": ["Security Hub Findings - Imported"]},
    "targets": [
        {
            "id": "responders",
            "arn": TOPIC,
            "input_transformer": {
                "input_paths_map": {"region": "$.region"},
                "input_template": '{"region": "<region>"}',
            },
        },
        {
            "id": "home",
            "arn": "arn:aws:events:us-east-1:123456789012:event-bus/default",
            "role_arn": "iworkz-sandbox-forward",
        },
    ],
}
LABEL = f"rule {NAME}"


@pytest.fixture
def made(account):
    account.converges(ADAPTERS, rules=[RULE])
    return account


def test_mends_pattern_state_targets_and_tags(made):
    client = made.client("events")
    client.put_rule(Name=NAME, EventPattern=json.dumps({"source": ["aws.ec2"]}), State="DISABLED")
    client.remove_targets(Rule=NAME, Ids=["responders"])
    client.put_targets(Rule=NAME, Targets=[{"Id": "stranger", "Arn": TOPIC}])
    arn = client.describe_rule(Name=NAME)["Arn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, LABEL, rules=[RULE])
    found = client.describe_rule(Name=NAME)
    assert found["State"] == "ENABLED"
    assert json.loads(found["EventPattern"]) == RULE["event_pattern"]
    assert {one["Id"] for one in client.list_targets_by_rule(Rule=NAME)["Targets"]} == {"home", "responders"}


def test_a_change_of_the_state_keeps_pattern_and_description(made):
    assert made.run(ADAPTERS, rules=[{"name": NAME, "state": "DISABLED"}])["updated"] == [LABEL]
    found = made.client("events").describe_rule(Name=NAME)
    assert (found["State"], found["Description"]) == ("DISABLED", "Findings")
    assert json.loads(found["EventPattern"]) == RULE["event_pattern"]


def test_purge_deletes_only_what_carries_the_tags(made):
    client = made.client("events")
    client.put_rule(Name="someone-elses", EventPattern='{"source": ["aws.ec2"]}')
    assert made.run(ADAPTERS, rules=[], purge=True)["deleted"] == [LABEL]
    assert [rule["Name"] for rule in client.list_rules()["Rules"]] == ["someone-elses"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({**RULE, "event_patern": {}}, "did you mean event_pattern?"),
        ({**RULE, "event_pattern": "{}"}, "event_pattern must be a dictionary"),
        ({**RULE, "targets": [{"id": "x"}]}, "Arn"),
        ({**RULE, "targets": [{"id": "x", "arn": TOPIC, "roll_arn": "x"}]}, "did you mean role_arn?"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, rules=[item])
    assert error in str(caught.value)
    assert account.mutations() == []
