# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the documents of a copy are those of its source.

Every change of a shard has a number, which its document keeps (``_seq_no``) and a snapshot, which is of files, with it.
The commit that was restored says up to which number it has every change. So a document of the source with a lower
number must be in the copy, with that number and the same content; one with a higher number has moved, and so has
whatever only the copy has. Both sides are read in the order of these numbers, shard by shard.

https://docs.opensearch.org/latest/api-reference/document-apis/index-document/ (_seq_no, _primary_term)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._drill.waiting import StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._restore.proof import Unit
from ansible_collections.iworkz.platform.plugins.module_utils._stores.opensearch import Api

PAGE = 500
CREATED = "index.creation_date"


@dataclass(frozen=True)
class Document:
    """
    :param number: of its last change within its shard.
    :param term: how often the shard had got a new primary by then: a number that was not confirmed is given again.
    """

    number: int
    term: int
    id: str
    source: Any


def indices(api: Api) -> dict[str, datetime]:
    """Every index, and when it was made (GET /{index}/_settings). A restored one says when its source was made."""
    answer = api.get("*", "_settings", CREATED, query="flat_settings=true") or {}
    return {name: datetime.fromtimestamp(int(found["settings"][CREATED]) / 1000, UTC) for name, found in answer.items()}


def count(api: Api, index: str) -> int:
    """GET /{index}/_count."""
    answer = api.get(index, "_count") or {"count": 0}
    return int(answer["count"])


def compare(api: Api, source: str, copy: str, made: Mapping[str, datetime]) -> Unit:
    """
    :param made: what ``indices`` says.
    :raises StepFailed: when a shard does not answer.
    """
    unit = Unit(source, 0, 0)
    if made.get(source) != made[copy]:
        # The source is gone, or was made anew: nothing of it was there when the snapshot was taken.
        unit.copy = count(api, copy)
        unit.moved = unit.copy
        return unit
    shards = api.get(copy, "_stats", query="level=shards")["indices"][copy]["shards"]
    for number, (shard, *_replicas) in shards.items():
        reached = int(shard["commit"]["user_data"]["local_checkpoint"])
        judge(_documents(api, source, number), _documents(api, copy, number), reached, unit)
    return unit


def judge(ours: Iterator[Document], theirs: Iterator[Document], reached: int, unit: Unit) -> None:
    """Documents of the same number side by side; both sides come in the order of their numbers.

    :param reached: up to which number the copy has every change.
    """
    source, copy = next(ours, None), next(theirs, None)
    while source or copy:
        if copy is None or (source and source.number < copy.number):
            unit.source += 1
            if source and source.number <= reached:
                unit.differences += 1
            else:
                unit.moved += 1
            source = next(ours, None)
        elif source is None or copy.number < source.number:
            unit.copy += 1
            unit.moved += 1
            copy = next(theirs, None)
        else:
            unit.source += 1
            unit.copy += 1
            if source == copy:
                unit.compared += 1
            elif source.term != copy.term:
                unit.moved += 1
            else:
                unit.differences += 1
            source, copy = next(ours, None), next(theirs, None)


def _documents(api: Api, index: str, shard: str) -> Iterator[Document]:
    """Those of one shard, in the order of their numbers (POST /{index}/_search).

    What is changed meanwhile is found again at its new number, beyond what the snapshot reached.
    """
    body: dict[str, Any] = {"size": PAGE, "sort": [{"_seq_no": "asc"}], "seq_no_primary_term": True}
    body["track_total_hits"] = False
    while True:
        answer = api.post(index, "_search", body=body, query=f"preference=_shards:{shard}")
        if answer["timed_out"] or answer["_shards"]["failed"]:
            raise StepFailed(f"shard {shard} of {index} did not answer")
        hits = answer["hits"]["hits"]
        for hit in hits:
            yield Document(hit["_seq_no"], hit["_primary_term"], hit["_id"], hit["_source"])
        if len(hits) < PAGE:
            return
        body["search_after"] = hits[-1]["sort"]
