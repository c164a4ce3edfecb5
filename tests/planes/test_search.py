"""Domains of OpenSearch Service as the emulation serves them: what OpenSearch takes, refuses and answers."""

from __future__ import annotations

import json
import os
import signal
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.planes.conftest import PlanesSandbox, wait_for

REGION = "ap-northeast-1"
NAME = "search"
JAPANESE = {
    "analysis": {
        "tokenizer": {"ja": {"type": "kuromoji_tokenizer", "mode": "search"}},
        "analyzer": {
            "ja_text": {
                "type": "custom",
                "char_filter": ["icu_normalizer"],
                "tokenizer": "ja",
                "filter": ["kuromoji_baseform", "kuromoji_part_of_speech", "ja_stop", "lowercase"],
            }
        },
    }
}
POLICY = {
    "policy": {
        "description": "thirty days",
        "default_state": "hot",
        "states": [
            {
                "name": "hot",
                "actions": [{"rollover": {"min_size": "30gb"}}],
                "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "30d"}}],
            },
            {"name": "gone", "actions": [{"delete": {}}], "transitions": []},
        ],
        "ism_template": [{"index_patterns": ["people-*"], "priority": 10}],
    }
}


@dataclass
class Domain:
    sandbox: PlanesSandbox

    def status(self) -> dict[str, Any]:
        return dict(self.sandbox.client("opensearch").describe_domain(DomainName=NAME)["DomainStatus"])

    def request(
        self, method: str, path: str, body: Any = None, *, service: str | None = "es", **query: str
    ) -> tuple[int, dict[str, str], Any]:
        """(status, headers, document) of a request signed for a service, or not at all."""
        url = f"https://{self.status()['Endpoints']['vpc']}{path}"
        if query:
            url += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        if service:
            request = AWSRequest(method=method, url=url, data=content, headers=headers)
            SigV4Auth(Credentials("AKIASANDBOXTESTS0001", "secret"), service, REGION).add_auth(request)
            headers = dict(request.headers.items())
        sent = urllib.request.Request(url, content or None, headers, method=method)
        try:
            with urllib.request.urlopen(
                sent, timeout=10, context=ssl.create_default_context(cafile=self.sandbox.ca)
            ) as response:
                return response.status, dict(response.headers), json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), json.loads(error.read() or b"null")

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        status, _, document = self.request(method, path, body, **query)
        assert status in (200, 201), document
        return document

    def error(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, str, str]:
        """(status, type, reason)."""
        status, _, document = self.request(method, path, body, **query)
        assert status == document["status"]
        return status, document["error"]["type"], document["error"]["reason"]


@pytest.fixture(scope="module")
def made(planes_sandbox: PlanesSandbox) -> Iterator[Domain]:
    ec2 = planes_sandbox.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
    client = planes_sandbox.client("opensearch")
    client.create_domain(
        DomainName=NAME,
        EngineVersion="OpenSearch_2.19",
        ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 3},
        VPCOptions={"SubnetIds": [subnet]},
    )
    early = client.describe_domain(DomainName=NAME)["DomainStatus"]
    assert early["Processing"]
    assert "Endpoints" not in early
    domain = Domain(planes_sandbox)
    wait_for(lambda: not domain.status()["Processing"], 60, "the domain is created")
    yield domain
    client.delete_domain(DomainName=NAME)
    wait_for(lambda: planes_sandbox.planes.describe("search", f"{REGION}/{NAME}") is None, 30, "the server is gone")


@pytest.fixture
def domain(made: Domain) -> Domain:
    """The domain, with nothing in it but its settings."""
    for index in made.ok("GET", "/_cat/indices", format="json"):
        made.ok("DELETE", f"/{index['index']}")
    for template in made.ok("GET", "/_index_template")["index_templates"]:
        made.ok("DELETE", f"/_index_template/{template['name']}")
    for template in made.ok("GET", "/_component_template")["component_templates"]:
        made.ok("DELETE", f"/_component_template/{template['name']}")
    for policy in made.ok("GET", "/_plugins/_ism/policies")["policies"]:
        made.ok("DELETE", f"/_plugins/_ism/policies/{policy['_id']}")
    return made


def test_it_says_what_it_is(domain: Domain) -> None:
    status, headers, document = domain.request("GET", "/")
    assert (status, headers["X-Sandbox-Emulation"]) == (200, "opensearch")
    assert document["version"]["number"] == "2.19.0"
    assert "not OpenSearch" in document["tagline"]
    health = domain.ok("GET", "/_cluster/health")
    assert (health["status"], health["number_of_nodes"]) == ("green", 3)


@pytest.mark.parametrize("service", [None, "s3"])
def test_requests_must_be_signed_for_the_service(domain: Domain, service: str | None) -> None:
    status, headers, _ = domain.request("GET", "/", service=service)
    assert (status, headers["X-Sandbox-Emulation"]) == (403, "opensearch")


def test_what_is_not_emulated_names_itself(domain: Domain) -> None:
    for method, path, body in (
        ("GET", "/_nodes/stats", None),
        ("POST", "/_analyze", {"analyzer": "kuromoji", "text": "東京都"}),
        ("POST", "/_search", {"query": {"fuzzy": {"a": "b"}}}),
    ):
        domain.ok("POST", "/people-1/_doc/1", {"a": "b"})
        status, kind, reason = domain.error(method, path, body)
        assert (status, kind) == (501, "not_emulated_exception")
        assert "emulation of OpenSearch" in reason


def test_a_new_index_picks_up_template_components_and_policy(domain: Domain) -> None:
    domain.ok("PUT", "/_component_template/japanese", {"template": {"settings": JAPANESE}})
    domain.ok("PUT", "/_plugins/_ism/policies/month", POLICY)
    fields = {"name": {"type": "text", "analyzer": "ja_text"}, "id": {"type": "keyword"}}
    template = {
        "index_patterns": ["people-*"],
        "composed_of": ["japanese"],
        "priority": 100,
        "template": {
            "settings": {"number_of_shards": 1, "index": {"refresh_interval": "5s"}},
            "mappings": {"dynamic": "strict", "properties": fields},
            "aliases": {"people": {}},
        },
    }
    domain.ok("PUT", "/_index_template/people", template)
    ((kept),) = domain.ok("GET", "/_index_template/people")["index_templates"]
    assert kept["index_template"]["template"]["settings"] == {
        "index": {"number_of_shards": "1", "refresh_interval": "5s"}
    }
    domain.ok("PUT", "/people-2026", {"settings": {"number_of_replicas": 2}})
    index = domain.ok("GET", "/people-2026")["people-2026"]
    settings = index["settings"]["index"]
    assert (settings["number_of_shards"], settings["number_of_replicas"]) == ("1", "2")
    assert settings["analysis"]["analyzer"]["ja_text"]["tokenizer"] == "ja"
    assert index["mappings"] == {"dynamic": "strict", "properties": fields}
    assert index["aliases"] == {"people": {}}
    explained = domain.ok("GET", "/_plugins/_ism/explain/people-2026")
    assert explained["people-2026"]["policy_id"] == "month"
    assert explained["total_managed_indices"] == 1
    assert domain.error("PUT", "/people-2026/_doc/1", {"other": 1})[1] == "strict_dynamic_mapping_exception"


@pytest.mark.parametrize(
    ("path", "body", "status", "kind", "reason"),
    [
        ("/_index_template/x", {"index_patterns": ["z"], "prio": 1}, 400, "x_content_parse_exception", "[prio]"),
        ("/_index_template/x", {}, 400, "illegal_argument_exception", "index_patterns"),
        ("/_index_template/x", {"index_patterns": ["z"], "composed_of": ["none"]}, 400,
         "invalid_index_template_exception", "[none]"),
        ("/_index_template/x", {"index_patterns": ["taken-2*"], "priority": 5}, 400, "illegal_argument_exception",
         "same priority [5]"),
        ("/_index_template/x", {"index_patterns": ["z"], "template": {"settings": {"shards": 1}}}, 400,
         "illegal_argument_exception", "unknown setting [index.shards]"),
        ("/_component_template/x", {"template": {"setting": {}}}, 400, "x_content_parse_exception", "[setting]"),
        ("/z", {"mappings": {"properties": {"a": {"type": "flattened"}}}}, 400, "mapper_parsing_exception",
         "No handler for type [flattened] declared on field [a]"),
        ("/z", {"mappings": {"properties": {"a": {"type": "keyword", "analyzer": "standard"}}}}, 400,
         "mapper_parsing_exception", "unknown parameter [analyzer] on mapper [a] of type [keyword]"),
        ("/z", {"mappings": {"properties": {"a": {"type": "text", "analyzer": "sudachi"}}}}, 400,
         "mapper_parsing_exception", "analyzer [sudachi] has not been configured"),
        ("/z", {"settings": {"analysis": {"analyzer": {"a": {"tokenizer": "kuromoji"}}}}}, 400,
         "illegal_argument_exception", "failed to find tokenizer under name [kuromoji]"),
        ("/z", {"settings": {"refresh_interval": "5"}}, 400, "illegal_argument_exception", "time value"),
        ("/z", {"setting": {}}, 400, "parse_exception", "unknown key [setting]"),
        ("/Upper", {}, 400, "invalid_index_name_exception", "lowercase"),
        ("/_cluster/settings", {"persistent": {"no.such": "1"}}, 400, "illegal_argument_exception", "not recognized"),
    ],
)  # fmt: skip
def test_what_opensearch_refuses(domain: Domain, path: str, body: Any, status: int, kind: str, reason: str) -> None:
    domain.ok("PUT", "/_index_template/taken", {"index_patterns": ["taken-*"], "priority": 5})
    answered = domain.error("PUT", path, body)
    assert answered[:2] == (status, kind)
    assert reason in answered[2]


def test_policies_are_changed_by_sequence_number_only(domain: Domain) -> None:
    path = "/_plugins/_ism/policies/month"
    assert domain.error("GET", path)[:2] == (404, "status_exception")
    status, _, first = domain.request("PUT", path, POLICY)
    assert (status, first["_version"]) == (201, 1)
    assert domain.error("PUT", path, POLICY)[:2] == (409, "version_conflict_engine_exception")
    version = {"if_seq_no": str(first["_seq_no"]), "if_primary_term": str(first["_primary_term"])}
    assert domain.ok("PUT", path, POLICY, **version)["_version"] == 2
    assert domain.error("PUT", path, POLICY, **version)[0] == 409
    read = domain.ok("GET", path)["policy"]
    assert read["states"][0]["actions"] == [
        {
            "retry": {"count": 3, "backoff": "exponential", "delay": "1m"},
            "rollover": {"min_size": "30gb", "copy_alias": False},
        }
    ]
    assert read["ism_template"][0]["priority"] == 10


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"default_state": "none"}, "valid default state"),
        ({"colour": "red"}, "[colour] found in Policy"),
        ({"states": [{"name": "hot", "actions": [{"burn": {}}]}]}, "[burn] found in Action"),
        ({"states": [{"name": "hot", "actions": [{"rollover": {"min_size": "big"}}]}]}, "[min_size]"),
        ({"states": [{"name": "hot", "transitions": [{"state_name": "x"}]}]}, "nonexistent state: x"),
    ],
)
def test_what_a_policy_may_not_say(domain: Domain, change: dict[str, Any], reason: str) -> None:
    body = {"policy": {**POLICY["policy"], **change}}
    status, kind, told = domain.error("PUT", "/_plugins/_ism/policies/x", body)
    assert (status, kind) == (400, "illegal_argument_exception")
    assert reason in told


def test_dynamic_settings_change_and_static_ones_need_a_closed_index(domain: Domain) -> None:
    domain.ok("PUT", "/people-1", {})
    slow = {"index.search.slowlog.threshold.query.warn": "2s", "index": {"search": {"slowlog": {"level": "INFO"}}}}
    domain.ok("PUT", "/people-1/_settings", slow)
    flat = domain.ok("GET", "/people-1/_settings", flat_settings="true")["people-1"]["settings"]
    assert flat["index.search.slowlog.threshold.query.warn"] == "2s"
    assert flat["index.search.slowlog.level"] == "INFO"
    codec = {"index": {"codec": "best_compression"}}
    assert "Can't update non dynamic settings [[index.codec]]" in domain.error("PUT", "/people-1/_settings", codec)[2]
    assert "final" in domain.error("PUT", "/people-1/_settings", {"number_of_shards": 2})[2]
    domain.ok("POST", "/people-1/_close")
    domain.ok("PUT", "/people-1/_settings", codec)
    domain.ok("POST", "/people-1/_open")
    domain.ok("PUT", "/people-1/_settings", {"index.search.slowlog.threshold.query.warn": None})
    flat = domain.ok("GET", "/people-1/_settings", flat_settings="true")["people-1"]["settings"]
    assert flat["index.codec"] == "best_compression"
    assert "index.search.slowlog.threshold.query.warn" not in flat


def test_fields_are_added_and_never_change_their_type(domain: Domain) -> None:
    domain.ok("PUT", "/people-1", {"mappings": {"properties": {"id": {"type": "keyword"}}}})
    domain.ok("PUT", "/people-1/_mapping", {"properties": {"age": {"type": "integer"}}})
    refused = domain.error("PUT", "/people-1/_mapping", {"properties": {"id": {"type": "long"}}})
    assert "cannot be changed from type [keyword] to [long]" in refused[2]
    wrong = domain.error("PUT", "/people-1/_doc/1", {"age": "old"})
    assert wrong[1] == "mapper_parsing_exception"
    assert set(domain.ok("GET", "/people-1/_mapping")["people-1"]["mappings"]["properties"]) == {"id", "age"}


def test_a_query_log_is_written_in_bulk_and_read_by_exact_values(domain: Domain) -> None:
    fields = {"query": {"type": "keyword"}, "took": {"type": "long"}, "at": {"type": "date"}}
    domain.ok("PUT", "/queries-1", {"mappings": {"properties": fields}})
    lines = [
        {"index": {"_id": "1"}}, {"query": "東京", "took": 12, "at": "2026-11-01"},
        {"index": {"_id": "2"}}, {"query": "大阪", "took": 900, "at": "2026-11-02"},
        {"create": {"_id": "1"}}, {"query": "again", "took": 1, "at": "2026-11-03"},
    ]  # fmt: skip
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    written = domain.ok("POST", "/queries-1/_bulk", body)
    assert [next(iter(item.values()))["status"] for item in written["items"]] == [201, 201, 409]
    domain.ok("POST", "/queries-1/_refresh")
    assert domain.ok("GET", "/queries-1/_count")["count"] == 2
    slow = {"query": {"bool": {"filter": [{"range": {"took": {"gte": 500}}}]}}, "sort": [{"at": "desc"}]}
    (hit,) = domain.ok("POST", "/queries-*/_search", slow)["hits"]["hits"]
    assert hit["_source"]["query"] == "大阪"
    assert (
        domain.ok("POST", "/queries-1/_search", {"query": {"term": {"query": "東京"}}})["hits"]["total"]["value"] == 1
    )
    assert domain.ok("GET", "/queries-1/_doc/1")["_source"]["took"] == 12
    assert domain.request("GET", "/queries-1/_doc/9")[0] == 404


def test_cluster_settings_are_kept_by_scope(domain: Domain) -> None:
    changed = domain.ok("PUT", "/_cluster/settings", {"persistent": {"action.auto_create_index": "false"}})
    assert changed["persistent"] == {"action": {"auto_create_index": "false"}}
    assert domain.error("PUT", "/nowhere/_doc/1", {"a": 1})[:2] == (404, "index_not_found_exception")
    domain.ok("PUT", "/_cluster/settings", {"persistent": {"action.auto_create_index": None}})
    assert domain.ok("GET", "/_cluster/settings") == {"persistent": {}, "transient": {}}


def test_what_it_holds_outlives_a_kill_and_an_upgrade(domain: Domain) -> None:
    domain.ok("PUT", "/people-1/_doc/1", {"a": 1})
    plane = domain.sandbox.planes.describe("search", f"{REGION}/{NAME}")
    assert plane is not None
    os.kill(plane["nodes"][0]["pid"], signal.SIGKILL)

    def count() -> Any:
        try:
            return domain.ok("GET", "/people-1/_count")["count"]
        except OSError:
            return None

    assert wait_for(count, 20, "it answers") == 1
    client = domain.sandbox.client("opensearch")
    client.upgrade_domain(DomainName=NAME, TargetVersion="OpenSearch_3.1")
    wait_for(lambda: not domain.status()["UpgradeProcessing"], 30, "the upgrade")
    assert domain.status()["EngineVersion"] == "OpenSearch_3.1"
    assert domain.ok("GET", "/")["version"]["number"] == "3.1.0"
    assert domain.ok("GET", "/people-1/_count")["count"] == 1
    client.upgrade_domain(DomainName=NAME, TargetVersion="OpenSearch_2.19")
    wait_for(lambda: not domain.status()["UpgradeProcessing"], 30, "the way back")
