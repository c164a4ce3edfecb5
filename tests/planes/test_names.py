"""The names of the database in Route 53: their fixed addresses lead where the records say."""

from __future__ import annotations

import os
import signal
import socket
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.planes.conftest import PlanesSandbox, wait_for

ZONE = "test.iworkz.internal"
PORT = 5432


class Greeter:
    """A server that says its name to whoever connects, on a loopback address of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._server = socket.create_server((address, PORT))
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        # Closing alone would leave it listening until the thread's accept() returns.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            with client:
                client.sendall(self.address.encode())


def said_at(address: str) -> str | None:
    """What the server that an address leads to says; None when nothing takes the connection."""
    try:
        with socket.create_connection((address, PORT), timeout=2) as connection:
            return connection.recv(100).decode() or None
    except OSError:
        return None


@pytest.fixture
def net(planes_sandbox: PlanesSandbox) -> str:
    return f"127.{planes_sandbox.port // 256}.{planes_sandbox.port % 256}"


@pytest.fixture
def greeters(net: str) -> Iterator[tuple[Greeter, Greeter]]:
    # Beyond the addresses of nodes.
    made = Greeter(f"{net}.252"), Greeter(f"{net}.253")
    yield made
    for greeter in made:
        greeter.close()


@pytest.fixture
def zone(planes_sandbox: PlanesSandbox) -> Iterator[str]:
    vpc = planes_sandbox.client("ec2").create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    client = planes_sandbox.client("route53")
    made = client.create_hosted_zone(
        Name=ZONE,
        CallerReference=str(uuid.uuid4()),
        HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCId": vpc, "VPCRegion": "ap-northeast-1"},
    )["HostedZone"]["Id"]
    yield made
    for found in client.list_resource_record_sets(HostedZoneId=made)["ResourceRecordSets"]:
        if found["Type"] not in ("NS", "SOA"):
            change(planes_sandbox, made, "DELETE", found)
    client.delete_hosted_zone(Id=made)


def change(sandbox: PlanesSandbox, zone: str, action: str, record: dict[str, Any]) -> None:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    sandbox.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def record(label: str, value: str, kind: str = "CNAME") -> dict[str, Any]:
    return {"Name": f"{label}.{ZONE}", "Type": kind, "TTL": 5, "ResourceRecords": [{"Value": value}]}


@pytest.mark.parametrize(("label", "last"), [("postgres", 2), ("postgres-canary", 3)])
def test_a_name_follows_its_record(
    planes_sandbox: PlanesSandbox, zone: str, greeters: tuple[Greeter, Greeter], net: str, label: str, last: int
) -> None:
    name = f"{net}.{last}"
    one, other = greeters
    change(planes_sandbox, zone, "UPSERT", record(label, one.address))
    assert said_at(name) == one.address
    change(planes_sandbox, zone, "UPSERT", record(label, f"{other.address}."))
    assert said_at(name) == other.address
    change(planes_sandbox, zone, "DELETE", record(label, f"{other.address}."))
    change(planes_sandbox, zone, "UPSERT", record(label, one.address, "A"))
    assert said_at(name) == one.address
    change(planes_sandbox, zone, "DELETE", record(label, one.address, "A"))
    assert said_at(name) is None


def test_a_value_outside_the_sandbox_leads_nowhere(
    planes_sandbox: PlanesSandbox, zone: str, greeters: tuple[Greeter, Greeter], net: str
) -> None:
    change(planes_sandbox, zone, "UPSERT", record("postgres", greeters[0].address))
    change(planes_sandbox, zone, "UPSERT", record("postgres", "main.abc.ap-northeast-1.rds.amazonaws.com"))
    assert said_at(f"{net}.2") is None


def test_names_outlive_a_daemon_that_is_killed(
    planes_sandbox: PlanesSandbox, zone: str, greeters: tuple[Greeter, Greeter], net: str
) -> None:
    change(planes_sandbox, zone, "UPSERT", record("postgres", greeters[0].address))
    os.kill(planes_sandbox.planes.health()["pid"], signal.SIGKILL)
    wait_for(lambda: said_at(f"{net}.2") == greeters[0].address, 60, "the name leads there again")
