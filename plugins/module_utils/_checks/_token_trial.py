# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real tokens, shown to each service as the policies in the cluster guard it, and the keys that make them good.

The right token is signed with a key of the check's own, which joins the published ones for the trial: nobody but the
issuer may sign by those, the check included. Forged tokens bear the name of a published key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_document import allowed, listed
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_facts as facts
from ansible_collections.iworkz.platform.plugins.module_utils._checks._iam_facts import Item, identities, platform_roles
from ansible_collections.iworkz.platform.plugins.module_utils._checks._least_privilege import is_almighty
from ansible_collections.iworkz.platform.plugins.module_utils._checks._mesh_calls import GATEWAY
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, World
from ansible_collections.iworkz.platform.plugins.module_utils._jwt import keys, proxy
from ansible_collections.iworkz.platform.plugins.module_utils._jwt.tokens import KINDS, tokens
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_openings import openings
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_pairs import Party

ENABLED = "Enabled"
SIGN = "kms:sign"
ALIASES = "kms:resourcealiases"


@dataclass(frozen=True)
class Key:
    """A published key: its alias without ``alias/``, DescribeKey and GetPublicKey."""

    name: str
    facts: Item
    der: bytes


@dataclass(frozen=True)
class Trial:
    """Whether a service lets in a declared caller with a kind of token."""

    service: str
    caller: str
    kind: str
    allowed: bool


def prefix(world: World) -> str:
    """What the aliases of the keys begin with; the generation follows."""
    return f"alias/{world.platform.prefix}-tokens-"


def published(world: World) -> list[Key]:
    """The platform's keys of tokens (ListAliases, DescribeKey, GetPublicKey)."""
    kms = world.client("kms")
    aliases = [one for page in kms.get_paginator("list_aliases").paginate() for one in page["Aliases"]]
    ours = sorted(one["AliasName"] for one in aliases if one["AliasName"].startswith(prefix(world)))
    return [
        Key(
            alias.removeprefix("alias/"),
            kms.describe_key(KeyId=alias)["KeyMetadata"],
            kms.get_public_key(KeyId=alias)["PublicKey"],
        )
        for alias in ours
    ]


def trials(world: World) -> list[Trial]:
    """Each service, asked by a declared caller of its own with each kind of token."""
    jwks = [keys.published(key.name, key.der) for key in world.once(published)]
    if not jwks:
        return []
    signer = keys.throwaway("trial")
    forger, stranger = keys.throwaway(jwks[0]["kid"]), keys.throwaway("stranger")
    mesh = world.platform.declared["mesh"]
    made = tokens(mesh["issuer"], mesh["audiences"], signer, forger, stranger, world.now)
    read = {
        kind: None if encoded is None else proxy.read(encoded, [*jwks, signer.jwk], world.now)
        for kind, encoded in made.items()
    }
    return [
        Trial(party.name, caller, kind, _lets_in(party, principal, read[kind]))
        for party in world.once(facts.parties)
        for caller, principal in _callers(world, party)
        for kind in KINDS
    ]


def summary(made: Sequence[Trial]) -> dict[str, str]:
    """By kind of token, how many services let it in: ``19 of 19``."""
    return {
        kind: f"{sum(one.allowed for one in asked)} of {len(asked)}"
        for kind in KINDS
        if (asked := [one for one in made if one.kind == kind])
    }


def table(made: Sequence[Trial]) -> list[str]:
    """Services (down) and kinds of tokens (across) as a Markdown table: ``o`` let in, ``.`` refused."""
    services = dict.fromkeys((one.service, one.caller) for one in made)
    found = {(one.service, one.kind): "o" if one.allowed else "." for one in made}
    rows = [
        f"| {service} | {caller} | {' | '.join(found[service, kind] for kind in KINDS)} |"
        for service, caller in services
    ]
    return [f"| service | asked by | {' | '.join(KINDS)} |", "|---" * (len(KINDS) + 2) + "|", *rows]


def judge_trials(made: Sequence[Trial]) -> Iterator[Breach]:
    for one in made:
        params = {"service": one.service, "caller": one.caller, "kind": one.kind}
        if one.kind == "right" and not one.allowed:
            yield Breach("iam.token_refused", params)
        if one.kind != "right" and one.allowed:
            yield Breach("iam.token_accepted", params)


def judge_keys(world: World, days: int) -> Iterator[Breach]:
    """There are keys; they are what they are to be; the newest is not old; only the issuer signs by them."""
    found = world.once(published)
    if not found:
        yield Breach("iam.no_token_keys", {"prefix": prefix(world)})
        return
    for key in found:
        if key.facts["KeyState"] != ENABLED or key.facts["KeyUsage"] != "SIGN_VERIFY":
            yield Breach("iam.token_key_unusable", {"key": key.name, "state": key.facts["KeyState"]})
    newest = max(found, key=lambda key: key.facts["CreationDate"])
    age = (world.now - newest.facts["CreationDate"]).days
    if age > days:
        yield Breach("iam.token_key_old", {"key": newest.name, "age": age, "days": days})
    issuer = f"{world.platform.prefix}-{world.platform.declared['tokens']['issuer']}"
    for role in world.once(platform_roles):
        if role["RoleName"] != issuer and not is_almighty(world, role) and _signs(world, role):
            yield Breach("iam.token_signer", {"role": role["RoleName"]})


def _signs(world: World, role: Item) -> bool:
    """Whether a role may sign by a key of tokens, as far as its policies name keys by alias."""
    return any(
        any(fnmatchcase(SIGN, str(action).lower()) for action in listed(statement.get("Action")))
        and _reaches(statement, prefix(world))
        for name, document in world.once(identities).grants(role, "Role")
        for statement in allowed(document)
    )


def _reaches(statement: Mapping[str, Any], start: str) -> bool:
    """Whether a statement's condition on aliases, if it has one, is met by one of the keys."""
    named = [
        str(value)
        for keys_of in statement.get("Condition", {}).values()
        for key, values in keys_of.items()
        if key.lower() == ALIASES
        for value in listed(values)
    ]
    return not named or any(one.startswith(start) or fnmatchcase(start, one) for one in named)


def _callers(world: World, party: Party) -> list[tuple[str, str]]:
    """Name and identity of who is declared to call a service: another service, or the gateway for a public one."""
    called_by = {one["name"] for one in facts.services(world) if party.name in one["dependencies"]["services"]}
    others = [(one.name, one.principals[0]) for one in world.once(facts.parties) if one.name in called_by]
    exposed = any(one["name"] == party.name and one["exposure"] == "public" for one in facts.services(world))
    return others[:1] or ([(GATEWAY.name, GATEWAY.principals[0])] if exposed else [])


def _lets_in(party: Party, principal: str, token: Any) -> bool:
    """Whether something is open that is not limited to paths: those that need no token are judged by 2.1.2.4's other
    half."""
    return any(
        token is not None or not opening.operation.get("paths")
        for guard in party.guards
        for opening in openings(guard, Request(principal, party.port, token=token))
    )
