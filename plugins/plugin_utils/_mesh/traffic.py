# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How requests travel: routes, timeouts, retries, connections, the gateway, and what is reached outside of the mesh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary import CANARY, STABLE, TRACK
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_callers import is_public
from ansible_collections.iworkz.platform.plugins.plugin_utils._mesh.settings import (
    GATEWAY,
    GATEWAY_LABELS,
    INGRESS,
    ROOT,
    Object,
    Service,
    Settings,
    address,
    made,
    pods,
)

API = "networking.istio.io/v1"
SAFE = "GET|HEAD"
RETRY_SAFE = "connect-failure,refused-stream,reset,gateway-error"
RETRY_ANY = "connect-failure,refused-stream"
"""The request never reached the service, so that sending it again is safe, whatever it asks for."""


def traffic(services: Sequence[Service], settings: Settings) -> Iterator[Object]:
    """A route, a policy of connections and a view of the mesh for every service; the gateway with the public hosts."""
    yield _telemetry(settings)
    yield from _outside(settings)
    yield from _gateway(services, settings)
    by_name = {service["name"]: service for service in services}
    for service in services:
        yield _route(service, service["name"], [address(service)], ["mesh"], settings)
        if is_public(service):
            gateways = [f"{INGRESS}/{GATEWAY}"]
            headers = {**settings.gateway_headers, **settings.service_headers.get(service["name"], {})}
            yield _route(service, f"{service['name']}-public", [service["host"]], gateways, settings, headers)
        yield _destination(service, settings)
        yield _view(service, by_name, settings)


def _telemetry(settings: Settings) -> Object:
    """What proxies report: a line of JSON per request, metrics, and a share of traces where there is a collector."""
    spec: Object = {
        "accessLogging": [{"providers": [{"name": "envoy"}]}],
        "metrics": [{"providers": [{"name": "prometheus"}]}],
    }
    if settings.tracing:
        sampling = settings.tracing["sampling_percentage"]
        spec["tracing"] = [{"providers": [{"name": "tracing"}], "randomSamplingPercentage": sampling}]
    return made("telemetry.istio.io/v1", "Telemetry", ROOT, "default", spec)


def _outside(settings: Settings) -> Iterator[Object]:
    """An entry for every host outside of the mesh that any service calls: proxies let nothing else out."""
    groups = [settings.common_hosts, *settings.store_hosts.values(), *settings.external_hosts.values()]
    hosts = [each for group in groups for each in group]
    for host, port in sorted({(each["host"], each["port"]) for each in hosts}):
        spec = {
            "hosts": [host],
            "location": "MESH_EXTERNAL",
            # The services make the TLS themselves, and resolve the name; proxies go by the name in its handshake.
            "ports": [{"number": port, "name": "tls", "protocol": "TLS"}],
            "resolution": "NONE",
        }
        name = f"{host.replace('*.', 'any-').replace('.', '-')}-{port}".lower()
        yield made(API, "ServiceEntry", ROOT, name, spec)


def _gateway(services: Sequence[Service], settings: Settings) -> Iterator[Object]:
    hosts = sorted(service["host"] for service in services if is_public(service))
    certificate = {
        "secretName": settings.gateway_secret,
        "dnsNames": hosts,
        "duration": "2160h",
        "renewBefore": "720h",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "usages": ["digital signature", "server auth"],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": settings.gateway_issuer},
    }
    yield made("cert-manager.io/v1", "Certificate", INGRESS, settings.gateway_secret, certificate)
    server = {
        "port": {"number": settings.gateway_port, "name": "https", "protocol": "HTTPS"},
        # A load balancer of AWS sends no server name to its targets, so none can be asked for; the routes and the
        # gateway's policy go by the Host header, and know the public hosts only.
        "hosts": ["*"],
        "tls": {"mode": "SIMPLE", "credentialName": settings.gateway_secret, "minProtocolVersion": "TLSV1_2"},
    }
    yield made(API, "Gateway", INGRESS, GATEWAY, {"selector": GATEWAY_LABELS, "servers": [server]})


def _route(
    service: Service,
    name: str,
    hosts: list[str],
    gateways: list[str],
    settings: Settings,
    headers: Mapping[str, str] | None = None,
) -> Object:
    """Reads are tried again on any failure of a pod, other requests only where they can't have reached one.

    :param headers: of every answer, in the place of the service's own.
    """
    answers = {"headers": {"response": {"set": dict(headers)}}} if headers else {}

    def way(name: str, retry_on: str, **match: Any) -> Object:
        retries = {"attempts": settings.attempts, "perTryTimeout": settings.per_try_timeout, "retryOn": retry_on}
        timeout = settings.timeouts.get(service["name"], settings.timeout)
        # Without the subset pods of a canary would have the share of their number; kube_canary leads them theirs.
        to = {"host": address(service), "port": {"number": service["port"]}, "subset": STABLE}
        return {
            "name": name,
            **match,
            **answers,
            "timeout": timeout,
            "retries": retries,
            "route": [{"destination": to}],
        }

    http = [way("reads", RETRY_SAFE, match=[{"method": {"regex": SAFE}}]), way("others", RETRY_ANY)]
    spec = {"hosts": hosts, "gateways": gateways, "http": http}
    return made(API, "VirtualService", service["team"], name, spec, of=service["name"])


def _destination(service: Service, settings: Settings) -> Object:
    spec: Object = {
        "host": address(service),
        "trafficPolicy": {
            "tls": {"mode": "ISTIO_MUTUAL"},
            "loadBalancer": {"simple": "LEAST_REQUEST", "localityLbSetting": {"enabled": True}},
            "connectionPool": dict(settings.connection_pool),
            "outlierDetection": dict(settings.outlier_detection),
        },
        "subsets": [{"name": track, "labels": {TRACK: track}} for track in (STABLE, CANARY)],
    }
    return made(API, "DestinationRule", service["team"], service["name"], spec, of=service["name"])


def _view(service: Service, by_name: Mapping[str, Service], settings: Settings) -> Object:
    """A service's proxy knows what the service depends on, and nothing else."""
    called = [by_name[name] for name in service["dependencies"]["services"]]
    hosts = {f"{each['team']}/{address(each)}" for each in called}
    outside = [*settings.common_hosts, *settings.external_hosts.get(service["name"], ())]
    for store in service["dependencies"]["stores"]:
        outside += settings.store_hosts.get(store, ())
        if inside := settings.store_services.get(store):
            hosts.add(f"{inside['namespace']}/{inside['name']}.{inside['namespace']}.svc.cluster.local")
    hosts |= {f"{ROOT}/{each['host']}" for each in outside}
    if settings.tracing:
        hosts.add(f"{settings.tracing['service'].split('.')[1]}/{settings.tracing['service']}")
    spec: dict[str, Any] = {
        "workloadSelector": {"labels": pods(service)},
        "egress": [{"hosts": sorted(hosts) or ["~/*"]}],
        "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
    }
    return made(API, "Sidecar", service["team"], service["name"], spec, of=service["name"])
