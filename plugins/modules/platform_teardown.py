#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: platform_teardown
short_description: Destroy everything that carries the platform's tags in one environment
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Deletes, in an order in which AWS allows it, every resource of the types this collection manages whose tags
    include all O(tags). What carries other tags, or none, is never touched.
  - Resources that cannot be tagged belong to the platform when what they are part of does, or when their name starts
    with C(<Platform>-<Environment>-).
  - Objects that are locked in compliance mode can't be deleted by anybody before their time. Their buckets stay, with
    the keys that encrypt them or sign what is in them, and are named in RV(kept); another run after that takes them.
  - The last snapshots of databases and caches stay, too, for people to delete, and are named there.
options:
  environment:
    description: The environment, as in the tag C(Environment).
    type: str
    required: true
  confirm:
    description: Must be equal to O(environment).
    type: str
    required: true
  destroy_protected:
    description:
      - Must be equal to O(environment) too when there are stores that hold data (databases, buckets, keys,
        repositories, log groups). Their deletion protection is then lifted.
      - Otherwise the task fails, names them and deletes nothing.
    type: str
  recovery_region:
    description: A second region to destroy as well, before the task's own. C(us-east-1) always is, for CloudFront.
    type: str
    version_added: 0.2.0
  tags:
    description: Tags that mark what is deleted; C(Platform) and C(Environment) must be among them.
    type: dict
    required: true
  wait_timeout:
    description: Seconds to wait for a resource to be gone. Default depends on the type.
    type: int
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Destroy the staging environment, its databases included
  iworkz.platform.platform_teardown:
    environment: staging
    confirm: "{{ confirm }}"
    destroy_protected: "{{ destroy_protected | default(omit) }}"
    tags: {Platform: iworkz, Environment: staging}
"""

RETURN = r"""
deleted:
  description: Resources that were deleted (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
kept:
  description:
    - Why, by resource, for those that nobody can delete yet and, but in check mode, for the last snapshots of stores.
  returned: always
  type: dict
  version_added: 0.3.0
failed_resources:
  description: Error text by resource, for those that could not be deleted.
  returned: always
  type: dict
elapsed:
  description: Seconds spent deleting and waiting.
  returned: always
  type: float
api_calls:
  description: Number of API calls by operation, retries included.
  returned: always
  type: dict
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._aws.teardown import SPEC, run


def main() -> None:
    run_with(SPEC, lambda params, check_mode: run(params, check_mode=check_mode))


if __name__ == "__main__":
    main()
