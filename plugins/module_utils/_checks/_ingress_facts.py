# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What leads from the internet to the mesh: load balancers' Ingresses, as their controller reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import Endpoint, place, ready_endpoints

Item = Mapping[str, Any]

CONTROLLER = "ingress.k8s.aws/alb"
PREFIX = "alb.ingress.kubernetes.io/"
NETWORKING = "networking.k8s.io/v1"


@dataclass(frozen=True)
class Entry:
    """An Ingress of a load balancer, with the parameters of its class, which outrank its annotations."""

    ingress: Item
    parameters: Item

    @property
    def name(self) -> str:
        return "/".join(place(self.ingress))

    def setting(self, parameter: str, annotation: str) -> str:
        """A setting as the controller reads it, empty where it is in neither place."""
        return str(self.parameters.get(parameter) or self.annotation(annotation))

    def annotation(self, name: str) -> str:
        return str((self.ingress["metadata"].get("annotations") or {}).get(PREFIX + name, ""))

    @property
    def listeners(self) -> set[tuple[str, int]]:
        """Protocol and port. By default the controller listens on 80, or on 443 where a certificate is named."""
        declared = self.annotation("listen-ports")
        if not declared:
            certified = self.setting("certificateArn", "certificate-arn")
            return {("HTTPS", 443) if certified else ("HTTP", 80)}
        return {(protocol, int(port)) for one in json.loads(declared) for protocol, port in one.items()}

    @property
    def addresses(self) -> list[str]:
        found = ((self.ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        return [one.get("hostname") or one["ip"] for one in found]

    def backends(self, host: str) -> list[Item]:
        """The Services, as ``{name, port}``, that requests for a host go to, whatever their path."""
        return [
            path["backend"]["service"]
            for rule in self.ingress["spec"].get("rules") or []
            if rule.get("host") == host
            for path in (rule.get("http") or {}).get("paths") or []
            if "service" in path["backend"]
        ]


def entries(world: World) -> list[Entry]:
    """The Ingresses of load balancers: ``world.once(entries)``."""
    kube = world.kubernetes
    parameters = {
        one["metadata"]["name"]: one.get("spec") or {}
        for one in kube.list("elbv2.k8s.aws/v1beta1", "ingressclassparams")
    }
    classes = {
        one["metadata"]["name"]: parameters.get((one["spec"].get("parameters") or {}).get("name"), {})
        for one in kube.list(NETWORKING, "ingressclasses")
        if one["spec"].get("controller") == CONTROLLER
    }
    return [
        Entry(one, classes[one["spec"]["ingressClassName"]])
        for one in kube.list(NETWORKING, "ingresses")
        if one["spec"].get("ingressClassName") in classes
    ]


def endpoints(world: World) -> dict[tuple[str, str], list[Endpoint]]:
    """Ready addresses by namespace and name of their Service: ``world.once(endpoints)``."""
    return ready_endpoints(world.kubernetes.list("discovery.k8s.io/v1", "endpointslices"))


def services(world: World) -> dict[tuple[str, str], Item]:
    """Services by namespace and name: ``world.once(services)``."""
    return {place(one): one for one in world.kubernetes.list("v1", "services")}


def public(world: World) -> list[Item]:
    """The declared services that have a host."""
    return [one for one in world.platform.declared["services"] if one["exposure"] == "public"]


def serves(pattern: str, host: str) -> bool:
    """Whether a host of a Gateway's server, such as ``*/*.iworkz.jp``, takes requests for a host."""
    name = pattern.rpartition("/")[2]
    return name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:]))


def destinations(route: Item) -> Iterator[tuple[str, str]]:
    """Namespace and name of the Services that a VirtualService sends requests to; a share of 0 gets none."""
    namespace = place(route)[0]
    for http in route["spec"].get("http") or []:
        for one in http.get("route") or []:
            if one.get("weight", 100) == 0:
                continue
            name, _dot, rest = one["destination"]["host"].partition(".")
            yield (rest.partition(".")[0] or namespace), name
