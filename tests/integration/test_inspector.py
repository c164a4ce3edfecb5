from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.inspector import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

COVERAGE = {
    "resource_types": ["EC2", "ECR"],
    "ec2_configuration": {"scan_mode": "EC2_HYBRID"},
    "ecr_configuration": {"rescan_duration": "DAYS_180"},
}
LABEL = "coverage coverage"


def test_converges_and_mends(account):
    account.converges(ADAPTERS, coverage=COVERAGE)
    client = account.client("inspector2")
    client.disable(resourceTypes=["ECR"])
    client.enable(resourceTypes=["LAMBDA"])
    client.update_configuration(ec2Configuration={"scanMode": "EC2_SSM_AGENT_BASED"})
    account.mends(ADAPTERS, LABEL, coverage=COVERAGE)
    (found,) = client.batch_get_account_status(accountIds=[account.account_id])["accounts"]
    on = {name for name, state in found["resourceState"].items() if state["status"] == "ENABLED"}
    assert on == {"ec2", "ecr"}


def test_turns_on_what_was_turned_off_altogether(account):
    account.run(ADAPTERS, coverage=COVERAGE)
    account.client("inspector2").disable(resourceTypes=["EC2", "ECR"])
    account.mends(ADAPTERS, LABEL, coverage=COVERAGE)


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ({"resource_types": ["EC2"], "ec2_config": {}}, "did you mean ec2_configuration?"),
        ({"resource_types": ["EC2"], "ecr_configuration": {"rescan": "DAYS_30"}}, "unknown key ecr_configuration"),
    ],
)
def test_refuses_before_the_first_call(account, item, error):
    with pytest.raises(InvalidInput) as caught:
        account.run(ADAPTERS, coverage=item)
    assert error in str(caught.value)
    assert account.mutations() == []
