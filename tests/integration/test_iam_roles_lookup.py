"""The lookup of roles, against the emulator."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from tests.integration.conftest import Account

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
Look = Callable[..., list[str]]


@pytest.fixture
def look(account: Account) -> Look:
    account.client("iam").create_role(RoleName="verifier", Path="/ops/", AssumeRolePolicyDocument=json.dumps(TRUST))

    def run(*names: str, **options: Any) -> list[str]:
        answer: list[str] = lookup_loader.get("iworkz.platform.iam_roles").run(
            list(names), {}, **account.connection, **options
        )
        return answer

    return run


def test_an_arn_has_the_roles_path(look):
    assert look("verifier") == ["arn:aws:iam::123456789012:role/ops/verifier"]


def test_a_role_that_is_not_there_is_named_or_left_out(look):
    with pytest.raises(AnsibleError, match="role nobody does not exist"):
        look("verifier", "nobody")
    assert look("nobody", "verifier", on_missing="skip") == look("verifier")


def test_no_names_no_roles(look):
    assert look() == []
