"""The data planes: real servers on loopback behind the resources of the emulated account. See ../README.md."""
