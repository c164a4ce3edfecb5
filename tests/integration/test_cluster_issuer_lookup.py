"""The lookup of clusters' issuers, against the emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from tests.integration.conftest import Account
from tests.sandbox import eks

Look = Callable[..., list[str]]


@pytest.fixture
def look(account: Account) -> Look:
    def run(*names: str, **options: Any) -> list[str]:
        plugin = lookup_loader.get("iworkz.platform.cluster_issuer")
        answer: list[str] = plugin.run(list(names), {}, **account.connection, **options)
        return answer

    return run


def test_an_issuer_is_told_as_trust_policies_name_it(account, look):
    issuer = eks.make(account).create()["identity"]["oidc"]["issuer"]
    assert [f"https://{one}" for one in look("main")] == [issuer]


def test_a_cluster_that_is_not_there_is_named_or_left_out(look):
    with pytest.raises(AnsibleError, match="cluster none does not exist: apply the role eks first"):
        look("none")
    assert look("none", on_missing="skip") == []
