"""A boto3 client whose answers are given and whose calls are recorded: real parameters and shapes, no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class Scripted:
    """Clients for a context. ``answers`` maps ``Operation`` to an answer, or to a function of the parameters.

    ``made`` lists the calls as (operation, parameters); an operation that is not in the script is an error.
    """

    region = "ap-northeast-1"

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.made: list[tuple[str, dict[str, Any]]] = []
        self._clients: dict[str, Any] = {}

    def client(self, service: str, region: str | None = None) -> Any:
        if service not in self._clients:
            client = boto3.client(
                service, region_name=self.region, aws_access_key_id="AKIA", aws_secret_access_key="secret"
            )
            client._make_api_call = self._answer
            self._clients[service] = client
        return self._clients[service]

    def caller(self) -> dict[str, str]:
        return {"account": "123456789012", "arn": "arn:aws:iam::123456789012:user/test"}

    def mutating(self) -> list[tuple[str, dict[str, Any]]]:
        return [call for call in self.made if not call[0].startswith(("Describe", "List", "Get"))]

    def _answer(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self.made.append((operation, parameters))
        answer = self.answers[operation]
        return answer(parameters) if callable(answer) else answer


def context(answers: Mapping[str, Answer], tags: dict[str, str] | None = None) -> tuple[Scripted, Context]:
    clients = Scripted(answers)
    return clients, Context(clients, {"Platform": "iworkz"} if tags is None else tags)  # type: ignore[arg-type]
