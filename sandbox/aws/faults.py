"""Trouble on demand: latency, errors, throttling, expired credentials. Nothing here outlives the process.

The shapes are those of the control API, see README.md.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.aws.identify import Target
from sandbox.aws.protocol import AwsError


@dataclass
class Fault:
    """An error or a delay for calls that match. Without `code` and `status` the call is only delayed."""

    service: str = ""
    """botocore's service name; empty for any."""
    operation: str = ""
    code: str = ""
    status: int = 0
    message: str = ""
    times: int | None = None
    """How often it strikes before it is spent; None for ever."""
    probability: float = 1.0
    latency_ms: float = 0
    after: int = 0
    """Matching calls that pass before it starts."""

    def matches(self, target: Target) -> bool:
        return self.service in ("", target.service) and self.operation in ("", target.operation)


@dataclass
class Throttle:
    """A token bucket; one for all calls, or one for a service."""

    rate_per_second: float
    service: str = ""
    burst: float = 0
    tokens: float = 0
    filled: float = 0

    def take(self, now: float) -> bool:
        capacity = self.burst or max(1.0, self.rate_per_second)
        if not self.filled:
            self.tokens, self.filled = capacity, now
        self.tokens = min(capacity, self.tokens + (now - self.filled) * self.rate_per_second)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Faults:
    def __init__(
        self, clock: Callable[[], float] = time.monotonic, random_: Callable[[], float] = random.random
    ) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._random = random_
        self.clear()

    def clear(self) -> None:
        with self._lock:
            self._faults: list[Fault] = []
            self._throttles: list[Throttle] = []
            self._expiring: dict[str, int] = {}
            self._calls: Counter[str] = Counter()

    def configure(self, document: Any) -> None:
        """Add what a document of the control API asks for; TypeError or ValueError when it is not one."""
        documents = document if isinstance(document, list) else [document]
        for entry in documents:
            entry = dict(entry)
            throttle = entry.pop("throttle", None)
            expire = entry.pop("expire_credentials", None)
            faults = [Fault(**entry)] if entry else []
            with self._lock:
                self._faults += faults
                if throttle:
                    self._throttles.append(Throttle(**throttle))
                if expire:
                    key = expire["access_key"]
                    self._expiring[key] = self._calls[key] + int(expire.get("after_calls", 0))

    def describe(self) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [asdict(fault) for fault in self._faults],
                "throttles": [asdict(throttle) for throttle in self._throttles],
                "expire_credentials": dict(self._expiring),
            }

    def strike(self, target: Target) -> tuple[float, AwsError | None]:
        """(seconds of delay, error) for a call."""
        with self._lock:
            self._calls[target.access_key] += 1
            if self._calls[target.access_key] > self._expiring.get(target.access_key, 2**62):
                return 0, _expired(target)
            for throttle in self._throttles:
                if throttle.service in ("", target.service) and not throttle.take(self._clock()):
                    return 0, _throttled(target)
            delay = 0.0
            for fault in self._faults:
                if not fault.matches(target):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times == 0 or self._random() >= fault.probability:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                delay += fault.latency_ms / 1000
                if fault.code or fault.status:
                    code = fault.code or "InternalFailure"
                    message = fault.message or f"{code} injected by the sandbox."
                    return delay, AwsError(code, message, fault.status or 500)
            return delay, None


def _throttled(target: Target) -> AwsError:
    if target.service == "s3":
        return AwsError("SlowDown", "Please reduce your request rate.", 503)
    if target.protocol == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    return AwsError("Throttling" if target.protocol == "query" else "ThrottlingException", "Rate exceeded", 400)


def _expired(target: Target) -> AwsError:
    message = "The security token included in the request is expired"
    if target.protocol == "ec2":
        return AwsError("RequestExpired", "Request has expired.", 400)
    if target.protocol in ("query", "rest-xml"):
        return AwsError("ExpiredToken", message, 400 if target.service == "s3" else 403)
    return AwsError("ExpiredTokenException", message, 400)
