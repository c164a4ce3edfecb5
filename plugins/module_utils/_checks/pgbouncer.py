# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Check of item 1.1.1.3, the connection pooler: what it answers, and to how many at once."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _pooler
from ansible_collections.iworkz.platform.plugins.module_utils._checks._postgres import primaries, settings
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._checks.rds import NO_INSTANCE

Facts = dict[str, Any]


@check("1.1.1.3")
def connections_are_pooled(world: World, required: dict[str, Any]) -> Finding:
    if not primaries(world):
        return Finding({}, (NO_INSTANCE,))
    server, console = world.once(_pooler.reached), world.once(_pooler.console)
    plaintext = world.once(_pooler.plaintext)
    crowd = _pooler.crowd(world, required["clients"])
    observed = {
        "server": server,
        "settings": console["settings"],
        "pools": console["pools"],
        "plaintext_clients": plaintext is not None,
        "crowd": crowd,
    }
    breaches = [
        *_elsewhere(server, world.once(_pooler.servers)),
        *_wrong_mode(server, console["pools"], required["pool_mode"]),
        *_unsafe(server, console["settings"], plaintext, required["auth_type"]),
        *_missing(world, console["pools"]),
        *_oversold(console["pools"], world.once(settings)),
        *_crowded_out(crowd, console["pools"][world.platform.canary]["limit"], required["clients"]),
    ]
    return Finding(observed, tuple(breaches))


def _elsewhere(server: Facts, known: dict[str, Facts]) -> list[Breach]:
    """A query through the pooler reaches the primary: the very process that answers at the primary's own endpoint."""
    if server["in_recovery"]:
        return [Breach("pgbouncer.on_replica", {"address": server["address"]})]
    who = ("address", "started")
    if not any(all(server[name] == facts[name] for name in who) for facts in known.values()):
        return [Breach("pgbouncer.other_server", {"address": server["address"], "primary": ", ".join(known)})]
    return []


def _wrong_mode(server: Facts, pools: dict[str, Facts], wanted: str) -> list[Breach]:
    wrong = {name: pool["mode"] for name, pool in pools.items() if pool["mode"] != wanted}
    breaches = [
        Breach("pgbouncer.wrong_mode", {"pools": _listed(wrong, mode), "mode": mode, "wanted": wanted})
        for mode in sorted(set(wrong.values()))
    ]
    if not server["transaction"]:
        breaches.append(Breach("pgbouncer.torn_transaction", {}))
    return breaches


def _listed(modes: dict[str, str], wanted: str) -> str:
    return ", ".join(sorted(name for name, mode in modes.items() if mode == wanted))


def _unsafe(server: Facts, config: dict[str, str], plaintext: str | None, auth_type: str) -> list[Breach]:
    breaches = []
    if not server["tls"]:
        breaches.append(Breach("pgbouncer.plain_server", {"address": server["address"]}))
    if plaintext is not None:
        breaches.append(Breach("pgbouncer.plain_clients", {"answer": plaintext}))
    if config["auth_type"] != auth_type:
        breaches.append(Breach("pgbouncer.weak_auth", {"auth_type": config["auth_type"], "wanted": auth_type}))
    return breaches


def _missing(world: World, pools: dict[str, Facts]) -> list[Breach]:
    """Every service with a database has a pool."""
    services = world.platform.declared.get("services", [])
    wanted = [one["name"].replace("-", "_") for one in services if "postgres" in one["dependencies"]["stores"]]
    return [Breach("pgbouncer.no_pool", {"pool": name}) for name in sorted(set(wanted) - pools.keys())]


def _oversold(pools: dict[str, Facts], servers: dict[str, dict[str, str]]) -> list[Breach]:
    """All pools together stay within what the server accepts from those who are no superuser."""
    unlimited = sorted(name for name, pool in pools.items() if not pool["limit"])
    breaches = [Breach("pgbouncer.unlimited", {"pool": name}) for name in unlimited]
    total = sum(pool["limit"] for pool in pools.values())
    for name, parameters in servers.items():
        room = int(parameters["max_connections"]) - int(parameters["superuser_reserved_connections"])
        if total > room:
            breaches.append(Breach("pgbouncer.oversold", {"total": total, "db": name, "room": room}))
    return breaches


def _crowded_out(crowd: Facts, limit: int, wanted: int) -> list[Breach]:
    breaches = []
    error = next(iter(crowd["errors"]), "")
    if crowd["connected"] < wanted:
        params = {"connected": crowd["connected"], "wanted": wanted, "error": error}
        breaches.append(Breach("pgbouncer.too_few_clients", params))
    elif crowd["right"] < wanted:
        breaches.append(Breach("pgbouncer.wrong_answers", {"right": crowd["right"], "wanted": wanted, "error": error}))
    if limit and crowd["peak"] > limit:
        breaches.append(Breach("pgbouncer.over_limit", {"peak": crowd["peak"], "limit": limit}))
    return breaches
