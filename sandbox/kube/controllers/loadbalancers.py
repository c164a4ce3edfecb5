"""Load balancers of Ingresses of class alb and of Services, once the AWS load balancer controller runs."""

from __future__ import annotations

from sandbox.kube.controllers.balancers import Balancers
from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, digest, leaving, name, namespace, notes
from sandbox.kube.controllers.world import Key, World

INGRESSES, SERVICES, CLASSES = "ingresses.networking.k8s.io", "services", "ingressclasses.networking.k8s.io"
PARAMETERS = "ingressclassparams.elbv2.k8s.aws"
GROUP = "alb.ingress.kubernetes.io/group.name"
CONTROLLER = "ingress.k8s.aws/alb"


class LoadBalancers(Controller):
    resources = watches = (INGRESSES, SERVICES)
    waits_for = ("aws-load-balancer-controller",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        endpoint = world.api.settings.extra.get("aws_endpoint")
        self._balancers = Balancers(endpoint, world.api.settings.region) if endpoint else None

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found) or not self.world.operator(self.waits_for[0]):
            return None
        balanced = self._is_alb(found) if key.resource == INGRESSES else found["spec"].get("type") == "LoadBalancer"
        shown = {"ingress": [{"hostname": self._hostname(found)}]} if balanced else {}
        if balanced or (found.get("status") or {}).get("loadBalancer"):
            self.world.set_status(key.resource, found, {**(found.get("status") or {}), "loadBalancer": shown})
        return self._ensured(found) if balanced and key.resource == INGRESSES else None

    def _ensured(self, ingress: Object) -> float | None:
        """Its load balancer in the AWS emulator, where its class has parameters that name one."""
        declared = self.world.get(CLASSES, "", ingress["spec"].get("ingressClassName") or "")
        reference = ((declared or {}).get("spec") or {}).get("parameters") or {}
        parameters = self.world.get(PARAMETERS, "", reference.get("name", ""))
        if self._balancers is None or parameters is None or "loadBalancerName" not in parameters["spec"]:
            return None
        return self._balancers.ensure(parameters["spec"])

    def _is_alb(self, ingress: Object) -> bool:
        called = ingress["spec"].get("ingressClassName") or notes(ingress).get("kubernetes.io/ingress.class")
        declared = self.world.get(CLASSES, "", called or "")
        return called == "alb" or (declared is not None and declared["spec"].get("controller") == CONTROLLER)

    def _hostname(self, found: Object) -> str:
        """As the controller names load balancers: those of an Ingress group share one."""
        group = notes(found).get(GROUP)
        parts = (group,) if group else (namespace(found), name(found))
        readable = "-".join("".join(filter(str.isalnum, part))[: 17 // len(parts)] for part in parts)
        settings = self.world.api.settings
        number = int.from_bytes(digest(settings.name, *parts).encode()) % 10**10
        region = "elb.{}" if found["kind"] == "Service" else "{}.elb"
        return f"k8s-{readable}-{digest(*parts)}-{number:010}.{region.format(settings.region)}.amazonaws.com"
