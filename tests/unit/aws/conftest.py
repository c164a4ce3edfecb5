"""Clients that answer from a table: real botocore validation and real events, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients

CONNECTION = {"region": "ap-northeast-1", "access_key": "AKIAUNITTESTS0000000", "secret_key": "never-sent"}
TAGS = {"Platform": "iworkz", "Environment": "sandbox"}

Answers = dict[str, Any]


class Script(Clients):
    """Answers by ``service:Operation``: a dict, an exception, or a function of the parameters; else an empty answer.

    ``made`` holds every call as (``service:Operation``, parameters), in order.
    """

    def __init__(self, answers: Answers) -> None:
        super().__init__(CONNECTION)
        self.answers = answers
        self.made: list[tuple[str, dict[str, Any]]] = []

    def _new_client(self, service: str, region: str | None) -> Any:
        client = super()._new_client(service, region)

        def keep(params: dict[str, Any], context: dict[str, Any], **_event: Any) -> None:
            context["given"] = dict(params)

        def answer(model: Any, context: dict[str, Any], **_event: Any) -> tuple[AWSResponse, dict[str, Any]]:
            name = f"{service}:{model.name}"
            self.made.append((name, context["given"]))
            found = self.answers.get(name, {})
            found = found(context["given"]) if callable(found) else found
            if isinstance(found, Exception):
                raise found
            return AWSResponse("", 200, {}, None), {"ResponseMetadata": {"HTTPStatusCode": 200}, **found}

        client.meta.events.register_first("before-parameter-build", keep)
        client.meta.events.register("before-call", answer)
        return client

    def named(self, *operations: str) -> list[dict[str, Any]]:
        """The parameters of the calls of these operations."""
        return [params for name, params in self.made if name in operations]


def client_error(code: str, message: str = "", operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.fixture
def scripted() -> Iterator[Callable[..., Context]]:
    """Make a context whose clients answer from a table: ``scripted(answers, tags=.., purge_tags=..)``."""
    made: list[Context] = []

    def make(answers: Answers | None = None, tags: dict[str, str] | None = TAGS, purge_tags: bool = True) -> Context:
        made.append(Context(Script(answers or {}), tags, purge_tags))
        return made[-1]

    yield make
    for context in made:
        context.close()
