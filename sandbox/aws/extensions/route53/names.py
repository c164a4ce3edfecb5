"""Names that lead somewhere: `postgres` and `postgres-canary` in a private zone, by their fixed loopback addresses.

No resolver asks this Route 53. Where the platform reaches a server by such a name, it uses the name's address in the
sandbox instead, and that leads where the record says: to the loopback address that is its value.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions.route53.changes import GLOBAL

LABELS = ("postgres", "postgres-canary")
PORT = 5432
SUFFIX = ".internal."


def follow(call: Call, zone: Any, records: list[dict[str, Any]]) -> None:
    """Let the names of a zone lead to what its records say now; elsewhere than to loopback they lead nowhere."""
    if call.planes is None or not zone.private_zone or not zone.name.endswith(SUFFIX):
        return
    led = call.store("route53.names", GLOBAL)
    for label in LABELS:
        address = _address(f"{label}.{zone.name}", records)
        if address:
            call.planes.set_name(label, address, _port(call, address))
            led[label] = zone.resource_id
        elif led.get(label) == zone.resource_id:
            call.planes.clear_name(label)
            del led[label]


def _address(name: str, records: list[dict[str, Any]]) -> str | None:
    """The loopback address of a name; of several records, that of the primary."""
    found = [record for record in records if record["Name"] == name and record["Type"] in ("A", "CNAME")]
    found.sort(key=lambda record: (record.get("Failover") == "SECONDARY", -record.get("Weight", 0)))
    for record in found:
        for value in record.get("ResourceRecords", []):
            address = str(value["Value"]).rstrip(".")
            if _is_loopback(address):
                return address
    return None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _port(call: Call, address: str) -> int:
    """The port of the database at an address."""
    assert call.planes is not None
    for plane in call.planes.describe_all("postgres").values():
        for endpoint in plane["endpoints"].values():
            if endpoint["address"] == address:
                return int(endpoint["port"])
    return PORT
