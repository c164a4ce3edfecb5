#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_opensearch
short_description: Search domains in Amazon OpenSearch Service
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of domains to the declared state in one task. Creating or changing a domain can take an hour.
options:
  domains:
    description:
      - Domains. Keys are the parameters of C(CreateDomain) (C(domain_name), C(engine_version), C(cluster_config),
        C(ebs_options), C(vpc_options), C(encryption_at_rest_options), C(domain_endpoint_options),
        C(log_publishing_options), C(advanced_security_options) and so on); C(access_policies) is a document in the
        API's form.
      - C(encryption_at_rest_options) and C(node_to_node_encryption_options) cannot be changed in place.
      - A different C(engine_version) starts an upgrade.
      - Subnets, security groups, the key and log groups may be given by name.
      - C(advanced_security_options.master_user_options) is used on creation only, because the API does not return it.
        Give C(master_user_arn), never a password.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A domain across three zones with dedicated managers
  iworkz.platform.aws_opensearch:
    domains:
      - domain_name: iworkz-production-search
        engine_version: OpenSearch_2.19
        cluster_config:
          instance_type: r7g.large.search
          instance_count: 3
          dedicated_master_enabled: true
          dedicated_master_type: m7g.large.search
          dedicated_master_count: 3
          zone_awareness_enabled: true
          zone_awareness_config: {availability_zone_count: 3}
        ebs_options: {ebs_enabled: true, volume_type: gp3, volume_size: 200}
        encryption_at_rest_options: {enabled: true, kms_key_id: alias/iworkz-production-data}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [domain iworkz-production-search]
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
  sample: {"opensearch:DescribeDomains": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.opensearch import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
