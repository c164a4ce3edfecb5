#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_iam
short_description: Roles, groups, managed policies, OpenID Connect providers and the password policy in AWS IAM
version_added: 0.1.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings identity providers, the account's own managed policies, and roles with everything attached to them to the
    declared state in one task.
  - Policy documents are compared by meaning, not by text.
  - A document that allows an action with a wildcard on all resources, or that is longer than IAM takes, is refused
    before anything is changed.
options:
  password_policy:
    description:
      - The account's password policy. Keys are the parameters of C(UpdateAccountPasswordPolicy), such as
        C(minimum_password_length) (characters) and C(password_reuse_prevention) (number of passwords). What is not
        declared stays as it is. It is never deleted.
    type: dict
    version_added: 0.3.0
  groups:
    description:
      - Groups of people. Keys are the parameters of C(CreateGroup), C(group_name) and C(path).
      - C(attached_policies) is the complete list of ARNs, or names of policies of this account.
      - C(inline_policies) is the complete dict of documents by name.
      - Who is in a group is left alone.
    type: list
    elements: dict
    version_added: 0.3.0
  oidc_providers:
    description:
      - OpenID Connect providers. Keys are the parameters of C(CreateOpenIDConnectProvider), C(url),
        C(client_id_list) and, where the issuer is not a well-known one, C(thumbprint_list).
    type: list
    elements: dict
  policies:
    description:
      - Managed policies. Keys are the parameters of C(CreatePolicy), C(policy_name), C(path), C(description), and
        C(policy_document) as a document. C(path) and C(description) cannot be changed in place.
      - A change makes a new default version. Of the five that IAM keeps, the oldest goes when there is no room.
    type: list
    elements: dict
  roles:
    description:
      - Roles. Keys are the parameters of C(CreateRole), C(role_name), C(path), C(description),
        C(max_session_duration), C(permissions_boundary) (an ARN, or the name of a policy of this account), and
        C(assume_role_policy_document) as a document.
      - C(attached_policies) is the complete list of ARNs, or names of policies of this account.
      - C(inline_policies) is the complete dict of documents by name.
    type: list
    elements: dict
  service_linked_roles:
    description:
      - Roles that AWS services assume in this account by themselves, as C(aws_service_name), such as
        V(opensearchservice.amazonaws.com). They are never changed or deleted.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A role for RDS enhanced monitoring
  iworkz.platform.aws_iam:
    roles:
      - role_name: iworkz-production-rds-monitoring
        assume_role_policy_document:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Principal: {Service: monitoring.rds.amazonaws.com}
              Action: sts:AssumeRole
              Condition: {StringEquals: {"aws:SourceAccount": "123456789012"}}
        attached_policies:
          - arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [role iworkz-production-rds-monitoring]
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
  sample: {"iam:ListRoles": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam import ADAPTERS
from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
