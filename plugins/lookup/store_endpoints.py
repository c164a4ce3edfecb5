# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the stores are, as AWS tells it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: store_endpoints
short_description: Hosts and ports of a cache, a search domain and a message broker
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Asks ElastiCache, OpenSearch Service and Amazon MQ where clients connect to (C(DescribeReplicationGroups),
    C(DescribeDomains), C(ListBrokers), C(DescribeBroker)).
  - Answers with one dictionary, of the options that are given to C(host) and C(port).
options:
  _terms:
    description: None are taken.
    required: false
    type: list
    elements: str
  redis:
    description: Name of the replication group.
    type: str
  search:
    description: Name of the domain.
    type: str
  mq:
    description: Name of the broker.
    type: str
  on_missing:
    description:
      - What to do about a store that is not there, or has no endpoint yet.
      - V(error) fails; V(skip) leaves it out of the answer.
    type: str
    choices: [error, skip]
    default: error
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Show where the broker is
  ansible.builtin.debug:
    msg: "{{ endpoints.mq.host }}:{{ endpoints.mq.port }}"
  vars:
    endpoints: "{{ lookup('iworkz.platform.store_endpoints', mq='iworkz-production-mq', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary of C(redis), C(search) and C(mq), whichever are asked for, to C(host) and C(port).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, rabbitmq, redis
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import StoreLookup

Endpoint = dict[str, Any]


class LookupModule(StoreLookup):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Endpoint]]:
        found = self.stores(self.connect(variables, kwargs), ASK)
        return [{store: endpoint for store, endpoint in found.items() if endpoint}]


def _redis(clients: Clients, name: str) -> Endpoint | None:
    group = redis.replication_group(clients, name)
    try:
        endpoint = redis.endpoint(group) if group else None
    except LookupError:
        return None
    return {"host": endpoint.host, "port": endpoint.port} if endpoint else None


def _search(clients: Clients, name: str) -> Endpoint | None:
    domain = opensearch.domain(clients, name)
    return _split(f"https://{domain.endpoint}", 443) if domain else None


def _mq(clients: Clients, name: str) -> Endpoint | None:
    broker = rabbitmq.broker(clients, name)
    return _split(broker.endpoint, 5671) if broker else None


def _split(url: str, port: int) -> Endpoint:
    parts = urlsplit(url)
    return {"host": parts.hostname, "port": parts.port or port}


ASK: dict[str, Callable[[Clients, str], Endpoint | None]] = {"redis": _redis, "search": _search, "mq": _mq}
