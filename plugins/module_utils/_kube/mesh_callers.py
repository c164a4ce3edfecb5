# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call which service, as ``platform_services`` declares it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Service = Mapping[str, Any]


def is_public(service: Service) -> bool:
    """Whether the gateway may call it."""
    return bool(service["exposure"] == "public")


def callers(service: Service, services: Sequence[Service]) -> list[Service]:
    """The services that declare that they call it."""
    return [caller for caller in services if service["name"] in caller["dependencies"]["services"]]


def uncalled(services: Sequence[Service]) -> list[str]:
    """Names of the services that nobody may call: no requests to them can be expected."""
    return [service["name"] for service in services if not is_public(service) and not callers(service, services)]
