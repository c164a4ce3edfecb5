# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the mesh is like besides its services, and what all its objects have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

Object = dict[str, Any]
Service = Mapping[str, Any]

ROOT = "istio-system"
INGRESS = "istio-ingress"
GATEWAY = "public"
GATEWAY_PRINCIPAL = f"cluster.local/ns/{INGRESS}/sa/istio-ingressgateway"
GATEWAY_LABELS = {"istio": "ingressgateway"}
NAME = "app.kubernetes.io/name"
"""The label that tells a service's pods, in its namespace."""
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
"""What services may ask of one another. OPTIONS is for browsers, TRACE and CONNECT for nobody."""


@dataclass(frozen=True)
class Settings:
    """The options of the filter, durations as Istio writes them (``10s``).

    :param store_hosts: by store, ``{host, port}`` of its endpoints outside of the cluster, maybe with a ``*.``.
    :param external_hosts: likewise by service, of what it alone calls outside.
    :param common_hosts: likewise, of what every service calls outside.
    :param store_services: by store, ``{namespace, name}`` of what stands for it inside of the cluster.
    :param gateway_headers: headers that answers through the gateway have, whatever a service says.
    :param service_headers: likewise by public service, over those.
    :param anonymous_paths: by public service, the paths that people reach without a token.
    """

    issuer: str
    jwks_uri: str
    audiences: Sequence[str]
    gateway_port: int
    gateway_secret: str
    gateway_issuer: str
    timeout: str
    per_try_timeout: str
    attempts: int
    timeouts: Mapping[str, str]
    outlier_detection: Mapping[str, Any]
    connection_pool: Mapping[str, Any]
    store_hosts: Mapping[str, Sequence[Mapping[str, Any]]]
    store_services: Mapping[str, Mapping[str, str]]
    external_hosts: Mapping[str, Sequence[Mapping[str, Any]]]
    common_hosts: Sequence[Mapping[str, Any]]
    anonymous_paths: Mapping[str, Sequence[str]]
    gateway_headers: Mapping[str, str]
    service_headers: Mapping[str, Mapping[str, str]]
    tracing: Mapping[str, Any]

    @classmethod
    def of(cls, options: Mapping[str, Any], services: Sequence[Service]) -> Settings:
        """Raises ValueError for options that are missing, unknown, or name a service that isn't one."""
        known = {each.name for each in fields(cls)}
        if wrong := sorted(known ^ options.keys()):
            raise ValueError(f"options missing or not known: {', '.join(wrong)}")
        settings = cls(**options)
        names = {service["name"] for service in services}
        public = {service["name"] for service in services if service["exposure"] == "public"}
        settings._check_names("timeouts", settings.timeouts, names)
        settings._check_names("external_hosts", settings.external_hosts, names)
        settings._check_names("service_headers", settings.service_headers, public)
        settings._check_names("anonymous_paths", settings.anonymous_paths, public)
        return settings

    @staticmethod
    def _check_names(option: str, given: Mapping[str, Any], known: set[str]) -> None:
        if unknown := sorted(given.keys() - known):
            raise ValueError(f"{option}: {', '.join(unknown)} must be one of {', '.join(sorted(known))}")


def made(api: str, kind: str, namespace: str, name: str, spec: Mapping[str, Any], *, of: str = "") -> Object:
    """An object with the labels that all of the platform's have; ``of`` is the service that it belongs to."""
    return {
        "apiVersion": api,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {
                NAME: of or name,
                "app.kubernetes.io/instance": of or name,
                "app.kubernetes.io/component": "mesh",
                "app.kubernetes.io/part-of": "iworkz",
                "app.kubernetes.io/managed-by": "iworkz.platform",
                "platform.iworkz.jp/component": "istio",
            },
        },
        "spec": dict(spec),
    }


def pods(service: Service) -> dict[str, str]:
    """The labels that select a service's pods."""
    return {NAME: service["name"]}


def address(service: Service) -> str:
    """The name that a service is called by in the mesh."""
    return f"{service['name']}.{service['team']}.svc.cluster.local"


def account(service: Service) -> str:
    """The identity that a service calls with."""
    return f"cluster.local/ns/{service['team']}/sa/{service['name']}"
