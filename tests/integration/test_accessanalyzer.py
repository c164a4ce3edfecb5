from __future__ import annotations

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.accessanalyzer import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

EXTERNAL = {"analyzer_name": "iworkz-sandbox-external", "type": "ACCOUNT"}
UNUSED = {
    "analyzer_name": "iworkz-sandbox-unused",
    "type": "ACCOUNT_UNUSED_ACCESS",
    "configuration": {"unused_access": {"unused_access_age": 60}},
}
ANALYZERS = [EXTERNAL, UNUSED]


def test_converges_and_mends(account):
    account.converges(ADAPTERS, analyzers=ANALYZERS)
    client = account.client("accessanalyzer")
    client.update_analyzer(
        analyzerName=UNUSED["analyzer_name"], configuration={"unusedAccess": {"unusedAccessAge": 180}}
    )
    client.delete_analyzer(analyzerName=EXTERNAL["analyzer_name"])
    labels = [f"analyzer {one['analyzer_name']}" for one in ANALYZERS]
    account.mends(ADAPTERS, *labels, analyzers=ANALYZERS)
    arn = client.get_analyzer(analyzerName=EXTERNAL["analyzer_name"])["analyzer"]["arn"]
    client.tag_resource(resourceArn=arn, tags={"Stray": "1"})
    account.mends(ADAPTERS, labels[0], analyzers=ANALYZERS)


def test_purge_deletes_only_what_carries_the_tags(account):
    account.run(ADAPTERS, analyzers=[UNUSED])
    account.client("accessanalyzer").create_analyzer(analyzerName="someone-elses", type="ACCOUNT")
    assert account.run(ADAPTERS, analyzers=[], purge=True)["deleted"] == ["analyzer iworkz-sandbox-unused"]


def test_names_a_quota_that_is_reached(account):
    account.client("accessanalyzer").create_analyzer(analyzerName="someone-elses", type="ACCOUNT")
    failed = account.run(ADAPTERS, analyzers=ANALYZERS)["failed_resources"]
    assert list(failed) == ["analyzer iworkz-sandbox-external"]
    assert "Exceeded the maximum number" in failed["analyzer iworkz-sandbox-external"]


def test_refuses_before_the_first_call(account):
    with pytest.raises(InvalidInput, match="did you mean analyzer_name"):
        account.run(ADAPTERS, analyzers=[{**EXTERNAL, "analyser_name": "x"}])
    assert account.mutations() == []
