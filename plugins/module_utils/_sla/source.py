# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ranges of Prometheus, asked at its own URL or through the API server's proxy. Nothing here writes."""

from __future__ import annotations

import json
import math
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from ansible.module_utils.urls import open_url

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Reader

TIMEOUT_SECONDS = 120.0
CHUNK = 2016
"""Points of a series asked for at once, a week of steps: answers stay small, and below the server's 11 000."""

Get = Callable[[str, Mapping[str, str]], Any]
Points = dict[int, float]


class PrometheusError(ValueError):
    """Prometheus cannot be reached, or refuses a query; the text says which."""


class Prometheus:
    """:param get: asks for a path with a query and returns the parsed JSON; raises PrometheusError."""

    def __init__(self, get: Get) -> None:
        self._get = get

    def ranges(self, expression: str, grid: range) -> Iterator[tuple[dict[str, str], Points]]:
        """Labels and values by Unix second of each series (GET /api/v1/query_range), a piece of the grid after the
        other, so that a series may come several times. Values that are no number are left out."""
        for first in range(0, len(grid), CHUNK):
            piece = grid[first : first + CHUNK]
            query = {"query": expression, "start": str(piece[0]), "end": str(piece[-1]), "step": str(grid.step)}
            answer = self._get("/api/v1/query_range", query)
            try:
                for series in answer["data"]["result"]:
                    yield dict(series["metric"]), _points(series["values"])
            except (KeyError, TypeError, ValueError) as error:
                raise PrometheusError(f"{expression}: not an answer of Prometheus: {error!r}") from error


def _points(values: Any) -> Points:
    numbers = ((int(at), float(value)) for at, value in values)
    return {at: number for at, number in numbers if not math.isnan(number)}


def at_url(url: str, timeout: float = TIMEOUT_SECONDS) -> Get:
    """Asks the server itself."""

    def get(path: str, query: Mapping[str, str]) -> Any:
        try:
            with open_url(f"{url.rstrip('/')}{path}?{urlencode(query)}", timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            told = error.read()[:300].decode(errors="replace")
            raise PrometheusError(f"{url}{path} was answered with {error.code}: {told}") from error
        except (OSError, ValueError) as error:
            raise PrometheusError(f"{url}{path} cannot be read: {error}") from error

    return get


def through(reader: Reader, namespace: str, service: str, port: str) -> Get:
    """Asks a Service of a cluster through its API server."""

    def get(path: str, query: Mapping[str, str]) -> Any:
        try:
            return reader.proxied(namespace, service, port, path, query)
        except KubernetesError as error:
            raise PrometheusError(str(error)) from error

    return get
