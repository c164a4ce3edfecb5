"""The lookup of many secrets, against the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from tests.integration.conftest import Account

NAMES = [f"lookup/{number:02}" for number in range(25)]
Look = Callable[..., list[dict[str, dict[str, str]]]]


@pytest.fixture
def look(account: Account) -> Look:
    client = account.client("secretsmanager")
    for name in NAMES:
        client.create_secret(Name=name, SecretString=json.dumps({"password": f"of {name}"}))

    def run(*names: str, **options: Any) -> list[dict[str, dict[str, str]]]:
        given = {**account.connection, **options}
        plugin = lookup_loader.get("iworkz.platform.secrets")
        answer: list[dict[str, dict[str, str]]] = plugin.run(list(names), {}, **given)
        return answer

    return run


def test_all_secrets_in_one_answer_twenty_per_call(account, look):
    (found,) = look(*NAMES)
    assert found == {name: {"password": f"of {name}"} for name in NAMES}
    calls = [call for call in account.log.since(0)["calls"] if call["operation"] == "BatchGetSecretValue"]
    assert len(calls) == 2


def test_a_secret_that_is_not_there_or_going_is_named_or_left_out(account, look):
    account.client("secretsmanager").delete_secret(SecretId=NAMES[0])
    with pytest.raises(AnsibleError, match="there is no secret lookup/00, lookup/none"):
        look(*NAMES[:2], "lookup/none")
    assert look(*NAMES[:2], "lookup/none", on_missing="skip") == [{NAMES[1]: {"password": f"of {NAMES[1]}"}}]


def test_an_account_that_cannot_be_asked_is_an_error(look, monkeypatch):
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(AnsibleError, match="secrets cannot be read: You must specify a region"):
        look(NAMES[0], region=None)
