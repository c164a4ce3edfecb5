"""Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

from sandbox.kube import formats
from sandbox.kube.checks.faults import Causes, Object, duplicates, forbidden, invalid, required


def service(obj: Object, old: Object | None) -> Causes:
    spec = obj["spec"]
    ports = spec.get("ports") or ()
    external, headless = spec.get("type") == "ExternalName", spec.get("clusterIP") == "None"
    if external:
        if not spec.get("externalName"):
            yield required("spec.externalName")
    elif not ports and not headless:
        yield required("spec.ports")
    for index, port in enumerate(ports):
        if len(ports) > 1 and not port.get("name"):
            yield required(f"spec.ports[{index}].name")
        if port.get("nodePort") and spec.get("type") == "ClusterIP":
            yield forbidden(f"spec.ports[{index}].nodePort", "may not be used when `type` is 'ClusterIP'")
    yield from duplicates("spec.ports[{}].name", [port.get("name") for port in ports])
    before = (old or {}).get("spec", {})
    if old and before.get("type") != "ExternalName" and not external and before["clusterIP"] != spec.get("clusterIP"):
        why = "may not change once set"
        yield invalid("spec.clusterIPs[0]", spec.get("clusterIPs"), why)
    for key, value in (spec.get("selector") or {}).items():
        wrong = formats.qualified_name(key) or formats.label_value(value)
        if wrong:
            yield invalid("spec.selector", value, wrong)


def network_policy(obj: Object, old: Object | None) -> Causes:
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for number, rule in enumerate(obj["spec"].get(direction) or ()):
            for index, peer in enumerate(rule.get(peers) or ()):
                path = f"spec.{direction}[{number}].{peers}[{index}]"
                if not peer:
                    yield required(path, "must specify a peer")
                elif "ipBlock" in peer and len(peer) > 1:
                    yield forbidden(path, "may not specify both ipBlock and another peer")
            for index, port in enumerate(rule.get("ports") or ()):
                low, high = port.get("port"), port.get("endPort")
                if high is not None and (not isinstance(low, int) or high < low):
                    why = "must be greater than or equal to `port`"
                    yield invalid(f"spec.{direction}[{number}].ports[{index}].endPort", high, why)


def ingress(obj: Object, old: Object | None) -> Causes:
    spec = obj.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield invalid("spec", [], "either `defaultBackend` or `rules` must be specified")
    for number, rule in enumerate(spec.get("rules") or ()):
        for index, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            here = f"spec.rules[{number}].http.paths[{index}]"
            service = (path.get("backend") or {}).get("service")
            if not path.get("path") and path.get("pathType") != "ImplementationSpecific":
                yield invalid(f"{here}.path", "", "must be an absolute path")
            if service and len(service.get("port") or {}) != 1:
                yield required(f"{here}.backend.service.port", "port name or number is required")
