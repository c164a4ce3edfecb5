"""Loopback addresses: each sandbox has the net 127.<port // 256>.<port % 256>.0/24 of its AWS port for itself."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.planes.registry import Registry

NAMES = {"postgres": 2, "postgres-canary": 3, "pooler": 4, "entry": 5, "observation": 6, "logs": 7, "tracing": 8}
"""Last byte of the addresses that stand for names: those of Route 53, and of what is no AWS resource."""

ENDPOINTS = range(10, 100)
NODES = range(100, 251)


class Addresses:
    def __init__(self, port: int, registry: Registry) -> None:
        self._net = f"127.{port // 256}.{port % 256}"
        self._registry = registry

    def of_name(self, label: str) -> str:
        return f"{self._net}.{NAMES[label]}"

    def allot(self, owner: str, label: str, *, endpoint: bool) -> str:
        """The address of (owner, label), a new one the first time."""
        wanted = f"{owner} {label}"
        # Engines ask all the time, and a change is dear: it compares everything with what was written.
        if found := _held(self._registry.content.addresses, wanted):
            return found
        with self._registry.change() as content:
            taken = content.addresses
            if found := _held(taken, wanted):
                return found
            pool = ENDPOINTS if endpoint else NODES
            # Going round, so that an address is not another server's moments after it was given back.
            start = content.last.get(str(endpoint), pool[0] - 1) + 1 - pool[0]
            for offset in range(len(pool)):
                number = pool[(start + offset) % len(pool)]
                address = f"{self._net}.{number}"
                if address not in taken:
                    taken[address] = wanted
                    content.last[str(endpoint)] = number
                    return address
        raise RuntimeError(f"no loopback address is left for {wanted}: {len(pool)} are in use")

    def release(self, owner: str) -> list[str]:
        """Give an owner's addresses back; which they were."""
        with self._registry.change() as content:
            released = [address for address, holder in content.addresses.items() if holder.split(" ")[0] == owner]
            for address in released:
                del content.addresses[address]
        return released


def _held(addresses: Mapping[str, str], holder: str) -> str | None:
    return next((address for address, other in dict(addresses).items() if other == holder), None)
