from __future__ import annotations

import json

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import route53, wafv2
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.shield_resources import exposed
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.conftest import TAGS

RECOVERY = "ap-northeast-3"
ROLE = "iworkz-sandbox-shield-response"
POLICY = "arn:aws:iam::aws:policy/service-role/AWSShieldDRTAccessPolicy"
CHECKS = ["iworkz-sandbox-identity", "iworkz-sandbox-content"]
CONTACT = {"email_address": "security@iworkz.jp", "phone_number": "+81312345678", "contact_notes": "on call"}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
SUBSCRIPTION = {"auto_renew": "ENABLED"}
TEAM = {"role_arn": ROLE, "emergency_contact_list": [CONTACT], "proactive_engagement": True}


@pytest.fixture
def load_balancer(account, network):
    subnets, told = list(network["subnets"].values()), {"Scheme": "internet-facing", "Type": "application"}
    made = account.client("elbv2").create_load_balancer(Name="iworkz-sandbox", Subnets=subnets, Tags=TAG_LIST, **told)
    return made["LoadBalancers"][0]["LoadBalancerArn"]


@pytest.fixture
def wanted(account, load_balancer):
    health = {"type": "HTTPS", "fully_qualified_domain_name": "id.iworkz.jp", "resource_path": "/"}
    account.run(route53.ADAPTERS, health_checks=[{"name": name, "health_check_config": health} for name in CHECKS])
    iam = account.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": "drt.shield.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn=POLICY)
    protection = {"name": "iworkz-sandbox", "resource_arn": load_balancer, "health_checks": CHECKS}
    return {"subscription": SUBSCRIPTION, "protections": [protection], "response_team": TEAM}


@pytest.fixture
def made(account, wanted):
    account.converges(ADAPTERS, **{**wanted, "subscription": {**SUBSCRIPTION, "subscribe": True}})
    return account


def test_never_subscribes_by_itself(account, wanted):
    before = account.mutations()
    for check_mode in (True, False):
        with pytest.raises(InvalidInput, match=r"not subscribed to Shield Advanced.*3,000 USD.*Nothing was changed"):
            account.run(ADAPTERS, check_mode=check_mode, **wanted)
    assert account.mutations() == before
    assert account.client("shield").get_subscription_state()["SubscriptionState"] == "INACTIVE"


def test_converges_and_needs_the_word_only_once(made, wanted, load_balancer):
    client = made.client("shield")
    (protection,) = client.list_protections()["Protections"]
    assert (protection["ResourceArn"], len(protection["HealthCheckIds"])) == (load_balancer, 2)
    assert client.describe_drt_access()["RoleArn"].endswith(ROLE)
    assert client.describe_subscription()["Subscription"]["ProactiveEngagementStatus"] == "ENABLED"
    assert not made.run(ADAPTERS, **wanted)["changed"]


def test_mends_a_protection_that_is_gone_and_its_health_checks_and_tags(made, wanted):
    client = made.client("shield")
    (protection,) = client.list_protections()["Protections"]
    label = f"protection {protection['ResourceArn']}"
    for check in protection["HealthCheckIds"]:
        client.disassociate_health_check(
            ProtectionId=protection["Id"], HealthCheckArn=f"arn:aws:route53:::healthcheck/{check}"
        )
    client.tag_resource(ResourceARN=protection["ProtectionArn"], Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, label, **wanted)
    client.delete_protection(ProtectionId=protection["Id"])
    made.mends(ADAPTERS, label, **wanted)


def test_mends_contacts_access_engagement_and_renewal(made, wanted):
    client = made.client("shield")
    client.disable_proactive_engagement()
    client.update_emergency_contact_settings(EmergencyContactList=[{"EmailAddress": "old@example.jp"}])
    client.disassociate_drt_role()
    client.update_subscription(AutoRenew="DISABLED")
    made.mends(ADAPTERS, "response_team response_team", "subscription subscription", **wanted)


def test_takes_the_access_of_the_response_team_away(made, wanted):
    without = {**wanted, "response_team": {**TEAM, "role_arn": ""}}
    assert made.run(ADAPTERS, **without)["updated"] == ["response_team response_team"]
    assert "RoleArn" not in made.client("shield").describe_drt_access()
    assert not made.run(ADAPTERS, **without)["changed"]


def test_purge_removes_a_protection_that_is_ours(made, wanted):
    outcome = made.run(ADAPTERS, purge=True, **{**wanted, "protections": []})
    assert len(outcome["deleted"]) == 1
    assert made.client("shield").list_protections()["Protections"] == []


SEEN = {"sampled_requests_enabled": True, "cloud_watch_metrics_enabled": True, "metric_name": "x"}
RULE = {
    "name": "abroad",
    "priority": 0,
    "statement": {"geo_match_statement": {"country_codes": ["KP"]}},
    "action": {"block": {}},
    "visibility_config": SEEN,
}


def guarded(load_balancer, **changes):
    """A web ACL before the load balancer."""
    acl = {
        "name": "iworkz-sandbox",
        "scope": "REGIONAL",
        "default_action": {"allow": {}},
        "visibility_config": SEEN,
        "rules": [RULE],
        "associated_resources": [load_balancer],
    }
    return {"web_acls": [{**acl, **changes}]}


def rules(account, load_balancer):
    found = account.client("wafv2").get_web_acl_for_resource(ResourceArn=load_balancer)["WebACL"]["Rules"]
    return [rule["Name"].partition("_")[0] for rule in found]


def test_responds_to_attacks_by_a_rule_that_the_web_acl_keeps(made, wanted, load_balancer):
    made.converges(wafv2.ADAPTERS, **guarded(load_balancer))
    (protection,) = wanted["protections"]
    wanted["protections"] = [{**protection, "automatic_response": "COUNT"}]
    label = f"protection {load_balancer}"
    made.mends(ADAPTERS, label, **wanted)
    assert rules(made, load_balancer) == ["abroad", "ShieldMitigationRuleGroup"]
    wanted["protections"] = [{**protection, "automatic_response": "BLOCK"}]
    made.mends(ADAPTERS, label, **wanted)
    assert not made.run(wafv2.ADAPTERS, **guarded(load_balancer))["changed"]
    other = {**RULE, "name": "elsewhere"}
    made.mends(wafv2.ADAPTERS, "web_acl iworkz-sandbox", **guarded(load_balancer, rules=[other]))
    assert rules(made, load_balancer) == ["elsewhere", "ShieldMitigationRuleGroup"]
    made.client("shield").disable_application_layer_automatic_response(ResourceArn=load_balancer)
    assert rules(made, load_balancer) == ["elsewhere"]
    made.mends(ADAPTERS, label, **wanted)
    wanted["protections"] = [{**protection, "automatic_response": "DISABLED"}]
    made.mends(ADAPTERS, label, **wanted)


def test_without_a_web_acl_there_is_no_response(made, wanted, load_balancer):
    (protection,) = wanted["protections"]
    wanted["protections"] = [{**protection, "automatic_response": "BLOCK"}]
    (error,) = made.run(ADAPTERS, **wanted)["failed_resources"].values()
    assert "A web ACL must be associated" in error


def test_groups_of_protections(made, wanted, load_balancer):
    arbitrary = {"aggregation": "MAX", "pattern": "ARBITRARY", "members": [load_balancer]}
    everything = {"protection_group_id": "all", "aggregation": "MEAN", "pattern": "ALL"}
    wanted["protection_groups"] = [everything, {"protection_group_id": "entries", **arbitrary}]
    made.converges(ADAPTERS, **wanted)
    client = made.client("shield")
    client.update_protection_group(ProtectionGroupId="all", Aggregation="SUM", Pattern="ALL")
    arn = client.describe_protection_group(ProtectionGroupId="entries")["ProtectionGroup"]["ProtectionGroupArn"]
    client.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stray", "Value": "1"}])
    made.mends(ADAPTERS, "protection_group all", "protection_group entries", **wanted)
    wanted["protection_groups"] = [everything]
    assert made.run(ADAPTERS, purge=True, **wanted)["deleted"] == ["protection_group entries"]


def test_the_response_team_reads_the_logs_that_it_is_let(made, wanted):
    s3, bucket = made.client("s3"), "iworkz-sandbox-logs"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": made.region})
    wanted["response_team"] = {**TEAM, "log_buckets": [bucket]}
    (error,) = made.run(ADAPTERS, **wanted)["failed_resources"].values()
    assert "must allow it" in error
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "drt.shield.amazonaws.com"},
        "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    made.converges(ADAPTERS, **wanted)
    assert made.client("shield").describe_drt_access()["LogBucketList"] == [bucket]
    made.client("shield").disassociate_drt_log_bucket(LogBucket=bucket)
    made.mends(ADAPTERS, "response_team response_team", **wanted)
    wanted["response_team"] = {**TEAM, "role_arn": "", "log_buckets": []}
    made.mends(ADAPTERS, "response_team response_team", **wanted)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        ({"pattern": "ARBITRARY"}, "members goes with pattern ARBITRARY"),
        ({"pattern": "ALL", "resource_type": "CLOUDFRONT_DISTRIBUTION"}, "resource_type goes with pattern"),
    ],
)
def test_bad_groups(account, group, message):
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, protection_groups=[{"protection_group_id": "x", "aggregation": "SUM", **group}])


def test_bad_response(account):
    bad = {"name": "x", "resource_arn": "arn:aws:cloudfront::123456789012:distribution/E1", "automatic_response": "LOG"}
    with pytest.raises(InvalidInput, match="automatic_response must be one of BLOCK, COUNT, DISABLED"):
        account.run(ADAPTERS, protections=[bad])


@pytest.mark.parametrize(
    ("team", "message"),
    [
        ({"proactive_engagement": True, "emergency_contact_list": [{"email_address": "a@b.jp"}]}, "phone_number"),
        ({"log_buckets": ["logs"]}, "role_arn must be declared"),
        ({"emergency_contacts": []}, "unknown key emergency_contacts; did you mean emergency_contact_list"),
    ],
)
def test_bad_input(account, team, message):
    with pytest.raises(InvalidInput, match=message):
        account.run(ADAPTERS, response_team=team)


def test_a_health_check_that_is_not_there_is_named(made, wanted):
    (protection,) = wanted["protections"]
    lost = {**wanted, "protections": [{**protection, "health_checks": ["no-such"]}]}
    (error,) = made.run(ADAPTERS, **lost)["failed_resources"].values()
    assert "health checks no-such do not exist" in error


def maintenance(account):
    """The load balancer that answers in the recovery region, behind a web ACL there."""
    ec2 = account.client("ec2", RECOVERY)
    vpc = ec2.create_vpc(CidrBlock="10.97.0.0/16")["Vpc"]["VpcId"]
    zones = [one["ZoneName"] for one in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.97.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    told = {"Scheme": "internet-facing", "Type": "application"}
    made = account.client("elbv2", RECOVERY).create_load_balancer(
        Name="iworkz-sandbox-maintenance", Subnets=subnets, Tags=TAG_LIST, **told
    )
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    firewall = account.client("wafv2", RECOVERY)
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "all"}
    acl = firewall.create_web_acl(
        Name="iworkz-sandbox", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=seen
    )["Summary"]
    firewall.associate_web_acl(WebACLArn=acl["ARN"], ResourceArn=arn)
    return arn


def test_responds_in_the_web_acl_of_the_region_that_a_resource_is_in(made, wanted):
    there = {"name": "maintenance", "resource_arn": maintenance(made), "health_checks": CHECKS}
    declared = {**wanted, "protections": [*wanted["protections"], {**there, "automatic_response": "COUNT"}]}
    made.converges(ADAPTERS, **declared)
    firewall = made.client("wafv2", RECOVERY)
    (told,) = firewall.list_web_acls(Scope="REGIONAL")["WebACLs"]
    (rule,) = firewall.get_web_acl(Name=told["Name"], Scope="REGIONAL", Id=told["Id"])["WebACL"]["Rules"]
    assert rule["Name"].startswith("ShieldMitigationRuleGroup_")


def test_what_is_exposed(account, network, load_balancer):
    ec2, names = account.client("ec2"), account.client("route53")
    address = ec2.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": TAG_LIST}])
    nat = ec2.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": TAG_LIST}])
    ec2.allocate_address()
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpc"])
    subnet = next(iter(network["subnets"].values()))
    ec2.create_nat_gateway(SubnetId=subnet, AllocationId=nat["AllocationId"])
    zone = names.create_hosted_zone(Name="iworkz.jp", CallerReference="1")["HostedZone"]["Id"].rpartition("/")[2]
    names.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone, AddTags=TAG_LIST)
    names.create_hosted_zone(Name="others.jp", CallerReference="2")
    there = maintenance(account)
    here = ([account.region], account.account_id)
    both = ([account.region, RECOVERY, account.region], account.account_id)
    found = {one.arn: (one.kind, one.has_health) for one in exposed(account.client, TAGS, *both)}
    assert found == {
        load_balancer: ("application load balancer", True),
        there: ("application load balancer", True),
        f"arn:aws:route53:::hostedzone/{zone}": ("hosted zone", False),
        f"arn:aws:ec2:ap-northeast-1:123456789012:eip-allocation/{address['AllocationId']}": ("elastic address", True),
    }
    assert {one.arn for one in exposed(account.client, TAGS, *here)} == found.keys() - {there}
    assert exposed(account.client, {}, *both) == []
