# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands before a region's services as definitions: certificates of public hosts, and regional web ACLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2_rules import is_shields
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _certificates
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import (
    Definitions,
    Item,
    Kind,
    Pair,
    flattened,
    of_both,
    words,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

SCOPE = "REGIONAL"
_IDENTIFIER = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}$")


def certificates(home: World, there: World) -> Pair:
    """By public host, the best certificate that covers it."""
    known = home.once(_certificates.certificates)
    hosts = _certificates.hosts(home)

    def of(region: str) -> Definitions:
        found = {host: _certificates.of_host(known.get(region, ()), host) for host in hosts}
        return {host: {name: one[0][name] for name in ("Status", "KeyAlgorithm")} for host, one in found.items() if one}

    return of(home.platform.region), of(there.platform.region)


def web_acls(world: World) -> Definitions:
    """The platform's (wafv2:ListWebACLs, GetWebACL, ListLoggingConfigurations, ListIPSets, GetIPSet)."""
    client, same = world.client("wafv2"), world.once(words)
    logged = {one["ResourceArn"]: one for one in _listed(client.list_logging_configurations, "LoggingConfigurations")}
    found: Definitions = {}
    for summary in _ours(world, _listed(client.list_web_acls, "WebACLs")):
        told = client.get_web_acl(Name=summary["Name"], Scope=SCOPE, Id=summary["Id"])["WebACL"]
        rules = {
            one["Name"]: {key: value for key, value in one.items() if key != "Name"}
            for one in told["Rules"]
            if not is_shields({"name": one["Name"]})
        }
        logging = logged.get(summary["ARN"], {})
        documents = {
            "default": told["DefaultAction"],
            "rule": rules,
            "logs": logging.get("LogDestinationConfigs", []),
            "redacted": logging.get("RedactedFields", []),
        }
        found[summary["Name"]] = dict(flattened(_unnumbered(same.plain(documents))))
    return found


def ip_sets(world: World) -> Definitions:
    client = world.client("wafv2")
    return {
        one["Name"]: {
            "addresses": ", ".join(
                sorted(client.get_ip_set(Name=one["Name"], Scope=SCOPE, Id=one["Id"])["IPSet"]["Addresses"])
            )
        }
        for one in _ours(world, _listed(client.list_ip_sets, "IPSets"))
    }


def _ours(world: World, summaries: Iterator[Item]) -> list[Item]:
    prefix = world.platform.prefix
    return [one for one in summaries if one["Name"] == prefix or one["Name"].startswith(f"{prefix}-")]


def _listed(operation: Any, member: str) -> Iterator[Item]:
    marker: dict[str, str] = {}
    while True:
        answer = operation(Scope=SCOPE, **marker)
        yield from answer[member]
        if not answer.get("NextMarker") or not answer[member]:
            return
        marker = {"NextMarker": answer["NextMarker"]}


def _unnumbered(value: Any) -> Any:
    """ARNs of WAF end in an id that every region makes for itself."""
    if isinstance(value, dict):
        return {key: _unnumbered(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_unnumbered(one) for one in value]
    return _IDENTIFIER.sub("", value) if isinstance(value, str) and value.startswith("arn:") else value


KINDS = (
    Kind("certificate", certificates),
    Kind("web ACL", of_both(web_acls)),
    Kind("set of addresses", of_both(ip_sets)),
)
