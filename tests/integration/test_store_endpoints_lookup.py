"""The lookup of the stores' endpoints, against the emulator."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.plugins.loader import lookup_loader

from tests.integration.conftest import Account

Look = Callable[..., list[dict[str, dict[str, Any]]]]


@pytest.fixture
def look(account: Account) -> Look:
    account.client("opensearch").create_domain(DomainName="jobs")

    def run(**options: Any) -> list[dict[str, dict[str, Any]]]:
        plugin = lookup_loader.get("iworkz.platform.store_endpoints")
        answer: list[dict[str, dict[str, Any]]] = plugin.run([], {}, **{**account.connection, **options})
        return answer

    return run


def test_a_store_that_is_there_has_host_and_port(account, look):
    client = account.client("opensearch")
    while not (host := client.describe_domain(DomainName="jobs")["DomainStatus"].get("Endpoint")):
        time.sleep(0.05)
    assert look(search="jobs") == [{"search": {"host": host, "port": 443}}]


def test_what_is_not_asked_for_is_not_read(account, look):
    before = account.log.since(0)["calls"]
    assert look() == [{}]
    assert account.log.since(0)["calls"] == before


@pytest.mark.parametrize("store", ["redis", "search", "mq"])
def test_a_store_that_is_not_there_is_named_or_left_out(look, store):
    with pytest.raises(AnsibleError, match=f"{store} none does not exist, or has no endpoint yet"):
        look(**{store: "none"})
    assert look(**{store: "none"}, on_missing="skip") == [{}]


def test_an_account_that_cannot_be_asked_is_an_error(look, monkeypatch):
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(AnsibleError, match="redis none cannot be read: You must specify a region"):
        look(redis="none", region=None)
