#!/usr/bin/python
# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: kube_canary
short_description: Lead a release of a Deployment on EKS through a canary in the mesh
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Makes a second Deployment out of the one given, its name with C(-canary) behind it and its pods labelled
    C(platform.iworkz.jp/track=canary), and lets the VirtualServices of the service lead a growing share of all
    requests to it.
  - Each step gives it as many pods as its share asks for, of those that the service has now; when they are available,
    its share; and then watches it for O(pause) seconds. It has failed when its rollout has, as in
    M(iworkz.platform.kube_rollout), and also when one of its containers was restarted, when a pod is not available for
    O(grace) seconds, or when somebody else changes its share.
  - When a step has failed, all requests go to the stable pods again, the canary is deleted, and the task fails naming
    the digest, the step and the reason. The service's own Deployment has not been touched.
  - When all steps have passed, the service's own Deployment gets the release, by a rollout that a failure takes back,
    as M(iworkz.platform.kube_rollout) does. Then all requests go to it, and the canary is deleted.
notes:
  - A task that was interrupted may be run again. A canary of the same digest goes on with the step that it was in; one
    of another digest is withdrawn, and the new one begins with the first step.
  - Where the Deployment has the release already, no step is made. A promotion that was interrupted is ended.
  - The annotation C(platform.iworkz.jp/canary-until) of the canary says until when it is driven on, at the latest.
  - Metrics of requests are not asked for. A canary that answers every request with an error passes.
  - The mesh needs subsets V(stable) and V(canary) of the service by the label C(platform.iworkz.jp/track).
  - When the connection is local the module runs inside the controller's worker process.
requirements:
  - urllib3
options:
  cluster:
    description: Name of the EKS cluster. Its endpoint and authority come from C(DescribeCluster).
    type: str
    required: true
  deployment:
    description:
      - The service's own Deployment as it is to be in the end, with the image by the new digest. It is named like the
        service, is there already, and selects its pods by C(platform.iworkz.jp/track=stable).
      - With O(state=withdrawn) its digest does not matter.
    type: dict
    required: true
  state:
    description: Whether the release is led through its canary, or a canary is taken back wherever it is.
    type: str
    choices: [promoted, withdrawn]
    default: promoted
  weights:
    description: Percentages of requests that the canary gets, from 1 to 99, each above the one before it.
    type: list
    elements: int
    default: [5, 25, 50]
  pause:
    description: Seconds for which each step is watched.
    type: int
    default: 300
  timeout:
    description: Seconds that each rollout may take, of the canary as of the Deployment; a rollback has as many again.
    type: int
    default: 900
  grace:
    description: Seconds that a new pod may be unable to start, and that a pod of the canary may be away.
    type: int
    default: 30
  interval:
    description: Seconds between two looks at the pods.
    type: float
    default: 2.0
  field_manager:
    description: Field manager that applied the Deployment and the VirtualServices, and applies the canary.
    type: str
    default: iworkz.platform
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
attributes:
  check_mode:
    description: Reports the steps that would be made, and has the server make a dry run of both Deployments.
    support: full
  diff_mode:
    description: The service's own Deployment before and after. A canary that was withdrawn leaves nothing changed.
    support: full
  idempotent:
    description: Where the Deployment has the release and there is no canary, nothing changes.
    support: full
  action_group:
    description: Use C(group/iworkz.platform.services) in C(module_defaults) to set connection options.
    support: full
    membership:
      - iworkz.platform.services
      - iworkz.platform.aws
"""

EXAMPLES = r"""
- name: One percent of the requests for an hour, then a tenth for another
  iworkz.platform.kube_canary:
    cluster: iworkz-production
    deployment: "{{ billing_deployment }}"
    weights: [1, 10]
    pause: 3600

- name: Take back a canary that nobody drives any more
  iworkz.platform.kube_canary:
    cluster: iworkz-production
    deployment: "{{ billing_deployment }}"
    state: withdrawn
"""

RETURN = r"""
changed:
  description: Whether anything was changed, be it only for a while (would be, in check mode).
  returned: always
  type: bool
namespace:
  description: Namespace of the Deployment.
  returned: always
  type: str
name:
  description: Name of the Deployment.
  returned: always
  type: str
digest:
  description: Digest of the release; empty with O(state=withdrawn).
  returned: always
  type: str
former:
  description: Digest that the Deployment had before.
  returned: always
  type: str
found:
  description: Digest of a canary that was there already; empty without one.
  returned: always
  type: str
steps:
  description: The steps that were made (would be, in check mode), the promotion last.
  returned: always
  type: list
  elements: dict
  contains:
    weight:
      description: Percentage of requests; V(100) for the promotion.
      type: int
    replicas:
      description: Pods of the canary; of the Deployment, for the promotion.
      type: int
    state:
      description: V(complete) or V(failed); V(progressing) in check mode.
      type: str
    reason:
      description: Why it failed, in a word, such as V(CrashLoopBackOff), V(Restarted) or V(RouteChanged).
      type: str
    message:
      description: Why it failed, in the cluster's own words.
      type: str
    seconds:
      description: Seconds that it took.
      type: float
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
from ansible_collections.iworkz.platform.plugins.module_utils._kube.canary_task import SPEC, run


def main() -> None:
    run_with(SPEC, run)


if __name__ == "__main__":
    main()
