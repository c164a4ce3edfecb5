# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Web ACLs as they are in the account: which stands before an entry point, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import wafv2_entries
from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2_entries import Entry
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

GLOBAL_REGION = "us-east-1"
MANAGED, RATE, LABEL = "ManagedRuleGroupStatement", "RateBasedStatement", "LabelMatchStatement"


@dataclass(frozen=True)
class Acl:
    """A web ACL as GetWebACL tells it, and its logging, None where it does not log."""

    told: dict[str, Any]
    logging: dict[str, Any] | None

    @property
    def name(self) -> str:
        return str(self.told["Name"])

    def rules(self, kind: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Rules whose statement is of a kind, with that statement."""
        for rule in self.told["Rules"]:
            if kind in rule["Statement"]:
                yield rule, rule["Statement"][kind]

    @property
    def redacted(self) -> set[str]:
        fields = (self.logging or {}).get("RedactedFields", [])
        return {one["SingleHeader"]["Name"].lower() for one in fields if "SingleHeader" in one}


def entries(world: World) -> list[Entry]:
    """The platform's public entry points: ``world.once(entries)``."""
    return wafv2_entries.entries(world.client, world.platform.tags, world.platform.region)


def protection(world: World) -> dict[str, tuple[Entry, Acl | None]]:
    """Entry points by ARN, each with the web ACL before it (wafv2:GetWebACLForResource, GetWebACL,
    ListLoggingConfigurations): ``world.once(protection)``.
    """
    return {entry.arn: (entry, _acl_of(world, entry)) for entry in world.once(entries)}


def _acl_of(world: World, entry: Entry) -> Acl | None:
    if entry.acl:
        client = world.client("wafv2", GLOBAL_REGION)
        return _acl(client, client.get_web_acl(ARN=entry.acl)["WebACL"])
    if not entry.regional:
        return None
    client = world.client("wafv2")
    found = client.get_web_acl_for_resource(ResourceArn=entry.arn).get("WebACL")
    return _acl(client, found) if found else None


def _acl(client: Any, told: dict[str, Any]) -> Acl:
    scope, arn = ("CLOUDFRONT" if ":global/" in told["ARN"] else "REGIONAL"), told["ARN"]
    logs: list[dict[str, Any]] = []
    marker: dict[str, str] = {}
    while True:
        answer = client.list_logging_configurations(Scope=scope, **marker)
        logs += [one for one in answer["LoggingConfigurations"] if one["ResourceArn"] == arn]
        if not answer.get("NextMarker") or not answer["LoggingConfigurations"]:
            return Acl(told, logs[0] if logs else None)
        marker = {"NextMarker": answer["NextMarker"]}
