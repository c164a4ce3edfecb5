"""Who asks: bearer tokens of the sandbox's administrator, of ServiceAccounts and of EKS, and impersonation."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_urlsafe

import jwt

from sandbox.kube.access import eks
from sandbox.kube.access.rbac import Rbac
from sandbox.kube.access.service_accounts import AUDIENCES, ServiceAccounts
from sandbox.kube.access.signing import secret_file
from sandbox.kube.access.users import (
    ANONYMOUS,
    AUTHENTICATED,
    MASTERS,
    Attributes,
    User,
    forbidden,
    groups_of_service_account,
    service_account_of,
    with_authenticated,
)
from sandbox.kube.errors import ApiError, unauthorized

ADMINISTRATOR = User("sandbox-admin", groups=(MASTERS, AUTHENTICATED))
TOKEN_FILE = "admin.token"
PUBLIC = ("/healthz", "/readyz", "/livez", "/version", "/.well-known/openid-configuration", "/openid/v1/jwks")
"""What is answered without a token."""
FRESH = 1.0
"""Seconds an access entry is believed."""
TOKENS = 1000

log = logging.getLogger(__name__)


class Authenticator:
    """`clock` tells seconds of the epoch."""

    def __init__(
        self, data: Path, accounts: ServiceAccounts, aws: eks.Emulator, clock: Callable[[], float] = time.time
    ) -> None:
        self._admin = secret_file(data / TOKEN_FILE, token_urlsafe(32).encode())
        self._accounts, self._aws, self._clock = accounts, aws, clock
        self._identities: dict[str, tuple[eks.Identity, float]] = {}
        self._entries: dict[str, tuple[eks.AccessEntry | None, float]] = {}
        self._asking = asyncio.Lock()

    async def user(self, authorization: str | None, path: str) -> User:
        """Who a request is from, or `Unauthorized`."""
        if authorization is None and path in PUBLIC:
            return ANONYMOUS
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        found, _ = await self.review(token.strip())
        if found is None:
            raise unauthorized()
        return found

    async def review(self, token: str, audiences: tuple[str, ...] = AUDIENCES) -> tuple[User | None, tuple[str, ...]]:
        """(user, for which of the audiences) of a token; (None, ()) when it isn't accepted."""
        if hmac.compare_digest(token.encode(), self._admin):
            return ADMINISTRATOR, AUDIENCES
        try:
            if token.startswith(eks.PREFIX):
                return await self._of_eks(token), AUDIENCES
            return self._accounts.authenticate(token, audiences)
        except (eks.Refusal, jwt.InvalidTokenError) as why:
            log.warning("Unable to authenticate the request: %s", why)
        except OSError as error:
            log.error("Unable to authenticate the request: AWS can't be asked: %s", error)
        return None, ()

    async def _of_eks(self, token: str) -> User:
        now = self._clock()
        identity, expires = self._identities.get(token, (None, 0.0))
        if identity is None or now > expires:
            presigned = eks.read(token, self._aws.endpoint, now)
            identity = await asyncio.to_thread(self._aws.caller, presigned)
            if len(self._identities) >= TOKENS:
                self._identities.clear()
            self._identities[token] = (identity, presigned.expires)
        entry = await self._entry(identity.principal)
        if entry is None:
            raise eks.Refusal(f"no access entry for {identity.arn}")
        return eks.user_of(identity, entry)

    async def _entry(self, principal: str) -> eks.AccessEntry | None:
        async with self._asking:
            entry, until = self._entries.get(principal, (None, 0.0))
            if self._clock() >= until:
                try:
                    entry = await asyncio.to_thread(self._aws.access_entry, principal)
                except OSError:
                    if principal not in self._entries:
                        raise
                    log.warning("AWS can't be asked for the access entry of %s: the last one holds", principal)
                self._entries[principal] = (entry, self._clock() + FRESH)
            return entry


def impersonated(user: User, headers: Iterable[tuple[str, str]], rbac: Rbac) -> User:
    """Whom a request's Impersonate-* headers make of a user; 403 unless the user may be each part of it."""
    asked: dict[str, list[str]] = {}
    for key, value in headers:
        asked.setdefault(key, []).append(value)
    name, uid = (asked.get(f"impersonate-{part}", [""])[0] for part in ("user", "uid"))
    groups = asked.get("impersonate-group", [])
    prefix = "impersonate-extra-"
    extra = tuple(
        (urllib.parse.unquote(key.removeprefix(prefix)), tuple(values))
        for key, values in asked.items()
        if key.startswith(prefix)
    )
    if not name:
        raise ApiError(500, "InternalError", "Internal error occurred: requested groups without impersonating a user")
    account = service_account_of(name)
    wanted = [
        Attributes("impersonate", "", "v1", "serviceaccounts", namespace=account[0], name=account[1])
        if account
        else Attributes("impersonate", "", "v1", "users", name=name)
    ]
    wanted += [Attributes("impersonate", "", "v1", "groups", name=group) for group in groups]
    if uid:
        wanted.append(Attributes("impersonate", "authentication.k8s.io", "v1", "uids", name=uid))
    wanted += [
        Attributes("impersonate", "authentication.k8s.io", "v1", "userextras", key, name=value)
        for key, held in extra
        for value in held
    ]
    for each in wanted:
        decision = rbac.authorize(user, each)
        if not decision.allowed:
            raise forbidden(user, each, decision.reason)
    if account and not groups:
        groups = list(groups_of_service_account(account[0]))
    return User(name, uid, tuple(groups) if name == ANONYMOUS.name else with_authenticated(groups), extra)
