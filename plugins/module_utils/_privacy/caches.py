# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One person in Redis: keys with the person's id in their names, and values in which the person is recognised."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._privacy.identity import Person
from ansible_collections.iworkz.platform.plugins.module_utils._privacy.places import SUBJECT, Keys
from ansible_collections.iworkz.platform.plugins.module_utils._stores.redis import told

BATCH = 500
_READERS = {
    "string": lambda client, key: client.get(key),
    "hash": lambda client, key: client.hgetall(key),
    "list": lambda client, key: client.lrange(key, 0, -1),
    "set": lambda client, key: sorted(client.smembers(key)),
    "zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    "stream": lambda client, key: client.xrange(key),
}


def held(client: Any, keys: Keys, subject: str) -> list[dict[str, Any]]:
    """The person's keys as ``{key, type, value}``.

    Raises ReconcileError when Redis does not answer, or holds a type that can't be read.
    """
    with told():
        return [_read(client, name) for name in _names(client, keys, subject)]


def erase(client: Any, keys: Keys, subject: str) -> int:
    """Delete them; return how many there were."""
    with told():
        return sum(int(client.unlink(name)) for name in _names(client, keys, subject))


def search(client: Any, service: str, person: Person) -> int:
    """Keys of a service whose name, or value of text, names the person; a value that is another's by its name is
    looked through for what only this person has."""
    pattern = re.compile(person.sure)
    with told():
        return sum(
            bool(pattern.search(f"{name} {_read(client, name)['value']}"))
            for name in client.scan_iter(match=f"{service}:*", count=BATCH)
        )


def _names(client: Any, keys: Keys, subject: str) -> Iterator[str]:
    """A key with nothing but the id in it is asked for; a pattern with a ``*`` is searched."""
    name = keys.pattern.replace(SUBJECT, subject)
    if "*" in name:
        yield from client.scan_iter(match=name, count=BATCH)
    elif client.exists(name):
        yield name


def _read(client: Any, name: str) -> dict[str, Any]:
    kind = str(client.type(name))
    if kind == "none":  # it expired a moment ago
        return {"key": name, "type": kind, "value": None}
    if kind not in _READERS:
        raise LookupError(f"the key {name.split(':')[0]}:... is of type {kind}, which is not read here")
    value = _READERS[kind](client, name)
    return {"key": name, "type": kind, "value": _text(value)}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [_text(one) for one in value]
    return value
