"""A running sandbox as the tools of policies see it: its log of calls, switch of enforcement, and owner's clients."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3

PORT = int(os.environ.get("IWORKZ_SANDBOX_PORT") or 4566)
OWNER = "sandbox"
"""The access key of the account's owner, whom no policy binds: inventories/sandbox."""
REGION = "ap-northeast-1"


def calls(port: int, key: str) -> list[dict[str, Any]]:
    """What the sandbox has logged of an access key: see sandbox/aws/calllog.py."""
    with urllib.request.urlopen(f"{url(port)}/_sandbox/calls") as answer:
        return [call for call in json.load(answer)["calls"] if call["access_key"] == key]


@contextmanager
def enforced(port: int) -> Iterator[None]:
    """IAM is enforced meanwhile."""
    _enforce(port, True)
    try:
        yield
    finally:
        _enforce(port, False)


def client(port: int, service: str, region: str = REGION) -> Any:
    """A boto3 client of the owner."""
    return _session().client(service, region, endpoint_url=url(port))


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id=OWNER, aws_secret_access_key="any")


def url(port: int) -> str:
    """Where the sandbox answers."""
    return f"http://127.0.0.1:{port}"


def _enforce(port: int, on: bool) -> None:
    body = json.dumps({"enforced": on}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{url(port)}/_sandbox/authorization", body, method="POST")):
        pass
