"""Which Ingress has its load balancer made in the AWS emulator, and as what."""

from __future__ import annotations

from typing import Any

import yaml

from sandbox.kube.controllers import charts
from sandbox.kube.controllers.loadbalancers import LoadBalancers
from tests.kube.simulation import Simulation, deployment

PARAMETERS = {"loadBalancerName": "public", "scheme": "internet-facing", "wafv2AclName": "public"}


class Asked:
    """Stands in for the AWS emulator: what it was asked for, and whether it is done."""

    def __init__(self, *pauses: float | None) -> None:
        self.pauses, self.specs = list(pauses), list[dict[str, Any]]()

    def ensure(self, spec: dict[str, Any]) -> float | None:
        self.specs.append(spec)
        return self.pauses.pop(0) if self.pauses else None


def prepared(asked: Asked) -> Simulation:
    """A cluster with the controller, its class, and an Ingress of it."""
    cluster = Simulation()
    (controller,) = [one for one in cluster.manager.controllers if isinstance(one, LoadBalancers)]
    controller._balancers = asked  # type: ignore[assignment]
    chart = charts.render("aws-load-balancer-controller", "1", "x", "kube-system", {"clusterName": "x"})
    for crd in chart.crds:
        cluster.create(crd)
    for text in (
        "{apiVersion: elbv2.k8s.aws/v1beta1, kind: IngressClassParams, metadata: {name: alb}}",
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: alb}, spec: {controller: x}}",
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: app}, spec: {ingressClassName: alb}}",
    ):
        made = yaml.safe_load(text)
        if made["kind"] == "IngressClassParams":
            made["spec"] = PARAMETERS
        elif made["kind"] == "IngressClass":
            reference = {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "alb"}
            made["spec"] = {"controller": "ingress.k8s.aws/alb", "parameters": reference}
        else:
            made["spec"]["defaultBackend"] = {"service": {"name": "app", "port": {"number": 80}}}
        cluster.create(made)
    return cluster


def test_it_is_asked_for_with_the_parameters_of_the_class_until_it_is_there() -> None:
    asked = Asked(1.0, 1.0)
    cluster = prepared(asked)
    cluster.run()
    assert asked.specs == []
    cluster.create(deployment("aws-load-balancer-controller", 2), "kube-system")
    cluster.run()
    assert len(asked.specs) >= 3
    assert all(spec == PARAMETERS for spec in asked.specs)
