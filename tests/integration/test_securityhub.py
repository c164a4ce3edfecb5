from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.securityhub import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

FOUNDATIONAL = "aws-foundational-security-best-practices/v/1.0.0"
CIS = "cis-aws-foundations-benchmark/v/3.0.0"
HUB = {
    "auto_enable_controls": True,
    "control_finding_generator": "SECURITY_CONTROL",
    "standards": [FOUNDATIONAL, CIS],
}
AGGREGATOR = {"region_linking_mode": "SPECIFIED_REGIONS", "regions": ["us-east-1", "ap-northeast-3"]}
LABELS = ("hub hub", "finding_aggregator finding_aggregator")


@pytest.fixture
def made(account):
    account.converges(ADAPTERS, hub=HUB, finding_aggregator=AGGREGATOR)
    return account


def test_turns_on_the_declared_standards_and_no_others(made):
    client = made.client("securityhub")
    found = {one["StandardsArn"].partition("/")[2] for one in client.get_enabled_standards()["StandardsSubscriptions"]}
    assert found == {FOUNDATIONAL, CIS}


def test_mends_standards_settings_tags_and_regions(made):
    client = made.client("securityhub")
    subscribed = client.get_enabled_standards()["StandardsSubscriptions"]
    client.batch_disable_standards(StandardsSubscriptionArns=[subscribed[0]["StandardsSubscriptionArn"]])
    pci = f"arn:aws:securityhub:{made.region}::standards/pci-dss/v/4.0.1"
    client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": pci}])
    client.update_security_hub_configuration(AutoEnableControls=False)
    client.tag_resource(ResourceArn=client.describe_hub()["HubArn"], Tags={"Stray": "1"})
    (aggregator,) = client.list_finding_aggregators()["FindingAggregators"]
    client.update_finding_aggregator(
        FindingAggregatorArn=aggregator["FindingAggregatorArn"],
        RegionLinkingMode="SPECIFIED_REGIONS",
        Regions=["us-east-1"],
    )
    made.mends(ADAPTERS, *LABELS, hub=HUB, finding_aggregator=AGGREGATOR)
    test_turns_on_the_declared_standards_and_no_others(made)


def test_turns_on_what_was_turned_off(made):
    made.client("securityhub").disable_security_hub()
    announced = made.run(ADAPTERS, check_mode=True, hub=HUB, finding_aggregator=AGGREGATOR)
    assert announced["created"][0] == "hub hub"
    assert made.run(ADAPTERS, hub=HUB, finding_aggregator=AGGREGATOR)["failed_resources"] == {}


def test_names_a_standard_that_there_is_not(account):
    result = account.run(ADAPTERS, hub={**HUB, "standards": ["cis-aws-foundations-benchmark/v/9.9.9"]})
    assert "Invalid parameter" in result["failed_resources"]["hub hub"]


def test_refuses_before_the_first_call(account):
    with pytest.raises(InvalidInput, match="did you mean standards"):
        account.run(ADAPTERS, hub={"standard": []})
    assert account.mutations() == []
