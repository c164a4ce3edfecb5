from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53 import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError

DOMAIN = "sandbox.iworkz.internal"
ABROAD = "ap-northeast-3"
DATABASE = "iworkz-sandbox-postgres"
NAME = f"postgres.{DOMAIN}"
LABEL = f"record {NAME} CNAME"


def vpc(account, region):
    client = account.client("ec2", region)
    made = client.create_vpc(CidrBlock="10.96.0.0/16")["Vpc"]["VpcId"]
    client.create_tags(Resources=[made], Tags=[{"Key": "Name", "Value": "iworkz-sandbox"}])
    return made


def database(account, name=DATABASE):
    """An instance made by hand; the address of its endpoint."""
    client, ec2 = account.client("rds"), account.client("ec2")
    (network,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["iworkz-sandbox"]}])["Vpcs"]
    subnets = [
        ec2.create_subnet(VpcId=network["VpcId"], CidrBlock=f"10.96.{index}.0/24", AvailabilityZone=zone)
        for index, zone in enumerate(("ap-northeast-1a", "ap-northeast-1c"))
    ]
    client.create_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription="data",
        SubnetIds=[subnet["Subnet"]["SubnetId"] for subnet in subnets],
    )
    client.create_db_instance(
        DBInstanceIdentifier=name,
        DBSubnetGroupName=name,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="iworkz_admin",
        ManageMasterUserPassword=True,
    )
    client.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1})
    return client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]["Endpoint"]["Address"]


@pytest.fixture
def vpcs(account):
    return {region: vpc(account, region) for region in (account.region, ABROAD)}


def zone(*regions, **others):
    return {
        "name": DOMAIN,
        "hosted_zone_config": {"comment": "stores", "private_zone": True},
        "vpcs": [{"vpc_id": "iworkz-sandbox", "vpc_region": region} for region in regions],
        **others,
    }


def record(**others):
    return {"name": NAME, "type": "CNAME", "ttl": 5, "db_instance": DATABASE, **others}


def check(name, **config):
    return {
        "name": name,
        "health_check_config": {
            "type": "HTTPS",
            "fully_qualified_domain_name": f"{name}.iworkz.jp",
            "port": 443,
            **config,
        },
    }


def zone_of(account):
    (found,) = account.client("route53").list_hosted_zones()["HostedZones"]
    return found["Id"]


def values(account, name=NAME):
    listed = account.client("route53").list_resource_record_sets(HostedZoneId=zone_of(account))["ResourceRecordSets"]
    return [one["Value"] for each in listed if each["Name"] == f"{name}." for one in each.get("ResourceRecords", [])]


def point(account, value, ttl=5):
    change = {"Name": NAME, "Type": "CNAME", "TTL": ttl, "ResourceRecords": [{"Value": value}]}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": change}]}
    account.client("route53").change_resource_record_sets(HostedZoneId=zone_of(account), ChangeBatch=batch)


def test_converges_on_a_zone_seen_in_two_regions(account, vpcs):
    account.converges(ADAPTERS, zones=[zone(account.region, ABROAD)])
    seen = account.client("route53").get_hosted_zone(Id=zone_of(account))["VPCs"]
    assert {one["VPCRegion"]: one["VPCId"] for one in seen} == vpcs


def test_mends_comment_vpcs_and_tags(account, vpcs):
    declared = zone(account.region, ABROAD)
    account.converges(ADAPTERS, zones=[declared])
    client, found = account.client("route53"), zone_of(account)
    client.update_hosted_zone_comment(Id=found, Comment="mine")
    client.disassociate_vpc_from_hosted_zone(HostedZoneId=found, VPC={"VPCRegion": ABROAD, "VPCId": vpcs[ABROAD]})
    client.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=found.rsplit("/", 1)[-1],
        AddTags=[{"Key": "Stray", "Value": "1"}],
        RemoveTagKeys=["Platform"],
    )
    account.mends(ADAPTERS, f"hosted_zone {DOMAIN}", zones=[declared])


def test_further_vpcs_stay_unless_purged(account, vpcs):
    account.converges(ADAPTERS, zones=[zone(account.region, ABROAD)])
    assert not account.run(ADAPTERS, zones=[zone(account.region, purge_vpcs=False)])["changed"]
    account.mends(ADAPTERS, f"hosted_zone {DOMAIN}", zones=[zone(account.region)])


def test_of_two_zones_of_a_name_ours_is_meant(account, vpcs):
    account.converges(ADAPTERS, zones=[zone(account.region)])
    other = account.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="split horizon")["HostedZone"][
        "Id"
    ]
    assert not account.run(ADAPTERS, zones=[zone(account.region)])["changed"]
    ours = next(one for one in account.client("route53").list_hosted_zones()["HostedZones"] if one["Id"] != other)
    assert account.run(ADAPTERS, zones=[], purge=True)["deleted"] == [f"hosted_zone {DOMAIN}"]
    assert (
        [one["Id"] for one in account.client("route53").list_hosted_zones()["HostedZones"]] == [other] != [ours["Id"]]
    )


def test_says_when_the_tags_do_not_tell_which_zone_is_meant(account):
    for reference in ("one", "two"):
        account.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference=reference)
    with pytest.raises(ReconcileError, match=f"are all called {DOMAIN}"):
        account.run(
            ADAPTERS, records=[{"name": NAME, "type": "A", "ttl": 5, "resource_records": [{"value": "192.0.2.1"}]}]
        )


def test_a_record_follows_the_instance_it_stands_for(account, vpcs):
    endpoint = database(account)
    declared = {"zones": [zone(account.region)], "records": [record()]}
    account.converges(ADAPTERS, **declared)
    assert values(account) == [endpoint]
    point(account, "elsewhere.example", ttl=60)
    account.mends(ADAPTERS, LABEL, **declared)
    assert values(account) == [endpoint]


def test_a_record_that_was_repointed_keeps_pointing_there(account, vpcs):
    database(account)
    declared = {"zones": [zone(account.region)], "records": [record(repoint=False)]}
    account.converges(ADAPTERS, **declared)
    point(account, "recovery.example", ttl=60)
    account.mends(ADAPTERS, LABEL, **declared)
    assert values(account) == ["recovery.example"]
    result = account.run(ADAPTERS, **declared)
    assert result["resources"]["records"][f"{NAME} CNAME"]["db_instance"] is None
    assert account.run(ADAPTERS, records=[record()])["updated"] == [LABEL]


def test_announces_names_of_what_does_not_exist_yet(account):
    before = account.mutations()
    result = account.run(ADAPTERS, check_mode=True, zones=[zone(account.region)], records=[record()])
    assert result["created"] == [f"hosted_zone {DOMAIN}", LABEL]
    assert account.mutations() == before


def test_names_what_is_missing(account, vpcs):
    result = account.run(ADAPTERS, zones=[zone(account.region)], records=[record()])
    assert f"DB instance {DATABASE} has no endpoint" in result["failed_resources"][LABEL]


def test_fails_over_by_health_checks(account):
    client = account.client("route53")
    client.create_hosted_zone(Name="iworkz.jp", CallerReference="public")
    side = {"name": "www.iworkz.jp", "type": "CNAME", "ttl": 30}
    first = {"set_identifier": "tokyo", "failover": "PRIMARY", "health_check_id": "tokyo"}
    second = {"set_identifier": "osaka", "failover": "SECONDARY"}
    declared = {
        "health_checks": [check("tokyo")],
        "records": [
            {**side, **first, "resource_records": [{"value": "tokyo.iworkz.jp"}]},
            {**side, **second, "resource_records": [{"value": "osaka.iworkz.jp"}]},
        ],
    }
    account.converges(ADAPTERS, **declared)
    (made,) = client.list_health_checks()["HealthChecks"]
    client.update_health_check(HealthCheckId=made["Id"], Port=8443)
    account.mends(ADAPTERS, "health_check tokyo", **declared)


def test_an_alias_replaces_addresses(account):
    account.client("route53").create_hosted_zone(Name="iworkz.jp", CallerReference="public")
    target = {"hosted_zone_id": "Z14GRHDCWA56QT", "dns_name": "lb.ap-northeast-1.elb.amazonaws.com"}
    apex = {"name": "iworkz.jp", "type": "A"}
    account.converges(ADAPTERS, records=[{**apex, "ttl": 60, "resource_records": [{"value": "192.0.2.1"}]}])
    account.converges(ADAPTERS, records=[{**apex, "alias_target": {**target, "evaluate_target_health": True}}])


BALANCER = {"name": "iworkz-sandbox", "region": "ap-northeast-1", "evaluate_target_health": True}


@pytest.fixture
def balancers(account):
    """Addresses of a load balancer in each region, by region."""
    account.client("route53").create_hosted_zone(Name="iworkz.jp", CallerReference="public")
    made = {}
    for region in ("ap-northeast-1", "ap-northeast-3"):
        ec2 = account.client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock="10.96.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.96.{index}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]
            for index, zone in enumerate(("a", "c") if region.endswith("1") else ("a", "b"))
        ]
        told = account.client("elbv2", region).create_load_balancer(
            Name="iworkz-sandbox", Subnets=[subnet["SubnetId"] for subnet in subnets]
        )
        made[region] = told["LoadBalancers"][0]
    return made


def failing_over(**changes):
    alias = {"name": "www.iworkz.jp", "type": "A", "set_identifier": "primary", "failover": "PRIMARY"}
    return {**alias, "health_check_id": "tokyo", "load_balancer": BALANCER, "repoint": False, **changes}


def aliased(account):
    client = account.client("route53")
    (zone,) = client.list_hosted_zones()["HostedZones"]
    records = client.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    return zone["Id"], next(one for one in records if one["Name"] == "www.iworkz.jp.")


def repoint(account, **target):
    zone, record = aliased(account)
    record = {**record, "AliasTarget": {**record["AliasTarget"], **target}}
    batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
    account.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def test_an_alias_of_a_load_balancer_by_its_name(account, balancers):
    declared = {"health_checks": [check("tokyo")], "records": [failing_over()]}
    account.converges(ADAPTERS, **declared)
    _zone, record = aliased(account)
    assert record["AliasTarget"] == {
        "DNSName": balancers["ap-northeast-1"]["DNSName"],
        "HostedZoneId": "Z14GRHDCWA56QT",
        "EvaluateTargetHealth": True,
    }
    repoint(account, DNSName=f"dualstack.{balancers['ap-northeast-1']['DNSName']}.")
    assert not account.run(ADAPTERS, **declared)["changed"]
    repoint(account, EvaluateTargetHealth=False)
    account.mends(ADAPTERS, "record www.iworkz.jp A primary", **declared)


def test_after_a_failover_the_alias_stays_until_it_is_told_otherwise(account, balancers):
    declared = {"health_checks": [check("tokyo"), check("osaka")], "records": [failing_over()]}
    account.converges(ADAPTERS, **declared)
    there = {**BALANCER, "region": "ap-northeast-3"}
    moved = failing_over(load_balancer=there, health_check_id="osaka", repoint=True)
    account.run(ADAPTERS, records=[moved])
    left = account.run(ADAPTERS, **declared)
    assert not left["changed"]
    told = left["resources"]["records"]["www.iworkz.jp A primary"]["load_balancer"]
    assert told["name"] == balancers["ap-northeast-3"]["DNSName"]
    account.mends(ADAPTERS, "record www.iworkz.jp A primary", records=[failing_over(repoint=True)])


def test_an_alias_of_something_else_stays_and_of_a_load_balancer_that_is_gone_does_not(account, balancers):
    declared = {"health_checks": [check("tokyo")], "records": [failing_over()]}
    account.converges(ADAPTERS, **declared)
    repoint(account, DNSName="d111.cloudfront.net", HostedZoneId="Z2FDTNDATAQYW2")
    told = account.run(ADAPTERS, **declared)
    assert not told["changed"]
    assert told["resources"]["records"]["www.iworkz.jp A primary"]["load_balancer"]["name"] == "d111.cloudfront.net"
    repoint(account, DNSName="gone-1.ap-northeast-1.elb.amazonaws.com", HostedZoneId="Z14GRHDCWA56QT")
    account.mends(ADAPTERS, "record www.iworkz.jp A primary", **declared)


def test_a_load_balancer_that_is_not_there_is_named(account, balancers):
    lost = failing_over(load_balancer={"name": "none"}, health_check_id="tokyo")
    result = account.run(ADAPTERS, health_checks=[check("tokyo")], records=[lost])
    error = result["failed_resources"]["record www.iworkz.jp A primary"]
    assert "load balancer none does not exist in ap-northeast-1" in error


def test_purge_and_teardown_leave_other_zones_alone(account, vpcs):
    account.client("route53").create_hosted_zone(Name="iworkz.jp", CallerReference="someone else's")
    plain = record(resource_records=[{"value": "a.example"}])
    del plain["db_instance"]
    account.converges(ADAPTERS, zones=[zone(account.region)], records=[plain], health_checks=[check("tokyo")])
    result = account.run(ADAPTERS, zones=[], records=[], health_checks=[], purge=True)
    assert result["deleted"] == [f"hosted_zone {DOMAIN}", "health_check tokyo", LABEL]
    assert [each["Name"] for each in account.client("route53").list_hosted_zones()["HostedZones"]] == ["iworkz.jp."]


@pytest.mark.parametrize(
    ("option", "item", "error"),
    [
        ("zones", {"name": DOMAIN, "vpcs": [{"vpc_id": "vpc"}]}, "if, and only if"),
        ("zones", {**zone("ap-northeast-1"), "vpcs": ["vpc"]}, "must have vpc_id"),
        ("records", record(ttl=5, resource_records=[{"value": "a"}]), "declare one of"),
        ("records", record(type="A"), "is a CNAME"),
        ("records", {"name": NAME, "type": "A", "resource_records": [{"value": "192.0.2.1"}]}, "has one"),
        ("records", record(timeout=1), "unknown key timeout"),
        ("records", failing_over(load_balancer={"zone": "a"}), "load_balancer must have name"),
        ("records", failing_over(ttl=5), "an alias has no ttl"),
    ],
)
def test_refuses_before_the_first_call(account, option, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, **{option: [item]})
    assert error in str(caught.value)
    assert account.mutations() == []
