# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The environment: one name in inventory, variable and tags, and an endpoint that belongs to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, listed, shown

SANDBOX = "sandbox"


def is_loopback(url: str) -> bool:
    """Tell whether an address points to this very machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_environment(values: Mapping[str, Any], groups: Collection[str]) -> Iterator[Problem]:
    """Judge ``platform_environment`` against the host's groups and the tags."""
    environment = values["platform_environment"]
    if environment not in groups:
        params = {"value": environment, "groups": listed(sorted(groups))}
        yield Problem("platform.environment_group", "platform_environment", params)
    for tag, variable in (("Environment", "platform_environment"), ("Platform", "platform_name")):
        if values["platform_tags"][tag] != values[variable]:
            params = {"value": shown(values["platform_tags"][tag]), "variable": variable, "wanted": values[variable]}
            yield Problem("platform.tag_differs", f"platform_tags.{tag}", params)


def check_endpoint(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Judge ``platform_aws.endpoint_url``: the sandbox is on this machine, and only the sandbox."""
    environment, url = values["platform_environment"], values["platform_aws"].get("endpoint_url")
    loopback = url is not None and is_loopback(url)
    if environment == SANDBOX and not loopback:
        yield Problem("platform.endpoint_not_local", "platform_aws.endpoint_url", {"value": shown(url)})
    if environment != SANDBOX and loopback:
        params = {"value": shown(url), "environment": environment}
        yield Problem("platform.endpoint_local", "platform_aws.endpoint_url", params)
