"""Address sets and sets of regular expressions: what moto does not check."""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.wafv2.acls import associated, backend_of
from sandbox.aws.extensions.wafv2.capacity import check_regex, invalid


# https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateIPSet.html
@operation("wafv2", "CreateIPSet")
def create(call: Call) -> dict[str, Any]:
    backend = backend_of(call)
    if any(one.name == call.params["Name"] and one.scope == call.params["Scope"] for one in backend.ip_sets.values()):
        raise AwsError("WAFDuplicateItemException", f"There is an IP set {call.params['Name']} already.")
    _check(call.params["IPAddressVersion"], call.params["Addresses"])
    return call.moto()


# https://docs.aws.amazon.com/waf/latest/APIReference/API_UpdateIPSet.html
@operation("wafv2", "UpdateIPSet")
def update(call: Call) -> dict[str, Any]:
    found = [one for one in backend_of(call).ip_sets.values() if one.ip_set_id == call.params["Id"]]
    _check(found[0].ip_address_version if found else "IPV4", call.params["Addresses"])
    return call.moto()


# https://docs.aws.amazon.com/waf/latest/APIReference/API_DeleteIPSet.html
@operation("wafv2", "DeleteIPSet")
def delete(call: Call) -> dict[str, Any]:
    backend = backend_of(call)
    for found in [one for one in backend.ip_sets.values() if one.ip_set_id == call.params["Id"]]:
        if any(found.arn in str(rule.statement) for acl in backend.wacls.values() for rule in acl.rules):
            raise associated(found.name)
    return call.moto()


@operation("wafv2", "CreateRegexPatternSet", "UpdateRegexPatternSet")
def patterns(call: Call) -> dict[str, Any]:
    backend_of(call)
    for one in call.params["RegularExpressionList"]:
        check_regex(one["RegexString"])
    return call.moto()


def _check(version: str, addresses: list[str]) -> None:
    wanted = {"IPV4": 4, "IPV6": 6}[version]
    for address in addresses:
        try:
            network = ipaddress.ip_network(address) if "/" in address else None
        except ValueError:
            network = None
        if network is None or network.version != wanted or network.prefixlen == 0:
            raise invalid("IP_ADDRESS", f"{address} is not a network of {version} in CIDR notation")
