# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The single servers of the stores, for what measures each of them."""

from __future__ import annotations

DOCUMENTATION = r"""
name: store_nodes
short_description: Hosts and ports of every server of a database and a cache
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Asks RDS for an instance and its replicas (C(DescribeDBInstances)), ElastiCache for the nodes of a replication group
    (C(DescribeReplicationGroups), C(DescribeCacheClusters)), and Amazon MQ for the console of a broker
    (C(ListBrokers), C(DescribeBroker)).
  - Answers with one dictionary, of the options that are given to lists of C(name), C(host) and C(port).
options:
  _terms:
    description: None are taken.
    required: false
    type: list
    elements: str
  postgres:
    description: Identifier of the primary instance.
    type: str
  redis:
    description: Name of the replication group.
    type: str
  mq:
    description: Name of the broker, whose one console stands for all of its nodes.
    type: str
  on_missing:
    description:
      - What to do about a store that is not there, or has no endpoint yet.
      - V(error) fails; V(skip) answers with an empty list.
    type: str
    choices: [error, skip]
    default: error
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Show where the replicas are
  ansible.builtin.debug:
    msg: "{{ nodes.postgres | map(attribute='host') }}"
  vars:
    nodes: "{{ lookup('iworkz.platform.store_nodes', postgres='iworkz-production-postgres', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description: One dictionary of the stores that are asked for to their servers, each with C(name), C(host) and C(port).
  type: list
  elements: dict
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, rabbitmq, redis
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import StoreLookup

Node = dict[str, Any]


class LookupModule(StoreLookup):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, list[Node]]]:
        return [self.stores(self.connect(variables, kwargs), ASK)]


def _postgres(clients: Clients, name: str) -> list[Node]:
    """The primary first; none while one of them has no endpoint."""
    try:
        primary = postgres.instance(clients, name)
        replicas = sorted(primary["ReadReplicaDBInstanceIdentifiers"]) if primary else []
        others = [postgres.instance(clients, replica) for replica in replicas if "arn:" not in replica]
        return [_node(one["DBInstanceIdentifier"], *postgres.endpoint(one)) for one in (primary, *others) if one]
    except ReconcileError:
        return []


def _redis(clients: Clients, name: str) -> list[Node]:
    group = redis.replication_group(clients, name)
    return [_node(*node) for node in redis.nodes(clients, group)] if group else []


def _mq(clients: Clients, name: str) -> list[Node]:
    broker = rabbitmq.broker(clients, name)
    if not broker:
        return []
    parts = urlsplit(broker.console_url)
    return [_node(name, str(parts.hostname), parts.port or 443)]


def _node(name: str, host: str, port: int) -> Node:
    return {"name": name, "host": host, "port": port}


ASK: dict[str, Callable[[Clients, str], list[Node]]] = {"postgres": _postgres, "redis": _redis, "mq": _mq}
