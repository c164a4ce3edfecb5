"""Sessions and caches in Redis: keys by service, each with the id of the person it is about."""

from __future__ import annotations

import json

import redis

from sandbox.rehearsal.persons import Person, of_kind, persons

DAYS = {
    "identity": ("session", 14),
    "candidate-profile": ("profile", 1),
    "employer-profile": ("recruiter", 1),
    "matching": ("scores", 1),
    "recommendation": ("feed", 1),
    "messaging": ("presence", 1),
    "notification": ("unread", 1),
    "analytics": ("events", 1),
    "api-gateway": ("limit", 1),
    "admin": ("session", 1),
}
"""What a service keeps of a person, and for how many days."""

GROUPS = {"employer-profile": "recruiter", "admin": "staff", "candidate-profile": "candidate"}


def keys(service: str) -> dict[str, str]:
    """Value by key, of the people the service knows."""
    what = DAYS[service][0]
    return {f"{service}:{what}:{one.id}": json.dumps(_value(one)) for one in _known(service)}


def fill(client: redis.Redis, service: str) -> bool:
    """Set what is not there; False when everything was."""
    values = keys(service)
    with client.pipeline(transaction=False) as pipeline:
        for key, value in values.items():
            pipeline.set(key, value, ex=DAYS[service][1] * 86400, nx=True)
        return any(pipeline.execute())


def look_up(client: redis.Redis, service: str, times: int = 4) -> int:
    """Ask for what the service keeps, as it would all day, and once for something that nobody knows; how many were
    found."""
    wanted = [*list(keys(service)) * times, f"{service}:{DAYS[service][0]}:nobody"]
    with client.pipeline(transaction=False) as pipeline:
        for key in wanted:
            pipeline.get(key)
        return sum(value is not None for value in pipeline.execute())


def _known(service: str) -> list[Person]:
    group = GROUPS.get(service)
    known = of_kind(group) if group else list(persons())
    # Of the person who is everywhere, staff or not, something was looked at.
    return known if persons()[0] in known else [persons()[0], *known]


def _value(one: Person) -> dict[str, str]:
    return {"subject_id": one.id, "name": one.name}
