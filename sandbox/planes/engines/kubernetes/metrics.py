"""What an API server counts."""

from __future__ import annotations

import re
from http import HTTPStatus

from sandbox.planes.engines.kubernetes.api import Api, ApiFailure

# https://kubernetes.io/docs/reference/instrumentation/metrics/
DEPRECATED = re.compile(r"^apiserver_requested_deprecated_apis\{(?P<labels>[^}]*)\} +(?P<value>\S+)", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')


def deprecated(api: Api) -> list[dict[str, str]] | None:
    """The deprecated APIs that were requested: group, version, resource, removed_release; None without metrics."""
    try:
        text = api.get("/metrics").decode()
    except ApiFailure as failure:
        if failure.status == HTTPStatus.NOT_FOUND:
            return None
        raise
    return [dict(LABEL.findall(found["labels"])) for found in DEPRECATED.finditer(text) if float(found["value"])]
