# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Public names: each in a zone of ours, or no certificate could be proven for it; and whose headers are whose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, hint, listed


def check_domains(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge the hosts of ``platform_services`` and the names in ``platform_tls``."""
    tls = values["platform_tls"]
    names = [
        (f"platform_services[{at}].host", service["host"])
        for at, service in enumerate(values["platform_services"])
        if "host" in service
    ]
    for key in ("wildcards", "cloudfront_hosts"):
        names += [(f"platform_tls.{key}[{at}]", name) for at, name in enumerate(tls[key])]
    for path, name in names:
        if not any(f".{name}".endswith(f".{zone}") for zone in tls["zones"]):
            yield Problem("platform.outside_zones", path, {"host": name, "zones": listed(tls["zones"])})


def check_headers(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge whom ``platform_security_headers`` is for: public services, and one place for each header."""
    headers = values["platform_security_headers"]
    public = [service["name"] for service in values["platform_services"] if service["exposure"] == "public"]
    for name, own in {"": headers["gateway"], **headers["services"]}.items():
        path = f"platform_security_headers.services.{name}" if name else "platform_security_headers.gateway"
        if name and name not in public:
            params = {"name": name, "hint": hint(name, public), "known": listed(public)}
            yield Problem("platform.unknown_reference", path, params)
        for header in sorted(own.keys() & headers["load_balancer"].keys()):
            yield Problem("platform.header_twice", f"{path}.{header}", {"header": header})
