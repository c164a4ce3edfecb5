"""An emulated account in the test process: a real HTTP server, real boto3 clients, our modules' own code path."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import service
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from sandbox.aws.app import Application
from sandbox.aws.calllog import CallLog
from sandbox.aws.http import Server
from sandbox.aws.store import Store
from tests.integration.installed import install

REGION = "ap-northeast-1"
TAGS = {"Platform": "iworkz", "Environment": "sandbox", "Component": "test"}
DEFAULTS = {"purge_tags": True, "purge": False, "allow_replace": False, "wait": True, "wait_timeout": None}


@dataclass(frozen=True)
class Account:
    """An account of its own, emptied before every test."""

    application: Application
    log: CallLog
    port: int
    account_id: str = "123456789012"
    region: str = REGION

    @property
    def connection(self) -> dict[str, Any]:
        """The connection options as a module gets them."""
        return {
            "region": REGION,
            "endpoint_url": f"http://127.0.0.1:{self.port}",
            "access_key": "AKIAINTEGRATIONTESTS",
            "secret_key": "the-emulator-takes-any-key",
        }

    def client(self, name: str, region: str = REGION) -> Any:
        """A client for what a person would do by hand."""
        return _by_hand(self.connection["endpoint_url"], name, region)

    def run(self, adapters: Sequence[type[Resource]], check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """What the module does, with the platform's tags unless others are given; ``failed`` is in the result."""
        return service.run(adapters, {**self.connection, **DEFAULTS, "tags": TAGS, **options}, check_mode=check_mode)

    def converges(self, adapters: Sequence[type[Resource]], **options: Any) -> dict[str, Any]:
        """Check mode announces and mutates nothing, apply changes, a second run does not; the apply's result."""
        before = self.mutations()
        announced = self.run(adapters, check_mode=True, **options)
        assert announced["changed"]
        assert self.mutations() == before
        applied = self.run(adapters, **options)
        assert applied["failed_resources"] == {}
        assert {name: announced[name] for name in ("created", "updated")} == {
            name: applied[name] for name in ("created", "updated")
        }
        before = self.mutations()
        again = self.run(adapters, **options)
        assert not again["changed"], again["diff"]
        assert self.mutations() == before
        return applied

    def mends(self, adapters: Sequence[type[Resource]], *labels: str, **options: Any) -> None:
        """After drift by hand: check mode names exactly ``labels`` and mutates nothing, apply mends, for good."""
        before = self.mutations()
        announced = self.run(adapters, check_mode=True, **options)
        assert sorted(announced["created"] + announced["updated"]) == sorted(labels)
        assert self.mutations() == before
        assert self.run(adapters, **options)["failed_resources"] == {}
        assert not self.run(adapters, **options)["changed"]

    def mutations(self) -> list[str]:
        """Mutating calls so far, as ``service:Operation``."""
        return [f"{c['service']}:{c['operation']}" for c in self.log.since(0)["calls"] if c["mutating"]]


@cache
def _by_hand(endpoint_url: str, name: str, region: str) -> Any:
    keys = {"aws_access_key_id": "AKIABYHAND0000000000", "aws_secret_access_key": "any"}
    return boto3.client(name, region_name=region, endpoint_url=endpoint_url, **keys)


@pytest.fixture(scope="session")
def _account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    directory = tmp_path_factory.mktemp("account")
    log = CallLog(directory)
    application = Application(Store(directory, {"default": 0.1}), log, kept=False)
    server = Server(0, application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Account(application, log, server.server_port)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The tarball of the checkout, and the collections path it is installed in."""
    return install(tmp_path_factory.mktemp("collection"))


@pytest.fixture
def account(_account: Account) -> Account:
    _account.application.reset()
    return _account


@pytest.fixture
def network(account: Account) -> dict[str, Any]:
    """A VPC with one data subnet per zone and a security group, named as the roles name theirs."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.96.0.0/16")["Vpc"]["VpcId"]
    subnets = {}
    for index, zone in enumerate(("1a", "1c", "1d")):
        name = f"iworkz-sandbox-data-{zone}"
        subnets[name] = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.96.{index}.0/24",
            AvailabilityZone=f"ap-northeast-{zone}",
            TagSpecifications=[{"ResourceType": "subnet", "Tags": [{"Key": "Name", "Value": name}]}],
        )["Subnet"]["SubnetId"]
    group = ec2.create_security_group(
        VpcId=vpc,
        GroupName="iworkz-sandbox-store",
        Description="store",
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "Name", "Value": "iworkz-sandbox-store"}]}
        ],
    )["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "security_group": group}


@pytest.fixture
def data_key(account: Account) -> str:
    """ARN of the key behind ``alias/iworkz-sandbox-data``."""
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/iworkz-sandbox-data", TargetKeyId=key["KeyId"])
    return str(key["Arn"])
