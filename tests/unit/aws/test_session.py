from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.iworkz.platform.plugins.module_utils._aws import session
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients, error_code, is_expired

GIVEN = {"region": "ap-northeast-1", "access_key": "AKIAGIVEN00000000000", "secret_key": "s", "session_token": "t"}
TOPICS = b"<ListTopicsResponse><ListTopicsResult><Topics/></ListTopicsResult></ListTopicsResponse>"


class Answer(AWSResponse):
    """An HTTP response that did not come over a wire."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__("http://127.0.0.1", status, {}, None)
        self._content = body


def answering(clients: Clients, *answers: Answer) -> Any:
    """An SNS client whose requests end here, each with the next answer."""
    left = iter(answers)
    client = clients.client("sns")
    client.meta.events.register("before-send", lambda **_event: next(left))
    return client


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
    return pauses


@pytest.fixture
def profiles(tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write the shared credentials file."""
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    def write(key: str, profile: str = "default") -> None:
        file.write_text(f"[{profile}]\naws_access_key_id = {key}\naws_secret_access_key = s\n")

    return write


def test_one_client_per_service_and_region_for_all_threads():
    clients = Clients(GIVEN)
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _n: clients.client("sns"), range(16)))
    assert len(made) == 1
    assert clients.client("sns", "ap-northeast-1") in made
    assert clients.client("sns", "ap-northeast-3").meta.region_name == "ap-northeast-3"
    assert clients.client("sqs") not in made


def test_the_connection_options_reach_the_client():
    client = Clients({**GIVEN, "endpoint_url": "http://127.0.0.1:9", "validate_certs": False}).client("sns")
    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.secret_key, credentials.token) == ("AKIAGIVEN00000000000", "s", "t")
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.region_name == "ap-northeast-1"
    assert client._endpoint.http_session._verify is False


def test_throttling_is_met_adaptively():
    config = Clients(GIVEN).client("sns").meta.config
    assert config.retries == {"mode": "adaptive", "total_max_attempts": session.ATTEMPTS}
    assert config.max_pool_connections == session.POOL
    assert "iworkz.platform" in config.user_agent_extra


def test_the_users_aws_config_is_added_and_wins():
    given = {"connect_timeout": 3, "retries": {"total_max_attempts": 2}}
    config = Clients({**GIVEN, "aws_config": given}).client("sns").meta.config
    assert (config.connect_timeout, config.max_pool_connections) == (3, session.POOL)
    assert config.retries["total_max_attempts"] == 2


def test_calls_are_counted_by_operation_retries_included(no_pause):
    clients = Clients(GIVEN)
    sns = answering(clients, Answer(500, b""), Answer(500, b""), Answer(200, TOPICS), Answer(200, TOPICS))
    sns.list_topics()
    sns.list_topics()
    assert clients.calls == {"sns:ListTopics": 4}
    assert len(no_pause) == 2


def test_renewing_reads_the_chain_again(profiles):
    profiles("AKIAOLD0000000000000")
    clients = Clients({"region": "ap-northeast-1"})
    old = clients.client("sns")
    profiles("AKIANEW0000000000000")
    clients.calls["sns:ListTopics"] = 3
    assert clients.client("sns") is old
    clients.renew()
    new = clients.client("sns")
    assert new is not old
    assert new._request_signer._credentials.access_key == "AKIANEW0000000000000"
    assert clients.calls["sns:ListTopics"] == 3


def test_a_profile_is_read(profiles):
    profiles("AKIAPROFILE000000000", "ops")
    client = Clients({"region": "ap-northeast-1", "profile": "ops"}).client("sns")
    assert client._request_signer._credentials.access_key == "AKIAPROFILE000000000"


def test_region_falls_back_to_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Clients({}).region == "eu-west-1"
    assert Clients(GIVEN).region == "ap-northeast-1"


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "Operation")


@pytest.mark.parametrize(
    ("caught", "code", "expired"),
    [
        (error("ExpiredToken"), "ExpiredToken", True),
        (error("ExpiredTokenException"), "ExpiredTokenException", True),
        (error("RequestExpired"), "RequestExpired", True),
        (error("InvalidClientTokenId"), "InvalidClientTokenId", True),
        (error("AccessDenied"), "AccessDenied", False),
        (EndpointConnectionError(endpoint_url="http://x"), None, False),
        (KeyError("ExpiredToken"), None, False),
    ],
)
def test_errors_by_code(caught, code, expired):
    assert (error_code(caught), is_expired(caught)) == (code, expired)
