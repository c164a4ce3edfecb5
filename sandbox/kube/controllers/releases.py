"""Flux's helm-controller: HelmReleases (helm.toolkit.fluxcd.io/v2) of the charts known here."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.kube.api import CRDS
from sandbox.kube.controllers import charts
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import (
    Object,
    digest,
    holds,
    labels,
    leaving,
    name,
    namespace,
    stamp,
    with_condition,
)
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.errors import ApiError

FINALIZER = "finalizers.fluxcd.io"
OWNER = "helm.toolkit.fluxcd.io"
MANAGER = "helm-controller"
WORKLOADS = ("deployments.apps", "statefulsets.apps", "daemonsets.apps")
SOURCES = "helmrepositories.source.toolkit.fluxcd.io"
HISTORY = 5

Told = dict[str, tuple["bool | str", str, str]]
"""Conditions: status, reason, message by type."""


class ReleaseError(Exception):
    """Why a release isn't made: (reason of Ready, message)."""


class Releases(Controller):
    resource = "helmreleases.helm.toolkit.fluxcd.io"
    watches = (*WORKLOADS, SOURCES)
    waits_for = (MANAGER, "source-controller")

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._applied: dict[Key, int] = {}
        """The generation that objects of releases had once they were applied."""

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == SOURCES:
            return self.everything()
        if resource == self.resource:
            dependents = [key for key in self.everything() if self._depends(key, obj)] if kind == "MODIFIED" else []
            return [*super().keys(resource, kind, obj), *dependents]
        marks = labels(obj)
        called = marks.get(f"{OWNER}/name")
        return (Key(self.resource, marks[f"{OWNER}/namespace"], called),) if called else ()

    def reconcile(self, key: Key) -> float | None:
        release = self.world.get(*key)
        if release is None or release["spec"].get("suspend") or not all(map(self.world.operator, self.waits_for)):
            return None
        if leaving(release):
            self._uninstall(release)
            return None
        if FINALIZER not in release["metadata"].get("finalizers", ()):
            finalizers = [*release["metadata"].get("finalizers", ()), FINALIZER]
            release = self.world.replace(self.resource, release, {"metadata": {"finalizers": finalizers}})
        try:
            self._refuse(release)
            objects = self._objects(release)
            self._apply(release, objects)
        except (ReleaseError, ApiError) as error:
            reason, message = error.args if isinstance(error, ReleaseError) else ("InstallFailed", error.message)
            told: Told = {"Ready": (False, reason, message)}
            if reason == "InstallFailed":
                told["Released"] = told["Ready"]
            self._tell(release, {}, told)
            return self.world.timing.autoscaler
        self._conclude(release, objects)
        return None

    def _depends(self, key: Key, on: Object) -> bool:
        found = self.world.get(*key)
        return found is not None and any(
            (each.get("namespace", key.namespace), each["name"]) == (namespace(on), name(on))
            for each in found["spec"].get("dependsOn") or ()
        )

    def _refuse(self, release: Object) -> None:
        """ReleaseError when what it needs isn't there."""
        if "chart" not in release["spec"]:
            raise ReleaseError("ArtifactFailed", "the sandbox makes releases of spec.chart only, not of spec.chartRef")
        source = release["spec"]["chart"]["spec"]["sourceRef"]
        space = source.get("namespace", namespace(release))
        repository = self.world.get(SOURCES, space, source["name"])
        if source["kind"] != "HelmRepository" or repository is None:
            raise ReleaseError("SourceNotReady", f"{source['kind']} '{space}/{source['name']}' not found")
        for each in release["spec"].get("dependsOn") or ():
            space = each.get("namespace", namespace(release))
            other = self.world.get(self.resource, space, each["name"])
            if other is None or not _current(other):
                raise ReleaseError("DependencyNotReady", f"dependency '{space}/{each['name']}' is not ready")

    def _objects(self, release: Object) -> list[Object]:
        """What the chart makes, CRDs first."""
        chart = release["spec"]["chart"]["spec"]
        space = _space(release)
        try:
            content = charts.render(
                chart["chart"], chart.get("version", "*"), _called(release), space, release["spec"].get("values") or {}
            )
        except KeyError:
            known = ", ".join(charts.known())
            why = f"the sandbox knows no chart '{chart['chart']}', only: {known}"
            raise ReleaseError("ChartNotKnown", why) from None
        except ValueError as error:
            raise ReleaseError("InstallFailed", str(error)) from error
        if (release["spec"].get("install") or {}).get("createNamespace") and not self.world.get(
            "namespaces", "", space
        ):
            self.world.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
        mark = {f"{OWNER}/name": name(release), f"{OWNER}/namespace": namespace(release)}
        marked = [
            {**each, "metadata": {**each["metadata"], "labels": {**labels(each), **mark}}} for each in content.objects
        ]
        return [*content.crds, *marked]

    def _apply(self, release: Object, objects: list[Object]) -> None:
        """Bring about what changed, or what was changed since where drift is to be corrected; prune what is no more."""
        status = release.get("status") or {}
        drifting = (release["spec"].get("driftDetection") or {}).get("mode") == "enabled"
        changed = status.get("lastAttemptedConfigDigest") != digest(objects)
        for each in objects:
            key = self._key(each, release)
            found = self.world.get(*key)
            same = found is not None and self._applied.get(key) == found["metadata"].get("generation", 0)
            if changed or (drifting and not same):
                space = key.namespace or None
                made = self.world.api.apply(key.resource, space, key.name, each, force=True, field_manager=MANAGER)
                self._applied[key] = made["metadata"].get("generation", 0)
        if changed:
            kept = {"_".join(self._key(each, release)) for each in objects}
            self._prune([each for each in _inventory(release) if each not in kept])

    def _conclude(self, release: Object, objects: list[Object]) -> None:
        """Released once all of its workloads are there."""
        status, made = release.get("status") or {}, digest(objects)
        keys = [self._key(each, release) for each in objects]
        entries = [{"id": "_".join(key), "v": "v1"} for key in keys if key.resource != CRDS]
        inventory: Object = {"lastAttemptedConfigDigest": made, "inventory": {"entries": entries}}
        waiting = [key for key in keys if key.resource in WORKLOADS and not _rolled_out(self.world.get(*key))]
        history = status.get("history") or []
        again = not history or history[0]["configDigest"] != made
        version = (history[0]["version"] if history else 0) + again
        action = "install" if version == 1 else "upgrade"
        chart = release["spec"]["chart"]["spec"]
        used = f"{chart['chart']}@{chart.get('version', '*')}"
        target = f"release {_space(release)}/{_called(release)}.v{version} with chart {used}"
        if waiting and not (release["spec"].get("install") or {}).get("disableWait"):
            going = f"Running '{action}' action: waiting for {', '.join(key.name for key in waiting)}"
            still: Told = {"Reconciling": (True, "Progressing", going), "Ready": ("Unknown", "Progressing", going)}
            self._tell(release, inventory, still)
            return
        done = (True, f"{action.capitalize()}Succeeded", f"Helm {action} succeeded for {target}")
        if again:
            snapshot = {
                "name": _called(release),
                "namespace": _space(release),
                "version": version,
                "status": "deployed",
                "chartName": chart["chart"],
                "chartVersion": chart.get("version", "*"),
                "configDigest": made,
                "digest": digest(made, version),
                "firstDeployed": history[-1]["firstDeployed"] if history else stamp(self.world.now),
                "lastDeployed": stamp(self.world.now),
            }
            superseded = [{**each, "status": "superseded"} for each in history]
            inventory["history"] = [snapshot, *superseded][:HISTORY]
        inventory["lastAttemptedRevision"] = chart.get("version", "*")
        self._tell(release, inventory, {"Ready": done, "Released": done})

    def _tell(self, release: Object, status: Object, conditions: Told) -> None:
        before, generation = release.get("status") or {}, release["metadata"]["generation"]
        found = [each for each in before.get("conditions") or () if each["type"] != "Reconciling"]
        for kind, told in conditions.items():
            found = with_condition(found, self.world.now, kind, *told, observedGeneration=generation)
        told_of = {**before, **status, "observedGeneration": generation, "conditions": found}
        self.world.set_status(self.resource, release, told_of)

    def _uninstall(self, release: Object) -> None:
        self._prune(_inventory(release))
        self.world.finalize(self.resource, release, FINALIZER)

    def _prune(self, entries: Iterable[str]) -> None:
        for entry in entries:
            key = Key(*entry.split("_", 2))
            found = self.world.get(*key)
            if found is not None:
                self.world.delete(key.resource, found)

    def _key(self, obj: Object, release: Object) -> Key:
        resource = self.world.registry.of_kind(obj["apiVersion"], obj["kind"])
        if resource is None:
            raise ReleaseError("InstallFailed", f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"')
        return Key(resource.name, namespace(obj) or _space(release) if resource.namespaced else "", name(obj))


def _space(release: Object) -> str:
    return release["spec"].get("targetNamespace") or namespace(release)


def _called(release: Object) -> str:
    target = release["spec"].get("targetNamespace")
    return release["spec"].get("releaseName") or (f"{target}-{name(release)}" if target else name(release))


def _inventory(release: Object) -> list[str]:
    entries = ((release.get("status") or {}).get("inventory") or {}).get("entries") or ()
    return [each["id"] for each in entries]


def _current(release: Object) -> bool:
    observed = (release.get("status") or {}).get("observedGeneration")
    return holds(release, "Ready") and observed == release["metadata"]["generation"]


def _rolled_out(workload: Object | None) -> bool:
    """Whether what is declared is there, all of it ready."""
    if workload is None:
        return False
    status = workload.get("status") or {}
    wanted = workload["spec"].get("replicas", status.get("desiredNumberScheduled", 0))
    have = status.get("numberReady" if workload["kind"] == "DaemonSet" else "readyReplicas", 0)
    return status.get("observedGeneration") == workload["metadata"]["generation"] and have >= wanted
