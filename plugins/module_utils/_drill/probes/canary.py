# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a probe asks of a store."""

from __future__ import annotations

from typing import Protocol


class Canary(Protocol):
    """Numbered writes to one place in a store, through the endpoint that applications use."""

    def create(self) -> None:
        """Make the place; one that is there already is left as it is."""

    def open(self) -> None:
        """Connect for writing. Raises what the store's library raises."""

    def write(self, seq: int) -> None:
        """Return when the store has acknowledged canary ``seq``; writing it twice is the same as once."""

    def close(self) -> None:
        """Give up the connection for writing, whatever its state."""

    def kept(self) -> set[int]:
        """The canaries that the store has, over a connection of its own."""

    def remove(self) -> None:
        """Remove the place and all in it; nothing happens where there is none."""
