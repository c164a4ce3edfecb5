# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who is calling: the account must be the inventory's, or nothing is touched."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

with contextlib.suppress(ImportError):  # ansible-test imports module_utils without it
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        CredentialRetrievalError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
    )

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients, is_expired
from ansible_collections.iworkz.platform.plugins.module_utils._platform.environment import SANDBOX, is_loopback
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem

# What platform_preflight takes beside the connection options of amazon.aws.
OPTIONS: dict[str, dict[str, Any]] = {"account": {"type": "bool", "default": True}}
CONNECT_SECONDS = 3.0
VARIABLE = "platform_account_id"
PORTS = {"http": 80, "https": 443}


def identify(
    options: Mapping[str, Any],
    environment: str,
    account: str,
    connect: Callable[[Mapping[str, Any]], Clients] = Clients,
) -> tuple[dict[str, str], Problem | None]:
    """The caller, ``{"account", "arn"}``, and why it may not go on (sts:GetCallerIdentity).

    :param options: connection options as amazon.aws names them.
    :param account: the account the inventory declares.
    :return: an empty caller where there is none.
    """
    url = options.get("endpoint_url")
    if url and is_loopback(url) and not _listening(url):
        return {}, Problem("platform.sandbox_down", VARIABLE, {"url": url})
    try:
        clients = connect(options)
        # boto3 also takes endpoints from AWS_ENDPOINT_URL and the profile, which no variable shows.
        endpoint = str(clients.client("sts").meta.endpoint_url)
        if is_loopback(endpoint) and environment != SANDBOX:
            return {}, Problem("platform.endpoint_hidden", VARIABLE, {"url": endpoint, "environment": environment})
        caller = clients.caller()
    except (BotoCoreError, ClientError) as error:
        return {}, Problem(_reason(error), VARIABLE, {"error": str(error)})
    if caller["account"] != account:
        params = {"caller": caller["account"], "arn": caller["arn"], "account": account, "environment": environment}
        return caller, Problem("platform.wrong_account", VARIABLE, params)
    return caller, None


def _reason(error: Exception) -> str:
    if isinstance(error, (NoCredentialsError, PartialCredentialsError, ProfileNotFound, CredentialRetrievalError)):
        return "platform.no_credentials"
    return "platform.expired_credentials" if is_expired(error) else "platform.caller_unknown"


def _listening(url: str) -> bool:
    """Ask the socket first: boto3 would retry a refused connection for most of a minute."""
    address = urlsplit(url)
    try:
        with socket.create_connection((address.hostname, address.port or PORTS[address.scheme]), CONNECT_SECONDS):
            return True
    except OSError:
        return False
