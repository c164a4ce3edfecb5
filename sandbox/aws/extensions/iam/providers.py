"""Audiences of identity providers."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
@operation("iam", "AddClientIDToOpenIDConnectProvider")
def add_client_id(call: Call) -> dict[str, Any]:
    client_ids = _provider(call).client_id_list
    if call.params["ClientID"] not in client_ids:
        client_ids.append(call.params["ClientID"])
    return {}


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(call: Call) -> dict[str, Any]:
    client_ids = _provider(call).client_id_list
    if call.params["ClientID"] in client_ids:
        client_ids.remove(call.params["ClientID"])
    return {}


def _provider(call: Call) -> Any:
    arn = call.params["OpenIDConnectProviderArn"]
    providers = call.backend().open_id_providers
    if arn not in providers:
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return providers[arn]
