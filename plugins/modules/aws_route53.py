#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: aws_route53
short_description: Hosted zones, health checks and records in Amazon Route 53
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of hosted zones, health checks and records to the declared state in one task.
  - Where several zones share a name, the one with the O(tags) is meant.
options:
  zones:
    description:
      - Hosted zones. Keys are those of C(CreateHostedZone), such as C(name) and C(hosted_zone_config) with C(comment)
        and C(private_zone).
      - C(vpcs) lists where a private zone is seen, each as C(vpc_id) (an id or the tag C(Name)) and C(vpc_region), by
        default the task's region. With C(purge_vpcs=false) further VPCs may see it; otherwise they are taken off.
      - A zone can be deleted when no record is left in it.
    type: list
    elements: dict
  health_checks:
    description:
      - Health checks. C(name) becomes the tag C(Name); C(health_check_config) as in C(CreateHealthCheck). Type,
        interval and latency measurement cannot be changed afterwards.
    type: list
    elements: dict
  records:
    description:
      - Records. Keys are the members of C(ResourceRecordSet), such as C(name), C(type), C(ttl), C(resource_records)
        (each with C(value)), C(alias_target), C(set_identifier), C(weight), C(failover) and C(health_check_id), which
        may be the name of a health check.
      - A record belongs to the zone with the longest name that its own name ends in.
      - C(db_instance), instead of C(resource_records), is the identifier of the RDS instance of this region whose
        endpoint the name stands for. With C(repoint=false) a record that exists keeps pointing where it does;
        RV(resources) then tells by C(db_instance) (V(null) when it is no instance of this region) where that is.
      - C(load_balancer), instead of C(alias_target), is C(name) and C(region) (by default the task's) of a load
        balancer, and C(evaluate_target_health). With C(repoint=false) an alias of something else stays as it is, its
        health check included, unless that was a load balancer that is gone; RV(resources) tells by C(load_balancer)
        what it is.
    type: list
    elements: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Names of the database, seen in both regions
  iworkz.platform.aws_route53:
    zones:
      - name: production.iworkz.internal
        hosted_zone_config: {comment: Where the stores are, private_zone: true}
        vpcs:
          - {vpc_id: iworkz-production, vpc_region: ap-northeast-1}
          - {vpc_id: iworkz-production, vpc_region: ap-northeast-3}
    records:
      - name: postgres.production.iworkz.internal
        type: CNAME
        ttl: 5
        db_instance: iworkz-production-postgres
        repoint: false
    tags: {Platform: iworkz, Environment: production}

- name: A site that fails over by itself
  iworkz.platform.aws_route53:
    health_checks:
      - name: site-tokyo
        health_check_config:
          type: HTTPS
          fully_qualified_domain_name: tokyo.iworkz.jp
          port: 443
          resource_path: /health
          failure_threshold: 3
    records:
      - name: www.iworkz.jp
        type: CNAME
        ttl: 30
        set_identifier: tokyo
        failover: PRIMARY
        health_check_id: site-tokyo
        resource_records: [{value: tokyo.iworkz.jp}]
      - name: www.iworkz.jp
        type: CNAME
        ttl: 30
        set_identifier: osaka
        failover: SECONDARY
        resource_records: [{value: osaka.iworkz.jp}]
"""

RETURN = r"""
created:
  description: Resources that were created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [hosted_zone production.iworkz.internal]
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
  sample: {"route53:ListHostedZones": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_module
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53 import ADAPTERS


def main() -> None:
    run_module(ADAPTERS)


if __name__ == "__main__":
    main()
