# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clients for one account: made once per task, shared by threads, patient with throttling, counting their calls."""

from __future__ import annotations

import gc
import ipaddress
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

with suppress(ImportError):  # AnsibleAWSModule reports what is missing, with the versions it needs
    import boto3
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import ClientError

GONE = re.compile("NotFound|NoSuch|NonExist|DoesNotExist", re.IGNORECASE)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId"})
ATTEMPTS = 10
POOL = 16


@lru_cache(maxsize=1)
def _loader() -> Any:
    """The reader of botocore's data files, one per process: it keeps what it has parsed."""
    return botocore.session.Session().get_component("data_loader")


def preload(services: Iterable[str]) -> None:
    """Parse the data files that clients of these services need, so that forked workers inherit them.

    What is there by then stays until the process ends, so the garbage collector may leave it alone: in every worker
    it would go through all of it, and thereby copy the pages that are shared with the controller.
    """
    for name in ("endpoints", "partitions", "sdk-default-configuration", "_retry"):
        _loader().load_data(name)
    for service in services:
        for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
            _loader().load_service_model(service, kind, api_version=None)
    gc.freeze()


class Clients:
    """boto3 clients by (service, region) from the connection options of amazon.aws.

    :param params: ``region``, ``profile``, ``access_key``, ``secret_key``, ``session_token``, ``endpoint_url``,
        ``validate_certs``, ``aws_ca_bundle``, ``aws_config``; anything absent comes from the ambient chain.

    ``calls`` counts API calls by operation (``rds:DescribeDBInstances``), retries included, so that a playbook's
    least-privilege policy can be derived from a run.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.calls: Counter[str] = Counter()
        self._clients: dict[tuple[str, str | None], Any] = {}
        self._lock = threading.RLock()
        self._session = self._new_session()

    @property
    def region(self) -> str:
        return str(self.params.get("region") or self._session.region_name)

    def client(self, service: str, region: str | None = None) -> Any:
        with self._lock:
            key = (service, region or self.params.get("region"))
            if key not in self._clients:
                self._clients[key] = self._new_client(*key)
            return self._clients[key]

    def caller(self) -> dict[str, str]:
        """``account`` and ``arn`` of who is calling (sts:GetCallerIdentity)."""
        identity = self.client("sts").get_caller_identity()
        return {"account": identity["Account"], "arn": identity["Arn"]}

    def renew(self) -> None:
        """Read the credential chain again; long waits outlive a session token."""
        with self._lock:
            self._session = self._new_session()
            self._clients.clear()

    def _new_session(self) -> Any:
        given = {
            "profile_name": self.params.get("profile"),
            "aws_access_key_id": self.params.get("access_key"),
            "aws_secret_access_key": self.params.get("secret_key"),
            "aws_session_token": self.params.get("session_token"),
            "region_name": self.params.get("region"),
        }
        core = botocore.session.Session()
        core.register_component("data_loader", _loader())
        return boto3.session.Session(botocore_session=core, **{name: value for name, value in given.items() if value})

    def _new_client(self, service: str, region: str | None) -> Any:
        ours = {
            "retries": {"mode": "adaptive", "total_max_attempts": ATTEMPTS},
            "max_pool_connections": POOL,
            "user_agent_extra": "iworkz.platform",
        }
        config = Config(**{**ours, **(self.params.get("aws_config") or {})})
        verify = self.params.get("aws_ca_bundle") or self.params.get("validate_certs", True)
        client = self._session.client(
            service, region_name=region, endpoint_url=self.params.get("endpoint_url"), verify=verify, config=config
        )
        client.meta.events.register("before-send", self._counter(service))
        client.meta.events.register("before-sign.s3-control", _without_account)
        return client

    def _counter(self, service: str) -> Any:
        def count(event_name: str, **_kwargs: Any) -> None:
            # The event is named before-send.<service>.<Operation>.
            with self._lock:
                self.calls[f"{service}:{event_name.rsplit('.', 1)[-1]}"] += 1

        return count


def _without_account(request: Any, **_kwargs: Any) -> None:
    """S3 Control has the account's number before the host; an address, as an emulator's, has no names below it."""
    url = urlsplit(request.url)
    host = (url.netloc or "").partition(".")[2]
    with suppress(ValueError):
        ipaddress.ip_address(host.rpartition(":")[0] or host)
        request.url = url._replace(netloc=host).geturl()


def error_code(error: BaseException) -> str | None:
    """The service's error code, None for anything but a service's answer."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else None


def answered(ask: Callable[..., Mapping[str, Any]], *absent: str, **params: Any) -> dict[str, Any] | None:
    """What an operation answers; None for the errors that say that there is no such thing, or that it is off."""
    try:
        return dict(ask(**params))
    except ClientError as error:
        if error_code(error) in absent:
            return None
        raise


def is_expired(error: BaseException) -> bool:
    return error_code(error) in EXPIRED


def is_gone(error: BaseException) -> bool:
    """Whether a service says that there is no such thing: each has codes of its own for that."""
    return bool(GONE.search(error_code(error) or ""))
