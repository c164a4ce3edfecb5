# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The work of the module opensearch_config: what a domain holds besides documents, brought to its declared state."""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource, reconcile

ISM = ("_plugins", "_ism", "policies")
SECURITY = ("_plugins", "_security", "api")
POLICIES_PER_PAGE = 1000


class Endpoint:
    """:param api: None while there is no domain, which only check mode can do with: nothing is there then."""

    def __init__(self, api: opensearch.Api | None) -> None:
        self._api = api

    @property
    def api(self) -> opensearch.Api:
        if self._api is None:
            raise ReconcileError("there is no domain to connect to")
        return self._api

    def get(self, *path: str, query: str = "") -> Any:
        """The answer; an empty one where there is no domain or no such thing."""
        return {} if self._api is None else self._api.get(*path, query=query) or {}


class SearchResource(StoreResource):
    """One list read whole; keys are the names."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {key: state for key, state in self.states() if keys is None or key in keys}

    def states(self) -> Iterator[tuple[str, State]]:
        raise NotImplementedError


class Template(SearchResource):
    """A declared template stands for the whole: what it does not say is taken away."""

    path: str

    @property
    def equal(self) -> dict[str, Equal]:
        return {"body": operator.eq}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"name": item["name"], "body": normal.template(item["body"]), "_body": item["body"]}

    def states(self) -> Iterator[tuple[str, State]]:
        for one in self.endpoint.get(self.path).get(f"{self.path.removeprefix('_')}s", []):
            state = {"name": one["name"], "body": normal.template(one[self.path.removeprefix("_")])}
            yield one["name"], state

    def create(self, key: str, desired: State) -> None:
        self.endpoint.api.put(self.path, key, body=desired["_body"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)


class ComponentTemplate(Template):
    """GET and PUT /_component_template."""

    kind = "component_template"
    option = "component_templates"
    path = "_component_template"


class IndexTemplate(Template):
    """GET and PUT /_index_template."""

    kind = "index_template"
    option = "index_templates"
    path = "_index_template"
    depends_on = ("component_template",)


class Policy(SearchResource):
    """GET and PUT /_plugins/_ism/policies. A change carries the sequence number that was read, so that one made by
    somebody else in between is not overwritten but refused."""

    kind = "ism_policy"
    option = "ism_policies"

    @property
    def equal(self) -> dict[str, Equal]:
        return {"body": operator.eq}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"name": item["name"], "body": normal.policy(item["body"]), "_body": item["body"]}

    def states(self) -> Iterator[tuple[str, State]]:
        for one in self.endpoint.get(*ISM, query=f"size={POLICIES_PER_PAGE}").get("policies", []):
            sequence = f"if_seq_no={one['_seq_no']}&if_primary_term={one['_primary_term']}"
            yield one["_id"], {"name": one["_id"], "body": normal.policy(one["policy"]), "_sequence": sequence}

    def create(self, key: str, desired: State) -> None:
        self.endpoint.api.put(*ISM, key, body={"policy": desired["_body"]})

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.endpoint.api.put(*ISM, key, body={"policy": desired["_body"]}, query=current["_sequence"])


class Access(SearchResource):
    """GET and PUT /_plugins/_security/api. What is declared stands for the whole."""

    path: str

    @property
    def equal(self) -> dict[str, Equal]:
        return {"body": operator.eq}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"name": item["name"], "body": normal.access(item["body"]), "_body": item["body"]}

    def states(self) -> Iterator[tuple[str, State]]:
        for name, one in self.endpoint.get(*SECURITY, self.path).items():
            yield name, {"name": name, "body": normal.access(one)}

    def create(self, key: str, desired: State) -> None:
        self.endpoint.api.put(*SECURITY, self.path, key, body=desired["_body"])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)


class Role(Access):
    """/_plugins/_security/api/roles: what may be done inside the domain."""

    kind = "role"
    option = "roles"
    path = "roles"


class RoleMapping(Access):
    """/_plugins/_security/api/rolesmapping: who has a role."""

    kind = "role_mapping"
    option = "role_mappings"
    path = "rolesmapping"
    depends_on = ("role",)


class Index(SearchResource):
    """GET /_alias, PUT /{index}. An alias with the index it writes to; the first one is made where there is none.

    Later ones are made by rollover, so that the index behind the alias is not compared.
    """

    kind = "index"
    option = "indices"
    key = "alias"
    depends_on = ("index_template", "ism_policy")

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"alias": item["alias"], "writable": True, "_first": item["first_index"]}

    def states(self) -> Iterator[tuple[str, State]]:
        for alias, writable in opensearch.writable(self.endpoint.get("_alias")).items():
            yield alias, {"alias": alias, "writable": writable}

    def create(self, key: str, desired: State) -> None:
        self.endpoint.api.put(desired["_first"], body={"aliases": {key: {"is_write_index": True}}})

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        raise ReconcileError("none of its indices is its write index: choose one with POST /_aliases")


class ClusterSettings(SearchResource):
    """GET and PUT /_cluster/settings; persistent ones."""

    kind = "cluster_settings"
    option = "cluster_settings"

    def key_of(self, item: dict[str, Any]) -> str | None:
        return self.kind

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return normal.flat(item)

    def states(self) -> Iterator[tuple[str, State]]:
        yield self.kind, normal.flat(self.endpoint.get("_cluster", "settings").get("persistent", {}))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.endpoint.api.put("_cluster", "settings", body={"persistent": {name: desired[name] for name in fields}})


class IndexSettings(SearchResource):
    """GET and PUT /{index}/_settings of existing indices, which templates do not reach.

    A setting that differs between the indices of one pattern is shown with all its values.
    """

    kind = "index_settings"
    option = "index_settings"
    key = "index"
    depends_on = ("index",)

    def __init__(self, endpoint: Endpoint, declared: Mapping[str, Mapping[str, Any]]) -> None:
        """:param declared: the declared settings by name, alias or pattern; no others are looked at."""
        super().__init__(endpoint)
        self.declared = {name: normal.index_settings(settings) for name, settings in declared.items()}

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"index": item["index"], "settings": normal.index_settings(item["settings"])}

    def states(self) -> Iterator[tuple[str, State]]:
        for index, wanted in self.declared.items():
            answer = self.endpoint.get(index, "_settings")
            found = [normal.index_settings(one["settings"]) for one in answer.values()]
            yield index, {"index": index, "settings": _common(found, wanted)}

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        different = {n: v for n, v in desired["settings"].items() if current["settings"].get(n) != v}
        self.endpoint.api.put(key, "_settings", body=different)


def _common(settings: list[dict[str, Any]], names: Collection[str]) -> dict[str, Any]:
    result = {}
    for name in names:
        values = [one.get(name) for one in settings]
        if any(value is not None for value in values):
            result[name] = values[0] if all(value == values[0] for value in values) else {"differs": values}
    return result


def _items(**options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "list", "elements": "dict", "options": options}


_NAME = {"type": "str", "required": True}
_BODY = {"type": "dict", "required": True}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "domain": {"type": "str", "required": True},
    "role_arn": {"type": "str", "required": True},
    "ca_bundle": {"type": "path"},
    "component_templates": _items(name=_NAME, body=_BODY),
    "index_templates": _items(name=_NAME, body=_BODY),
    "ism_policies": _items(name=_NAME, body=_BODY),
    "roles": _items(name=_NAME, body=_BODY),
    "role_mappings": _items(name=_NAME, body=_BODY),
    "indices": _items(alias=_NAME, first_index=_NAME),
    "cluster_settings": {"type": "dict"},
    "index_settings": _items(index=_NAME, settings=_BODY),
}


def run(params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as ``_aws.service.run`` does.

    :raises ReconcileError: before any change, when there is no domain to connect to (but in check mode, which then
        announces everything).
    """
    clients = Clients(params)
    domain = opensearch.domain(clients, params["domain"])
    if domain is None and not check_mode:
        raise ReconcileError(f"domain {params['domain']} does not exist in {clients.region}, or has no endpoint yet")
    api = None
    if domain is not None:
        credentials = opensearch.assume(clients, params["role_arn"])
        api = opensearch.Api(domain, clients.region, credentials, params.get("ca_bundle"), clients.calls)
    endpoint = Endpoint(api)
    adapters: list[SearchResource] = [
        ComponentTemplate(endpoint),
        IndexTemplate(endpoint),
        Policy(endpoint),
        Role(endpoint),
        RoleMapping(endpoint),
        Index(endpoint),
        ClusterSettings(endpoint),
        IndexSettings(endpoint, {i["index"]: i["settings"] for i in params.get("index_settings") or ()}),
    ]
    settings = params.get("cluster_settings")
    declared = {**params, "cluster_settings": None if settings is None else [settings]}
    return reconcile(adapters, declared, check_mode=check_mode, calls=clients.calls)
