#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: rabbitmq_definitions
short_description: Export what a RabbitMQ broker of Amazon MQ is told to have, to S3
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Writes the definitions of a broker - virtual hosts, users, permissions, policies, queues, exchanges and bindings -
    to C(rabbitmq/<broker>/<time>.json) of a bucket, in a fixed order and sealed by SHA-256.
  - Amazon MQ keeps no backup of a RabbitMQ broker. M(iworkz.platform.backup_restore_test) proves that the newest export
    can be imported.
  - Password hashes are left out; passwords are in Secrets Manager. Messages are in no export.
notes:
  - Exports are never deleted; the bucket's lifecycle does that.
  - When the connection is local the module runs inside the controller's worker process.
options:
  broker:
    description: Name of the broker.
    type: str
    required: true
  admin_secret:
    description: Name or ARN of the secret with C(username) and C(password) of the broker's administrator.
    type: str
    required: true
  bucket:
    description: Bucket to export to.
    type: str
    required: true
  kms_key:
    description: Id, ARN or alias of the key that encrypts the export. Without it the bucket's default holds.
    type: str
  max_age_hours:
    description: Age from which on an export is written again even though nothing has changed.
    type: float
    default: 24.0
  ca_bundle:
    description: PEM file with certificate authorities to be trusted besides the system's.
    type: path
attributes:
  check_mode:
    description: Tells whether an export would be written, and writes none.
    support: full
  diff_mode:
    description: An export is new, so there is no difference to show.
    support: none
  idempotent:
    description: Writes nothing while the newest export is the same and younger than O(max_age_hours).
    support: full
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options, or
      C(group/iworkz.platform.aws) to set them for the modules of amazon.aws and community.aws as well.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
requirements:
  - urllib3
seealso:
  - module: iworkz.platform.backup_restore_test
"""

EXAMPLES = r"""
- name: Definitions of the broker
  iworkz.platform.rabbitmq_definitions:
    broker: iworkz-staging-mq
    admin_secret: iworkz-staging/mq/admin
    bucket: iworkz-staging-backup-123456789012
    kms_key: alias/iworkz-staging-backup
"""

RETURN = r"""
key:
  description: Key of the newest export; the one that would be written, in check mode.
  returned: always
  type: str
  sample: rabbitmq/iworkz-staging-mq/2026-11-22T120000Z.json
count:
  description: Number of definitions of the broker.
  returned: always
  type: int
api_calls:
  description: Number of API calls by operation.
  returned: always
  type: dict
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.rabbitmq_definitions import SPEC, run


def main() -> None:
    run_with(SPEC, lambda params, check_mode: run(params, check_mode=check_mode))


if __name__ == "__main__":
    main()
