"""What is refused, what is filled in; measured against kubernetes-validate, which knows the same schemas by itself."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.kube.conftest import REAL, Cluster
from tests.kube.test_core_objects import deployment

Object = dict[str, Any]
VERSION = "1.34"
SPEC = "spec.template.spec"
TCP = {"tcpSocket": {"port": 1}}


def service(**spec: Any) -> Object:
    declared = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": declared}


def job(**spec: Any) -> Object:
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.invalid/a:1"}]}}
    declared = {"suspend": True, "template": template, **spec}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": declared}


def autoscaler(**spec: Any) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    declared = {"scaleTargetRef": target, "minReplicas": 1, "maxReplicas": 3, **spec}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web"},
        "spec": declared,
    }


def simple(api_version: str, kind: str, **rest: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "one"}, **rest}


def at(obj: Object, path: str, value: Any) -> Object:
    """A copy with a value at a path such as spec.ports.0.port; `...` removes what is there."""
    result = target = copy.deepcopy(obj)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for part in parents:
        target = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result


SAMPLES: list[Object] = [
    deployment(),
    service(),
    job(),
    autoscaler(),
    simple("batch/v1", "CronJob", spec={"schedule": "*/5 * * * *", "jobTemplate": {"spec": job()["spec"]}}),
    simple("apps/v1", "StatefulSet", spec={**deployment()["spec"], "serviceName": "web"}),
    simple("apps/v1", "DaemonSet", spec={k: v for k, v in deployment()["spec"].items() if k != "replicas"}),
    simple("policy/v1", "PodDisruptionBudget", spec={"minAvailable": "50%", "selector": {"matchLabels": {"a": "b"}}}),
    simple(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        spec={"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 80}]}]},
    ),
    simple(
        "networking.k8s.io/v1",
        "Ingress",
        spec={
            "rules": [
                {
                    "host": "example.com",
                    "http": {
                        "paths": [
                            {
                                "path": "/",
                                "pathType": "Prefix",
                                "backend": {"service": {"name": "web", "port": {"number": 80}}},
                            }
                        ]
                    },
                }
            ]
        },
    ),
    simple(
        "rbac.authorization.k8s.io/v1", "Role", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    ),
    simple(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one"},
        subjects=[{"kind": "ServiceAccount", "name": "default", "namespace": "default"}],
    ),
    simple("v1", "ResourceQuota", spec={"hard": {"pods": "10", "requests.cpu": "4"}}),
    simple("v1", "LimitRange", spec={"limits": [{"type": "Container", "default": {"cpu": "1"}}]}),
    simple("v1", "ServiceAccount"),
    simple("v1", "ConfigMap", data={"a.conf": "x"}),
    simple("v1", "Secret", data={"key": "eA=="}),
    simple(
        "v1",
        "PersistentVolumeClaim",
        spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    ),
]


def path_of(cluster: Cluster, obj: Object, namespace: str) -> str:
    resource = cluster.of(obj["apiVersion"], obj["kind"])
    return str(resource.path(name=None, namespace=namespace))


def attempt(cluster: Cluster, obj: Object, namespace: str) -> tuple[int, Object]:
    query = "?dryRun=All&fieldValidation=Strict"
    code, body, _ = cluster.call("POST", path_of(cluster, obj, namespace) + query, obj)
    return code, body


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["kind"])
def test_what_is_valid_is_accepted_and_answers_are_valid(cluster: Cluster, namespace: str, sample: Object) -> None:
    code, body = attempt(cluster, sample, namespace)
    assert code == 201, body
    kubernetes_validate.validate(body, VERSION, strict=True)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        here = f"{path}.{key}" if path else str(key)
        yield here, each
        yield from leaves(each, here)


def mutations(sample: Object) -> Iterator[tuple[str, Object]]:
    """Each value as a string, a number and an object, each object with an unknown field, each field left out."""
    for path, value in leaves(sample):
        # Labels have dots in their names; kind and apiVersion decide the schema.
        if path in ("apiVersion", "kind", "metadata", "metadata.name") or "app.kubernetes" in path or ".conf" in path:
            continue
        if "requests.cpu" in path:
            continue
        for wrong in ("text", 7, {"x": "y"}):
            if type(wrong) is not type(value):
                yield f"{path}={wrong!r}", at(sample, path, wrong)
        if isinstance(value, dict):
            yield f"{path}.unknownField", at(sample, f"{path}.unknownField", {"deep": [1]})
        if not path.rpartition(".")[2].isdigit():
            yield f"-{path}", at(sample, path, ...)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["kind"])
def test_whatever_the_schema_refuses_is_refused(cluster: Cluster, namespace: str, sample: Object) -> None:
    accepted = []
    for what, mutant in mutations(sample):
        try:
            kubernetes_validate.validate(mutant, VERSION, strict=True)
        except kubernetes_validate.ValidationError:
            code, _ = attempt(cluster, mutant, namespace)
            if code == 201:
                accepted.append(what)
            assert code in (201, 400, 422), what
    assert not accepted


REFUSED: list[tuple[Object, str, Any, str]] = [
    (deployment(), "metadata.name", "Bad_Name", "metadata.name"),
    (deployment(), "metadata.labels", {"a b": "c"}, "metadata.labels"),
    (deployment(), "metadata.labels", {"a": "x" * 64}, "metadata.labels"),
    (deployment(), "metadata.annotations", {"UPPER/": "c"}, "metadata.annotations"),
    (deployment(), "spec.replicas", -1, "spec.replicas"),
    (deployment(), "spec.template.metadata.labels", {"app": "other"}, "`selector` does not match template `labels`"),
    (deployment(), "spec.strategy", {"type": "Sideways"}, "spec.strategy.type"),
    (deployment(), "spec.strategy", {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}, "strategy.rollingUpdate"),
    (deployment(), "spec.strategy", {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}, "maxUnavailable"),
    (deployment(), "spec.strategy", {"rollingUpdate": {"maxSurge": "some"}}, "maxSurge"),
    (deployment(), "spec.progressDeadlineSeconds", 0, "must be greater than minReadySeconds"),
    (deployment(), f"{SPEC}.restartPolicy", "Never", "restartPolicy"),
    (deployment(), f"{SPEC}.containers", [], f"{SPEC}.containers"),
    (deployment(), f"{SPEC}.containers.0.name", "App_1", f"{SPEC}.containers[0].name"),
    (deployment(), f"{SPEC}.containers.0.image", ..., f"{SPEC}.containers[0].image"),
    (deployment(), f"{SPEC}.containers.0.ports.0.containerPort", 99999999, "must be between 1 and 65535"),
    (deployment(), f"{SPEC}.containers.0.ports.0.name", "a-name-too-long-for-a-port", "ports[0].name"),
    (deployment(), f"{SPEC}.containers.0.ports.0.protocol", "ICMP", "ports[0].protocol"),
    (deployment(), f"{SPEC}.containers.0.resources", {"requests": {"cpu": "banana"}}, "quantities must match"),
    (deployment(), f"{SPEC}.containers.0.resources", {"requests": {"cpu": "-1"}}, "must be greater than or equal to 0"),
    (deployment(), f"{SPEC}.containers.0.resources", {"requests": {"speed": "1"}}, "resources.requests"),
    (deployment(), f"{SPEC}.containers.0.resources", {"requests": {"cpu": 2}, "limits": {"cpu": 1}}, "cpu limit"),
    (deployment(), f"{SPEC}.containers.0.readinessProbe", {"periodSeconds": 3}, "must specify a handler type"),
    (deployment(), f"{SPEC}.containers.0.livenessProbe", {**TCP, "successThreshold": 2}, "must be 1"),
    (deployment(), f"{SPEC}.containers.0.livenessProbe", {**TCP, "periodSeconds": -1}, "periodSeconds"),
    (deployment(), f"{SPEC}.containers.0.volumeMounts", [{"name": "no", "mountPath": "/x"}], "volumeMounts[0].name"),
    (deployment(), f"{SPEC}.containers.0.env", [{"name": "A=B", "value": "x"}], "env[0].name"),
    (deployment(), f"{SPEC}.volumes", [{"name": "v"}, {"name": "v"}], "Duplicate value"),
    (deployment(), f"{SPEC}.tolerations", [{"operator": "Equal", "value": "x"}], "tolerations[0].operator"),
    (service(), "metadata.name", "1web", "metadata.name"),
    (service(), "spec.ports", [{"port": 80}, {"port": 81}], "spec.ports[0].name"),
    (service(), "spec.ports", [{"name": "a", "port": 80}, {"name": "b", "port": 80}], "Duplicate value"),
    (service(), "spec.ports", [{"name": "a", "port": 80}, {"name": "a", "port": 81}], "Duplicate value"),
    (service(), "spec.ports.0.targetPort", "UPPER", "targetPort"),
    (service(), "spec.ports.0.port", 0, "spec.ports[0].port"),
    (service(), "spec.ports", [], "spec.ports"),
    (service(), "spec.type", "Special", "spec.type"),
    (job(), "spec.template.spec.restartPolicy", "Always", "restartPolicy"),
    (job(), "spec.backoffLimit", -1, "spec.backoffLimit"),
    (autoscaler(), "spec.maxReplicas", 0, "spec.maxReplicas"),
    (autoscaler(), "spec.minReplicas", 5, "spec.maxReplicas"),
    (SAMPLES[4], "spec.schedule", "every day", "spec.schedule"),
    (SAMPLES[4], "spec.schedule", "61 * * * *", "spec.schedule"),
    (SAMPLES[7], "spec.maxUnavailable", 1, "cannot be both set"),
    (SAMPLES[7], "spec.minAvailable", "half", "spec.minAvailable"),
    (SAMPLES[8], "spec.ingress.0.from.0.ipBlock.cidr", "10.0.0.0", "cidr"),
    (SAMPLES[9], "spec.rules.0.http.paths.0.path", "no-slash", "path"),
    (SAMPLES[9], "spec.rules.0.http.paths.0.pathType", "Regex", "pathType"),
    (SAMPLES[9], "spec.rules.0.host", "Bad_Host", "host"),
    (SAMPLES[9], "spec", {}, "defaultBackend"),
    (SAMPLES[10], "rules.0.verbs", [], "verbs"),
    (SAMPLES[11], "roleRef.kind", "Group", "roleRef.kind"),
    (SAMPLES[11], "subjects.0.namespace", ..., "subjects[0].namespace"),
    (simple("v1", "ConfigMap"), "data", {"no/slash": "x"}, "data"),
    (simple("v1", "Secret"), "type", "kubernetes.io/tls", "tls.crt"),
    (simple("v1", "Secret", data={}), "data", {"a": "not base64!"}, "base64"),
]  # fmt: skip


@pytest.mark.parametrize(("sample", "path", "value", "message"), REFUSED, ids=lambda case: str(case)[:40])
def test_what_is_refused(cluster: Cluster, namespace: str, sample: Object, path: str, value: Any, message: str) -> None:
    code, body = attempt(cluster, at(sample, path, value), namespace)
    assert code in (400, 422), body
    assert message in body["message"]


@pytest.mark.parametrize(
    ("sample", "path", "value"),
    [
        (deployment(), "spec.selector.matchLabels", {"app": "web", "more": "x"}),
        (service(), "spec.clusterIP", "None"),
        (job(), "spec.completions", 5),
        (SAMPLES[11], "roleRef.name", "other"),
        (SAMPLES[5], "spec.serviceName", "other"),
        (simple("v1", "Secret", data={}), "type", "other"),
    ],
    ids=lambda case: str(case)[:30],
)
def test_what_may_not_change(cluster: Cluster, namespace: str, sample: Object, path: str, value: Any) -> None:
    base = path_of(cluster, sample, namespace)
    code, made, _ = cluster.call("POST", base, sample)
    assert code == 201, made
    changed = at(at(made, path, value), "metadata.resourceVersion", ...)
    if "selector" in path:
        changed["spec"]["template"]["metadata"]["labels"] = value
    code, body, _ = cluster.call("PUT", f"{base}/{made['metadata']['name']}", changed)
    assert code == 422, body


def test_unknown_fields_are_refused_warned_of_or_dropped(cluster: Cluster, namespace: str) -> None:
    path = path_of(cluster, deployment(), namespace)
    body = at(deployment(), "spec.colour", "blue")
    code, answer, _ = cluster.call("POST", f"{path}?dryRun=All&fieldValidation=Strict", body)
    assert (code, answer["message"]) == (400, 'strict decoding error: unknown field "spec.colour"')
    code, answer, headers = cluster.call("POST", f"{path}?dryRun=All&fieldValidation=Warn", body)
    assert code == 201
    assert "unknown field" in headers["warning"]
    code, answer, headers = cluster.call("POST", f"{path}?dryRun=All&fieldValidation=Ignore", body)
    assert code == 201
    assert "warning" not in headers
    assert "colour" not in answer["spec"]


def test_deployments_are_filled_in(cluster: Cluster, namespace: str) -> None:
    _, body = attempt(cluster, deployment(), namespace)
    spec = body["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert (spec["progressDeadlineSeconds"], spec["revisionHistoryLimit"]) == (600, 10)
    pod = spec["template"]["spec"]
    assert {key: pod[key] for key in pod if key != "containers"} == {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }  # fmt: skip
    container = pod["containers"][0]
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert container["terminationMessagePath"] == "/dev/termination-log"


def test_services_get_addresses_and_node_ports(cluster: Cluster, namespace: str) -> None:
    path = path_of(cluster, service(), namespace)
    _, one, _ = cluster.call("POST", path, service())
    _, two, _ = cluster.call("POST", path, at(service(type="NodePort"), "metadata.name", "two"))
    _, three, _ = cluster.call("POST", path, at(service(clusterIP="None"), "metadata.name", "three"))
    assert one["spec"]["ports"] == [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 80}]
    assert one["spec"]["clusterIP"] != two["spec"]["clusterIP"]
    assert 30000 <= two["spec"]["ports"][0]["nodePort"] <= 32767
    assert three["spec"]["clusterIPs"] == ["None"]
    taken = at(service(clusterIP=one["spec"]["clusterIP"]), "metadata.name", "four")
    code, body, _ = cluster.call("POST", path, taken)
    assert code == 422
    assert "provided IP is already allocated" in body["message"]


def test_limits_of_pods_stand_for_requests(cluster: Cluster, namespace: str) -> None:
    limits = {"cpu": "1000m", "memory": "1024Mi"}
    container = {"name": "app", "image": "registry.invalid/app:1", "resources": {"limits": limits}}
    _, answer = attempt(cluster, simple("v1", "Pod", spec={"containers": [container]}), namespace)
    resources = answer["spec"]["containers"][0]["resources"]
    assert resources["limits"] == resources["requests"] == {"cpu": "1", "memory": "1Gi"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("0.5", "500m"), ("1000m", "1"), ("1500m", "1500m"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0", "0"),
        ("1e3", "1e3"), ("1000", "1k"), ("1001", "1001"), ("2000k", "2M"), ("100u", "100u"), ("512Ki", "512Ki"),
        ("0.1Gi", "107374182400m"), (".5", "500m"), ("5.", "5"), ("1000000", "1M"), ("0.000000001", "1n"),
    ],
)  # fmt: skip
def test_quantities_are_kept_in_one_form(cluster: Cluster, namespace: str, text: str, kept: str) -> None:
    body = at(simple("v1", "ResourceQuota", spec={}), "spec.hard", {"requests.storage": text})
    code, answer = attempt(cluster, body, namespace)
    assert code == 201, answer
    assert answer["spec"]["hard"] == {"requests.storage": kept}


@pytest.mark.skipif(REAL, reason="its version may be another")
def test_the_version_decides_the_schemas(cluster: Cluster) -> None:
    assert cluster.server
    assert cluster.server.api.settings.version == VERSION
