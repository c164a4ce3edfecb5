# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the platform's search domains hold besides documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, opensearch_snapshots
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal
from ansible_collections.iworkz.platform.plugins.module_utils._stores.opensearch_snapshots import Snapshot

Bodies = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Content:
    """Bodies by name, in the form of ``opensearch_normal``.

    :param settings: by declared alias and index behind it.
    :param writable: the aliases that have an index to write to.
    """

    api: opensearch.Api
    component_templates: Bodies
    index_templates: Bodies
    ism_policies: Bodies
    settings: dict[str, Bodies]
    writable: frozenset[str]


def domains(world: World) -> list[dict[str, Any]]:
    """The platform's domains, as DescribeDomains has them."""
    return opensearch.domains(world, world.platform.owns)


def contents(world: World) -> dict[str, Content | None]:
    """By domain; None where it has no endpoint yet."""
    return {described["DomainName"]: _read(world, described) for described in world.once(domains)}


def snapshots(world: World) -> dict[str, Snapshot | None]:
    """The newest automated snapshot by domain; None where there is none, or nobody to ask."""
    return {described["DomainName"]: _newest(world, described) for described in world.once(domains)}


def _newest(world: World, described: dict[str, Any]) -> Snapshot | None:
    api = _api(world, described)
    return opensearch_snapshots.newest(api, described) if api else None


def _api(world: World, described: dict[str, Any]) -> opensearch.Api | None:
    """None while it has no endpoint."""
    platform = world.platform
    domain = opensearch.from_description(described)
    if domain is None:
        return None
    credentials = opensearch.assume(world, platform.declared["indices"]["role_arn"])
    return opensearch.Api(domain, platform.region, credentials, platform.reach.get("ca_bundle"))


def _read(world: World, described: dict[str, Any]) -> Content | None:
    api = _api(world, described)
    if api is None:
        return None
    components = api.get("_component_template") or {}
    templates = api.get("_index_template") or {}
    policies = api.get("_plugins", "_ism", "policies", query="size=1000") or {}
    aliases = [item["alias"] for item in world.platform.declared["indices"]["indices"]]
    return Content(
        api,
        {one["name"]: normal.template(one["component_template"]) for one in components.get("component_templates", [])},
        {one["name"]: normal.template(one["index_template"]) for one in templates.get("index_templates", [])},
        {one["_id"]: normal.policy(one["policy"]) for one in policies.get("policies", [])},
        {alias: _settings(api, alias) for alias in aliases},
        frozenset(alias for alias, has in opensearch.writable(api.get("_alias") or {}).items() if has),
    )


def _settings(api: opensearch.Api, alias: str) -> Bodies:
    answer = api.get(alias, "_settings") or {}
    return {index: normal.index_settings(found["settings"]) for index, found in answer.items()}
