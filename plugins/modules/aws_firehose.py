#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_firehose
short_description: Delivery streams in Amazon Data Firehose
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of delivery streams into S3 to the declared state in one task.
options:
  delivery_streams:
    description:
      - Delivery streams, with the parameters of C(CreateDeliveryStream) in snake case. The destination is
        C(extended_s3_destination_configuration), whose C(role_arn) may be the name of a role and whose key an alias.
      - C(delivery_stream_type) cannot be changed in place.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: The audit log of the database, into the archive
  iworkz.platform.aws_firehose:
    delivery_streams:
      - delivery_stream_name: iworkz-production-audit
        delivery_stream_type: DirectPut
        extended_s3_destination_configuration:
          role_arn: iworkz-production-audit
          bucket_arn: arn:aws:s3:::iworkz-production-audit-123456789012
          prefix: postgresql/
          error_output_prefix: failed/
          buffering_hints: {size_in_mbs: 5, interval_in_seconds: 300}
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [delivery_stream iworkz-production-audit]
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
  sample: {"firehose:ListDeliveryStreams": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.firehose import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
