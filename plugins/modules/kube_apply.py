#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_apply
short_description: Many Kubernetes objects of an EKS cluster by server-side apply
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Brings any number of objects to their declared state in one task, by server-side apply; fields that others own are
    taken over. What is there is read once per kind.
  - What the server and controllers write, such as the status, is no change.
  - One object that is refused doesn't stop the others; the task then fails and names each.
notes:
  - Objects are applied in the order given, and nothing is deleted.
  - Throttling, conflicts, server errors and a server that restarts are waited out for two minutes, an expired token is
    signed again.
  - In check mode the server makes a dry run of each object. One whose kind or namespace is not there yet is announced.
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
  - PyYAML
options:
  cluster:
    description: Name of the EKS cluster. Its endpoint and authority come from C(DescribeCluster).
    type: str
    required: true
  definitions:
    description: The objects. They come before those of O(manifest).
    type: list
    elements: dict
    default: []
  manifest:
    description:
      - The objects as YAML, one document each. Of many objects this costs less than O(definitions), whose every value
        Ansible looks at.
    type: str
    default: ""
  field_manager:
    description: Field manager that applies them.
    type: str
    default: iworkz.platform
  wait:
    description:
      - Whether to wait, after none was refused, until all objects that tell it are ready, changed or not, so that a run
        that was interrupted meanwhile waits again. Not in check mode.
      - A CustomResourceDefinition is ready when it is established, a Deployment, StatefulSet or DaemonSet when all its
        pods are new and available, as C(kubectl rollout status) judges them. Other kinds are not waited for.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait for all of them together. Then the task fails, and names what each lacks.
    type: int
    default: 120
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - iworkz.platform.service.attributes
"""

EXAMPLES = r"""
- name: Everything that a template renders
  iworkz.platform.kube_apply:
    cluster: iworkz-production
    manifest: "{{ lookup('ansible.builtin.template', 'objects.yaml.j2') }}"

- name: Controllers and their kinds, to be there for the next task
  iworkz.platform.kube_apply:
    cluster: iworkz-production
    manifest: "{{ lookup('ansible.builtin.file', 'controllers.yaml') }}"
    wait: true
    wait_timeout: 600
"""

RETURN = r"""
created:
  description: Objects that were created (would be, in check mode), as C(Kind namespace/name).
  returned: always
  type: list
  elements: str
  sample: [Deployment business/billing]
updated:
  description: Objects that were changed, as C(Kind namespace/name).
  returned: always
  type: list
  elements: str
unchanged:
  description: Objects that were as declared, as C(Kind namespace/name).
  returned: always
  type: list
  elements: str
failed_objects:
  description: Error text by object, for those that were refused.
  returned: always
  type: dict
unready:
  description: What objects still lack after O(wait_timeout), by object; empty without O(wait).
  returned: always
  type: dict
  sample: {"Deployment flux-system/source-controller": "0 of 1 pods are available"}
elapsed:
  description: Seconds that the task took.
  returned: always
  type: float
api_calls:
  description: Number of AWS API calls by operation, retries included.
  returned: always
  type: dict
  sample: {"eks:DescribeCluster": 1}
"""

from ansible_collections.iworkz.platform.plugins.module_utils._aws.module import run_with
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply_task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
