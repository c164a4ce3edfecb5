"""The primary contact of an account; moto has the alternate ones.

https://docs.aws.amazon.com/accounts/latest/reference/API_ContactInformation.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

KEPT = "account.contact"
# Every account has one.
FIRST = {
    "FullName": "Sandbox",
    "AddressLine1": "Loopback 1",
    "City": "Tokyo",
    "CountryCode": "JP",
    "PostalCode": "100-0001",
    "PhoneNumber": "+81300000000",
}


# https://docs.aws.amazon.com/accounts/latest/reference/API_GetContactInformation.html
@operation("account", "GetContactInformation")
def contact(call: Call) -> dict[str, Any]:
    return {"ContactInformation": dict(call.store(KEPT, "global") or FIRST)}


# https://docs.aws.amazon.com/accounts/latest/reference/API_PutContactInformation.html
@operation("account", "PutContactInformation")
def put_contact(call: Call) -> dict[str, Any]:
    kept = call.store(KEPT, "global")
    kept.clear()
    kept.update(call.params["ContactInformation"])
    return {}
