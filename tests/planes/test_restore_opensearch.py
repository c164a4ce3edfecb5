"""Restore tests of OpenSearch: snapshots that the emulated domain takes, whole, damaged, short of a document, old."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._restore import opensearch as store
from ansible_collections.iworkz.platform.plugins.module_utils._restore.task import Task
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch
from sandbox.planes.search import repository
from tests.planes.conftest import PlanesSandbox, wait_for
from tests.planes.restores import PREFIX, REGION, TAG_LIST, Restores, ids, unit

NAME = f"{PREFIX}-search"
ROLE = f"arn:aws:iam::123456789012:role/{NAME}-restore"
INDEX, ALIAS, LOG = "postings-000001", "postings", "queries-000001"
DOCUMENTS = 700

GROUP_VARS = Path(__file__).resolve().parents[2] / "group_vars" / "all" / "indices.yml"
# What the calls of a test are to the domain's access control, as org.opensearch.action names them.
ACTIONS = {
    "GET _snapshot": ["cluster:admin/snapshot/get"],
    "POST _snapshot": ["cluster:admin/snapshot/restore"],
    "GET _cat": ["cluster:monitor/state", "cluster:monitor/health", "indices:monitor/settings/get",
                 "indices:monitor/stats"],
    "GET _settings": ["indices:monitor/settings/get"],
    "GET _stats": ["indices:monitor/stats"],
    "POST _search": ["indices:data/read/search"],
    "GET _count": ["indices:data/read/search"],
    "DELETE index": ["indices:admin/delete"],
}  # fmt: skip


@dataclass
class Domain:
    """With an index of many documents, and one that is no longer written."""

    restores: Restores
    api: opensearch.Api

    def test(self, directory: Path, **changes: Any) -> dict[str, Any]:
        return self.restores.test(directory, stores=["opensearch"], search_role=ROLE, **changes)

    def indices(self) -> list[str]:
        return [one["index"] for one in self.api.get("_cat", "indices", query="format=json")]

    @property
    def snapshots(self) -> Path:
        return self.restores.sandbox.settings.planes_directory / "data" / f"search-{REGION}-{NAME}" / "snapshots"

    def newest(self) -> Path:
        """The directory of one that is taken now."""
        shutil.rmtree(self.snapshots, ignore_errors=True)
        (listed,) = self.api.get("_snapshot", "cs-automated-enc", "_all")["snapshots"]
        return self.snapshots / listed["snapshot"]


@pytest.fixture(scope="module")
def domain(planes_sandbox: PlanesSandbox) -> Iterator[Domain]:
    ec2, client = planes_sandbox.client("ec2"), planes_sandbox.client("opensearch")
    vpc = ec2.create_vpc(CidrBlock="10.91.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.91.1.0/24")["Subnet"]["SubnetId"]
    client.create_domain(
        DomainName=NAME,
        EngineVersion="OpenSearch_2.19",
        ClusterConfig={"InstanceType": "t3.small.search", "InstanceCount": 1},
        VPCOptions={"SubnetIds": [subnet]},
        EncryptionAtRestOptions={"Enabled": True},
        TagList=TAG_LIST,
    )
    clients = Clients(planes_sandbox.connection)
    found = wait_for(lambda: opensearch.domain(clients, NAME), what=NAME)
    api = opensearch.Api(found, REGION, opensearch.assume(clients, ROLE), planes_sandbox.ca)
    size = {"number_of_shards": 3, "number_of_replicas": 2}
    api.put(INDEX, body={"settings": size, "aliases": {ALIAS: {}}})
    api.put(LOG, body={"settings": size})
    for number in range(DOCUMENTS):
        api.put(INDEX, "_doc", f"job-{number}", body={"title": f"求人{number}", "skills": ["python", number]})
    api.put(LOG, "_doc", "one", body={"query": "経理"})
    api.put(LOG, "_settings", body={"index.blocks.write": True})
    yield Domain(Restores(planes_sandbox), api)
    client.delete_domain(DomainName=NAME)
    wait_for(lambda: planes_sandbox.planes.describe("search", f"{REGION}/{NAME}") is None, 30, NAME)


def test_a_snapshot_is_proven_and_what_changed_since_is_told_from_it(domain: Domain, tmp_path: Path) -> None:
    domain.newest()
    answer = domain.test(tmp_path)
    assert (ids(answer), answer["verdicts"]) == ([], ["pass"])
    (record,) = answer["tests"]
    assert record["recovery_point"]["type"] == "automated"
    assert unit(record, INDEX) == {
        "name": INDEX, "source": DOCUMENTS, "copy": DOCUMENTS, "compared": DOCUMENTS, "differences": 0, "moved": 0,
    }  # fmt: skip
    assert unit(record, LOG)["compared"] == 1
    assert record["proven"] == ["restore.proven_documents"]
    assert record["restore_seconds"] > 0
    assert sorted(domain.indices()) == sorted([INDEX, LOG])
    (role,) = yaml.safe_load(GROUP_VARS.read_text(encoding="utf-8"))["platform_indices"]["roles"]
    allowed = [*role["body"]["cluster_permissions"]]
    allowed += [action for one in role["body"]["index_permissions"] for action in one["allowed_actions"]]
    calls = [call.removeprefix("opensearch:") for call in answer["api_calls"] if " " in call]
    needed = {action for call in calls for action in ACTIONS[call]}
    assert [action for action in needed if not any(fnmatchcase(action, one) for one in allowed)] == []
    domain.api.put(INDEX, "_doc", "job-1", body={"title": "changed"})
    domain.api.put(INDEX, "_doc", "job-new", body={"title": "new"})
    domain.api.delete(INDEX, "_doc", "job-2")
    domain.api.put("later-000001", body={})
    answer = domain.test(tmp_path)
    domain.api.delete("later-000001")
    assert ids(answer) == []
    # The changed document on both sides, the new one here, the deleted one there.
    assert unit(answer["tests"][0], INDEX) == {
        "name": INDEX, "source": DOCUMENTS, "copy": DOCUMENTS, "compared": DOCUMENTS - 2, "differences": 0, "moved": 4,
    }  # fmt: skip


def test_an_index_that_was_made_anew_has_moved(domain: Domain, tmp_path: Path) -> None:
    domain.api.put("again-000001", "_doc", "one", body={"text": "before"})
    domain.newest()
    domain.api.delete("again-000001")
    domain.api.put("again-000001", "_doc", "one", body={"text": "after"})
    answer = domain.test(tmp_path)
    domain.api.delete("again-000001")
    assert ids(answer) == []
    assert unit(answer["tests"][0], "again-000001")["moved"] == 1


def test_a_flipped_byte_keeps_a_shard_from_being_restored(domain: Domain, tmp_path: Path) -> None:
    file = domain.newest() / INDEX / "1.json"
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    file.write_bytes(damaged)
    answer = domain.test(tmp_path)
    assert (ids(answer), answer["verdicts"]) == (["restore.not_restored"], ["fail"])
    assert "checksum failed" in answer["reasons"][0]["message"]
    assert not [name for name in domain.indices() if "restore-test" in name]


def test_a_flipped_byte_in_what_an_index_is_refuses_the_restoration(domain: Domain, tmp_path: Path) -> None:
    file = domain.newest() / LOG / "meta.json"
    file.write_bytes(file.read_bytes().replace(b"queries", b"querier", 1))
    answer = domain.test(tmp_path)
    assert ids(answer) == ["restore.not_restored"]
    assert "corrupt_state_exception" in answer["reasons"][0]["message"]
    assert not [name for name in domain.indices() if "restore-test" in name]


def test_a_lost_document_and_an_altered_one_are_found(domain: Domain, tmp_path: Path) -> None:
    file = domain.newest() / INDEX / "0.json"
    documents = repository.read(file)
    lost, altered, *_others = documents
    del documents[lost]
    documents[altered]["_source"]["title"] = "別の求人"
    repository.write(file, documents)
    answer = domain.test(tmp_path)
    assert (ids(answer), answer["verdicts"]) == (["restore.rows_differ"], ["fail"])
    assert answer["tests"][0]["rows"]["differences"] == 2


def test_an_index_that_is_not_in_the_snapshot_is_missed(domain: Domain, tmp_path: Path) -> None:
    file = domain.newest() / "snapshot.json"
    info = repository.read(file)
    repository.write(file, {**info, "indices": [LOG]})
    answer = domain.test(tmp_path)
    assert ids(answer) == ["restore.index_missing"]
    assert unit(answer["tests"][0], INDEX)["differences"] == DOCUMENTS


def test_an_old_snapshot_is_told_and_one_that_failed_is_not_restored(domain: Domain, tmp_path: Path) -> None:
    file = domain.newest() / "snapshot.json"
    info = repository.read(file)
    repository.write(file, {**info, "start_time_in_millis": info["start_time_in_millis"] - 50 * 60 * 1000})
    limits = domain.restores.task(tmp_path, search_role=ROLE).params["limits"]
    hasty = {**limits, "age_hours": {**limits["age_hours"], "opensearch": 0.5}}
    assert ids(domain.test(tmp_path, limits=hasty)) == ["restore.point_old"]
    repository.write(file, {**info, "state": "FAILED"})
    assert ids(domain.test(tmp_path)) == ["restore.no_point"]
    file.write_bytes(b"{}")
    assert ids(domain.test(tmp_path)) == ["restore.no_point"]


def test_what_an_interrupted_test_has_left_is_destroyed(
    domain: Domain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain.newest()

    def interrupted(_self: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store.Copy, "compare", interrupted)
        with pytest.raises(KeyboardInterrupt):
            domain.test(tmp_path)
    left = [name for name in domain.indices() if "restore-test" in name]
    assert len(left) == 2
    (copy,) = domain.api.get(f"{PREFIX}-restore-test-*-{INDEX}").values()
    assert (copy["aliases"], copy["settings"]["index"]["number_of_replicas"]) == ({}, "0")
    assert ids(domain.test(tmp_path)) == ["restore.unfinished"]
    strange = f"{PREFIX}-restore-test-00000000-{INDEX}"
    domain.api.put(strange, body={})
    answer = domain.test(tmp_path, resume=True)
    assert ids(answer) == ["restore.interrupted"]
    assert [name for name in domain.indices() if "restore-test" in name] == [strange]
    domain.api.delete(strange)


def test_check_mode_says_what_would_be_restored_and_makes_nothing(domain: Domain, tmp_path: Path) -> None:
    newest = domain.newest()
    task: Task = domain.restores.task(tmp_path, stores=["opensearch"], search_role=ROLE)
    answer = task.run(True)
    assert [(one["store"], one["id"]) for one in answer["plan"]] == [("opensearch", newest.name)]
    assert not [call for call in answer["api_calls"] if call.startswith(("opensearch:POST", "opensearch:DELETE"))]
    assert json.loads(json.dumps(answer)) == answer
