"""Pods, and the templates of pods in other objects."""

from __future__ import annotations

from collections.abc import Iterable, Set

from sandbox.kube.checks.faults import Causes, Object, duplicates, forbidden, invalid, required
from sandbox.kube.defaults import containers
from sandbox.kube.errors import Cause
from sandbox.kube.quantity import parse
from sandbox.kube.rules import shown


def template(spec: Object, path: str, claims: Set[str | None] = frozenset()) -> Causes:
    """`claims`: the volumes that a StatefulSet has made for each of its pods."""
    found = list(containers(spec))
    names = [each.get("name") for _, each in found]
    yield from duplicates(f"{path}.containers[{{}}].name", names)
    volumes = {*claims, *(each.get("name") for each in spec.get("volumes") or ())}
    for index, volume in enumerate(spec.get("volumes") or ()):
        sources = [key for key in volume if key != "name"]
        if len(sources) > 1:
            yield forbidden(f"{path}.volumes[{index}].{sources[1]}", "may not specify more than 1 volume type")
    for where, container in found:
        here = f"{path}.{where}"
        if not container.get("image"):
            yield required(f"{here}.image")
        elif container["image"].strip() != container["image"]:
            yield invalid(f"{here}.image", container["image"], "must not have leading or trailing whitespace")
        yield from _resources(container.get("resources") or {}, f"{here}.resources")
        yield from duplicates(f"{here}.ports[{{}}].name", [port.get("name") for port in container.get("ports") or ()])
        mounts = container.get("volumeMounts") or ()
        yield from duplicates(f"{here}.volumeMounts[{{}}].mountPath", [mount.get("mountPath") for mount in mounts])
        for index, mount in enumerate(mounts):
            if mount.get("name") not in volumes:
                name = mount.get("name")
                yield Cause("FieldValueNotFound", f"{here}.volumeMounts[{index}].name", f"Not found: {shown(name)}")
        for index, variable in enumerate(container.get("env") or ()):
            if variable.get("value") and variable.get("valueFrom"):
                yield invalid(f"{here}.env[{index}].valueFrom", "", "may not be specified when `value` is not empty")
        for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
            yield from _probe(container.get(probe), f"{here}.{probe}")
    for index, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        if constraint.get("minDomains") and constraint.get("whenUnsatisfiable") != "DoNotSchedule":
            why = "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway"
            yield invalid(f"{path}.topologySpreadConstraints[{index}].minDomains", constraint["minDomains"], why)
    for index, toleration in enumerate(spec.get("tolerations") or ()):
        here = f"{path}.tolerations[{index}]"
        if not toleration.get("key") and toleration.get("operator") != "Exists":
            why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
            yield invalid(f"{here}.operator", toleration.get("operator", ""), why)
        if toleration.get("operator") == "Exists" and toleration.get("value"):
            yield invalid(f"{here}.operator", toleration, "value must be empty when `operator` is 'Exists'")


def _probe(probe: Object | None, path: str) -> Causes:
    if probe is None:
        return
    handlers = [key for key in ("exec", "grpc", "httpGet", "tcpSocket") if key in probe]
    if not handlers:
        yield required(path, "must specify a handler type")
    elif len(handlers) > 1:
        yield forbidden(f"{path}.{handlers[1]}", "may not specify more than 1 handler type")
    if not path.endswith("readinessProbe") and probe.get("successThreshold", 1) != 1:
        yield invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def _resources(resources: Object, path: str) -> Causes:
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, amount in (resources.get(kind) or {}).items():
            here = f"{path}.{kind}[{name}]"
            number = parse(amount)
            if number < 0:
                yield invalid(here, amount, "must be greater than or equal to 0")
            if name not in ("cpu", "memory", "ephemeral-storage") and "/" not in name and "hugepages-" not in name:
                yield invalid(here, name, "must be a standard resource type or fully qualified")
            if kind == "requests" and name in limits and number > parse(limits[name]):
                why = f"must be less than or equal to {name} limit of {limits[name]}"
                yield invalid(f"{path}.requests", amount, why)


def pod(obj: Object, old: Object | None) -> Causes:
    if old is None:
        return
    mutable = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers")
    if _frozen(obj["spec"], mutable) != _frozen(old["spec"], mutable) or (
        old["spec"].get("nodeName") and obj["spec"].get("nodeName") != old["spec"]["nodeName"]
    ):
        why = (
            "pod updates may not change fields other than `spec.containers[*].image`, "
            "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds`, `spec.tolerations` "
            "(only additions to existing tolerations), `spec.terminationGracePeriodSeconds`"
        )
        yield forbidden("spec", why)


def _frozen(spec: Object, mutable: Iterable[str]) -> Object:
    kept = {key: value for key, value in spec.items() if key not in (*mutable, "nodeName")}
    for kind in ("containers", "initContainers"):
        if kind in kept:
            kept[kind] = [{**each, "image": ""} for each in kept[kind]]
    return kept
