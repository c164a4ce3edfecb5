#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rabbitmq_config
short_description: What a RabbitMQ broker of Amazon MQ holds - vhosts, users, exchanges, queues, bindings, policies
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of vhosts, limits, users, exchanges, policies, queues and bindings of one broker to the declared
    state in one task, through its management HTTP API.
  - The endpoint comes from C(DescribeBroker), the administrator's and the users' passwords from Secrets Manager. A
    user's secret that is not there is made. Passwords are in no result, diff or log.
  - What is there is read in three calls, whatever its size; only what differs is written.
notes:
  - The lists hold everything that is to be there of each type. An option that is left out is not looked at.
  - Only declared keys are compared. One bad resource doesn't stop the others; the task then fails and names each.
  - While the broker does not exist, check mode announces everything.
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
  - pika (for sentinels, and to count messages before a queue is deleted)
options:
  broker:
    description: Name of the broker.
    type: str
    required: true
  admin_secret:
    description: Name or ARN of the secret with C(username) and C(password) of the broker's administrator.
    type: str
    required: true
  ca_bundle:
    description: PEM file with certificate authorities to be trusted besides the system's.
    type: path
  tags:
    description: Tags of the secrets that are made.
    type: dict
    default: {}
  kms_key:
    description: Alias or ARN of the key that encrypts the secrets that are made.
    type: str
  purge:
    description:
      - Whether to delete limits, exchanges, policies, queues and bindings that are in a vhost of O(vhosts) and are not
        declared. What the broker (C(amq.)) and Amazon MQ (C(AWS-OWNED)) made stays, and so do vhosts and users.
      - A queue that holds messages is not deleted; the task fails and names it.
    type: bool
    default: false
  allow_replace:
    description:
      - Whether an exchange or an empty queue may be deleted and created anew when a difference cannot be changed in
        place.
    type: bool
    default: false
  vhosts:
    description: Virtual hosts. The administrator gets all permissions in each.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the vhost.
        type: str
        required: true
  limits:
    description: Limits of vhosts.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      max_connections:
        description: Connections at a time; negative for no limit.
        type: int
      max_queues:
        description: Queues; negative for no limit.
        type: int
  users:
    description: Users. A password counts as in force when the broker's salted hash is that of the secret's password.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the user.
        type: str
        required: true
      secret:
        description: Name of the secret with the user's C(username) and C(password), made when it is not there.
        type: str
        required: true
      tags:
        description: Tags of the user, such as V(monitoring).
        type: list
        elements: str
      permissions:
        description:
          - By vhost, regular expressions C(configure), C(write) and C(read) on names of exchanges and queues.
          - These are all of the user's permissions; any other is taken away.
        type: dict
  exchanges:
    description: Exchanges. Nothing of them can be changed in place.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      name:
        description: Name of the exchange.
        type: str
        required: true
      type:
        description: How it routes.
        type: str
        choices: [topic, direct, fanout, headers]
        default: topic
      durable:
        description: Whether it survives a restart.
        type: bool
        default: true
      auto_delete:
        description: Whether it goes with its last binding.
        type: bool
        default: false
      internal:
        description: Whether only other exchanges can publish to it.
        type: bool
        default: false
      arguments:
        description: Arguments, such as C(alternate-exchange).
        type: dict
        default: {}
  policies:
    description: Policies. A queue is governed by the one of highest priority whose pattern matches.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      name:
        description: Name of the policy.
        type: str
        required: true
      pattern:
        description: Regular expression on names.
        type: str
        required: true
      definition:
        description: Keys such as C(delivery-limit), C(dead-letter-exchange), C(message-ttl) and C(max-length).
        type: dict
        required: true
      apply_to:
        description: What it governs, such as V(queues), V(exchanges) or, in newer versions, V(quorum_queues).
        type: str
        default: queues
      priority:
        description: The higher wins. Amazon MQ's own policies have 0.
        type: int
        default: 0
  queues:
    description: Queues. Nothing of them can be changed in place; what may change belongs into a policy.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      name:
        description: Name of the queue.
        type: str
        required: true
      type:
        description: Type of the queue. Amazon MQ has quorum queues since RabbitMQ 3.13.
        type: str
        choices: [quorum, classic, stream]
        default: quorum
      durable:
        description: Whether it survives a restart.
        type: bool
        default: true
      auto_delete:
        description: Whether it goes with its last consumer.
        type: bool
        default: false
      arguments:
        description: Arguments besides the type, such as C(x-delivery-limit).
        type: dict
        default: {}
  bindings:
    description: Bindings of queues, or exchanges, to exchanges.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      source:
        description: Name of the exchange that messages come from.
        type: str
        required: true
      destination:
        description: Name of the queue or exchange that they go to.
        type: str
        required: true
      destination_type:
        description: What the destination is.
        type: str
        choices: [queue, exchange]
        default: queue
      routing_key:
        description: Which messages.
        type: str
        default: ''
      arguments:
        description: Arguments, such as those of a headers exchange.
        type: dict
        default: {}
  sentinels:
    description:
      - Queues that must hold a message. Where one is empty, a persistent message with the time of publication is
        published with confirms and stays, so that it can be seen to outlive restarts.
    type: list
    elements: dict
    suboptions:
      vhost:
        description: Name of the vhost.
        type: str
        required: true
      queue:
        description: Name of the queue.
        type: str
        required: true
      exchange:
        description: Name of the exchange that leads to the queue without a routing key.
        type: str
        required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A vhost with a work queue whose poison messages are kept apart
  iworkz.platform.rabbitmq_config:
    broker: iworkz-production-mq
    admin_secret: iworkz-production/mq/admin
    tags: {Platform: iworkz, Environment: production}
    vhosts:
      - name: billing
    users:
      - name: billing
        secret: iworkz-production/mq/billing
        permissions:
          billing: {configure: ^$, write: ^events$, read: ^work$}
    exchanges:
      - {vhost: billing, name: events, type: topic}
      - {vhost: billing, name: dead-letters, type: fanout}
    policies:
      - vhost: billing
        name: work
        pattern: ^work$
        definition: {delivery-limit: 3, dead-letter-exchange: dead-letters}
    queues:
      - {vhost: billing, name: work}
      - {vhost: billing, name: dead-letters}
    bindings:
      - {vhost: billing, source: events, destination: work, routing_key: "#"}
      - {vhost: billing, source: dead-letters, destination: dead-letters}

- name: Everything that the platform's queues need
  iworkz.platform.rabbitmq_config: "{{ platform_queues
    | iworkz.platform.queue_topology(platform_services, 'canary', 'dead-letters', 'iworkz-production/mq/')
    | combine({'broker': 'iworkz-production-mq', 'admin_secret': 'iworkz-production/mq/admin'}) }}"
"""

RETURN = r"""
created:
  description: What was created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [queue billing/work]
updated:
  description: What was changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: What was deleted, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: What was as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by resource, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of everything declared by option and name, read back (predicted, in check mode), no passwords.
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries of AWS's own APIs included.
  returned: always
  type: dict
  sample: {"mq:DescribeBroker": 1, "rabbitmq:PUT queues": 2}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_config import ARGUMENTS, run


def main() -> None:
    run_with(ARGUMENTS, lambda params, check_mode: run(params, check_mode=check_mode))


if __name__ == "__main__":
    main()
