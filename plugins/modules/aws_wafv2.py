#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_wafv2
short_description: Web ACLs and address sets in AWS WAF
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of address sets and web ACLs, with their logging and what they protect, to the declared state in
    one task.
  - Before the first change, regular expressions are checked against what AWS WAF takes, the capacity that the rules
    need is asked of AWS, and the names of overridden managed rules are looked up.
  - Rules are compared whole. What somebody adds to a rule by hand, such as a scope that takes requests out of it, is
    drift.
options:
  ip_sets:
    description: Address sets, with the parameters of C(CreateIPSet) in snake case.
    type: list
    elements: dict
  web_acls:
    description:
      - Web ACLs, with the parameters of C(CreateWebACL) in snake case. C(ip_set_reference_statement.arn) may be the
        name of a set of the same scope.
      - C(scope) is V(REGIONAL), or V(CLOUDFRONT) in region us-east-1. It cannot be changed later.
      - C(logging_configuration) takes the parameters of C(PutLoggingConfiguration); C(log_destination_configs) may hold
        the name of a log group, which begins with C(aws-waf-logs-).
      - C(associated_resources) are ARNs of load balancers and API stages that the ACL stands before; others that it
        stands before stay. With C(associate_public) it stands before every public one that carries the tags Platform
        and Environment of the task. A distribution of CloudFront names its ACL itself.
      - C(maximum_capacity) is how many capacity units the rules may need.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Web ACL of all public load balancers and APIs
  iworkz.platform.aws_wafv2:
    ip_sets:
      - name: iworkz-production-ipv4
        scope: REGIONAL
        ip_address_version: IPV4
        addresses: [192.0.2.0/24]
    web_acls:
      - name: iworkz-production
        scope: REGIONAL
        default_action: {allow: {}}
        visibility_config: {sampled_requests_enabled: true, cloud_watch_metrics_enabled: true, metric_name: iworkz}
        rules:
          - name: blocked
            priority: 0
            statement: {ip_set_reference_statement: {arn: iworkz-production-ipv4}}
            action: {block: {}}
            visibility_config: {sampled_requests_enabled: true, cloud_watch_metrics_enabled: true, metric_name: blocked}
          - name: common
            priority: 1
            statement: {managed_rule_group_statement: {vendor_name: AWS, name: AWSManagedRulesCommonRuleSet}}
            override_action: {none: {}}
            visibility_config: {sampled_requests_enabled: true, cloud_watch_metrics_enabled: true, metric_name: common}
        logging_configuration:
          log_destination_configs: [aws-waf-logs-iworkz-production]
          redacted_fields: [{single_header: {name: authorization}}, {single_header: {name: cookie}}]
        associate_public: true
        maximum_capacity: 1500
    tags: {Platform: iworkz, Environment: production}
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [web_acl iworkz-production]
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
  sample: {"wafv2:ListWebACLs": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.wafv2 import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
