# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How long the certificates of the mesh last: those of its proxies, which istiod signs, and the gateway's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._mesh_facts import INGRESS_NAMESPACE
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import ROOT_NAMESPACE

Facts = dict[str, Any]
PROXY_HOURS = 24.0
"""How long a proxy's certificate lasts unless istiod is told otherwise (DEFAULT_WORKLOAD_CERT_TTL)."""
TTL = "DEFAULT_WORKLOAD_CERT_TTL"
UNITS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600}


def lifetimes(world: World) -> Facts:
    """``proxy_hours`` (None without istiod), and of each certificate of the gateway ``hours``, ``renew_before_hours``,
    ``new_key`` and ``ready``."""
    kube = world.kubernetes
    planes = [one for one in kube.list("apps/v1", "deployments", ROOT_NAMESPACE) if one["metadata"]["name"] == "istiod"]
    hours = [_proxy_hours(one) for one in planes]
    return {
        "proxy_hours": max(hours) if hours else None,
        "gateway": {
            one["metadata"]["name"]: _gateway(one)
            for one in kube.list("cert-manager.io/v1", "certificates", INGRESS_NAMESPACE)
        },
    }


def breaches(found: Mapping[str, Any], required: Mapping[str, Any]) -> Iterator[Breach]:
    if found["proxy_hours"] is None:
        yield Breach("tls.no_control_plane", {})
    elif found["proxy_hours"] > required["proxy_hours"]:
        yield Breach("tls.proxy_too_long", {"hours": found["proxy_hours"], "wanted": required["proxy_hours"]})
    if not found["gateway"]:
        yield Breach("tls.no_gateway_certificate", {})
    for name, one in found["gateway"].items():
        if one["hours"] > required["gateway_hours"]:
            yield Breach(
                "tls.gateway_too_long", {"name": name, "hours": one["hours"], "wanted": required["gateway_hours"]}
            )
        if not (one["ready"] and one["new_key"] and 0 < one["renew_before_hours"] < one["hours"]):
            yield Breach("tls.gateway_not_renewed", {"name": name})


def hours(duration: str) -> float:
    """A duration of Go, such as ``2160h`` or ``1h30m0s``."""
    parts = re.findall(r"([0-9.]+)([hms])", duration)
    if "".join(f"{number}{unit}" for number, unit in parts) != duration:
        raise ValueError(f"{duration} is no duration")
    return sum(float(number) * UNITS[unit] for number, unit in parts)


def _proxy_hours(deployment: Facts) -> float:
    variables = {
        one["name"]: one.get("value", "")
        for container in deployment["spec"]["template"]["spec"]["containers"]
        for one in container.get("env", ())
    }
    return hours(variables[TTL]) if TTL in variables else PROXY_HOURS


def _gateway(certificate: Facts) -> Facts:
    """cert-manager's own values stand where it is told none: 90 days, renewed in the last third, the key kept."""
    spec = certificate["spec"]
    whole = hours(spec.get("duration", "2160h"))
    conditions = (certificate.get("status") or {}).get("conditions", ())
    return {
        "hours": whole,
        "renew_before_hours": hours(spec["renewBefore"]) if "renewBefore" in spec else whole / 3,
        "new_key": (spec.get("privateKey") or {}).get("rotationPolicy") == "Always",
        "ready": any(one["type"] == "Ready" and one["status"] == "True" for one in conditions),
    }
