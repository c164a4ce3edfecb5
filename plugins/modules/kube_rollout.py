#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_rollout
short_description: Wait for rollouts of Deployments on EKS, and roll failed ones back
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Watches the rollouts of any number of Deployments at once until each has succeeded or failed. Apply the Deployments
    first, without waiting for them.
  - A rollout has succeeded when the controller has seen the change, all pods are new, and all of them are available.
  - It has failed when its progress deadline or O(timeout) is over, or when a new pod has for O(grace) seconds been
    unable to start, as with C(ImagePullBackOff), C(CrashLoopBackOff) or C(CreateContainerConfigError).
  - A failed Deployment gets the pod template of its former revision back, and that is waited for. Others are left
    alone. The task then fails and names each with the digest that was tried, the reason, and the digest it runs now.
notes:
  - A release that once was available is not rolled back when its pods fail later, nor is a first release. The task
    fails all the same, and says so.
  - The template is given back by server-side apply as O(field_manager), which must have applied the Deployment.
  - A watch that breaks is begun anew, one that is refused becomes polling. Throttling, conflicts, server errors and a
    server that restarts are waited out for two minutes, an expired token is signed again.
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
options:
  cluster:
    description: Name of the EKS cluster. Its endpoint and authority come from C(DescribeCluster).
    type: str
    required: true
  deployments:
    description: The Deployments.
    type: list
    elements: dict
    required: true
    suboptions:
      namespace:
        description: Namespace of the Deployment.
        type: str
        required: true
      name:
        description: Name of the Deployment.
        type: str
        required: true
  rollback:
    description: Whether a failed rollout is rolled back.
    type: bool
    default: true
  timeout:
    description: Seconds that a rollout may take; a rollback has as many again.
    type: int
    default: 900
  grace:
    description: Seconds that a new pod may be unable to start. A registry or a dependency may be away for a moment.
    type: int
    default: 30
  interval:
    description: Seconds between two looks at the pods of unfinished rollouts, and between two attempts to watch.
    type: float
    default: 2.0
  field_manager:
    description: Field manager that applied the Deployments.
    type: str
    default: iworkz.platform
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
attributes:
  check_mode:
    description: Reports where each rollout stands, and which ones would be rolled back. Waits for nothing.
    support: full
  diff_mode:
    description: What is rolled back is in RV(deployments).
    support: none
  idempotent:
    description: Where every Deployment is available, one list is read and nothing changes.
    support: full
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
"""

EXAMPLES = r"""
- name: Wait for two services, and take back the one that fails
  iworkz.platform.kube_rollout:
    cluster: iworkz-production
    deployments:
      - {namespace: trust, name: compliance}
      - {namespace: business, name: billing}
    grace: 60
"""

RETURN = r"""
changed:
  description: Whether a Deployment was rolled back (would be, in check mode).
  returned: always
  type: bool
deployments:
  description: What became of each rollout, in the order given.
  returned: always
  type: list
  elements: dict
  contains:
    namespace:
      description: Namespace of the Deployment.
      type: str
    name:
      description: Name of the Deployment.
      type: str
    state:
      description: V(complete) or V(failed); in check mode also V(progressing).
      type: str
    digest:
      description: Digest of the image that was rolled out.
      type: str
    reason:
      description: Why it failed, in a word, such as V(ImagePullBackOff) or V(ProgressDeadlineExceeded).
      type: str
    message:
      description: Why it failed, in the cluster's own words.
      type: str
    seconds:
      description: Seconds until it had succeeded or failed.
      type: float
    restored:
      description: Digest that it was rolled back to (would be, in check mode); empty when it was not.
      type: str
    recovered:
      description: Whether it is available again after that.
      type: bool
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
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
