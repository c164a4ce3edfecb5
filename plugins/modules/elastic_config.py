#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: elastic_config
short_description: Lifecycle policies, templates, snapshots, and Kibana's views and searches of the log store
version_added: 0.4.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of index lifecycle policies, index templates, snapshot repositories and policies of one
    Elasticsearch, and of spaces, data views and saved searches of its Kibana, to the declared state in one task.
  - The servers are those of the Elastic operator in an EKS cluster. The superuser's password is the operator's own and
    is read from the cluster; it is in no result, diff or log.
  - Each kind is read first; only what differs is written.
notes:
  - The lists hold everything that is to be there of each kind. An option that is left out is not looked at.
  - Only declared keys are compared, at every depth. Nothing is ever deleted.
  - While there is no Elasticsearch, check mode announces everything.
  - One bad resource doesn't stop the others; the task then fails and names each with the server's own reason.
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
options:
  cluster:
    description: Name of the EKS cluster.
    type: str
    required: true
  namespace:
    description: Namespace of the Elasticsearch object.
    type: str
    required: true
  elasticsearch:
    description: Name of the Elasticsearch object.
    type: str
    required: true
  url:
    description: Where Elasticsearch is reached from here.
    type: str
    required: true
  kibana_url:
    description: Where Kibana is reached from here. Mandatory for what lies in Kibana.
    type: str
  ca_bundle:
    description: PEM file with certificate authorities to be trusted besides the system's.
    type: path
  ilm_policies:
    description: Lifecycle policies.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      body:
        description: The policy as Elasticsearch takes it, with the key C(phases), without the outer C(policy).
        type: dict
        required: true
  index_templates:
    description: What new indices and data streams get, by their names.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the template.
        type: str
        required: true
      body:
        description: The template as Elasticsearch takes it, with the key C(index_patterns).
        type: dict
        required: true
  snapshot_repositories:
    description: Where snapshots are kept.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the repository.
        type: str
        required: true
      body:
        description: The repository as Elasticsearch takes it, with the keys C(type) and C(settings).
        type: dict
        required: true
  snapshot_policies:
    description: When snapshots are taken, and for how long they are kept.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the policy.
        type: str
        required: true
      body:
        description: The policy as Elasticsearch takes it, with the keys C(schedule), C(name) and C(repository).
        type: dict
        required: true
  kibana_spaces:
    description: Spaces of Kibana.
    type: list
    elements: dict
    suboptions:
      id:
        description: Id of the space, part of its URL.
        type: str
        required: true
      name:
        description: Name that people see.
        type: str
        required: true
      description:
        description: What the space is for.
        type: str
  kibana_data_views:
    description: Data views. Their ids are unique over all spaces.
    type: list
    elements: dict
    suboptions:
      id:
        description: Id of the view.
        type: str
        required: true
      space:
        description: Id of the space it is in.
        type: str
        required: true
      title:
        description: Pattern of the indices or data streams, such as V(logs-*-production).
        type: str
        required: true
      name:
        description: Name that people see.
        type: str
        required: true
      time_field:
        description: Field with the time.
        type: str
  kibana_saved_searches:
    description: Searches that people open, newest lines first. Their ids are unique over all spaces.
    type: list
    elements: dict
    suboptions:
      id:
        description: Id of the search.
        type: str
        required: true
      space:
        description: Id of the space it is in.
        type: str
        required: true
      title:
        description: Name that people see.
        type: str
        required: true
      data_view:
        description: Id of the data view that is searched.
        type: str
        required: true
      query:
        description: What is searched for, in Lucene's syntax.
        type: str
        required: true
      columns:
        description: Fields that are shown.
        type: list
        elements: str
        required: true
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Logs that are deleted after three months, and a search for failures
  iworkz.platform.elastic_config:
    cluster: iworkz-production
    namespace: logging
    elasticsearch: platform-logs
    url: https://elasticsearch.production.iworkz.internal:9200
    kibana_url: https://kibana.production.iworkz.internal:5601
    ilm_policies:
      - name: logs-operational
        body:
          phases:
            hot: {actions: {rollover: {max_age: 1d, max_primary_shard_size: 30gb}}}
            warm: {min_age: 7d, actions: {forcemerge: {max_num_segments: 1}}}
            delete: {min_age: 90d, actions: {delete: {}}}
    kibana_spaces:
      - {id: operations, name: Operations}
    kibana_data_views:
      - {id: service-logs, space: operations, title: "logs-*-production", name: Services, time_field: "@timestamp"}
    kibana_saved_searches:
      - id: failures
        space: operations
        title: Failed requests
        data_view: service-logs
        query: "http.response.status_code:>=500"
        columns: [service.name, message]
"""

RETURN = r"""
created:
  description: What was created (would be, in check mode), as C(kind name).
  returned: always
  type: list
  elements: str
  sample: [ilm_policy logs-operational]
updated:
  description: What was changed in place or replaced, as C(kind name).
  returned: always
  type: list
  elements: str
deleted:
  description: Always empty.
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
  sample: {"elasticsearch:GET _ilm": 1, "kibana:GET api/spaces/space": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._stores.elastic_config import ARGUMENTS, run


def main() -> None:
    run_with(ARGUMENTS, lambda params, check_mode: run(params, check_mode=check_mode))


if __name__ == "__main__":
    main()
