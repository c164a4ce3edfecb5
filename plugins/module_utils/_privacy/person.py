# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person in all stores: read everything, count it, erase what is not relational, look for what is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._data_protection.inventory import OWN
from ansible_collections.iworkz.platform.plugins.module_utils._privacy import caches, indices, objects
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person, recognise
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT, Objects
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.stores import Stores

EXPORTS = f"exports/{SUBJECT}/"
"""Where exports are uploaded to: a place like others once they are there, but in no export themselves."""


@dataclass(frozen=True)
class Held:
    """What one place holds: rows of a table, keys, documents or objects."""

    place: str
    kind: str
    purpose: str
    items: list[dict[str, Any]]


def held(stores: Stores, subject: str) -> Iterator[Held]:
    """What every place holds, also where that is nothing.

    Raises whatever a place that can't be read raises: there is no answer with a part missing.
    """
    places = stores.places
    for service in places.services:
        for table, found in stores.relational(service).held(subject):
            yield Held(table.place, "rows", table.purpose, found)
    for keys in places.keys:
        yield Held(keys.place, "keys", keys.purpose, caches.held(stores.cache(keys.service), keys, subject))
    for index in places.indices:
        yield Held(index.place, "documents", "", indices.held(stores.search, index, subject))
    for prefix in places.objects:
        yield Held(prefix.place, "objects", "", objects.held(stores.client("s3"), prefix, subject))


def known_by(stores: Stores, subject: str) -> Person:
    """By what the person is recognised, as the databases tell."""
    return recognise(
        subject,
        (
            row
            for service in stores.places.services
            for _table, found in stores.relational(service).held(subject)
            for row in found
        ),
    )


def erase_copies(stores: Stores, subject: str, exports: str | None) -> dict[str, int]:
    """Delete keys, documents and objects, exports among them; return the number by place, of those that had any."""
    places = stores.places
    counts = {keys.place: caches.erase(stores.cache(keys.service), keys, subject) for keys in places.keys}
    counts |= {index.place: indices.erase(stores.search, index, subject) for index in places.indices}
    counts |= {one.place: objects.erase(stores.client("s3"), one, subject) for one in _objects(stores, exports)}
    return {place: count for place, count in counts.items() if count}


def left(stores: Stores, person: Person, exports: str | None) -> tuple[int, dict[str, int]]:
    """How many places were searched for the person, and how often the person was found, by place.

    Not searched: restricted rows and the registers, where a person's data is meant to be.
    """
    places, found = stores.places, {}
    for service in places.services:
        found.update(stores.relational(service).search(person))
    services = sorted({keys.service for keys in places.keys})
    for service in services:
        found[f"redis: {service}:*"] = caches.search(stores.cache(service), service, person)
    for index in places.indices:
        found[index.place] = indices.search(stores.search, index, person)
    prefixes = _objects(stores, exports)
    for one in prefixes:
        found[one.place] = objects.search(stores.client("s3"), one, person)
    searched = len(places.tables) + len(services) + len(places.indices) + len(prefixes)
    return searched, {place: count for place, count in found.items() if count}


def _objects(stores: Stores, exports: str | None) -> tuple[Objects, ...]:
    return (*stores.places.objects, *((Objects(OWN, exports, EXPORTS),) if exports else ()))
