"""Client of the control API of the AWS part."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

from sandbox.settings import HOST, SandboxError, Settings

SECONDS = 30


def health(settings: Settings) -> dict[str, Any] | None:
    """The health of this sandbox; None when nothing answers, or something that isn't this sandbox."""
    found = identify(settings.port)
    return found if found and Path(found["state"]) == settings.state else None


def identify(port: int) -> dict[str, Any] | None:
    """The health of whichever sandbox listens on a port; None when none does."""
    try:
        status, document = _request(port, "GET", "health", timeout=2)
    except (OSError, http.client.HTTPException, ValueError):
        return None
    return document if status == 200 and isinstance(document, dict) and "state" in document else None


def post(settings: Settings, path: str, document: Any = None) -> Any:
    """POST to the control API; SandboxError when it refuses."""
    status, answer = _request(settings.port, "POST", path, document)
    if status != 200:
        raise SandboxError(f"POST /_sandbox/{path} answered {status}: {answer}")
    return answer


def _request(port: int, method: str, path: str, document: Any = None, timeout: float = SECONDS) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request(method, f"/_sandbox/{path}", None if document is None else json.dumps(document))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
