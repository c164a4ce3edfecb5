# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Many objects brought to their declared state: one list per kind, then one server-side apply per object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api

SERVERS_OWN = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")
"""Metadata that says nothing of what was declared."""

Object = dict[str, Any]


class Kind(NamedTuple):
    """Where objects of a kind are: the path of all of them, cut where a namespace goes in."""

    root: str
    plural: str
    namespaced: bool

    def path(self, thing: Mapping[str, Any]) -> str:
        metadata = thing["metadata"]
        within = f"/namespaces/{quote(metadata['namespace'])}" if self.namespaced else ""
        return f"{self.root}{within}/{self.plural}/{quote(metadata['name'])}"


@dataclass
class Applied:
    """What became of the objects, as ``Kind namespace/name``; ``diff`` holds before and after of what changed, and
    ``answers`` the objects as the server now has them, by path."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    diff: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Object] = field(default_factory=dict)


def apply(api: Api, definitions: Iterable[Object], manager: str, check_mode: bool = False) -> Applied:
    """Apply objects in the order given; one that is refused does not stop the others. In check mode the server is
    asked for a dry run. Raises KubernetesError when it stays away."""
    applied, kinds, present = Applied(), _Kinds(api), _Present(api)
    for definition in definitions:
        label = label_of(definition)
        try:
            kind = kinds.get(definition)
            before, path = present.get(kind, definition), kind.path(definition)
            after = applied.answers[path] = api.apply(path, definition, manager, check_mode)
        except KubernetesError as error:
            if check_mode and error.code == 404:  # its kind or its namespace is announced, too, and not there yet
                applied.created.append(label)
                continue
            if error.code in (0, 401):
                raise
            applied.failed[label] = str(error)
            continue
        _note(applied, label, before, after)
    return applied


def _note(applied: Applied, label: str, before: Object | None, after: Object) -> None:
    found = difference(label, before, after)
    if not found:
        applied.unchanged.append(label)
        return
    (applied.updated if before else applied.created).append(label)
    applied.diff += found


def difference(label: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What Ansible shows of a change, nothing where there is none."""
    was, now = (declared(before) if before else {}), declared(after)
    return [] if was == now else [{"before_header": label, "after_header": label, "before": was, "after": now}]


def declared(thing: Mapping[str, Any]) -> Object:
    """An object without what the server and controllers write into it."""
    metadata = {key: value for key, value in thing["metadata"].items() if key not in SERVERS_OWN}
    annotations = {key: value for key, value in metadata.pop("annotations", {}).items() if not _of_controllers(key)}
    rest = {key: value for key, value in thing.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}


def _of_controllers(annotation: str) -> bool:
    return annotation.split("/")[0] in ("deployment.kubernetes.io", "autoscaling.alpha.kubernetes.io")


def label_of(thing: Mapping[str, Any]) -> str:
    """An object as it is named to people, ``Kind namespace/name``."""
    metadata = thing["metadata"]
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return f"{thing['kind']} {place}{metadata['name']}"


class _Kinds:
    """The server's discovery, asked once per API version; again for a kind that may just have been made."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[str, str], Kind] = {}

    def get(self, thing: Mapping[str, Any]) -> Kind:
        version, kind = thing["apiVersion"], thing["kind"]
        if (version, kind) not in self._known:
            root = f"/apis/{version}" if "/" in version else f"/api/{version}"
            for found in (self._api.get(root) or {}).get("resources", []):
                if "/" not in found["name"]:
                    self._known[version, found["kind"]] = Kind(root, found["name"], found["namespaced"])
        if (version, kind) not in self._known:
            raise KubernetesError(f"the cluster knows no {kind} of {version}", 404)
        return self._known[version, kind]


class _Present:
    """What there is, read once per kind."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lists: dict[Kind, dict[tuple[str, str], Object]] = {}

    def get(self, kind: Kind, thing: Mapping[str, Any]) -> Object | None:
        if kind not in self._lists:
            listed, _version = self._api.list(f"{kind.root}/{kind.plural}")
            self._lists[kind] = {_place(one["metadata"]): one for one in listed}
        found = self._lists[kind].get(_place(thing["metadata"]))
        return None if found is None else {"apiVersion": thing["apiVersion"], "kind": thing["kind"], **found}


def _place(metadata: Mapping[str, Any]) -> tuple[str, str]:
    return str(metadata.get("namespace") or ""), str(metadata["name"])
