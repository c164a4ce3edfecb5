from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.xray import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

RULE = {"rule_name": "iworkz-sandbox", "priority": 1000, "fixed_rate": 0.05, "reservoir_size": 5}
GROUP = {"group_name": "iworkz-sandbox-slow", "filter_expression": "responsetime > 0.25"}
DEFAULT = {"rule_name": "Default", "fixed_rate": 0.0, "reservoir_size": 0}
DECLARED = {"encryption": {"type": "NONE"}, "sampling_rules": [RULE, DEFAULT], "groups": [GROUP]}


def test_converges_and_mends(account):
    account.run(ADAPTERS, **DECLARED)
    assert not account.run(ADAPTERS, **DECLARED)["changed"]
    client = account.client("xray")
    client.update_sampling_rule(SamplingRuleUpdate={"RuleName": RULE["rule_name"], "FixedRate": 0.5})
    client.update_group(GroupName=GROUP["group_name"], FilterExpression="error")
    client.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 1.0})
    labels = ("sampling_rule iworkz-sandbox", "sampling_rule Default", "group iworkz-sandbox-slow")
    account.mends(ADAPTERS, *labels, **DECLARED)
    client.delete_sampling_rule(RuleName=RULE["rule_name"])
    account.mends(ADAPTERS, labels[0], **DECLARED)
    arn = client.get_groups()["Groups"][0]["GroupARN"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stray", "Value": "1"}])
    account.mends(ADAPTERS, labels[2], **DECLARED)


def test_encryption_is_by_a_key_that_is_there(account):
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.client("kms").create_alias(AliasName="alias/iworkz-sandbox-logs", TargetKeyId=key)
    wanted = {"encryption": {"type": "KMS", "key_id": "alias/iworkz-sandbox-logs"}}
    assert account.run(ADAPTERS, **wanted)["updated"] == ["encryption encryption"]
    assert not account.run(ADAPTERS, **wanted)["changed"]
    assert account.client("xray").get_encryption_config()["EncryptionConfig"]["KeyId"] == key


def test_purge_deletes_only_what_carries_the_tags(account):
    account.run(ADAPTERS, sampling_rules=[RULE], groups=[GROUP])
    account.client("xray").create_group(GroupName="someone-elses", FilterExpression="fault")
    purged = account.run(ADAPTERS, sampling_rules=[], groups=[], purge=True)
    assert sorted(purged["deleted"]) == ["group iworkz-sandbox-slow", "sampling_rule iworkz-sandbox"]


def test_a_trace_is_kept_and_answered(account):
    client = account.client("xray")
    trace = "1-68f00000-0123456789abcdef01234567"
    document = (
        f'{{"trace_id": "{trace}", "id": "0123456789abcdef", "name": "probe", "start_time": 1.0, "end_time": 2.0}}'
    )
    assert client.put_trace_segments(TraceSegmentDocuments=[document])["UnprocessedTraceSegments"] == []
    (found,) = client.batch_get_traces(TraceIds=[trace])["Traces"]
    assert found["Id"] == trace


def test_refuses_before_the_first_call(account):
    with pytest.raises(InvalidInput, match="did you mean fixed_rate"):
        account.run(ADAPTERS, sampling_rules=[{**RULE, "fixed_rat": 0.1}])
    assert account.mutations() == []
