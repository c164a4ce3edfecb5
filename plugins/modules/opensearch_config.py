#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_config
short_description: Templates, lifecycle policies, access, indices and settings of an Amazon OpenSearch Service domain
version_added: 0.2.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of component templates, index templates, lifecycle policies (ISM), roles and their mappings,
    indices with their aliases, and settings of one domain to the declared state in one task, through its REST API.
  - The endpoint comes from C(DescribeDomains). Requests are signed (Signature Version 4, service C(es)) as O(role_arn).
  - Each kind is read in one call, settings of indices in one per declared name; only what differs is written.
notes:
  - The lists hold everything that is to be there of each kind. An option that is left out is not looked at.
  - Templates, policies, roles and their mappings are compared as a whole, in one form - settings flat and as texts,
    without what the server fills in. Settings are compared by the declared names.
  - A changed template reaches new indices only; use O(index_settings) for those that are there.
  - While the domain does not exist, check mode announces everything.
  - One bad resource doesn't stop the others; the task then fails and names each with OpenSearch's own reason.
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
options:
  domain:
    description: Name of the domain.
    type: str
    required: true
  role_arn:
    description:
      - Role that is assumed to sign the requests. Inside a domain with fine-grained access control it is roles that
        have rights, such as the domain's master user.
    type: str
    required: true
  ca_bundle:
    description: PEM file with certificate authorities to be trusted besides the system's.
    type: path
  component_templates:
    description: Parts that index templates are composed of.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the template.
        type: str
        required: true
      body:
        description: The template as OpenSearch takes it, with the key C(template).
        type: dict
        required: true
  index_templates:
    description: What new indices get, by their names.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the template.
        type: str
        required: true
      body:
        description: The template as OpenSearch takes it, with the key C(index_patterns).
        type: dict
        required: true
  ism_policies:
    description: Lifecycle policies. C(ism_template) in a policy says which new indices it manages.
    type: list
    elements: dict
    suboptions:
      name:
        description: Id of the policy.
        type: str
        required: true
      body:
        description: The policy as OpenSearch takes it, without the outer C(policy).
        type: dict
        required: true
  roles:
    description: Roles of fine-grained access control - what may be done inside the domain.
    version_added: 0.4.0
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      body:
        description: The role as the security plugin takes it, such as C(cluster_permissions), C(index_permissions).
        type: dict
        required: true
  role_mappings:
    description: Who has a role.
    version_added: 0.4.0
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the role.
        type: str
        required: true
      body:
        description: Those who have it; ARNs of IAM roles are C(backend_roles).
        type: dict
        required: true
  indices:
    description: Aliases that must have an index to write to. The first one is made; later ones come by rollover.
    type: list
    elements: dict
    suboptions:
      alias:
        description: Name of the alias.
        type: str
        required: true
      first_index:
        description: Name of the index that is made when there is no such alias, such as V(query-log-000001).
        type: str
        required: true
  index_settings:
    description: Settings of indices that are there. A setting that cannot be changed on an open index is an error.
    type: list
    elements: dict
    suboptions:
      index:
        description: Name, alias or pattern.
        type: str
        required: true
      settings:
        description: Settings, flat or nested, with or without C(index.).
        type: dict
        required: true
  cluster_settings:
    description: Persistent settings of the cluster, flat or nested. Amazon allows a few only.
    type: dict
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: A log of searches that is rolled over weekly and deleted after half a year
  iworkz.platform.opensearch_config:
    domain: iworkz-production-search
    role_arn: arn:aws:iam::111122223333:role/iworkz-production-search-admin
    index_templates:
      - name: query-log
        body:
          index_patterns: ["query-log-*"]
          template:
            settings:
              index.codec: best_compression
              index.plugins.index_state_management.rollover_alias: query-log
            mappings:
              properties:
                at: {type: date}
                query: {type: text}
    ism_policies:
      - name: query-log
        body:
          default_state: hot
          states:
            - name: hot
              actions: [{rollover: {min_index_age: 7d}}]
              transitions: [{state_name: expired, conditions: {min_index_age: 180d}}]
            - name: expired
              actions: [{delete: {}}]
          ism_template: [{index_patterns: ["query-log-*"], priority: 100}]
    indices:
      - {alias: query-log, first_index: query-log-000001}
    index_settings:
      - index: query-log
        settings: {index.search.slowlog.threshold.query.warn: 1s}
"""

RETURN = r"""
created:
  description: What was created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [index_template query-log]
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
  description: State of everything declared by option and name, read back (predicted, in check mode).
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
  sample: {"opensearch:GET _index_template": 1, "sts:AssumeRole": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.opensearch_config import ARGUMENTS, run


def main() -> None:
    run_with(ARGUMENTS, lambda params, check_mode: run(params, check_mode=check_mode))


if __name__ == "__main__":
    main()
