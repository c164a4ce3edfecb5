#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_acm
short_description: Certificates in AWS Certificate Manager, proven by DNS
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Requests any number of certificates in one region, writes the records that prove their names into the public hosted
    zones of Amazon Route 53, and waits until they are issued.
  - A certificate is known by its names, for those cannot be changed. Other names are another certificate.
  - The records stay. ACM renews a certificate by itself where it finds them and the certificate is in use.
  - Nothing is requested for a certificate with a name that is in no public hosted zone of this account.
  - One that expired, failed or was not proven in time is requested again, and so is one that has less than 30 days left
    and will not be renewed.
options:
  certificates:
    description:
      - Certificates. Keys are those of C(RequestCertificate), such as C(domain_name), C(subject_alternative_names),
        C(key_algorithm) and C(options). Validation is by DNS always.
      - C(wildcard=true) allows names that begin with C(*.); without it they are an error.
      - RV(resources) tells by names, joined by C(", "), such as C(certificate_arn), C(status), C(not_after),
        C(renewal_eligibility), C(in_use_by) and C(validation_records).
      - With O(purge) a certificate that is in use stays.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: One certificate for all hosts
  iworkz.platform.aws_acm:
    certificates:
      - domain_name: www.iworkz.jp
        subject_alternative_names: [api.iworkz.jp, id.iworkz.jp]
        key_algorithm: EC_prime256v1
    tags: {Platform: iworkz, Environment: production}

- name: A wildcard for CloudFront, which looks in this region only
  iworkz.platform.aws_acm:
    region: us-east-1
    certificates:
      - domain_name: "*.assets.iworkz.jp"
        wildcard: true
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: ["certificate www.iworkz.jp, api.iworkz.jp"]
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
  sample: {"acm:ListCertificates": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
