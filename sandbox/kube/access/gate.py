"""The way in: who a request is from, and whether that may be; what the HTTP application is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.requests import Request

from sandbox.kube.access import bootstrap, endpoints, escalation  # noqa: F401 (endpoints register themselves)
from sandbox.kube.access.authentication import Authenticator, impersonated
from sandbox.kube.access.eks import Emulator
from sandbox.kube.access.rbac import Rbac
from sandbox.kube.access.service_accounts import ServiceAccounts
from sandbox.kube.access.signing import Signer
from sandbox.kube.access.users import Attributes, Decision, User
from sandbox.kube.api import Api
from sandbox.kube.resources import Resource

NO_AWS = "http://127.0.0.1:9"
"""Where a cluster asks that no AWS emulator belongs to: nothing listens there."""


class Gate:
    """Keeps keys and the administrator's token in `data`; every write of roles and bindings is checked, too."""

    def __init__(self, api: Api, data: Path) -> None:
        settings = api.settings
        endpoint = settings.extra.get("aws_endpoint", NO_AWS)
        bootstrap.ensure(api.store)
        self.rbac = Rbac(api.store)
        self.signer = Signer(data, settings.issuer)
        self.accounts = ServiceAccounts(api.store, api.registry, self.signer)
        aws = Emulator(endpoint, settings.name, settings.region)
        self.authenticator = Authenticator(data, self.accounts, aws)
        api.validators.append(self._validate)

    async def authenticate(self, request: Request) -> User:
        """Whom a request is from, or speaks for."""
        headers = request.headers
        user = await self.authenticator.user(headers.get("authorization"), request.url.path)
        request.state.gate = self
        if not any(name.startswith("impersonate-") for name in headers):
            return user
        return impersonated(user, headers.items(), self.rbac)

    def authorize(self, user: User, asked: Attributes) -> Decision:
        if asked.resource == "namespaces" and asked.name and not asked.group:
            # A namespace itself is in that namespace: who may see what is in it may see it.
            asked = replace(asked, namespace=asked.name)
        return self.rbac.authorize(user, asked)

    def _validate(self, resource: Resource, obj: dict[str, Any], old: dict[str, Any] | None, user: User | None) -> None:
        escalation.check(self.rbac, user, resource.name, obj, old)
