# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The snapshots that Amazon OpenSearch Service takes of a domain every hour, and keeps for 14 days.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._stores.opensearch import Api

COMPLETE = "SUCCESS"
SYSTEM = "."
"""What the names of the domain's own indices begin with; they are in every snapshot."""


@dataclass(frozen=True)
class Snapshot:
    """
    :param at: when it was begun: what was written before is in it, what was written later may be.
    :param indices: those that are not the domain's own.
    """

    repository: str
    name: str
    at: datetime
    indices: tuple[str, ...]


def repository(described: Mapping[str, Any]) -> str:
    """Where automated snapshots of a domain are, as DescribeDomains has it.

    https://docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshot-restore.html
    """
    encrypted = described.get("EncryptionAtRestOptions", {}).get("Enabled")
    return "cs-automated-enc" if encrypted else "cs-automated"


def newest(api: Api, described: Mapping[str, Any]) -> Snapshot | None:
    """The newest that is whole (GET /_snapshot/{repository}/_all); one that cannot be read is left out."""
    where = repository(described)
    answer = api.get("_snapshot", where, "_all", query="ignore_unavailable=true") or {"snapshots": []}
    whole = [one for one in answer["snapshots"] if one["state"] == COMPLETE]
    if not whole:
        return None
    last = max(whole, key=_began)
    indices = tuple(name for name in last["indices"] if not name.startswith(SYSTEM))
    return Snapshot(where, last["snapshot"], datetime.fromtimestamp(_began(last) / 1000, UTC), indices)


def _began(snapshot: Mapping[str, Any]) -> int:
    began: int = snapshot["start_time_in_millis"]
    return began
