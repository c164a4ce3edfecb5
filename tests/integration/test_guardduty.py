from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.guardduty import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.security import ALIAS, BUCKET, make_store

RUNTIME = {
    "name": "RUNTIME_MONITORING",
    "status": "ENABLED",
    "additional_configuration": [{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}],
}
DETECTOR = {
    "finding_publishing_frequency": "FIFTEEN_MINUTES",
    "features": [{"name": "S3_DATA_EVENTS", "status": "ENABLED"}, RUNTIME],
    "publishing": {"destination_arn": f"arn:aws:s3:::{BUCKET}/guardduty", "kms_key_arn": ALIAS},
}
LABEL = "detector detector"


@pytest.fixture
def made(account):
    make_store(account, "guardduty.amazonaws.com")
    account.converges(ADAPTERS, detector=DETECTOR)
    return account


def detector(account):
    client = account.client("guardduty")
    (identifier,) = client.list_detectors()["DetectorIds"]
    return client, identifier


def test_converges_on_a_detector_with_its_features(made):
    client, identifier = detector(made)
    found = client.get_detector(DetectorId=identifier)
    features = {one["Name"]: one for one in found["Features"]}
    assert found["Status"] == "ENABLED"
    assert features["RUNTIME_MONITORING"]["AdditionalConfiguration"][0]["Status"] == "ENABLED"
    assert features["CLOUD_TRAIL"]["Status"] == "ENABLED"
    assert found["Tags"]["Component"] == "test"


def test_mends_what_was_turned_off_by_hand(made):
    client, identifier = detector(made)
    client.update_detector(
        DetectorId=identifier, Enable=False, Features=[{"Name": "RUNTIME_MONITORING", "Status": "DISABLED"}]
    )
    client.untag_resource(
        ResourceArn=f"arn:aws:guardduty:{made.region}:{made.account_id}:detector/{identifier}", TagKeys=["Component"]
    )
    made.mends(ADAPTERS, LABEL, detector=DETECTOR)
    (destination,) = client.list_publishing_destinations(DetectorId=identifier)["Destinations"]
    client.delete_publishing_destination(DetectorId=identifier, DestinationId=destination["DestinationId"])
    made.mends(ADAPTERS, LABEL, detector=DETECTOR)


def test_a_feature_that_is_not_declared_stays_as_it_is(made):
    client, identifier = detector(made)
    client.update_detector(DetectorId=identifier, Features=[{"Name": "LAMBDA_NETWORK_LOGS", "Status": "DISABLED"}])
    assert not made.run(ADAPTERS, detector=DETECTOR)["changed"]


def test_moves_the_export(made):
    publishing = {**DETECTOR["publishing"], "destination_arn": f"arn:aws:s3:::{BUCKET}/elsewhere"}
    result = made.run(ADAPTERS, detector={**DETECTOR, "publishing": publishing})
    assert result["updated"] == [LABEL]
    assert not made.run(ADAPTERS, detector={**DETECTOR, "publishing": publishing})["changed"]


def test_says_that_guardduty_may_not_write_to_the_bucket(account):
    make_store(account, "config.amazonaws.com")
    result = account.run(ADAPTERS, detector=DETECTOR)
    assert "does not have permission" in result["failed_resources"][LABEL]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"feature": []}, "did you mean features?"),
        ({"features": [{"name": "S3_DATA_EVENTS", "state": "ENABLED"}]}, "did you mean status?"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, detector=item)
    assert error in str(caught.value)
    assert account.mutations() == []
