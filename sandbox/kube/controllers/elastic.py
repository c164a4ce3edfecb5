"""What the Elastic operator makes of Elasticsearch, Kibana and Logstash objects: workloads, Services, a user's Secret.

No container runs here: what answers behind the Services is an emulation (sandbox/planes/elastic), and health is that of
the simulated pods. https://github.com/elastic/cloud-on-k8s, pkg/controller
"""

from __future__ import annotations

import base64
import copy
import secrets
from collections.abc import Iterable, Iterator

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, leaving, name, namespace, reference
from sandbox.kube.controllers.world import Key
from sandbox.kube.errors import ApiError

OPERATOR = "elastic-operator"
SETS = "statefulsets.apps"
DEPLOYMENTS = "deployments.apps"
ELASTICSEARCH = "elasticsearches.elasticsearch.k8s.elastic.co"
KIBANA = "kibanas.kibana.k8s.elastic.co"
LOGSTASH = "logstashes.logstash.k8s.elastic.co"
KINDS = (ELASTICSEARCH, KIBANA, LOGSTASH)
IMAGES = "docker.elastic.co"


class ElasticOperator(Controller):
    resources = KINDS
    watches = (*KINDS, SETS, DEPLOYMENTS)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        if resource == SETS and name(obj) == OPERATOR:
            return self.everything()
        return super().keys(resource, kind, obj)

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found) or not self._runs():
            return None
        phase, wanted = "Ready", list(_objects(key.resource, found))
        try:
            for resource, each in wanted:
                self.world.api.apply(resource, key.namespace, name(each), each, force=True, field_manager=OPERATOR)
        except ApiError as error:
            phase = f"Invalid: {error.message}"
        if key.resource == ELASTICSEARCH:
            self._user(found)
        self._tell(key, found, phase, [(resource, name(each)) for resource, each in wanted if resource != "services"])
        return None

    def _runs(self) -> bool:
        return any(
            name(each) == OPERATOR and (each.get("status") or {}).get("readyReplicas", 0) > 0
            for each in self.world.all(SETS)
        )

    def _user(self, found: Object) -> None:
        """The superuser's password: made once."""
        called = f"{name(found)}-es-elastic-user"
        if self.world.get("secrets", namespace(found), called) is None:
            password = base64.b64encode(secrets.token_urlsafe(18).encode()).decode()
            metadata = {"name": called, "namespace": namespace(found), "ownerReferences": [reference(found)]}
            secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"elastic": password}}
            self.world.create(secret)

    def _tell(self, key: Key, found: Object, phase: str, workloads: list[tuple[str, str]]) -> None:
        states = [self.world.get(resource, key.namespace, called) or {} for resource, called in workloads]
        total = sum(each.get("spec", {}).get("replicas", 0) for each in states)
        ready = sum((each.get("status") or {}).get("readyReplicas", 0) for each in states)
        every = phase == "Ready" and total > 0 and ready >= total
        status = {
            "health": "green" if every else "yellow" if ready else "red",
            "availableNodes": ready,
            "version": found["spec"]["version"],
            "observedGeneration": found["metadata"]["generation"],
        }
        if key.resource == ELASTICSEARCH:
            status["phase"] = phase if phase != "Ready" or every else "ApplyingChanges"
        self.world.set_status(key.resource, found, {**(found.get("status") or {}), **status})


def _objects(resource: str, found: Object) -> Iterator[tuple[str, Object]]:
    spec, called = found["spec"], name(found)
    if resource == ELASTICSEARCH:
        marks = {"common.k8s.elastic.co/type": "elasticsearch", "elasticsearch.k8s.elastic.co/cluster-name": called}
        yield "services", _service(found, f"{called}-es-http", marks, [("https", 9200)])
        yield "services", _service(found, f"{called}-es-transport", marks, [("tls-transport", 9300)])
        for each in spec["nodeSets"]:
            workload = f"{called}-es-{each['name']}"
            own = {**marks, "elasticsearch.k8s.elastic.co/statefulset-name": workload}
            yield SETS, _workload(found, "StatefulSet", workload, own, each, "elasticsearch", 9200)
    elif resource == KIBANA:
        marks = {"common.k8s.elastic.co/type": "kibana", "kibana.k8s.elastic.co/name": called}
        yield "services", _service(found, f"{called}-kb-http", marks, [("https", 5601)])
        yield DEPLOYMENTS, _workload(found, "Deployment", f"{called}-kb", marks, spec, "kibana", 5601)
    else:
        marks = {"common.k8s.elastic.co/type": "logstash", "logstash.k8s.elastic.co/name": called}
        for each in spec.get("services") or ():
            ports = [(one["name"], one["port"]) for one in each["service"]["spec"]["ports"]]
            yield "services", _service(found, f"{called}-ls-{each['name']}", marks, ports)
        yield SETS, _workload(found, "StatefulSet", f"{called}-ls", marks, spec, "logstash", 9600)


def _service(found: Object, called: str, marks: dict[str, str], ports: list[tuple[str, int]]) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": called, "labels": marks, "ownerReferences": [reference(found)]},
        "spec": {
            "selector": marks,
            "ports": [{"name": each, "port": port, "targetPort": port, "protocol": "TCP"} for each, port in ports],
        },
    }


def _workload(
    found: Object, kind: str, called: str, marks: dict[str, str], part: Object, container: str, port: int
) -> Object:
    """part: what has count, podTemplate and volumeClaimTemplates. The operator completes the template's container."""
    template = copy.deepcopy(part.get("podTemplate") or {})
    pod = template.setdefault("spec", {})
    own: Object = next((one for one in pod.setdefault("containers", []) if one["name"] == container), {})
    if not own:
        own = {"name": container}
        pod["containers"].insert(0, own)
    own.setdefault("image", f"{IMAGES}/{container}/{container}:{found['spec']['version']}")
    own.setdefault("ports", [{"name": "https", "containerPort": port, "protocol": "TCP"}])
    own.setdefault(
        "securityContext",
        {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True},
    )
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = {**(metadata.get("labels") or {}), **marks}
    body: Object = {"replicas": part.get("count", 1), "selector": {"matchLabels": marks}, "template": template}
    if kind == "StatefulSet":
        body |= {"serviceName": called, "podManagementPolicy": "Parallel"}
        if part.get("volumeClaimTemplates"):
            body["volumeClaimTemplates"] = part["volumeClaimTemplates"]
    owner = {"name": called, "labels": marks, "ownerReferences": [reference(found)]}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": owner, "spec": body}
