"""What is served: the built-in resources (data/resources.yml) and those that custom resource definitions add."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_SUB_VERBS = {
    "binding": ("create",),
    "eviction": ("create",),
    "token": ("create",),
    "log": ("get",),
    "exec": ("create", "get"),
    "attach": ("create", "get"),
    "portforward": ("create", "get"),
    "finalize": ("update",),
    "proxy": ("create", "delete", "get", "patch", "update"),
}
_SUB_GROUPS = {"Scale": "autoscaling/v1", "Eviction": "policy/v1", "TokenRequest": "authentication.k8s.io/v1"}


class Column(NamedTuple):
    """A column of kubectl get: `source` is a JSONPath (".spec.replicas") or "=function"; priority 1 is -o wide only."""

    name: str
    source: str
    priority: int = 0
    type: str = "string"


class Subresource(NamedTuple):
    kind: str
    api_version: str
    verbs: tuple[str, ...]


@dataclass(frozen=True)
class Resource:
    """One resource in one version; `schema` is the custom resource's own schema, None for built-in kinds."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    subresources: dict[str, Subresource] = field(default_factory=dict, compare=False)
    columns: tuple[Column, ...] = ()
    storage_version: str = ""
    schema: dict[str, Any] | None = field(default=None, compare=False)
    scale_paths: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        """Of whatever version: "deployments.apps", "pods"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def custom(self) -> bool:
        return self.schema is not None

    @property
    def only_created(self) -> bool:
        """Whether it is never kept: reviews, bindings."""
        return self.verbs == ("create",)

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


class Registry:
    """Resources by (group, version, plural), by (apiVersion, kind) and by name."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, str, str], Resource] = {}
        self._kinds: dict[tuple[str, str], Resource] = {}
        self._names: dict[str, Resource] = {}
        self.generation = 0
        for resource in _builtin():
            self._add(resource)
        self._builtin_names = frozenset(self._names)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._paths.values())

    def at(self, group: str, version: str, plural: str) -> Resource | None:
        return self._paths.get((group, version, plural))

    def of_kind(self, api_version: str, kind: str) -> Resource | None:
        return self._kinds.get((api_version, kind))

    def named(self, name: str) -> Resource:
        """The storage version of "deployments.apps"; KeyError when nothing is served by that name."""
        return self._names[name]

    def groups(self) -> dict[str, list[str]]:
        """Versions by group, the preferred one first."""
        groups: dict[str, list[str]] = {}
        for resource in self:
            versions = groups.setdefault(resource.group, [])
            if resource.version not in versions:
                versions.append(resource.version)
        return {group: sorted(versions, key=_priority) for group, versions in groups.items()}

    def define(self, crd: dict[str, Any]) -> None:
        """Serve (again) what a CustomResourceDefinition says."""
        self.undefine(crd)
        for resource in custom_resources(crd):
            self._add(resource)

    def undefine(self, crd: dict[str, Any]) -> None:
        name = crd["metadata"]["name"]
        if name in self._builtin_names:
            return
        for resource in [each for each in self if each.name == name]:
            del self._paths[resource.group, resource.version, resource.plural]
            del self._kinds[resource.api_version, resource.kind]
        self._names.pop(name, None)
        self.generation += 1

    def _add(self, resource: Resource) -> None:
        self._paths[resource.group, resource.version, resource.plural] = resource
        self._kinds[resource.api_version, resource.kind] = resource
        if resource.version == resource.storage_version or resource.name not in self._names:
            self._names[resource.name] = resource
        self.generation += 1


def _priority(version: str) -> tuple[int, int, int]:
    """v2 before v1 before v1beta1 before v1alpha1, as kubectl prefers them."""
    major, _, minor = version.removeprefix("v").replace("alpha", " 0 ").replace("beta", " 1 ").partition(" ")
    stability, _, revision = minor.partition(" ")
    return (-int(stability or 2), -int(major), -int(revision or 0))


def _subresource(kind: str, api_version: str, name: str) -> Subresource:
    return Subresource(kind, _SUB_GROUPS.get(kind, api_version), _SUB_VERBS.get(name, ("get", "patch", "update")))


def _builtin() -> Iterator[Resource]:
    table = yaml.safe_load((Path(__file__).parent / "data/resources.yml").read_text("utf-8"))
    for api_version, rows in table.items():
        group, _, version = api_version.rpartition("/")
        for plural, row in rows.items():
            kind = row["kind"]
            columns = dict(row.get("columns", {}))
            columns.setdefault("Age", "=age")
            yield Resource(
                group=group,
                version=version,
                kind=kind,
                plural=plural,
                singular=kind.lower(),
                namespaced=not row.get("cluster", False),
                short_names=tuple(row.get("short", ())),
                categories=("all",) if row.get("all") else (),
                verbs=tuple(row.get("only", VERBS)),
                subresources={
                    name: _subresource(sub or kind, api_version, name) for name, sub in row.get("sub", {}).items()
                },
                columns=tuple(
                    Column(name.removeprefix("+"), source, int(name.startswith("+")))
                    for name, source in columns.items()
                    if source
                ),
                storage_version=version,
            )


def custom_resources(crd: dict[str, Any]) -> Iterator[Resource]:
    """The resources, one per served version, of a CustomResourceDefinition."""
    spec = crd["spec"]
    names = spec["names"]
    for version in spec["versions"]:
        if not version.get("served"):
            continue
        api_version = f"{spec['group']}/{version['name']}"
        subresources = version.get("subresources") or {}
        printed = version.get("additionalPrinterColumns") or ()
        columns = [Column(each["name"], each["jsonPath"], each.get("priority", 0), each["type"]) for each in printed]
        yield Resource(
            group=spec["group"],
            version=version["name"],
            kind=names["kind"],
            plural=names["plural"],
            singular=names.get("singular") or names["kind"].lower(),
            namespaced=spec["scope"] == "Namespaced",
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            subresources={
                name: _subresource("Scale" if name == "scale" else names["kind"], api_version, name)
                for name in subresources
            },
            columns=tuple(columns) or (Column("Age", "=age"),),
            storage_version=next(each["name"] for each in spec["versions"] if each.get("storage")),
            schema=(version.get("schema") or {}).get("openAPIV3Schema") or {},
            scale_paths=subresources.get("scale") or {},
        )
