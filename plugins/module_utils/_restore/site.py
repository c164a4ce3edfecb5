# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where restore tests take place, and what they may take. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS_OF: Mapping[str, tuple[str, ...]] = {
    "postgres": ("snapshot", "point_in_time"),
    "redis": ("snapshot",),
    "rabbitmq": ("definitions",),
    "s3": ("replica",),
    "opensearch": ("snapshot",),
}
"""The kinds of recovery points of each store."""
STORES = tuple(KINDS_OF)
KINDS = tuple(dict.fromkeys(kind for kinds in KINDS_OF.values() for kind in kinds))


@dataclass(frozen=True)
class Limits:
    """
    :param age_hours: by store, how old the newest recovery point may be.
    :param restore_seconds: for making a copy, and for destroying it.
    :param statement_seconds: of one statement in a database.
    :param objects: how many of a bucket are copied back and read.
    """

    age_hours: Mapping[str, float]
    restore_seconds: float
    statement_seconds: float
    objects: int


@dataclass(frozen=True)
class Site:
    """
    :param tags: Platform and Environment, by which resources are told to be the platform's.
    :param ca_bundle: PEM file with authorities besides the system's, or None.
    :param controllers: networks (CIDR) from which this runs: nobody else reaches a copy.
    :param definitions_bucket: where the definitions of brokers are exported to.
    :param broker_secret: of the brokers' administrator.
    :param search_role: ARN of the role that reads search domains, and makes and deletes copies there.
    """

    environment: str
    account_id: str
    region: str
    recovery_region: str
    prefix: str
    tags: Mapping[str, str]
    ca_bundle: str | None
    controllers: tuple[str, ...]
    definitions_bucket: str
    broker_secret: str
    search_role: str
    limits: Limits

    def owns(self, tags: Mapping[str, str]) -> bool:
        return all(tags.get(name) == value for name, value in self.tags.items())
