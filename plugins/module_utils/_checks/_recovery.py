# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Definitions of two regions, compared one by one.

A kind of thing is read in both regions as *definitions*, ``{name: {field: value}}``, in words that are the same in both
(``Words``): a rule of a security group, say, is a field of its group. What is not the same is a breach, unless it is
among the differences that the platform declares, with a reason, in ``platform_recovery_differences``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._network_facts import read_network
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import canonical, plain, sha256

Item = dict[str, Any]
Definitions = dict[str, Item]
Pair = tuple[Definitions, Definitions]
"""Those of the home region and those of the recovery region."""

ABSENT = "-"
LONGEST = 200
_CIDR = re.compile(r"\b\d+\.\d+\.\d+\.\d+/\d+\b")


@dataclass(frozen=True)
class Kind:
    """``read`` gets the platform as the home region and as the recovery region show it."""

    name: str
    read: Callable[[World, World], Pair]


def of_both(read: Callable[[World], Definitions]) -> Callable[[World, World], Pair]:
    """What is read in the same way in both regions."""
    return lambda home, there: (read(home), read(there))


@dataclass(frozen=True)
class Words:
    """Names of a region, its zones and its network's addresses, as words that say the same in every region."""

    region: str
    zones: tuple[str, ...] = ()
    network: IPv4Network | None = None

    def text(self, value: str) -> str:
        """``REGION``, ``zone1`` for a zone and for its short name at the end of another, ``own:0.0.128.0/22``."""
        for number, zone in enumerate(self.zones, 1):
            short = zone.rpartition("-")[2]
            value = re.sub(rf"{re.escape(zone)}\b|(?<=-){re.escape(short)}\b", f"zone{number}", value)
        return _CIDR.sub(lambda found: self._cidr(found[0]), value.replace(self.region, "REGION"))

    def plain(self, value: Any) -> Any:
        """As ``text``, at every depth."""
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.plain(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.plain(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def _cidr(self, value: str) -> str:
        found = IPv4Network(value, strict=False)
        if self.network is None or not found.subnet_of(self.network):
            return value
        return f"own:{IPv4Address(int(found.network_address) - int(self.network.network_address))}/{found.prefixlen}"


def words(world: World) -> Words:
    """Of the region that the world shows, by its network: ``world.once(words)``."""
    network = world.once(read_network)
    zones = sorted({subnet["AvailabilityZone"] for subnet in network.subnets})
    own = IPv4Network(network.vpcs[0]["CidrBlock"]) if network.vpcs else None
    return Words(world.platform.region, tuple(zones), own)


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a document by their path: ``Statement.Action``, ``Rules.0``."""
    inner: Iterator[tuple[str, Any]] | None = None
    if isinstance(value, Mapping):
        inner = ((str(key), one) for key, one in sorted(value.items()))
    elif isinstance(value, (list, tuple)):
        inner = ((str(number), one) for number, one in enumerate(value))
    if inner is None or not value:
        yield name, value
        return
    for key, one in inner:
        yield from flattened(one, f"{name}.{key}" if name else key)


@dataclass
class Comparison:
    """Rows by kind and name: ``home`` and ``recovery``, fingerprints where all is the same and else the fields that
    differ, ``in_step``, and ``allowed``, reasons of differences that are declared."""

    differences: Sequence[Mapping[str, str]]
    table: dict[str, Item] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    @property
    def unused(self) -> list[str]:
        """Reasons of declared differences that nothing needs (any more)."""
        return [one["reason"] for number, one in enumerate(self.differences) if number not in self._used]

    def add(self, kind: str, pair: Pair) -> None:
        home, there = pair
        rows = self.table[kind] = {}
        if home and not there and not all(self._reason(kind, name) for name in home):
            self.breaches.append(Breach("dr.kind_missing", {"kind": kind, "count": len(home)}))
            return
        for name in sorted({*home, *there}):
            rows[name] = self._row(kind, name, home.get(name), there.get(name))

    def _row(self, kind: str, name: str, home: Item | None, there: Item | None) -> Item:
        if home is None or there is None:
            return self._single(kind, name, home, there)
        fields = [key for key in sorted({*home, *there}) if home.get(key) != there.get(key)]
        if not fields:
            return {"home": _fingerprint(home), "recovery": _fingerprint(there), "in_step": True}
        reasons = {key: self._reason(kind, name, key) for key in fields}
        for key in (key for key, reason in reasons.items() if reason is None):
            params = {"home": _told(home.get(key)), "recovery": _told(there.get(key))}
            self.breaches.append(Breach("dr.definition_differs", {"kind": kind, "name": name, "field": key, **params}))
        return {
            "home": {key: home[key] for key in fields if key in home},
            "recovery": {key: there[key] for key in fields if key in there},
            "in_step": None not in reasons.values(),
            "allowed": sorted({reason for reason in reasons.values() if reason}),
        }

    def _single(self, kind: str, name: str, home: Item | None, there: Item | None) -> Item:
        reason = self._reason(kind, name)
        if reason is None:
            missing = "dr.definition_missing" if there is None else "dr.definition_only_there"
            self.breaches.append(Breach(missing, {"kind": kind, "name": name}))
        return {
            "home": _fingerprint(home),
            "recovery": _fingerprint(there),
            "in_step": reason is not None,
            "allowed": [reason] if reason else [],
        }

    def _reason(self, kind: str, name: str, key: str | None = None) -> str | None:
        """Why a field may differ; without a field, why there may be such a thing in one region only."""
        for number, one in enumerate(self.differences):
            if one["kind"] != kind or not fnmatchcase(name, one.get("name", "*")):
                continue
            if "field" not in one if key is None else fnmatchcase(key, one.get("field", "")):
                self._used.add(number)
                return one["reason"]
        return None


def _fingerprint(definition: Item | None) -> str:
    return ABSENT if definition is None else sha256(canonical(plain(definition)))[:12]


def _told(value: Any) -> str:
    text = ABSENT if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
