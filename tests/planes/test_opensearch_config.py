"""The module opensearch_config and the checks of its work, on the emulation of a domain, over TLS and signed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._checks import opensearch as checks
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Platform, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, opensearch_config
from tests.planes.conftest import PlanesSandbox, wait_for

PREFIX = "iworkz-searchtest"
NAME = f"{PREFIX}-search"
TAGS = {"Platform": "iworkz", "Environment": "searchtest"}
REGION = "ap-northeast-1"
ROLE = f"arn:aws:iam::123456789012:role/{NAME}-admin"
FILE = Path(__file__).resolve().parents[2] / "group_vars" / "all" / "indices.yml"


def _platform_indices() -> dict[str, Any]:
    """What the repository declares."""
    text = FILE.read_text(encoding="utf-8").replace("{{ platform_canary }}", "canary")
    text = text.replace("{{ platform_prefix }}", PREFIX).replace("{{ platform_account_id }}", "123456789012")
    return {**yaml.safe_load(text)["platform_indices"], "role_arn": ROLE}


INDICES = _platform_indices()
DECLARED = {name: value for name, value in INDICES.items() if name not in ("query_log", "restore_role_arn")}


@dataclass(frozen=True)
class Subject:
    sandbox: PlanesSandbox

    @property
    def clients(self) -> Clients:
        return Clients(self.sandbox.connection)

    @property
    def by_hand(self) -> opensearch.Api:
        domain = opensearch.domain(self.clients, NAME)
        assert domain is not None
        return opensearch.Api(domain, REGION, opensearch.assume(self.clients, ROLE), self.sandbox.ca)

    def run(self, check_mode: bool = False, **declared: Any) -> dict[str, Any]:
        given = copy.deepcopy({"domain": NAME, "ca_bundle": self.sandbox.ca, **DECLARED, **declared})
        validated = ArgumentSpecValidator(opensearch_config.ARGUMENTS).validate(given)
        assert not validated.error_messages
        return opensearch_config.run(
            {**validated.validated_parameters, **self.sandbox.connection}, check_mode=check_mode
        )

    def judge(self, check: Any, item: str) -> tuple[list[str], dict[str, Any]]:
        platform = Platform(
            "iworkz",
            "searchtest",
            "123456789012",
            REGION,
            "ap-northeast-3",
            TAGS,
            {"indices": INDICES},
            {"ca_bundle": self.sandbox.ca},
        )
        required = {**load_requirements().resolve(item).required}
        if "margin_seconds" in required:
            required["margin_seconds"] = 1
        finding = check(World(platform, self.clients, datetime.now(UTC)), required)
        return [breach.id.removeprefix("opensearch.") for breach in finding.breaches], finding.observed


@pytest.fixture(scope="module")
def made(planes_sandbox: PlanesSandbox) -> Iterator[Subject]:
    """A domain that holds nothing; before it, check mode announces everything."""
    subject = Subject(planes_sandbox)
    announced = subject.run(check_mode=True)
    assert len(announced["created"]) == sum(
        len(INDICES[name])
        for name in ("component_templates", "index_templates", "ism_policies", "roles", "role_mappings", "indices")
    )
    ec2, client = planes_sandbox.client("ec2"), planes_sandbox.client("opensearch")
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24")["Subnet"]["SubnetId"]
    client.create_domain(
        DomainName=NAME,
        EngineVersion="OpenSearch_2.19",
        ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 3},
        EBSOptions={"EBSEnabled": True, "VolumeType": "gp3", "VolumeSize": 10},
        VPCOptions={"SubnetIds": [subnet]},
        TagList=[{"Key": key, "Value": value} for key, value in TAGS.items()],
    )
    wait_for(lambda: opensearch.domain(subject.clients, NAME), what=NAME)
    yield subject
    client.delete_domain(DomainName=NAME)


@pytest.fixture
def subject(made: Subject) -> Subject:
    """As declared."""
    assert made.run()["failed_resources"] == {}
    return made


def test_apply_then_nothing_to_do(made: Subject):
    assert made.run()["failed_resources"] == {}
    again = made.run()
    assert again["changed"] is False
    assert not [call for call in again["api_calls"] if call.startswith(("opensearch:PUT", "opensearch:POST"))]


def test_drift_is_found_and_mended(subject: Subject):
    hand = subject.by_hand
    template = hand.get("_index_template", "iworkz-query-log")["index_templates"][0]["index_template"]
    template["template"]["mappings"]["properties"]["name_of_person"] = {"type": "text"}
    hand.put("_index_template", "iworkz-query-log", body=template)
    policy = copy.deepcopy(next(one["body"] for one in INDICES["ism_policies"] if one["name"] == "iworkz-query-log"))
    policy["states"][1]["transitions"][0]["conditions"]["min_index_age"] = "900d"
    found = hand.get("_plugins", "_ism", "policies", "iworkz-query-log")
    sequence = f"if_seq_no={found['_seq_no']}&if_primary_term={found['_primary_term']}"
    hand.put("_plugins", "_ism", "policies", "iworkz-query-log", body={"policy": policy}, query=sequence)
    hand.put("job-postings-000001", "_settings", body={"index": {"refresh_interval": "1s"}})
    hand.put("_cluster", "settings", body={"persistent": {"action.auto_create_index": None}})
    everything = {"cluster_permissions": ["*"], "index_permissions": []}
    hand.put("_plugins", "_security", "api", "roles", "restore-test", body=everything)
    hand.put("_plugins", "_security", "api", "rolesmapping", "restore-test", body={"backend_roles": [ROLE, "somebody"]})
    labels = [
        "cluster_settings cluster_settings",
        "index_settings job-postings",
        "index_template iworkz-query-log",
        "ism_policy iworkz-query-log",
        "role restore-test",
        "role_mapping restore-test",
    ]
    announced = subject.run(check_mode=True)
    assert sorted(announced["created"] + announced["updated"]) == labels
    assert not [call for call in announced["api_calls"] if call.startswith("opensearch:PUT")]
    assert sorted(subject.run()["updated"]) == labels
    assert subject.run()["changed"] is False


def test_errors_are_told_in_opensearchs_words_and_by_item(subject: Subject):
    wrong = {"name": "wrong", "body": {"template": {"settings": {"index.refresh_intervall": "1s"}}}}
    fixed = {"index": "job-postings", "settings": {"index.codec": "best_compression"}}
    answer = subject.run(component_templates=[wrong], index_settings=[fixed])
    assert "unknown setting [index.refresh_intervall]" in answer["failed_resources"]["component_template wrong"]
    assert "non dynamic settings" in answer["failed_resources"]["index_settings job-postings"]
    assert subject.run()["changed"] is False


def test_a_server_that_is_not_trusted_is_not_asked(subject: Subject):
    with pytest.raises(ReconcileError, match="CERTIFICATE_VERIFY_FAILED"):
        subject.run(ca_bundle=None)


def test_as_declared_passes_and_evidence_says_that_it_is_an_emulation(subject: Subject):
    for check, item in ((checks.templates_and_policies, "1.1.3.2"), (checks.tuned, "1.1.3.4")):
        breaches, observed = subject.judge(check, item)
        assert breaches == []
        assert "emulation" in observed[NAME]["emulation"]
    assert [name for name in subject.by_hand.get("_alias") if name.startswith("canary")] == []


def test_a_template_that_takes_precedence_is_found_out_by_a_new_index(subject: Subject):
    hand = subject.by_hand
    hand.put("_index_template", "intruder", body={"index_patterns": ["can*"], "priority": 900, "template": {}})
    try:
        breaches, _observed = subject.judge(checks.templates_and_policies, "1.1.3.2")
    finally:
        hand.delete("_index_template", "intruder")
    assert breaches == ["not_picked_up", "not_picked_up"]


def test_a_policy_that_takes_precedence_is_found_out_by_a_new_index(subject: Subject):
    policy = copy.deepcopy(next(one["body"] for one in INDICES["ism_policies"] if one["name"] == "iworkz-canary"))
    policy["ism_template"] = [{"index_patterns": ["canary*"], "priority": 900}]
    hand = subject.by_hand
    hand.put("_plugins", "_ism", "policies", "intruder", body={"policy": policy})
    try:
        breaches, _observed = subject.judge(checks.templates_and_policies, "1.1.3.2")
    finally:
        hand.delete("_plugins", "_ism", "policies", "intruder")
    assert breaches == ["not_managed"]


@pytest.mark.parametrize(
    ("setting", "value", "messages"),
    [
        ("index.search.slowlog.threshold.query.warn", "-1", ["no_slow_log", "settings_differ"]),
        ("index.refresh_interval", "1s", ["settings_differ"]),
        ("index.refresh_interval", None, ["not_tuned", "settings_differ"]),
    ],
)
def test_settings_that_differ_are_found(subject: Subject, setting: str, value: str | None, messages: list[str]):
    subject.by_hand.put("candidates", "_settings", body={setting: value})
    assert subject.judge(checks.tuned, "1.1.3.4")[0] == messages


def test_nothing_of_a_secret_or_signature_is_in_the_result(subject: Subject):
    text = json.dumps(subject.run())
    assert "the-emulator-takes-any-key" not in text
    assert "AWS4-HMAC" not in text
