# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person in OpenSearch: documents of an alias whose field holds the person's id."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import Index

PAGE = 1000


def held(api: Any, index: Index, subject: str) -> list[dict[str, Any]]:
    """The person's documents as ``{_index, _id, _source}`` (POST _search), over all indices of the alias.

    Raises DomainError, and LookupError for an alias that is not there.
    """
    api.post(index.alias, "_refresh", body={})
    found: list[dict[str, Any]] = []
    while True:
        body = {"query": {"term": {index.field: subject}}, "size": PAGE, "from": len(found)}
        hits = api.post(index.alias, "_search", body=body)["hits"]
        found += [{name: hit[name] for name in ("_index", "_id", "_source")} for hit in hits["hits"]]
        if not hits["hits"] or len(found) >= hits["total"]["value"]:
            return found


def erase(api: Any, index: Index, subject: str) -> int:
    """Delete them one by one; return how many there were."""
    found = held(api, index, subject)
    for hit in found:
        api.delete(hit["_index"], "_doc", hit["_id"])
    return len(found)


def search(api: Any, index: Index, person: Person) -> int:
    """Documents that are left: by the field, or with the person's id as their own."""
    body = {"query": {"ids": {"values": [person.subject]}}, "size": 1}
    by_id = api.post(index.alias, "_search", body=body)["hits"]["hits"]
    return len({(hit["_index"], hit["_id"]) for hit in [*by_id, *held(api, index, person.subject)]})
