from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.config import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.security import ALIAS, BUCKET, make_store

RECORDER = {
    "role_arn": "iworkz-sandbox-config",
    "recording_group": {"all_supported": True, "include_global_resource_types": True},
    "recording_mode": {"recording_frequency": "CONTINUOUS"},
    "delivery_channel": {
        "s3_bucket_name": BUCKET,
        "s3_key_prefix": "config",
        "s3_kms_key_arn": ALIAS,
        "config_snapshot_delivery_properties": {"delivery_frequency": "TwentyFour_Hours"},
    },
}
RULES = [
    {
        "config_rule_name": "iworkz-sandbox-root-mfa",
        "source": {"owner": "AWS", "source_identifier": "ROOT_ACCOUNT_MFA_ENABLED"},
        "maximum_execution_frequency": "TwentyFour_Hours",
    },
    {
        "config_rule_name": "iworkz-sandbox-key-age",
        "source": {"owner": "AWS", "source_identifier": "ACCESS_KEYS_ROTATED"},
        "input_parameters": {"maxAccessKeyAge": "90"},
    },
]
NAME = "iworkz-sandbox-personal-data"


def pack(identifier="S3_BUCKET_SSL_REQUESTS_ONLY"):
    properties = {
        "ConfigRuleName": "bucket-tls",
        "Source": {"Owner": "AWS", "SourceIdentifier": identifier},
    }
    template = {"Resources": {"BucketTls": {"Type": "AWS::Config::ConfigRule", "Properties": properties}}}
    return {"conformance_pack_name": NAME, "template_body": template}


ALL = {"recorder": RECORDER, "rules": RULES, "conformance_packs": [pack()]}


@pytest.fixture
def made(account):
    make_store(account, "config.amazonaws.com")
    account.converges(ADAPTERS, **ALL)
    return account


def test_records_and_delivers(made):
    client = made.client("config")
    (status,) = client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    (channel,) = client.describe_delivery_channels()["DeliveryChannels"]
    assert status["recording"]
    assert channel["s3KmsKeyArn"].startswith("arn:aws:kms:")


def test_mends_a_recorder_that_was_stopped_or_looks_at_less(made):
    client = made.client("config")
    client.stop_configuration_recorder(ConfigurationRecorderName="default")
    made.mends(ADAPTERS, "recorder recorder", **ALL)
    (recorder,) = client.describe_configuration_recorders()["ConfigurationRecorders"]
    group = {"allSupported": False, "resourceTypes": ["AWS::EC2::Instance"]}
    client.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": recorder["roleARN"], "recordingGroup": group}
    )
    client.tag_resource(ResourceArn=recorder["arn"], Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, "recorder recorder", **ALL)


def test_mends_rules(made):
    client = made.client("config")
    source = {"Owner": "AWS", "SourceIdentifier": "ACCESS_KEYS_ROTATED"}
    client.put_config_rule(
        ConfigRule={
            "ConfigRuleName": "iworkz-sandbox-key-age",
            "Source": source,
            "InputParameters": '{"maxAccessKeyAge":"365"}',
        }
    )
    client.delete_config_rule(ConfigRuleName="iworkz-sandbox-root-mfa")
    made.mends(ADAPTERS, *(f"config_rule {one['config_rule_name']}" for one in RULES), **ALL)


def test_tells_another_template_with_the_same_rules(made):
    other = {**ALL, "conformance_packs": [pack("S3_BUCKET_VERSIONING_ENABLED")]}
    made.mends(ADAPTERS, f"conformance_pack {NAME}", **other)


def test_makes_a_deleted_pack_again(made):
    made.client("config").delete_conformance_pack(ConformancePackName=NAME)
    made.mends(ADAPTERS, f"conformance_pack {NAME}", **ALL)


def test_purge_leaves_what_others_made(made):
    source = {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}
    made.client("config").put_config_rule(ConfigRule={"ConfigRuleName": "theirs", "Source": source})
    deleted = made.run(ADAPTERS, rules=[], conformance_packs=[], purge=True)["deleted"]
    assert sorted(deleted) == [f"config_rule {one}" for one in sorted(rule["config_rule_name"] for rule in RULES)] + [
        f"conformance_pack {NAME}"
    ]


def test_says_that_config_may_not_write_to_the_bucket(account):
    make_store(account, "macie.amazonaws.com")
    assert (
        "Insufficient delivery policy"
        in account.run(ADAPTERS, recorder=RECORDER)["failed_resources"]["recorder recorder"]
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"recorder": {"role": "x"}}, "did you mean role_arn?"),
        ({"recorder": {"role_arn": "x", "delivery_channel": {"s3_bucket": "x"}}}, "did you mean s3_bucket_name?"),
        ({"rules": [{"config_rule_name": "x"}]}, "Source"),
        ({"rules": [{**RULES[1], "input_parameters": "90"}]}, "input_parameters must be a dictionary"),
        (
            {"conformance_packs": [{"conformance_pack_name": NAME, "template_body": {"Resources": {"Rule": {}}}}]},
            "Resources.Rule: needs Properties.ConfigRuleName",
        ),
    ],
)
def test_refuses_before_the_first_call(account, options, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, **options)
    assert error in str(caught.value)
    assert account.mutations() == []
