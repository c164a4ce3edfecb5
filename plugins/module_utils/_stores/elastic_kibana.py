# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Kibana's spaces, data views and saved searches, for the module elastic_config and for checks."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource

SOURCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
Item = dict[str, Any]


class KibanaResource(StoreResource):
    """:param api: None where there is no Kibana, or none yet, which only check mode can do with."""

    key = "id"

    def __init__(self, api: elastic.Api | None) -> None:
        self._api = api

    @property
    def api(self) -> elastic.Api:
        if self._api is None:
            raise ReconcileError("there is no Kibana to connect to: kibana_url is not given")
        return self._api

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = {} if self._api is None else self.states()
        return {key: state for key, state in found.items() if keys is None or key in keys}

    def states(self) -> dict[str, State]:
        raise NotImplementedError


class Space(KibanaResource):
    """GET and POST /api/spaces/space, PUT /api/spaces/space/{id}."""

    kind = "kibana_space"
    option = "kibana_spaces"

    def states(self) -> dict[str, State]:
        return {one["id"]: one for one in self.api.get("api/spaces/space") or []}

    def create(self, key: str, desired: State) -> None:
        self.api.post("api/spaces/space", body=desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.api.put("api/spaces/space", key, body={**current, **desired})


class SpaceContent(KibanaResource):
    """What lies in a space. Ids are unique over all spaces, so that one list declares them.

    :param spaces: those that something is declared in; no others are looked at.
    """

    depends_on: tuple[str, ...] = ("kibana_space",)

    def __init__(self, api: elastic.Api | None, spaces: Collection[str]) -> None:
        super().__init__(api)
        self.spaces = sorted(spaces)

    def states(self) -> dict[str, State]:
        known = {one["id"] for one in self.api.get("api/spaces/space") or []}
        return {
            one["id"]: {**one, "space": space} for space in self.spaces if space in known for one in self.within(space)
        }

    def within(self, space: str) -> list[State]:
        raise NotImplementedError


class DataView(SpaceContent):
    """GET and POST /s/{space}/api/data_views/data_view."""

    kind = "kibana_data_view"
    option = "kibana_data_views"
    immutable = frozenset({"space"})

    def prepare(self, item: Item, strict: bool) -> State:
        given = super().prepare(item, strict)
        names = {"title": "title", "name": "name", "time_field": "timeFieldName"}
        return {"id": item["id"], "space": item["space"], **{names[k]: v for k, v in given.items() if k in names}}

    def within(self, space: str) -> list[State]:
        return data_views(self.api, space)

    def create(self, key: str, desired: State) -> None:
        self._send(desired, "api/data_views/data_view")

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._send(desired, f"api/data_views/data_view/{key}", without="id")

    def _send(self, desired: State, path: str, without: str = "") -> None:
        view = {name: value for name, value in desired.items() if name not in ("space", without)}
        self.api.post("s", desired["space"], path, body={"data_view": view})


class SavedSearch(SpaceContent):
    """POST /s/{space}/api/saved_objects/_export and _import."""

    kind = "kibana_saved_search"
    option = "kibana_saved_searches"
    depends_on = ("kibana_space", "kibana_data_view")
    immutable = frozenset({"space"})

    def within(self, space: str) -> list[State]:
        return saved_searches(self.api, space)

    def create(self, key: str, desired: State) -> None:
        answer = self.api.imported(
            "s", desired["space"], "api/saved_objects/_import", objects=[saved_object(desired)], query="overwrite=true"
        )
        if not answer.get("success"):
            raise ReconcileError(f"Kibana does not take it: {json.dumps(answer.get('errors'), sort_keys=True)}")

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, {**current, **desired})


def data_views(api: elastic.Api, space: str) -> list[State]:
    """Of one space: id, title (the pattern), name and timeFieldName, which the list leaves out."""
    listed = (api.get("s", space, "api/data_views") or {}).get("data_view", [])
    return [api.get("s", space, "api/data_views/data_view", one["id"])["data_view"] for one in listed]


def saved_searches(api: elastic.Api, space: str) -> list[State]:
    """Of one space, in the form in which they are declared: id, title, data_view, query (Lucene's syntax), columns."""
    body = {"type": ["search"], "excludeExportDetails": True}
    return [_declared(one) for one in api.exported("s", space, "api/saved_objects/_export", body=body)]


def saved_object(declared: Mapping[str, Any]) -> Item:
    """A declared search as Kibana stores it, newest lines first."""
    source = {
        "query": {"language": "lucene", "query": declared["query"]},
        "filter": [],
        "indexRefName": SOURCE,
    }
    return {
        "type": "search",
        "id": declared["id"],
        "attributes": {
            "title": declared["title"],
            "columns": list(declared["columns"]),
            "sort": [["@timestamp", "desc"]],
            "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps(source, ensure_ascii=False)},
        },
        "references": [{"name": SOURCE, "type": "index-pattern", "id": declared["data_view"]}],
    }


def _declared(stored: Mapping[str, Any]) -> State:
    attributes = stored["attributes"]
    source = json.loads(attributes.get("kibanaSavedObjectMeta", {}).get("searchSourceJSON", "{}"))
    views = [one["id"] for one in stored.get("references", []) if one["name"] == source.get("indexRefName")]
    return {
        "id": stored["id"],
        "title": attributes["title"],
        "columns": attributes.get("columns", []),
        "query": source.get("query", {}).get("query", ""),
        "data_view": views[0] if views else None,
    }


def adapters(api: elastic.Api | None, params: Mapping[str, Any]) -> list[StoreResource]:
    def spaces(option: str) -> set[str]:
        return {item["space"] for item in params.get(option) or ()}

    return [
        Space(api),
        DataView(api, spaces(DataView.option)),
        SavedSearch(api, spaces(SavedSearch.option)),
    ]


def _items(**options: Item) -> Item:
    return {"type": "list", "elements": "dict", "options": options}


_TEXT = {"type": "str", "required": True}

ARGUMENTS: dict[str, Item] = {
    "kibana_spaces": _items(id=_TEXT, name=_TEXT, description={"type": "str"}),
    "kibana_data_views": _items(id=_TEXT, space=_TEXT, title=_TEXT, name=_TEXT, time_field={"type": "str"}),
    "kibana_saved_searches": _items(
        id=_TEXT,
        space=_TEXT,
        title=_TEXT,
        data_view=_TEXT,
        query=_TEXT,
        columns={"type": "list", "elements": "str", "required": True},
    ),
}
