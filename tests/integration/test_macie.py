from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.macie import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from tests.integration.security import ALIAS, BUCKET, make_store

NAME = "iworkz-sandbox-documents"
SESSION = {
    "finding_publishing_frequency": "FIFTEEN_MINUTES",
    "export": {"bucket_name": BUCKET, "key_prefix": "macie/", "kms_key_arn": ALIAS},
}
JOB = {
    "name": NAME,
    "job_type": "SCHEDULED",
    "schedule_frequency": {"weekly_schedule": {"day_of_week": "SUNDAY"}},
    "sampling_percentage": 20,
    "s3_job_definition": {"bucket_definitions": [{"account_id": "123456789012", "buckets": ["documents"]}]},
}
LABEL = f"classification_job {NAME}"


@pytest.fixture
def made(account):
    make_store(account, "macie.amazonaws.com")
    account.converges(ADAPTERS, session=SESSION, classification_jobs=[JOB])
    return account


def test_mends_a_paused_session_and_tags(made):
    client = made.client("macie2")
    client.update_macie_session(status="PAUSED", findingPublishingFrequency="SIX_HOURS")
    (job,) = client.list_classification_jobs()["items"]
    arn = client.describe_classification_job(jobId=job["jobId"])["jobArn"]
    client.tag_resource(resourceArn=arn, tags={"Stray": "1"})
    made.mends(ADAPTERS, "session session", LABEL, session=SESSION, classification_jobs=[JOB])


def test_makes_a_cancelled_job_again(made):
    client = made.client("macie2")
    (job,) = client.list_classification_jobs()["items"]
    client.update_classification_job(jobId=job["jobId"], jobStatus="CANCELLED")
    made.mends(ADAPTERS, LABEL, session=SESSION, classification_jobs=[JOB])


def test_replaces_a_job_only_when_it_is_told_to(made):
    other = {**JOB, "sampling_percentage": 50}
    with pytest.raises(InvalidInput, match="sampling_percentage cannot be changed in place"):
        made.run(ADAPTERS, classification_jobs=[other])
    assert made.run(ADAPTERS, classification_jobs=[other], allow_replace=True)["updated"] == [LABEL]
    assert not made.run(ADAPTERS, classification_jobs=[other])["changed"]


def test_says_that_macie_may_not_write_to_the_bucket(account):
    make_store(account, "config.amazonaws.com")
    assert "isn't allowed" in account.run(ADAPTERS, session=SESSION)["failed_resources"]["session session"]


def test_refuses_before_the_first_call(account):
    with pytest.raises(InvalidInput, match="did you mean job_type"):
        account.run(ADAPTERS, classification_jobs=[{**JOB, "job_typ": "SCHEDULED"}])
    assert account.mutations() == []
