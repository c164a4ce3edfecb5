"""Istio's sidecar injector: the istio-proxy container of pods in namespaces that ask for it.

Once its webhook is there, pods are refused while istiod does not run: its failure policy is Fail.

As of Istio 1.29 with the CNI plugin: a native sidecar (an init container that keeps running), which the annotation
`sidecar.istio.io/nativeSidecar: "false"` turns into an ordinary container; no istio-init.
"""

from __future__ import annotations

from typing import Any

from sandbox.kube.controllers.objects import Object, labels, namespace, notes
from sandbox.kube.controllers.world import World
from sandbox.kube.errors import internal
from sandbox.kube.resources import Resource

PROXY = "istio-proxy"
WEBHOOK = ("mutatingwebhookconfigurations.admissionregistration.k8s.io", "", "istio-sidecar-injector")
RESOURCES = {
    "proxyCPU": ("requests", "cpu", "100m"),
    "proxyMemory": ("requests", "memory", "128Mi"),
    "proxyCPULimit": ("limits", "cpu", "2"),
    "proxyMemoryLimit": ("limits", "memory", "1Gi"),
}
"""Annotation sidecar.istio.io/<key>: what it sets, and the default."""


class Injector:
    def __init__(self, world: World) -> None:
        self._world = world
        world.api.validators.append(self.admit)

    def admit(self, resource: Resource, pod: Object, old: Object | None, user: object) -> None:
        """Change a new pod; one that is declared to be a proxy (a gateway's image `auto`) gets the image only."""
        if resource.name != "pods" or old is not None or not self._wanted(pod):
            return
        istiod = self._world.operator("istiod")
        if istiod is None:
            if self._world.get(*WEBHOOK):
                raise internal(
                    'failed calling webhook "namespace.sidecar-injector.istio.io": '
                    'no endpoints available for service "istiod"'
                )
            return
        image = istiod["spec"]["template"]["spec"]["containers"][0]["image"].replace("/pilot", "/proxyv2", 1)
        spec = pod["spec"]
        if any(each["name"] == PROXY for each in spec["containers"]):
            spec["containers"] = [
                {**each, "image": image} if each["name"] == PROXY and each["image"] == "auto" else each
                for each in spec["containers"]
            ]
        else:
            self._add(pod, _proxy(pod, image))
        called = (
            labels(pod).get("app.kubernetes.io/name") or labels(pod).get("app") or spec.get("serviceAccountName", "")
        )
        pod["metadata"]["labels"] = {
            "security.istio.io/tlsMode": "istio",
            "service.istio.io/canonical-name": called,
            "service.istio.io/canonical-revision": labels(pod).get("app.kubernetes.io/version", "latest"),
            **labels(pod),
        }
        status = '{"containers":["istio-proxy"],"revision":"default"}'
        pod["metadata"]["annotations"] = {**notes(pod), "sidecar.istio.io/status": status}

    def _wanted(self, pod: Object) -> bool:
        space = self._world.get("namespaces", "", namespace(pod))
        marks = labels(space) if space else {}
        asked = labels(pod).get("sidecar.istio.io/inject", notes(pod).get("sidecar.istio.io/inject"))
        if pod["spec"].get("hostNetwork") or marks.get("istio-injection") == "disabled" or asked == "false":
            return False
        return (
            asked == "true" or marks.get("istio-injection") == "enabled" or "istio.io/rev" in {**marks, **labels(pod)}
        )

    @staticmethod
    def _add(pod: Object, proxy: Object) -> None:
        spec = pod["spec"]
        if notes(pod).get("sidecar.istio.io/nativeSidecar") == "false":
            spec["containers"] = [*spec["containers"], proxy]
        else:
            spec["initContainers"] = [{**proxy, "restartPolicy": "Always"}, *(spec.get("initContainers") or ())]


def _proxy(pod: Object, image: str) -> Object:
    resources: dict[str, dict[str, Any]] = {}
    for key, (kind, resource, default) in RESOURCES.items():
        resources.setdefault(kind, {})[resource] = notes(pod).get(f"sidecar.istio.io/{key}", default)
    return {
        "name": PROXY,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["proxy", "sidecar"],
        "ports": [{"containerPort": 15090, "name": "http-envoy-prom", "protocol": "TCP"}],
        "readinessProbe": {"httpGet": {"path": "/healthz/ready", "port": 15021, "scheme": "HTTP"}, "periodSeconds": 15},
        "resources": resources,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsGroup": 1337,
            "runAsNonRoot": True,
            "runAsUser": 1337,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
