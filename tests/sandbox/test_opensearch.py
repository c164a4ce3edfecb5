"""Amazon OpenSearch Service as AWS answers: domains in transition, and what their status says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.support import code_of


@pytest.fixture
def search(local, clock) -> Any:
    return local.client("opensearch")


def look(search) -> dict[str, Any]:
    return dict(search.describe_domain(DomainName="search")["DomainStatus"])


def settled(search, clock) -> dict[str, Any]:
    clock.now += 1
    status = look(search)
    assert (status["Processing"], status["UpgradeProcessing"]) == (False, False)
    return status


def test_a_domain_has_its_endpoint_when_it_can_be_used(search, clock):
    made = search.create_domain(DomainName="search")["DomainStatus"]
    for status in (made, look(search), search.describe_domains(DomainNames=["search"])["DomainStatusList"][0]):
        assert status["Processing"] is True
        assert "Endpoint" not in status
        assert "Endpoints" not in status
    status = settled(search, clock)
    assert status.get("Endpoint") or status.get("Endpoints")


def test_a_name_is_taken_once(search):
    search.create_domain(DomainName="search")
    assert code_of(lambda: search.create_domain(DomainName="search")) == "ResourceAlreadyExistsException"


def test_a_domain_lives_in_the_vpc_of_its_subnets(local, search):
    ec2 = local.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{i}.0/24", AvailabilityZone=f"ap-northeast-{zone}")["Subnet"]
        for i, zone in enumerate(("1c", "1a"))
    ]
    search.create_domain(DomainName="search", VPCOptions={"SubnetIds": [s["SubnetId"] for s in subnets]})
    options = look(search)["VPCOptions"]
    assert options["VPCId"] == vpc
    assert options["AvailabilityZones"] == ["ap-northeast-1a", "ap-northeast-1c"]


def test_a_subnet_that_does_not_exist_is_refused(search):
    options = {"SubnetIds": ["subnet-00000000"]}
    assert code_of(lambda: search.create_domain(DomainName="search", VPCOptions=options)) == "ValidationException"
    assert search.list_domain_names()["DomainNames"] == []


def test_a_change_is_processed(search, clock):
    search.create_domain(DomainName="search", EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10})
    settled(search, clock)
    search.update_domain_config(DomainName="search", EBSOptions={"EBSEnabled": True, "VolumeSize": 20})
    assert look(search)["Processing"] is True
    assert settled(search, clock)["EBSOptions"]["VolumeSize"] == 20


@pytest.mark.parametrize(("check_only", "version"), [(False, "OpenSearch_2.19"), (True, "OpenSearch_2.17")])
def test_an_upgrade_ends_at_the_version_unless_it_is_a_check(search, clock, check_only, version):
    search.create_domain(DomainName="search", EngineVersion="OpenSearch_2.17")
    settled(search, clock)
    search.upgrade_domain(DomainName="search", TargetVersion="OpenSearch_2.19", PerformCheckOnly=check_only)
    status = look(search)
    assert (status["UpgradeProcessing"], status["EngineVersion"]) == (not check_only, "OpenSearch_2.17")
    assert settled(search, clock)["EngineVersion"] == version


def test_a_domain_takes_a_moment_to_go(search, clock):
    search.create_domain(DomainName="search")
    settled(search, clock)
    assert search.delete_domain(DomainName="search")["DomainStatus"]["Deleted"] is True
    assert look(search)["Deleted"] is True
    clock.now += 1
    assert code_of(lambda: look(search)) == "ResourceNotFoundException"
    assert search.list_domain_names()["DomainNames"] == []


@pytest.mark.parametrize("call", ["describe_domain", "delete_domain", "upgrade_domain"])
def test_a_domain_that_is_not_there(search, call):
    params = {"DomainName": "search", **({"TargetVersion": "OpenSearch_2.19"} if call == "upgrade_domain" else {})}
    assert code_of(lambda: getattr(search, call)(**params)) == "ResourceNotFoundException"


@pytest.mark.parametrize("state", ["ENABLED", "DISABLED"])
def test_auto_tune_is_asked_for_and_told_in_different_words(search, clock, state):
    search.create_domain(DomainName="search", AutoTuneOptions={"DesiredState": state})
    assert settled(search, clock)["AutoTuneOptions"] == {"State": state, "UseOffPeakWindow": False}


def test_the_master_user_is_never_told_again(search, clock):
    master = {"MasterUserName": "admin", "MasterUserPassword": "Never-told-again-1"}
    search.create_domain(
        DomainName="search",
        AdvancedSecurityOptions={"Enabled": True, "InternalUserDatabaseEnabled": True, "MasterUserOptions": master},
    )
    assert "MasterUserOptions" not in settled(search, clock)["AdvancedSecurityOptions"]
    assert settled(search, clock)["AdvancedSecurityOptions"]["Enabled"] is True
