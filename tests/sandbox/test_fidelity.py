"""Where moto's answer would differ from AWS's: S3, SNS, ECR, Logs, CloudWatch, Secrets Manager, Service Quotas."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

LOCATION = {"LocationConstraint": "ap-northeast-1"}
ALARM = {
    "MetricName": "m",
    "Namespace": "n",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Statistic": "Average",
    "ComparisonOperator": "GreaterThanThreshold",
    "Threshold": 1.0,
}


def error_of(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response["Error"]["Code"]


def test_s3_a_new_bucket_is_private_and_encrypted(sandbox):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="fidelity-defaults", CreateBucketConfiguration=LOCATION)
    block = s3.get_public_access_block(Bucket="fidelity-defaults")["PublicAccessBlockConfiguration"]
    assert list(block.values()) == [True] * 4
    ownership = s3.get_bucket_ownership_controls(Bucket="fidelity-defaults")["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}

    def algorithm():
        rules = s3.get_bucket_encryption(Bucket="fidelity-defaults")["ServerSideEncryptionConfiguration"]["Rules"]
        return rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]

    assert algorithm() == "AES256"
    s3.put_bucket_encryption(
        Bucket="fidelity-defaults",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/x"}}]
        },
    )
    assert algorithm() == "aws:kms"
    s3.delete_bucket_encryption(Bucket="fidelity-defaults")
    assert algorithm() == "AES256"
    s3.delete_public_access_block(Bucket="fidelity-defaults")
    assert error_of(s3.get_public_access_block, Bucket="fidelity-defaults") == "NoSuchPublicAccessBlockConfiguration"


def test_s3_creating_a_bucket_again_changes_nothing(sandbox):
    s3 = sandbox.client("s3")
    s3.create_bucket(
        Bucket="fidelity-again", CreateBucketConfiguration=LOCATION, ObjectOwnership="BucketOwnerPreferred"
    )
    again = {"Bucket": "fidelity-again", "CreateBucketConfiguration": LOCATION}
    assert error_of(s3.create_bucket, **again) == "BucketAlreadyOwnedByYou"
    rules = s3.get_bucket_ownership_controls(Bucket="fidelity-again")["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerPreferred"}]


@pytest.mark.parametrize("unit", ["Days", "Years"])
def test_s3_object_lock_names_one_unit(sandbox, unit):
    s3 = sandbox.client("s3")
    bucket = f"fidelity-lock-{unit.lower()}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=LOCATION, ObjectLockEnabledForBucket=True)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled"
    }
    wanted = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", unit: 3}}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == wanted


def test_sns_creating_a_topic_again(sandbox):
    sns = sandbox.client("sns")
    tags = [{"Key": "a", "Value": "b"}]
    arn = sns.create_topic(Name="fidelity", Attributes={"KmsMasterKeyId": "alias/x"}, Tags=tags)["TopicArn"]
    assert sns.create_topic(Name="fidelity")["TopicArn"] == arn
    assert sns.create_topic(Name="fidelity", Attributes={"KmsMasterKeyId": "alias/x"}, Tags=tags)["TopicArn"] == arn
    assert error_of(sns.create_topic, Name="fidelity", Attributes={"KmsMasterKeyId": "alias/y"}) == "InvalidParameter"
    assert error_of(sns.create_topic, Name="fidelity", Tags=[{"Key": "a", "Value": "c"}]) == "InvalidParameter"
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["KmsMasterKeyId"] == "alias/x"
    assert "DeliveryPolicy" not in attributes


def test_ecr_account_settings(sandbox):
    ecr = sandbox.client("ecr", region="eu-central-1")
    name = "BASIC_SCAN_TYPE_VERSION"
    assert ecr.get_account_setting(name=name)["value"] == "AWS_NATIVE"
    ecr.put_account_setting(name=name, value="CLAIR")
    assert ecr.get_account_setting(name=name)["value"] == "CLAIR"
    assert error_of(ecr.put_account_setting, name=name, value="x") == "InvalidParameterException"
    assert error_of(ecr.get_account_setting, name="x") == "InvalidParameterException"


def test_ecr_pull_through_cache_rules(sandbox):
    ecr = sandbox.client("ecr")
    rule = {"ecrRepositoryPrefix": "docker-hub", "upstreamRegistryUrl": "registry-1.docker.io"}
    ecr.create_pull_through_cache_rule(**rule)
    assert error_of(ecr.create_pull_through_cache_rule, **rule) == "PullThroughCacheRuleAlreadyExistsException"
    credential = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:ecr-pullthroughcache/hub"
    ecr.update_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub", credentialArn=credential)
    found = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"][0]
    assert (found["upstreamRegistryUrl"], found["credentialArn"]) == ("registry-1.docker.io", credential)
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix="docker-hub")
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    missing = {"ecrRepositoryPrefixes": ["docker-hub"]}
    assert error_of(ecr.describe_pull_through_cache_rules, **missing) == "PullThroughCacheRuleNotFoundException"


def test_ecr_token_is_fresh(sandbox):
    token = sandbox.client("ecr").get_authorization_token()["authorizationData"][0]
    assert token["expiresAt"] > datetime.now(UTC)


def test_logs_keys_and_retention(sandbox):
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName="/fidelity/keys", logGroupClass="INFREQUENT_ACCESS")
    arn = "arn:aws:kms:ap-northeast-1:123456789012:key/k"

    def group():
        return logs.describe_log_groups(logGroupNamePrefix="/fidelity/keys")["logGroups"][0]

    assert group()["logGroupClass"] == "INFREQUENT_ACCESS"
    assert "kmsKeyId" not in group()
    assert "retentionInDays" not in group()
    logs.associate_kms_key(logGroupName="/fidelity/keys", kmsKeyId=arn)
    assert group()["kmsKeyId"] == arn
    logs.disassociate_kms_key(resourceIdentifier=group()["logGroupArn"])
    assert "kmsKeyId" not in group()
    assert error_of(logs.associate_kms_key, logGroupName="/none", kmsKeyId=arn) == "ResourceNotFoundException"
    wrong = {"logGroupName": "/fidelity/keys", "retentionInDays": 401}
    assert error_of(logs.put_retention_policy, **wrong) == "InvalidParameterException"
    logs.put_retention_policy(logGroupName="/fidelity/keys", retentionInDays=400)
    assert group()["retentionInDays"] == 400


def test_logs_deletion_protection(sandbox):
    logs = sandbox.client("logs")
    logs.create_log_group(logGroupName="/fidelity/protected")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/fidelity/protected", deletionProtectionEnabled=True)
    assert error_of(logs.delete_log_group, logGroupName="/fidelity/protected") == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier="/fidelity/protected", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/fidelity/protected")
    assert logs.describe_log_groups(logGroupNamePrefix="/fidelity/protected")["logGroups"] == []


def test_logs_policies_and_queries(sandbox):
    logs = sandbox.client("logs")
    policy = {"policyName": "masking", "policyType": "DATA_PROTECTION_POLICY"}
    logs.put_account_policy(**policy, policyDocument="{}")
    found = logs.describe_account_policies(policyType="DATA_PROTECTION_POLICY")["accountPolicies"]
    assert [(entry["policyName"], entry["policyDocument"], entry["scope"]) for entry in found] == [
        ("masking", "{}", "ALL")
    ]
    logs.delete_account_policy(**policy)
    assert error_of(logs.delete_account_policy, **policy) == "ResourceNotFoundException"

    logs.create_log_group(logGroupName="/fidelity/masked")
    logs.put_data_protection_policy(logGroupIdentifier="/fidelity/masked", policyDocument='{"a": 1}')
    read = logs.get_data_protection_policy(logGroupIdentifier="/fidelity/masked")
    assert read["policyDocument"] == '{"a": 1}'
    logs.delete_data_protection_policy(logGroupIdentifier="/fidelity/masked")
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier="/fidelity/masked")

    identifier = logs.put_query_definition(name="slow", queryString="fields @message")["queryDefinitionId"]
    logs.put_query_definition(name="slower", queryString="fields @x", queryDefinitionId=identifier)
    queries = logs.describe_query_definitions(queryDefinitionNamePrefix="slow")["queryDefinitions"]
    assert [(query["name"], query["queryString"]) for query in queries] == [("slower", "fields @x")]
    assert logs.delete_query_definition(queryDefinitionId=identifier)["success"] is True
    assert error_of(logs.delete_query_definition, queryDefinitionId=identifier) == "ResourceNotFoundException"


def test_cloudwatch_alarms_come_by_page_and_type(sandbox):
    cloudwatch = sandbox.client("cloudwatch", region="eu-west-1")
    names = [f"page-{number:03}" for number in range(7)]
    for name in names:
        cloudwatch.put_metric_alarm(AlarmName=name, **ALARM)
    cloudwatch.put_composite_alarm(AlarmName="page-any", AlarmRule="ALARM(page-001) OR ALARM(page-002)")
    pages = list(
        cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix="page-", PaginationConfig={"PageSize": 3})
    )
    assert [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in pages] == [
        names[:3], names[3:6], names[6:],
    ]  # fmt: skip
    assert all("Metrics" not in alarm for page in pages for alarm in page["MetricAlarms"])
    composites = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"], AlarmNamePrefix="page-")
    assert composites["MetricAlarms"] == []
    assert composites["CompositeAlarms"][0]["AlarmRule"] == "ALARM(page-001) OR ALARM(page-002)"
    cloudwatch.delete_alarms(AlarmNames=["page-any", "page-000"])
    both = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm", "MetricAlarm"], AlarmNamePrefix="page-")
    assert both["CompositeAlarms"] == []
    assert [alarm["AlarmName"] for alarm in both["MetricAlarms"]] == names[1:]
    assert error_of(cloudwatch.delete_alarms, AlarmNames=["page-000"]) == "ResourceNotFound"


def test_cloudwatch_alarms_on_expressions_have_no_dimensions(sandbox):
    cloudwatch = sandbox.client("cloudwatch", region="eu-west-2")
    stat = {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    cloudwatch.put_metric_alarm(
        AlarmName="math", EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold", Threshold=1.0,
        Metrics=[{"Id": "e", "Expression": "m * 2"}, {"Id": "m", "MetricStat": stat, "ReturnData": False}],
    )  # fmt: skip
    alarm = cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"][0]
    assert [metric["Id"] for metric in alarm["Metrics"]] == ["e", "m"]
    assert "Dimensions" not in alarm


def test_cloudwatch_takes_tags_only_on_creation(sandbox):
    cloudwatch = sandbox.client("cloudwatch", region="eu-west-3")
    cloudwatch.put_metric_alarm(AlarmName="tagged", Tags=[{"Key": "a", "Value": "1"}], **ALARM)
    cloudwatch.put_metric_alarm(AlarmName="tagged", Tags=[{"Key": "a", "Value": "2"}], **ALARM | {"Threshold": 5.0})
    alarm = cloudwatch.describe_alarms(AlarmNames=["tagged"])["MetricAlarms"][0]
    assert alarm["Threshold"] == 5.0
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "1"}]


def test_secrets_manager_validates_resource_policies(sandbox):
    secrets = sandbox.client("secretsmanager")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    open_policy = secrets.validate_resource_policy(ResourcePolicy=json.dumps({"Statement": [statement]}))
    assert open_policy["PolicyValidationPassed"] is False
    assert open_policy["ValidationErrors"][0]["CheckName"] == "POLICY_PUBLIC_CHECK"
    statement["Principal"] = {"AWS": "arn:aws:iam::123456789012:root"}
    closed = secrets.validate_resource_policy(ResourcePolicy=json.dumps({"Statement": [statement]}))
    assert closed["PolicyValidationPassed"] is True
    assert error_of(secrets.validate_resource_policy, ResourcePolicy="{") == "MalformedPolicyDocumentException"


def test_service_quotas_are_the_regions(sandbox):
    quotas = sandbox.client("service-quotas")
    applied = quotas.list_service_quotas(ServiceCode="vpc")["Quotas"]
    assert applied == quotas.list_aws_default_service_quotas(ServiceCode="vpc")["Quotas"]
    assert {quota["QuotaArn"].rpartition("/")[0] for quota in applied} == {
        "arn:aws:servicequotas:ap-northeast-1:123456789012:vpc"
    }
    one = quotas.get_service_quota(ServiceCode="vpc", QuotaCode=applied[0]["QuotaCode"])["Quota"]
    assert one == applied[0]


def test_sts_a_user_is_iams(sandbox):
    identity = sandbox.client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"].startswith("arn:aws:iam::123456789012:user/")


def test_kms_rotation_period(sandbox):
    kms = sandbox.client("kms")
    key = kms.create_key()["KeyMetadata"]
    assert key["MultiRegion"] is False
    key_id = key["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key_id)["RotationPeriodInDays"] == 180
    kms.disable_key_rotation(KeyId=key_id)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key_id)
    assert error_of(kms.enable_key_rotation, KeyId=key_id, RotationPeriodInDays=2561) == "ValidationException"
    assert error_of(kms.get_key_rotation_status, KeyId="0" * 8) == "NotFoundException"


def test_iam_policies_of_aws_can_be_attached(sandbox):
    iam = sandbox.client("iam")
    iam.create_role(RoleName="fidelity", AssumeRolePolicyDocument="{}")
    arn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
    iam.attach_role_policy(RoleName="fidelity", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="fidelity")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    unknown = {"RoleName": "fidelity", "PolicyArn": "arn:aws:iam::aws:policy/Invented"}
    assert error_of(iam.attach_role_policy, **unknown) == "NoSuchEntity"


def test_setting_an_attribute_of_a_queue_leaves_its_policy(sandbox):
    client = sandbox.client("sqs")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]}
    url = client.create_queue(QueueName="kept", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    client.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "300"})
    found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (json.loads(found["Policy"]), found["MessageRetentionPeriod"]) == (policy, "300")
    client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in client.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
