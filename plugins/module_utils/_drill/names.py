# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The names that scenarios use for what they act on, and what they stand for in an environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean
from ansible_collections.iworkz.platform.plugins.module_utils._messages import MessageError, placeholders

NAMES: Mapping[str, str] = {
    "environment": "the inventory's name for where all this is",
    "prefix": "what the names of the platform's resources begin with",
    "region": "home region",
    "recovery_region": "region for disaster recovery",
    "database": "identifier of the primary DB instance",
    "recovery_database": "identifier of its replica in the recovery region",
    "cache": "id of the replication group",
    "broker": "name of the message broker",
    "domain": "private hosted zone of internal names",
    "canary_record": "CNAME in it that the pooler's canary database follows",
    "canary": "tenant that drills write as, and its database at the pooler",
    "pooler": "host and port of the pooler",
}


def unknown(text: str) -> Iterator[str]:
    """Yield what is wrong with the names in a text."""
    try:
        found = placeholders(text)
    except MessageError as error:
        yield str(error)
        return
    for name in sorted(found - set(NAMES)):
        yield f"unknown name {{{name}}}{did_you_mean(name, NAMES)}"


def filled(text: str, names: Mapping[str, str]) -> str:
    """A text with the environment's own names."""
    return text.format(**names)
