# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every adapter of one task shares: clients, who and where we are, tags, references, threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.references import References
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients

T = TypeVar("T")
R = TypeVar("R")

WORKERS = 8


class Context:
    """
    :param tags: tags of everything the task declares; they also mark what ``purge`` may delete.
    :param purge_tags: whether tags that are not declared are removed (never those of AWS itself).
    """

    def __init__(self, clients: Clients, tags: Mapping[str, str] | None = None, purge_tags: bool = True) -> None:
        self.clients = clients
        self.tags = dict(tags or {})
        self.purge_tags = purge_tags
        self.references = References(self)
        self._pool = ThreadPoolExecutor(max_workers=WORKERS)

    def client(self, service: str, region: str | None = None) -> Any:
        return self.clients.client(service, region)

    @property
    def region(self) -> str:
        return self.clients.region

    @cached_property
    def account_id(self) -> str:
        return self.clients.caller()["account"]

    @cached_property
    def partition(self) -> str:
        return str(self.client("sts").meta.partition)

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """The ARN of a resource of this account; ``region=False`` for global services."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account_id}:{resource}"

    def pages(self, service: str, operation: str, result: str, **params: Any) -> list[Any]:
        """Every element of ``result`` over all pages of a list or describe operation (``describe_db_instances``)."""
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**params).get(result, []))
        return [item for page in client.get_paginator(operation).paginate(**params) for item in page.get(result, [])]

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """``function`` of every item, in threads, in order; the first error is raised."""
        return list(self._pool.map(function, items))

    def close(self) -> None:
        self._pool.shutdown()
