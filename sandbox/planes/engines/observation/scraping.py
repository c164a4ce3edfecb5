"""Scrape configurations and their targets, as the Prometheus operator makes them of monitors and probes.

Targets come from the objects of the moment, with the labels that service discovery and the operator's own rules would
give them; the relabelings of monitors are left to Prometheus. Behind them stand two labels of the sandbox's own, which
say where the answer really comes from: they take effect last, when `instance` is what it is on a real cluster.
https://github.com/prometheus-operator/prometheus-operator, pkg/prometheus/promcfg.go
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sandbox.kube.selectors import matches
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, containers, labels, name, notes, space

ADDRESS, PATH, WHOLE = "__sandbox_address", "__sandbox_path", "__sandbox_whole_path"
PARAMETERS = ("target", "hostname")
COPIED = {
    "interval": "scrape_interval",
    "scrapeTimeout": "scrape_timeout",
    "honorLabels": "honor_labels",
    "honorTimestamps": "honor_timestamps",
    "params": "params",
    "scheme": "scheme",
    "followRedirects": "follow_redirects",
}
"""Fields of an endpoint: those of a scrape configuration."""


@dataclass(frozen=True)
class Way:
    """Where the answer of a target comes from: address with port, and what stands before its path, or in its place."""

    address: str
    path: str = ""
    whole: str = ""

    @property
    def labels(self) -> dict[str, str]:
        return {ADDRESS: self.address, PATH: self.path, WHOLE: self.whole}


Ways = Callable[[Object, Object], Way]
"""The way to a pod or node for an endpoint of a monitor; of one that nobody answers for, to where nothing listens."""
Names = Callable[[str], Way]
"""The same for `host:port` of a Service."""
Publics = Callable[[str], "str | None"]
"""Where a public URL really leads, None for what needs no other way."""


@dataclass
class Job:
    """`configuration` lacks its targets: {"targets": [address], "labels"}, which come by a file."""

    name: str
    configuration: Object
    targets: list[Object] = field(default_factory=list)


def service_monitor(snapshot: Snapshot, monitor: Object, ways: Ways) -> Iterator[Job]:
    spec = monitor["spec"]
    services = [
        each
        for namespace in _spaces(monitor)
        for each in snapshot.all("Service", namespace)
        if matches(spec["selector"], labels(each))
    ]
    for index, endpoint in enumerate(spec.get("endpoints") or ()):
        job = Job(f"serviceMonitor/{space(monitor)}/{name(monitor)}/{index}", _configuration(endpoint))
        for service in services:
            job.targets += _of_service(snapshot, service, spec, endpoint, ways)
        yield job


def pod_monitor(snapshot: Snapshot, monitor: Object, ways: Ways) -> Iterator[Job]:
    spec = monitor["spec"]
    pods = [
        each
        for namespace in _spaces(monitor)
        for each in snapshot.all("Pod", namespace)
        if matches(spec["selector"], labels(each)) and _runs(each)
    ]
    for index, endpoint in enumerate(spec.get("podMetricsEndpoints") or ()):
        job = Job(f"podMonitor/{space(monitor)}/{name(monitor)}/{index}", _configuration(endpoint))
        wanted = endpoint.get("port")
        number = endpoint.get("portNumber") or endpoint.get("targetPort")
        for pod in pods:
            for container in containers(pod):
                for port in container.get("ports") or ():
                    if wanted not in (None, port.get("name")) or number not in (None, port["containerPort"]):
                        continue
                    known = {
                        "job": _job_label(spec, labels(pod), f"{space(monitor)}/{name(monitor)}"),
                        "endpoint": str(wanted or number or port.get("name", "")),
                        **_pod(pod, container["name"], port, spec),
                    }
                    address = pod["status"]["podIP"], port["containerPort"]
                    job.targets.append(_target(*address, known, ways(pod, endpoint)))
        yield job


def probe(monitor: Object, names: Names, publics: Publics) -> Job:
    """Static targets only: those of Ingresses are nothing that the sandbox has use for."""
    spec = monitor["spec"]
    prober, static = spec["prober"], (spec.get("targets") or {}).get("staticConfig") or {}
    configuration = _configuration({**spec, "params": None, "scheme": prober.get("scheme", "http")})
    configuration["metrics_path"] = prober.get("path", "/probe")
    configuration["params"] = {"module": [spec["module"]]} if spec.get("module") else {}
    rules = [
        {"source_labels": ["__address__"], "target_label": "__param_target"},
        {"source_labels": ["__param_target"], "target_label": "instance"},
        {"target_label": "__address__", "replacement": prober["url"]},
        *map(_relabeling, static.get("relabelingConfigs") or ()),
    ]
    configuration["relabel_configs"] = [*rules, *_last()]
    way = names(prober["url"])
    job = Job(f"probe/{space(monitor)}/{name(monitor)}", configuration)
    for target in static.get("static") or ():
        known = {"job": spec.get("jobName") or job.name, "namespace": space(monitor), **(static.get("labels") or {})}
        leads = publics(target)
        if leads:
            known |= {"__sandbox_target": leads, "__sandbox_hostname": urlsplit(target).hostname or ""}
        job.targets.append({"targets": [target], "labels": {**known, **way.labels}})
    return job


def _configuration(endpoint: Object) -> Object:
    """What a scrape configuration takes from an endpoint; credentials and TLS are those of the real way."""
    rules = [{"source_labels": ["__address__"], "target_label": "instance"}]
    rules += map(_relabeling, endpoint.get("relabelings") or ())
    found: Object = {
        **{there: endpoint[here] for here, there in COPIED.items() if endpoint.get(here) not in (None, "")},
        "metrics_path": endpoint.get("path", "/metrics"),
        "relabel_configs": [*rules, *_last()],
        "metric_relabel_configs": [_relabeling(each) for each in endpoint.get("metricRelabelings") or ()],
    }
    return {**found, "scheme": str(found.get("scheme", "http")).lower()}


def _last() -> list[Object]:
    """The sandbox's own rules."""
    return [
        {"source_labels": [ADDRESS], "regex": "(.+)", "target_label": "__address__"},
        {"source_labels": [ADDRESS], "regex": ".+", "target_label": "__scheme__", "replacement": "http"},
        {"source_labels": [PATH, "__metrics_path__"], "separator": "", "target_label": "__metrics_path__"},
        {"source_labels": [WHOLE], "regex": "(.+)", "target_label": "__metrics_path__"},
        *(
            {"source_labels": [f"__sandbox_{each}"], "regex": "(.+)", "target_label": f"__param_{each}"}
            for each in PARAMETERS
        ),
    ]


def _relabeling(given: Object) -> Object:
    return {re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", key): value for key, value in given.items()}


def _of_service(snapshot: Snapshot, service: Object, spec: Object, endpoint: Object, ways: Ways) -> Iterator[Object]:
    """The endpoints of a Service, also those that are not ready."""
    slices = [
        each
        for each in snapshot.all("EndpointSlice", space(service))
        if labels(each).get("kubernetes.io/service-name") == name(service)
    ]
    for one in slices:
        for port in one.get("ports") or ():
            if not _is_wanted(endpoint, port):
                continue
            for each in one.get("endpoints") or ():
                found = snapshot.referred(each.get("targetRef") or {})
                if found is None or (found["kind"] == "Pod" and not _runs(found)):
                    continue
                pod = _pod(found, *_container(found, port), spec) if found["kind"] == "Pod" else {"node": name(found)}
                known = {
                    "job": _job_label(spec, labels(service), name(service)),
                    "namespace": space(service),
                    "service": name(service),
                    "endpoint": port.get("name") or str(port["port"]),
                    **{_clean(key): labels(service).get(key, "") for key in spec.get("targetLabels") or ()},
                    **_meta("service", service),
                    **pod,
                }
                yield _target(each["addresses"][0], port["port"], known, ways(found, endpoint))


def _is_wanted(endpoint: Object, port: Object) -> bool:
    if endpoint.get("port"):
        return bool(endpoint["port"] == port.get("name"))
    return endpoint.get("targetPort") in (None, port.get("name"), port["port"])


def _container(pod: Object, port: Object) -> tuple[str, Object]:
    """(name, port) of the container that declares a port; none does of a sidecar's merged endpoint."""
    declared = ((each["name"], one) for each in containers(pod) for one in each.get("ports") or ())
    return next(((called, one) for called, one in declared if one["containerPort"] == port["port"]), ("", {}))


def _pod(pod: Object, container: str, port: Object, spec: Object) -> dict[str, str]:
    """Labels of a pod's target, and what relabelings may ask for."""
    return {
        "namespace": space(pod),
        "pod": name(pod),
        **({"container": container} if container else {}),
        **{_clean(key): labels(pod).get(key, "") for key in spec.get("podTargetLabels") or ()},
        **_meta("pod", pod),
        "__meta_kubernetes_pod_ip": pod["status"]["podIP"],
        "__meta_kubernetes_pod_node_name": pod["spec"].get("nodeName", ""),
        "__meta_kubernetes_pod_container_name": container,
        "__meta_kubernetes_pod_container_port_name": port.get("name", ""),
        "__meta_kubernetes_pod_container_port_number": str(port.get("containerPort", "")),
    }


def _meta(kind: str, thing: Object) -> dict[str, str]:
    start = f"__meta_kubernetes_{kind}"
    found = {"__meta_kubernetes_namespace": space(thing), f"{start}_name": name(thing)}
    for part, values in (("label", labels(thing)), ("annotation", notes(thing))):
        for key, value in values.items():
            # Annotations may hold whole documents.
            if len(value) <= 256:
                found |= {f"{start}_{part}_{_clean(key)}": value, f"{start}_{part}present_{_clean(key)}": "true"}
    return found


def _target(address: str, port: int, known: dict[str, str], way: Way) -> Object:
    return {"targets": [f"{address}:{port}"], "labels": {**known, **way.labels}}


def _job_label(spec: Object, values: dict[str, str], otherwise: str) -> str:
    return values.get(spec.get("jobLabel") or "", "") or otherwise


def _spaces(monitor: Object) -> Iterable[str]:
    """The namespaces in which a monitor looks; "" is all of them."""
    selector = monitor["spec"].get("namespaceSelector") or {}
    return ("",) if selector.get("any") else selector.get("matchNames") or (space(monitor),)


def _runs(pod: Object) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")


def _clean(key: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", key)


def scrape_config(job: Job, directory: Any) -> Object:
    """A job as Prometheus reads it."""
    return {
        "job_name": job.name,
        **job.configuration,
        "file_sd_configs": [{"files": [f"{directory}/{file_of(job)}"]}],
    }


def file_of(job: Job) -> str:
    return f"{job.name.replace('/', '_')}.json"
