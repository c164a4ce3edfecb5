# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_topology import topology


def queue_topology(
    queues: dict[str, Any], services: list[dict[str, Any]], canary: str, dead_letter_queue: str, secrets: str
) -> dict[str, list[dict[str, Any]]]:
    return topology(queues, services, canary, dead_letter_queue, secrets)


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"queue_topology": queue_topology}
