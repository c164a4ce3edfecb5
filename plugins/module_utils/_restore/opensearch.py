# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenSearch: the newest automated snapshot of each domain, restored to indices of the test's own in that domain.

Automated snapshots can be restored nowhere else. A copy begins with the test's name, has no alias and no replica, and
no policy manages it. Requests are signed as ``site.search_role``, who may write nothing but copies.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-restore.html
https://docs.opensearch.org/latest/api-reference/snapshots/restore-snapshot/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore import opensearch_documents
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, prefix
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Comparison, Point, Unit
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, opensearch_snapshots

STORE = "opensearch"
KIND = "indices"
SETTINGS = {"index.number_of_replicas": 0}
# A copy of an index that is no longer written could not be deleted.
IGNORED = ["index.blocks.*"]
# While the service takes a snapshot, no index that is in it can be deleted.
BUSY = "snapshot_in_progress_exception"
SHARDS = "format=json&h=index,shard,prirep,state,unassigned.reason,unassigned.details"


class OpenSearch:
    """See proof.Store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def points(self) -> list[Point]:
        """es:ListDomainNames, DescribeDomains, ListTags; GET /_snapshot/{repository}/_all."""
        found = opensearch.domains(self._context.clients, self._context.site.owns)
        return [self._newest(described) for described in found]

    def prepare(self, point: Point) -> Point:
        return point

    def restore(self, point: Point, copies: Copies) -> Copy:
        """POST /_snapshot/{repository}/{snapshot}/_restore, and GET /_cat/shards until each shard is there."""
        api = _api(self._context, point.source)
        indices = {name: f"{copies.name}-{name}" for name in point.details["indices"]}
        copies.making(KIND, domain=point.source)
        if indices:
            body = {
                "indices": ",".join(indices),
                "include_global_state": False,
                "include_aliases": False,
                "rename_pattern": "^(.+)$",
                "rename_replacement": f"{copies.name}-$1",
                "index_settings": SETTINGS,
                "ignore_index_settings": IGNORED,
            }
            api.post("_snapshot", point.details["repository"], point.id, "_restore", body=body)
            self._context.wait(f"the indices {copies.name}-*", lambda: _restored(api, f"{copies.name}-*"))
        return Copy(self._context, point, api, indices)

    def _newest(self, described: Mapping[str, Any]) -> Point:
        name = described["DomainName"]
        snapshot = opensearch_snapshots.newest(_api(self._context, name), described)
        if snapshot is None:
            problem = Breach("restore.no_point", {"store": STORE, "source": name, "kind": "snapshot"})
            return Point(STORE, "snapshot", name, "-", "-", self._context.clock.now(), problem=problem)
        # One that was taken during a test has its copies, too.
        own = [index for index in snapshot.indices if not index.startswith(prefix(self._context))]
        details = {"repository": snapshot.repository, "indices": own}
        return Point(STORE, "snapshot", name, snapshot.name, "automated", snapshot.at, details=details)


@dataclass(frozen=True)
class Copy:
    """See proof.Restored.

    :param indices: names of the copies by those of what they are copies of.
    """

    context: Context
    point: Point
    api: opensearch.Api
    indices: Mapping[str, str]

    def compare(self) -> Comparison:
        """Index by index; one that was there before the snapshot, and is not in it, is missed."""
        found = Comparison(unproven=["restore.unproven_documents"])
        reasons = []
        here = opensearch_documents.indices(self.api)
        for name, copy in sorted(self.indices.items()):
            unit = opensearch_documents.compare(self.api, name, copy, here)
            found.units.append(unit)
            if unit.differences:
                reasons.append(Breach("restore.rows_differ", {"table": name, "rows": unit.differences}))
        for name, made in sorted(here.items()):
            ours = not name.startswith((opensearch_snapshots.SYSTEM, prefix(self.context)))
            if ours and name not in self.indices and made < self.point.at:
                documents = opensearch_documents.count(self.api, name)
                found.units.append(Unit(name, documents, 0, differences=max(1, documents)))
                reasons.append(Breach("restore.index_missing", {"index": name}))
        found.judge("restore.proven_documents", reasons)
        return found


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy (GET /_cat/indices, DELETE /{index}). An index has no tags: whose it is, its name tells."""
    name = what["name"]
    if name != prefix(context) + identifier:
        raise StepFailed(f"the indices {name}-* are not of this test ({identifier}), and are left alone")
    api = _api(context, what["domain"])

    def gone() -> bool:
        left = [one["index"] for one in api.get("_cat", "indices", f"{name}-*", query="format=json") or []]
        for index in left:
            api.delete(index)
        return not left

    context.wait(f"end of the indices {name}-*", gone, lambda error: BUSY in str(error))


def _restored(api: opensearch.Api, pattern: str) -> bool:
    """Raises StepFailed when a shard could not be restored: it stays unassigned, and the index red."""
    found = api.get("_cat", "shards", pattern, query=SHARDS) or []
    for shard in found:
        if shard["state"] == "UNASSIGNED" and shard["unassigned.reason"] == "ALLOCATION_FAILED":
            raise StepFailed(f"shard {shard['shard']} of {shard['index']}: {shard['unassigned.details']}")
    return bool(found) and all(shard["state"] == "STARTED" for shard in found)


def _api(context: Context, name: str) -> opensearch.Api:
    """sts:AssumeRole."""
    domain = opensearch.domain(context.clients, name)
    if domain is None:
        raise StepFailed(f"there is no domain {name}, or it has no endpoint")
    credentials = opensearch.assume(context.clients, context.site.search_role)
    site = context.site
    return opensearch.Api(domain, site.region, credentials, site.ca_bundle, context.clients.calls)
