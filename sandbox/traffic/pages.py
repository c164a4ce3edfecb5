"""The pages that Prometheus reads, in its text format. Each says that it is emulated: `sandbox_emulated 1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.traffic.cluster import Cluster, Container
from sandbox.traffic.load import seeded
from sandbox.traffic.model import Pod

EMULATED = "# TYPE sandbox_emulated gauge\nsandbox_emulated 1\n"
HEALTH = '{"database": "ok", "version": "13.0.1", "commit": "sandbox", "emulated": true}\n'
"""What Grafana says of itself."""


def page(lines: Iterable[str]) -> str:
    return EMULATED + "".join(f"{line}\n" for line in lines)


def pod(found: Pod) -> str:
    """Istio's merged endpoint of a pod: its sidecar's metrics and the service's own."""
    return page([*_mesh(found), *_own(found)])


def _mesh(found: Pod) -> Iterator[str]:
    mine = found.service
    counted = [(_labels(mine.name, mine.namespace, *key), each) for key, each in found.mesh.items() if each.count >= 1]
    yield "# TYPE istio_requests_total counter"
    yield from (f"istio_requests_total{{{labels}}} {int(each.count)}" for labels, each in counted)
    yield "# TYPE istio_request_duration_milliseconds histogram"
    for labels, each in counted:
        yield from each.lines("istio_request_duration_milliseconds", labels)


def _labels(mine: str, space: str, reporter: str, other: str, other_space: str, code: str, flags: str) -> str:
    """Those of Istio's standard metrics: https://istio.io/latest/docs/reference/config/metrics/#labels"""
    ends = [(mine, space), (other, other_space)]
    (source, source_space), (called, called_space) = ends if reporter == "source" else ends[::-1]
    reached = called if flags == "-" else "unknown"
    given = {
        "reporter": reporter,
        "source_workload": source,
        "source_workload_namespace": source_space,
        "destination_workload": reached,
        "destination_workload_namespace": called_space if flags == "-" else "unknown",
        "destination_service": f"{called}.{called_space}.svc.cluster.local",
        "destination_service_name": called,
        "destination_service_namespace": called_space,
        "request_protocol": "http",
        "response_code": code,
        "response_flags": flags,
        "connection_security_policy": "mutual_tls" if reporter == "destination" else "unknown",
    }
    return labels(given)


def _own(found: Pod) -> Iterator[str]:
    yield "# TYPE process_cpu_seconds_total counter"
    yield f"process_cpu_seconds_total {found.cpu:.3f}"
    yield "# TYPE process_resident_memory_bytes gauge"
    yield f"process_resident_memory_bytes {int(seeded(180e6, 320e6, found.service.name, 'memory'))}"
    if found.service.calls or found.own:
        yield "# TYPE http_server_active_requests gauge"
        yield f'http_server_active_requests{{http_request_method="GET"}} {int(found.active)}'
        yield "# TYPE http_server_request_duration_seconds histogram"
        for code, each in found.own.items():
            given = {"http_request_method": "GET", "http_route": "/v1", "http_response_status_code": code}
            if each.count >= 1:
                yield from each.lines("http_server_request_duration_seconds", labels(given))


def kubelet(cluster: Cluster, node: str) -> str:
    """/metrics of a kubelet: what runs there, and the volumes in use."""
    running = {(each.namespace, each.pod) for each in cluster.nodes.get(node, ())}
    lines = ["# TYPE kubelet_running_pods gauge", f"kubelet_running_pods {len(running)}"]
    lines += ["# TYPE kubelet_node_name gauge", f"kubelet_node_name{{{labels({'node': node})}}} 1"]
    for claim in cluster.claims.get(node, ()):
        named = {key: claim[key] for key in ("namespace", "persistentvolumeclaim")}
        used = seeded(0.1, 0.4, *named.values()) * claim["bytes"]
        volume = labels(named)
        lines.append(f"kubelet_volume_stats_capacity_bytes{{{volume}}} {int(claim['bytes'])}")
        lines.append(f"kubelet_volume_stats_used_bytes{{{volume}}} {int(used)}")
        lines.append(f"kubelet_volume_stats_available_bytes{{{volume}}} {int(claim['bytes'] - used)}")
        lines.append(f"kubelet_volume_stats_inodes{{{volume}}} 6553600")
        lines.append(f"kubelet_volume_stats_inodes_free{{{volume}}} 6500000")
    return page(lines)


def containers(cluster: Cluster, node: str, moment: float, pods: dict[tuple[str, str], Pod]) -> str:
    """/metrics/cadvisor of a kubelet. A service's container uses what its traffic costs, others a part of requests."""
    lines: list[str] = []
    for each in cluster.nodes.get(node, ()):
        known = pods.get((each.namespace, each.pod))
        main = known is not None and each.name == known.service.name
        cpu = known.cpu if known and main else seeded(0.1, 0.4, each.namespace, each.name) * each.cpu * (moment % 1e8)
        lines += _container(each, cpu)
    return page(lines)


def _container(each: Container, cpu: float) -> Iterator[str]:
    names = {"namespace": each.namespace, "pod": each.pod}
    inner = labels({**names, "container": each.name, "image": each.image})
    memory = seeded(0.35, 0.6, each.namespace, each.name, "memory") * each.memory
    yield f"container_cpu_usage_seconds_total{{{inner}}} {cpu:.3f}"
    yield f"container_memory_working_set_bytes{{{inner}}} {int(memory)}"
    yield f"container_spec_memory_limit_bytes{{{inner}}} {int(each.limit)}"
    yield f"container_cpu_cfs_periods_total{{{inner}}} {int(cpu * 10)}"
    yield f"container_cpu_cfs_throttled_periods_total{{{inner}}} 0"


def mesh(cluster: Cluster, moment: float) -> str:
    """/metrics of istiod, as far as its health shows in them: each proxy gets its configuration once a minute."""
    pushed = cluster.proxies * int(moment % 1e8 / 60)
    converged = ((0.1, 0.8), (0.5, 0.98), (1, 1), (3, 1), (5, 1), (10, 1), (20, 1), (30, 1))
    name = "pilot_proxy_convergence_time"
    return page(
        (
            f"# TYPE {name} histogram",
            *(f'{name}_bucket{{le="{bound:g}"}} {int(pushed * share)}' for bound, share in converged),
            f'{name}_bucket{{le="+Inf"}} {pushed}',
            f"{name}_sum {pushed * 0.08:.3f}",
            f"{name}_count {pushed}",
            "# TYPE pilot_xds gauge",
            f"pilot_xds {cluster.proxies}",
            "# TYPE pilot_total_xds_rejects counter",
            "pilot_total_xds_rejects 0",
            "# TYPE pilot_conflict_inbound_listener gauge",
            "pilot_conflict_inbound_listener 0",
            "# TYPE pilot_services gauge",
            f"pilot_services {len(cluster.services)}",
        )
    )


def labels(given: dict[str, Any]) -> str:
    """As they stand between braces."""
    return ",".join(f'{name}="{_escaped(str(value))}"' for name, value in given.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
