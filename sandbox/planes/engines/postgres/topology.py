"""What an instance consists of, and changes of that while it runs."""

from __future__ import annotations

from sandbox.planes.engine import Node, Plane
from sandbox.planes.engines.postgres import backups, events, joining, replication, watch
from sandbox.planes.engines.postgres.server import Server
from sandbox.planes.host import Host


def list_nodes(host: Host, plane: Plane) -> None:
    """Keep the plane's list of servers."""
    server, other = replication.primary(host, plane), replication.standby(host, plane)
    zones = plane.data["zones"]
    role = "replica" if plane.data["source"] else "primary"
    found = [_node(server, role, zones[server.label])]
    if plane.data["multi_az"] and not plane.data["source"]:
        found.append(_node(other, "standby", zones[other.label]))
    plane.nodes = found


def add_standby(host: Host, plane: Plane) -> None:
    """Returns once commits wait for it."""
    joining.join(host, plane, diverged=True)
    watch.set_synchronous(host, plane, True)
    events.tell(plane, "The standby is in sync: commits wait for it")
    list_nodes(host, plane)


def change_standby(host: Host, plane: Plane, zone: str | None) -> None:
    """Have one in this zone, or none. A replica gets its when it is promoted."""
    other = replication.standby(host, plane)
    plane.data["zones"][other.label] = zone
    plane.data["multi_az"] = zone is not None
    if plane.data["source"]:
        return
    if zone:
        add_standby(host, plane)
        return
    watch.set_synchronous(host, plane, False)
    host.links.close(replication.link(plane))
    other.empty()
    host.programs.remove(other.name)
    list_nodes(host, plane)


def keep_backups(host: Host, plane: Plane, wanted: bool) -> None:
    """Begin or end to keep backups, if they are not kept or ended already."""
    if wanted and not plane.data["archive"]:
        backups.begin(host, plane)
    elif not wanted and plane.data["archive"]:
        backups.end(host, plane)
    reconfigure(host, plane)


def reconfigure(host: Host, plane: Plane) -> None:
    """Let the servers take their configuration as far as that needs no restart."""
    replication.configure(host, plane)
    for server in (replication.primary(host, plane), replication.standby(host, plane)):
        if server.pid:
            server.reload()


def _node(server: Server, role: str, zone: str) -> Node:
    return Node(name=server.name, role=role, zone=zone, address=server.address, port=server.port)
