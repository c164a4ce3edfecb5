"""What the OpenTelemetry operator makes of collectors, and what its webhook adds to pods that ask for instrumentation.

No container runs here, so nothing is traced: collectors are workloads that become ready. A configuration whose
pipelines name components that it does not define, with which a real collector would not start, is refused at once.
https://github.com/open-telemetry/opentelemetry-operator
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, labels, leaving, name, namespace, notes, reference
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.errors import forbidden
from sandbox.kube.resources import Resource

OPERATOR = "opentelemetry-operator"
COLLECTORS = "opentelemetrycollectors.opentelemetry.io"
INSTRUMENTATIONS = "instrumentations.opentelemetry.io"
KINDS = {"daemonset": "DaemonSet", "deployment": "Deployment", "statefulset": "StatefulSet"}
WORKLOADS = {"DaemonSet": "daemonsets.apps", "Deployment": "deployments.apps", "StatefulSet": "statefulsets.apps"}
IMAGE = "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s:0.158.0"
VERSION = "0.158.0"
INJECT = "instrumentation.opentelemetry.io/inject-"
LANGUAGES = ("java", "nodejs", "python", "dotnet")
PORTS = {"grpc": ("otlp-grpc", 4317), "http": ("otlp-http", 4318)}
PLACING = ("affinity", "nodeSelector", "priorityClassName", "tolerations", "topologySpreadConstraints")


class OpenTelemetryOperator(Controller):
    resource = COLLECTORS
    watches = tuple(WORKLOADS.values())
    waits_for = (OPERATOR,)

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found) or not self.world.operator(OPERATOR):
            return None
        spec = found["spec"]
        if spec.get("managementState") == "unmanaged" or spec.get("mode") == "sidecar":
            return None
        kind = KINDS[spec.get("mode", "deployment")]
        for resource, wanted in _objects(found, kind):
            self.world.api.apply(resource, key.namespace, name(wanted), wanted, force=True, field_manager=OPERATOR)
        running = (self.world.get(WORKLOADS[kind], key.namespace, f"{key.name}-collector") or {}).get("status") or {}
        ready = running.get("numberReady", running.get("readyReplicas", 0))
        total = running.get("desiredNumberScheduled", running.get("replicas", 0))
        status = {
            "version": VERSION,
            "image": spec.get("image", IMAGE),
            "scale": {"selector": f"app.kubernetes.io/instance={key.namespace}.{key.name}", "replicas": total},
        }
        status["scale"]["statusReplicas"] = f"{ready}/{total}"
        self.world.set_status(COLLECTORS, found, {**(found.get("status") or {}), **status})
        return None


class Instrumenter:
    """The operator's webhooks. That of pods lets them be as they are while the operator does not run (Ignore)."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.api.validators.append(self.admit)

    def admit(self, resource: Resource, obj: Object, old: Object | None, user: object) -> None:
        if not self._world.operator(OPERATOR):
            return
        if resource.name == COLLECTORS:
            if wrong := list(_undefined(obj["spec"]["config"])):
                raise forbidden(resource, name(obj), f"the collector would not start: {'; '.join(wrong)}")
        elif resource.name == "pods" and old is None:
            for language in (*LANGUAGES, "sdk"):
                asked = notes(obj).get(f"{INJECT}{language}", "false")
                found = self._named(asked, namespace(obj)) if asked != "false" else None
                if found is not None:
                    _instrument(obj, found, language)

    def _named(self, asked: str, own: str) -> Object | None:
        """`true`: the only one of the namespace; otherwise a name there, or `namespace/name`."""
        if asked == "true":
            there = self._world.all(INSTRUMENTATIONS, own)
            return there[0] if len(there) == 1 else None
        space, _, called = asked.rpartition("/")
        return self._world.get(INSTRUMENTATIONS, space or own, called)


def _undefined(config: Object) -> Iterator[str]:
    service = config["service"]
    for extension in service.get("extensions", ()):
        if extension not in (config.get("extensions") or {}):
            yield f'references extension "{extension}" which is not configured'
    for called, pipeline in service["pipelines"].items():
        for part in ("receivers", "processors", "exporters"):
            for each in pipeline.get(part, ()):
                if each not in (config.get(part) or {}) and each not in (config.get("connectors") or {}):
                    yield f'pipeline "{called}" references {part[:-1]} "{each}" which is not configured'


def _instrument(pod: Object, found: Object, language: str) -> None:
    """What the webhook adds to the first container, and the init container that brings an agent."""
    spec, wanted = pod["spec"], found["spec"]
    container = spec["containers"][0]
    called = labels(pod).get("app.kubernetes.io/name", container["name"])
    sampler = wanted.get("sampler") or {}
    made: dict[str, Any] = {
        "OTEL_SERVICE_NAME": called,
        "OTEL_EXPORTER_OTLP_ENDPOINT": (wanted.get("exporter") or {}).get("endpoint", ""),
        "OTEL_PROPAGATORS": ",".join(wanted.get("propagators") or ()),
        "OTEL_TRACES_SAMPLER": sampler.get("type", ""),
        "OTEL_TRACES_SAMPLER_ARG": sampler.get("argument", ""),
        "OTEL_RESOURCE_ATTRIBUTES": f"k8s.container.name={container['name']},k8s.namespace.name={namespace(pod)},"
        f"service.namespace={namespace(pod)}",
    }
    there = {each["name"] for each in container.get("env") or ()}
    every = [*({"name": key, "value": value} for key, value in made.items() if value), *(wanted.get("env") or ())]
    added = [each for each in every if each["name"] not in there]
    spec["containers"] = [{**container, "env": [*(container.get("env") or ()), *added]}, *spec["containers"][1:]]
    if language != "sdk":
        agent = {
            "name": f"opentelemetry-auto-instrumentation-{language}",
            "image": (wanted.get(language) or {}).get("image")
            or f"ghcr.io/open-telemetry/opentelemetry-operator/autoinstrumentation-{language}:latest",
            "command": ["cp", "-r", "/autoinstrumentation/.", "/otel-auto-instrumentation"],
            "resources": (wanted.get(language) or {}).get("resources") or {},
            "securityContext": container.get("securityContext") or {},
        }
        spec["initContainers"] = [*(spec.get("initContainers") or ()), agent]


def _objects(found: Object, kind: str) -> Iterator[tuple[str, Object]]:
    called, spec = f"{name(found)}-collector", found["spec"]
    marks = {
        "app.kubernetes.io/component": "opentelemetry-collector",
        "app.kubernetes.io/instance": f"{namespace(found)}.{name(found)}",
        "app.kubernetes.io/managed-by": OPERATOR,
        "app.kubernetes.io/part-of": "opentelemetry",
    }
    full = {**labels(found), **marks, "app.kubernetes.io/name": called}

    def meta(suffix: str) -> Object:
        return {"name": suffix, "labels": full, "ownerReferences": [reference(found)]}

    ports = list(_ports(spec["config"]))
    for suffix, extra in (("", _local(kind)), ("-headless", {"clusterIP": "None"})):
        service = {"selector": marks, "ports": ports, **extra}
        yield "services", {"apiVersion": "v1", "kind": "Service", "metadata": meta(called + suffix), "spec": service}
    if "serviceAccount" not in spec:
        yield "serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(called)}
    container = {
        "name": "otc-container",
        "image": spec.get("image", IMAGE),
        "args": ["--config=/conf/collector.yaml"],
        "ports": [{"name": each["name"], "containerPort": each["port"], "protocol": "TCP"} for each in ports],
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            *(spec.get("env") or ()),
        ],
        "resources": spec.get("resources") or {},
        **({"securityContext": spec["securityContext"]} if "securityContext" in spec else {}),
    }
    pod = {
        **{key: spec[key] for key in PLACING if key in spec},
        "serviceAccountName": spec.get("serviceAccount", called),
        "containers": [container],
        **({"securityContext": spec["podSecurityContext"]} if "podSecurityContext" in spec else {}),
    }
    template = {"metadata": {"labels": full, "annotations": spec.get("podAnnotations") or {}}, "spec": pod}
    body: Object = {"selector": {"matchLabels": marks}, "template": template}
    if kind != "DaemonSet":
        body["replicas"] = spec.get("replicas", 1)
    if kind == "StatefulSet":
        body["serviceName"] = f"{called}-headless"
    yield WORKLOADS[kind], {"apiVersion": "apps/v1", "kind": kind, "metadata": meta(called), "spec": body}
    if kind != "DaemonSet":
        budget = spec.get("podDisruptionBudget") or {"maxUnavailable": 1}
        yield (
            "poddisruptionbudgets.policy",
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": meta(called),
                "spec": {**budget, "selector": {"matchLabels": marks}},
            },
        )


def _local(kind: str) -> Object:
    return {"internalTrafficPolicy": "Local"} if kind == "DaemonSet" else {}


def _ports(config: Object) -> Iterable[Object]:
    """Of the OTLP receivers; what else a collector could listen to is not looked at."""
    for called, receiver in config["receivers"].items():
        for protocol in ((receiver or {}).get("protocols") or {}) if called.split("/")[0] == "otlp" else ():
            title, port = PORTS[protocol]
            yield {"name": title, "port": port, "targetPort": port, "protocol": "TCP"}
