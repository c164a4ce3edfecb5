# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a Deployment whose rollout is complete stays so for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ansible_collections.iworkz.platform.plugins.module_utils._kube import rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name, Standing
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_run import ABSENT, Limits, joined


def hold(
    api: Api, name: Name, seconds: float, limits: Limits, clock: Callable[[], float], sleep: Callable[[float], None]
) -> Standing:
    """Watch a Deployment for ``seconds``. It has failed when a container of its pods was restarted, when a pod is away
    for longer than the grace, or when Kubernetes gives it up. Raises KubernetesError."""
    began, away = clock(), None
    while True:
        standing, now = look(api, name), clock()
        if standing.state == "failed":
            return standing
        if standing.state == "complete":
            away = None
            if now - began >= seconds:
                return standing
        else:
            away = now if away is None else away
            if now - away >= limits.grace:
                return replace(standing, state="failed")
        sleep(limits.interval)


def look(api: Api, name: Name) -> Standing:
    """Where a Deployment stands, its placed pods and their restarts included (three reads). Raises KubernetesError."""
    within = f"/namespaces/{name.namespace}"
    deployment = api.get(name.path)
    if deployment is None:
        return ABSENT
    present = rollout.current(deployment, api.list(f"/apis/apps/v1{within}/replicasets")[0])
    pods = rollout.owned_by(present, api.list(f"/api/v1{within}/pods")[0]) if present else []
    for pod in pods:
        if restarted := rollout.restarted(pod):
            return restarted
    standing = rollout.stand(deployment)
    if standing.state == "complete":
        return standing
    told = next((reason for pod in pods if (reason := rollout.stuck(pod) or rollout.unscheduled(pod))), None)
    return replace(standing, message=joined(standing, told))
