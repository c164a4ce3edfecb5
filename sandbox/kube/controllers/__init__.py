"""What keeps the objects of the cluster moving: its controllers, scheduler and kubelets, and operators, simulated."""

from __future__ import annotations

from sandbox.kube.api import Api
from sandbox.kube.controllers.autoscaler import Autoscalers
from sandbox.kube.controllers.claims import Claims
from sandbox.kube.controllers.daemons import DaemonSets
from sandbox.kube.controllers.deployment import Deployments
from sandbox.kube.controllers.disruption import DisruptionBudgets
from sandbox.kube.controllers.elastic import ElasticOperator
from sandbox.kube.controllers.endpoints import Endpoints
from sandbox.kube.controllers.garbage import Garbage
from sandbox.kube.controllers.injection import Injector
from sandbox.kube.controllers.jobs import CronJobs, Jobs
from sandbox.kube.controllers.kubelet import Kubelet
from sandbox.kube.controllers.kubelet_service import KubeletService
from sandbox.kube.controllers.limits import limiter
from sandbox.kube.controllers.loadbalancers import LoadBalancers
from sandbox.kube.controllers.manager import Manager
from sandbox.kube.controllers.namespaces import Namespaces
from sandbox.kube.controllers.nodes import Nodes
from sandbox.kube.controllers.opentelemetry import Instrumenter, OpenTelemetryOperator
from sandbox.kube.controllers.operators import Operated
from sandbox.kube.controllers.prometheus import PrometheusOperator
from sandbox.kube.controllers.quotas import Quotas
from sandbox.kube.controllers.releases import Releases
from sandbox.kube.controllers.replicaset import ReplicaSets
from sandbox.kube.controllers.scheduler import Scheduler
from sandbox.kube.controllers.stateful import StatefulSets
from sandbox.kube.controllers.synced import Certificates, ExternalSecrets
from sandbox.kube.controllers.timing import Timing
from sandbox.kube.controllers.world import World

CONTROLLERS = (
    Nodes,
    Scheduler,
    Kubelet,
    ReplicaSets,
    Deployments,
    StatefulSets,
    DaemonSets,
    Jobs,
    CronJobs,
    Endpoints,
    DisruptionBudgets,
    Autoscalers,
    Quotas,
    Claims,
    Namespaces,
    Garbage,
    LoadBalancers,
    Operated,
    ExternalSecrets,
    Certificates,
    KubeletService,
    PrometheusOperator,
    OpenTelemetryOperator,
    ElasticOperator,
    Releases,
)

__all__ = ["CONTROLLERS", "Manager", "Timing", "World", "manage"]


def manage(api: Api, timing: Timing | None = None) -> Manager:
    """All controllers of a cluster: `await manage(api).run()` beside the server, or `.settle()` by hand.

    Also what admits pods and namespaced objects: sidecar injection, limit ranges, quotas, in this order.
    `settings.extra["timing"]` overrides how long things take (timing.py).
    """
    world = World(api, timing or Timing.of(api.settings.extra))
    Injector(world)
    Instrumenter(world)
    api.validators.append(limiter(api.store))
    return Manager(world, [each(world) for each in CONTROLLERS])
