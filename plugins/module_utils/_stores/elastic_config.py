# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The work of the module elastic_config: what Elasticsearch and Kibana hold besides documents, as it is declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube.cluster_api import reader_of
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State
from ansible_collections.iworkz.platform.plugins.module_utils._stores import elastic, elastic_kibana
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal
from ansible_collections.iworkz.platform.plugins.module_utils._stores.resource import StoreResource, reconcile


class ElasticResource(StoreResource):
    """One list read whole; keys are the names, bodies Elasticsearch's own. Nothing is there without a server.

    :param api: None while there is no server, which only check mode can do with.
    """

    path: tuple[str, ...]

    def __init__(self, api: elastic.Api | None) -> None:
        self._api = api

    @property
    def api(self) -> elastic.Api:
        if self._api is None:
            raise ReconcileError("there is no Elasticsearch to connect to")
        return self._api

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"name": item["name"], "body": self.normal(item["body"]), "_body": item["body"]}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        if self._api is None:
            return {}
        found = self.bodies(self._api.get(*self.path) or {})
        return {name: {"name": name, "body": self.normal(body)} for name, body in found if keys is None or name in keys}

    def create(self, key: str, desired: State) -> None:
        self.api.put(*self.path, key, body=self.sent(desired["_body"]))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.create(key, desired)

    def bodies(self, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Names and bodies of an answer."""
        return iter(answer.items())

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        return body

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        return body


class LifecyclePolicy(ElasticResource):
    """GET and PUT /_ilm/policy."""

    kind = "ilm_policy"
    option = "ilm_policies"
    path = ("_ilm", "policy")

    def bodies(self, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, found["policy"]) for name, found in answer.items())

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"policy": body}


class IndexTemplate(ElasticResource):
    """GET and PUT /_index_template."""

    kind = "index_template"
    option = "index_templates"
    path = ("_index_template",)
    depends_on = ("ilm_policy",)

    def bodies(self, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((one["name"], one["index_template"]) for one in answer.get("index_templates", []))

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        # An empty data_stream says a lot, though it is empty.
        return {**normal.template(body), **({"data_stream": {}} if "data_stream" in body else {})}


class Repository(ElasticResource):
    """GET and PUT /_snapshot."""

    kind = "snapshot_repository"
    option = "snapshot_repositories"
    path = ("_snapshot",)

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "settings": normal.flat(body.get("settings", {}))}


class SnapshotPolicy(ElasticResource):
    """GET and PUT /_slm/policy."""

    kind = "snapshot_policy"
    option = "snapshot_policies"
    path = ("_slm", "policy")
    depends_on = ("snapshot_repository",)

    def bodies(self, answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, found["policy"]) for name, found in answer.items())


_NAMED = {
    "type": "list",
    "elements": "dict",
    "options": {"name": {"type": "str", "required": True}, "body": {"type": "dict", "required": True}},
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "cluster": {"type": "str", "required": True},
    "namespace": {"type": "str", "required": True},
    "elasticsearch": {"type": "str", "required": True},
    "url": {"type": "str", "required": True},
    "kibana_url": {"type": "str"},
    "ca_bundle": {"type": "path"},
    **{adapter.option: _NAMED for adapter in (LifecyclePolicy, IndexTemplate, Repository, SnapshotPolicy)},
    **elastic_kibana.ARGUMENTS,
}


def run(params: Mapping[str, Any], *, check_mode: bool) -> dict[str, Any]:
    """Reconcile and report, as ``_aws.service.run`` does.

    :raises ReconcileError: before any change, when the operator has made no Elasticsearch yet (but in check mode, which
        then announces everything).
    """
    clients = Clients(params)
    name = params["elasticsearch"]
    try:
        reader = reader_of(clients, params["cluster"])
        secret = reader and elastic.password(reader.get, params["namespace"], name)
    except KubernetesError as error:
        raise ReconcileError(str(error)) from error
    if not secret and not check_mode:
        raise ReconcileError(f"there is no Elasticsearch {params['namespace']}/{name} in cluster {params['cluster']}")
    store = console = None
    if secret:
        ca_bundle = params.get("ca_bundle")
        store = elastic.Api("elasticsearch", params["url"], secret, ca_bundle, clients.calls)
        if params.get("kibana_url"):
            console = elastic.Api("kibana", params["kibana_url"], secret, ca_bundle, clients.calls)
    adapters: list[StoreResource] = [
        LifecyclePolicy(store),
        IndexTemplate(store),
        Repository(store),
        SnapshotPolicy(store),
        *elastic_kibana.adapters(console, params),
    ]
    return reconcile(adapters, params, check_mode=check_mode, calls=clients.calls)
