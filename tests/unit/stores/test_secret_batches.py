from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import secret_batches


class Client:
    """Has the secrets whose names are even, and answers with ``code`` for the others."""

    def __init__(self, code: str = "ResourceNotFoundException") -> None:
        self.calls: list[list[str]] = []
        self.code = code

    def batch_get_secret_value(self, SecretIdList: list[str]) -> dict[str, Any]:
        self.calls.append(SecretIdList)
        there = [name for name in SecretIdList if int(name) % 2 == 0]
        return {
            "SecretValues": [{"Name": name, "SecretString": json.dumps({"password": name})} for name in there],
            "Errors": [
                {"SecretId": name, "ErrorCode": self.code, "Message": "no"}
                for name in SecretIdList
                if name not in there
            ],
        }


def test_twenty_at_a_time_each_once_and_absent_ones_left_out():
    client = Client()
    found = secret_batches.read(client, [f"{number:02}" for number in range(45)] * 2)
    assert [len(call) for call in client.calls] == [20, 20, 5]
    assert sorted(found) == [f"{number:02}" for number in range(0, 45, 2)]
    assert found["04"] == {"password": "04"}


def test_nothing_asked_is_no_call():
    client = Client()
    assert secret_batches.read(client, []) == {}
    assert client.calls == []


def test_a_secret_that_may_not_be_read_is_no_absent_one():
    with pytest.raises(ReconcileError, match="secret 1: AccessDeniedException"):
        secret_batches.read(Client("AccessDeniedException"), ["1"])
