"""Who is calling: the inventory's account, or nothing goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound

from ansible_collections.iworkz.platform.plugins.module_utils._platform.account import identify

ACCOUNT = "111122223333"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/me"
AWS = "https://sts.ap-northeast-1.amazonaws.com"


class Fake:
    """A stand-in for Clients that answers, or raises, as told."""

    def __init__(self, answer: Any, endpoint: str = AWS) -> None:
        self.answer, self.endpoint = answer, endpoint
        self.options: Mapping[str, Any] = {}

    def __call__(self, options: Mapping[str, Any]) -> Any:
        self.options = options
        return self

    def client(self, service: str) -> Any:
        assert service == "sts"
        return SimpleNamespace(meta=SimpleNamespace(endpoint_url=self.endpoint))

    def caller(self) -> dict[str, str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"account": self.answer, "arn": ARN}


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


@pytest.fixture
def listening() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_right_account() -> None:
    fake = Fake(ACCOUNT)
    assert identify({"region": "x"}, "production", ACCOUNT, fake) == ({"account": ACCOUNT, "arn": ARN}, None)
    assert fake.options == {"region": "x"}


def test_wrong_account() -> None:
    _caller, problem = identify({}, "production", "999999999999", Fake(ACCOUNT))
    assert problem is not None
    assert problem.variable == "platform_account_id"
    assert problem.text("en") == (
        f"the caller {ARN} is in account {ACCOUNT}, but the inventory of production is for account 999999999999"
    )


@pytest.mark.parametrize(
    ("error", "fragment", "remedy"),
    [
        (NoCredentialsError(), "no AWS credentials", "aws sso login"),
        (ProfileNotFound(profile="deploy"), "no AWS credentials", "AWS_PROFILE"),
        (client_error("ExpiredToken"), "have expired or are not valid", "Sign in again"),
        (client_error("InvalidClientTokenId"), "have expired or are not valid", "Sign in again"),
        (client_error("ServiceUnavailable"), "does not say who is calling", "network"),
        (EndpointConnectionError(endpoint_url=AWS), "does not say who is calling", "network"),
    ],
)
def test_credentials_errors(error: Exception, fragment: str, remedy: str) -> None:
    caller, problem = identify({}, "production", ACCOUNT, Fake(error))
    assert caller == {}
    assert problem is not None
    assert fragment in problem.text("en")
    assert remedy in problem.text("en", "remedy")


def test_endpoint_from_the_shell(listening: str) -> None:
    _caller, problem = identify({}, "production", ACCOUNT, Fake(ACCOUNT, endpoint=listening))
    assert problem is not None
    assert f"boto3 would call {listening}" in problem.text("en")
    assert "AWS_ENDPOINT_URL" in problem.text("en", "remedy")


def test_sandbox_that_listens(listening: str) -> None:
    caller, problem = identify({"endpoint_url": listening}, "sandbox", ACCOUNT, Fake(ACCOUNT, endpoint=listening))
    assert (caller["account"], problem) == (ACCOUNT, None)


def test_sandbox_that_is_down(listening: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    _caller, problem = identify({"endpoint_url": url}, "sandbox", ACCOUNT, Fake(AssertionError("called")))
    assert problem is not None
    assert problem.text("en") == f"nothing answers at {url}"
    assert "make sandbox" in problem.text("en", "remedy")
