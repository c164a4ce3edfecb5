from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.sqs import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

NAME = "iworkz-sandbox-canary"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Topic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": f"arn:aws:sqs:ap-northeast-1:123456789012:{NAME}",
        }
    ],
}
QUEUE = {
    "queue_name": NAME,
    "kms_master_key_id": "alias/iworkz-sandbox-data",
    "policy": POLICY,
    "attributes": {"MessageRetentionPeriod": "300"},
}


@pytest.fixture
def made(account, data_key):
    account.converges(ADAPTERS, queues=[QUEUE])
    return account


def attributes(account) -> dict[str, str]:
    client = account.client("sqs")
    url = client.get_queue_url(QueueName=NAME)["QueueUrl"]
    return dict(client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"])


def test_converges_on_an_encrypted_queue(made, data_key):
    found = attributes(made)
    assert found["KmsMasterKeyId"] == data_key
    assert found["MessageRetentionPeriod"] == "300"
    assert json.loads(found["Policy"]) == POLICY


def test_mends_what_somebody_changed(made, data_key):
    client = made.client("sqs")
    url = client.get_queue_url(QueueName=NAME)["QueueUrl"]
    client.set_queue_attributes(
        QueueUrl=url, Attributes={"KmsMasterKeyId": "", "Policy": "", "MessageRetentionPeriod": "60"}
    )
    client.untag_queue(QueueUrl=url, TagKeys=["Component"])
    client.tag_queue(QueueUrl=url, Tags={"Mine": "yes"})
    made.mends(ADAPTERS, f"queue {NAME}", queues=[QUEUE])
    assert attributes(made)["KmsMasterKeyId"] == data_key
    assert client.list_queue_tags(QueueUrl=url)["Tags"]["Component"] == "test"
    assert "Mine" not in client.list_queue_tags(QueueUrl=url)["Tags"]


def test_encrypts_a_queue_that_was_not(account, data_key):
    plain = {key: value for key, value in QUEUE.items() if key != "kms_master_key_id"}
    account.converges(ADAPTERS, queues=[plain])
    assert account.run(ADAPTERS, queues=[QUEUE])["updated"] == [f"queue {NAME}"]
    assert attributes(account)["KmsMasterKeyId"] == data_key


def test_purges_what_is_not_declared_any_more(made):
    made.client("sqs").create_queue(QueueName="theirs")
    assert made.run(ADAPTERS, queues=[], purge=True)["deleted"] == [f"queue {NAME}"]
    assert [url.rpartition("/")[2] for url in made.client("sqs").list_queues()["QueueUrls"]] == ["theirs"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"retention": 300}, "retention"),
        ({"policy": "{}"}, "policy must be a policy document"),
        ({"attributes": {"Policy": "{}"}}, "attributes.Policy: declare it as policy"),
        ({"attributes": {"KmsMasterKeyId": "k"}}, "attributes.KmsMasterKeyId: declare it as kms_master_key_id"),
        ({"attributes": {"MessageRetentionPeriod": 300}}, "MessageRetentionPeriod"),
    ],
)
def test_refuses_what_sqs_would(account, change, error):
    with pytest.raises(InvalidInput, match=error):
        account.run(ADAPTERS, queues=[{**QUEUE, **change}])
    assert account.mutations() == []
