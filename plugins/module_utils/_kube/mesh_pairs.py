# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may call whom: every caller asks every service, with and without a good token."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh import Guard
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, Token
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_openings import Opening, openings

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PATHS = ("/", "/any/path")
ELSEWHERE = "https://issuer.invalid"
TOKENS = ("valid", "none", "forged", "foreign", "misdirected")
"""A good token, no token, one signed by somebody else, one of another issuer, one for another audience."""


@dataclass(frozen=True)
class Caller:
    """Who calls, and the identities it does so with; an empty one is plaintext."""

    name: str
    principals: tuple[str, ...]


@dataclass(frozen=True)
class Party(Caller):
    """A service: besides, its port and the proxies in front of its pods."""

    port: int
    guards: tuple[Guard, ...] = field(compare=False)


@dataclass(frozen=True)
class Call:
    """One pair with one kind of token.

    ``openings`` is what could let it in, whatever is asked: none means that it is always refused. ``works``: each pod
    lets some request in.
    """

    caller: str
    target: str
    token: str
    openings: tuple[Opening, ...]
    works: bool


def tokens(guard: Guard) -> dict[str, Token | None]:
    """A token of each kind of TOKENS for one workload, made to fit its first rule; none where it has no rule."""
    if not guard.token_rules:
        return dict.fromkeys(TOKENS)
    rule = guard.token_rules[0]
    good = Token(rule["issuer"], "caller", tuple(rule.get("audiences") or ()))
    return {
        "valid": good,
        "none": None,
        "forged": replace(good, genuine=False),
        "foreign": replace(good, issuer=ELSEWHERE),
        "misdirected": replace(good, audiences=("another",)),
    }


def pairs(callers: Sequence[Caller], targets: Sequence[Party]) -> Iterator[Call]:
    """Everyone asks every service, those that are services themselves too."""
    for caller, target, kind in itertools.product(callers, targets, TOKENS):
        asked = [
            (guard, Request(principal, target.port, token=tokens(guard)[kind]))
            for guard in target.guards
            for principal in caller.principals
        ]
        opened = [opening for guard, request in asked for opening in openings(guard, request)]
        yield Call(caller.name, target.name, kind, tuple(opened), _works(asked) if opened else False)


def _works(asked: Sequence[tuple[Guard, Request]]) -> bool:
    return all(any(guard.decide(way).allowed for way in _ways(guard, request)) for guard, request in asked)


def _ways(guard: Guard, request: Request) -> Iterator[Request]:
    """The same in all methods, paths and hosts that the workload's policies name, and in some that they don't.

    A value with a wildcard is asked as something it matches.
    """
    operations = [
        operation["operation"]
        for policy in guard.authorization.of("ALLOW")
        for rule in (policy.get("spec") or {}).get("rules") or ()
        for operation in rule.get("to") or ()
        if operation.get("operation")
    ]
    for method, path, host in itertools.product(
        _asked(operations, "methods", METHODS), _asked(operations, "paths", PATHS), _asked(operations, "hosts", ("",))
    ):
        yield replace(request, method=method, path=path, host=host)


def _asked(operations: Iterable[Mapping[str, Any]], name: str, usual: Iterable[str]) -> list[str]:
    named = {value for operation in operations for value in operation.get(name) or ()}
    samples = sorted(value.replace("{**}", "x").replace("{*}", "x").replace("*", "x") for value in named)
    return list(dict.fromkeys([*usual, *samples]))


def table(calls: Sequence[Call]) -> str:
    """Who may call whom, as a Markdown table of callers (down) and targets (across), both in the order of the calls.

    ``o``: may call, but with a good token only. ``.``: may not, whatever it asks for, with any token or none. ``?``:
    may under conditions that can't be met here. ``*``: may, on certain paths without a token. ``!``: may without a good
    token.
    """
    callers = list(dict.fromkeys(call.caller for call in calls))
    targets = list(dict.fromkeys(call.target for call in calls))
    found = {(call.caller, call.target, call.token): call for call in calls}
    heads = [f"| | {' | '.join(str(at) for at in range(1, len(targets) + 1))} |", f"|---|{'---|' * len(targets)}"]
    rows = [
        f"| {number} {caller} | {' | '.join(_sign(found, caller, target) for target in targets)} |"
        for number, caller in enumerate(callers, 1)
    ]
    return "\n".join([*heads, *rows])


def _sign(found: Mapping[tuple[str, str, str], Call], caller: str, target: str) -> str:
    calls = {kind: found[caller, target, kind] for kind in TOKENS}
    without = calls["none"].openings
    if any(not one.operation.get("paths") for one in without):
        return "!"
    if any(call.openings for kind, call in calls.items() if kind not in ("valid", "none")):
        return "!"
    if not calls["valid"].openings:
        return "."
    return ("*" if without else "o") if calls["valid"].works else "?"
