#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_mq
short_description: RabbitMQ brokers and their configurations in Amazon MQ
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of broker configurations and brokers to the declared state in one task.
  - A change that needs a reboot is made pending and takes effect in the broker's maintenance window; the returned
    state lists it under C(pending).
options:
  configurations:
    description:
      - Configurations. Keys are the parameters of C(CreateConfiguration) (C(name), C(engine_type), C(engine_version))
        and C(data), the configuration's text. A different text makes a new revision.
    type: list
    elements: dict
  brokers:
    description:
      - Brokers. Keys are the parameters of C(CreateBroker) (C(broker_name), C(engine_type), C(engine_version),
        C(deployment_mode), C(host_instance_type), C(publicly_accessible), C(subnet_ids), C(security_groups), C(logs),
        C(maintenance_window_start_time), C(auto_minor_version_upgrade)).
      - C(configuration_name) names a configuration, used at its latest revision. C(configuration_data) is the text it
        must run with; give it so that a new text reaches the broker in the same run.
      - C(admin_user) (C(username), C(secret_name), C(kms_key_id)) is made on creation. Its password is generated into
        that secret of Secrets Manager and is in no variable, log or result.
      - C(deployment_mode), C(engine_type), C(publicly_accessible), C(storage_type), C(subnet_ids) and
        C(encryption_options) cannot be changed in place. The last does not apply to RabbitMQ, which AWS always
        encrypts with a key of its own.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A private cluster across zones
  iworkz.platform.aws_mq:
    configurations:
      - name: iworkz-production-mq
        engine_type: RABBITMQ
        engine_version: "3.13"
        data: consumer_timeout = 1800000
    brokers:
      - broker_name: iworkz-production-mq
        engine_type: RABBITMQ
        engine_version: "3.13"
        deployment_mode: CLUSTER_MULTI_AZ
        host_instance_type: mq.m5.large
        publicly_accessible: false
        subnet_ids: [iworkz-production-data-1a, iworkz-production-data-1c, iworkz-production-data-1d]
        security_groups: [iworkz-production-mq]
        configuration_name: iworkz-production-mq
        admin_user: {username: platform, secret_name: iworkz-production/mq/admin}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [broker iworkz-production-mq]
updated:
  description: Resources that were changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Resources that were deleted, as C(kind name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Resources that were as declared, as C(kind name).
  returned: always
  type: list
  elements: str
failed_resources:
  description: Error text by resource, for those that could not be brought to their state.
  returned: always
  type: dict
resources:
  description: State of every declared resource by option and name, read back (predicted, in check mode).
  returned: always
  type: dict
elapsed:
  description: Seconds from the first read to the last.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"mq:DescribeBroker": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.mq import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
