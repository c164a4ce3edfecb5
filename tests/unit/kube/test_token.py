"""Tokens of a cluster: one serves for ten minutes, or until it is refused."""

from __future__ import annotations

from itertools import count

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Token


def test_a_token_is_signed_anew_when_it_is_old_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    now, numbers, renewed = [1000.0], count(1), []
    monkeypatch.setattr(connection.time, "monotonic", lambda: now[0])
    token = Token(lambda: f"token-{next(numbers)}", lambda: renewed.append(now[0]))
    assert [token(), token(False)] == ["token-1", "token-1"]
    now[0] += connection.TOKEN_SECONDS
    assert token() == "token-1"
    now[0] += 1
    assert token() == "token-2"
    assert renewed == []
    assert [token(True), token()] == ["token-3", "token-3"]
    assert renewed == [now[0]]
