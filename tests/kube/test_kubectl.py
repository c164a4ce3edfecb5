"""What people do with kubectl, with the real one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kube.conftest import REAL, Cluster
from tests.kube.test_core_crds import definition, widget
from tests.kube.test_core_objects import config_map, deployment
from tests.kube.test_core_validation import service


def missing() -> str | None:
    """Why kubectl can't be used here."""
    found = shutil.which("kubectl")
    if not found:
        return "kubectl isn't installed"
    answer = subprocess.run([found, "version", "--client", "-o", "json"], capture_output=True, text=True, check=True)
    minor = json.loads(answer.stdout)["clientVersion"]["minor"]
    return None if int(re.sub(r"\D", "", minor)) >= 30 else f"kubectl 1.{minor} is older than 1.30"


WHY = missing()
pytestmark = pytest.mark.skipif(WHY is not None, reason=WHY or "")


class Kubectl:
    def __init__(self, kubeconfig: Path, home: Path, namespace: str) -> None:
        self._environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(home)}
        self._namespace, self.folder = namespace, home

    def run(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = ["kubectl", "-n", self._namespace, *arguments]
        return subprocess.run(
            command, env=self._environment, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "-o", "json"))

    def file(self, *objects: dict[str, Any]) -> str:
        path = self.folder / "objects.yaml"
        path.write_text(yaml.safe_dump_all(objects))
        return str(path)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """kubectl's caches, one for all tests."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def kubectl(cluster: Cluster, namespace: str, home: Path) -> Iterator[Kubectl]:
    return Kubectl(cluster.kubeconfig, home, namespace)  # type: ignore[return-value]


def test_apply_diff_and_apply_again(kubectl: Kubectl) -> None:
    objects = [deployment(), service(), config_map(a="1")]
    path = kubectl.file(*objects)
    assert kubectl("apply", "-f", path).count("created") == 3
    assert kubectl("apply", "-f", path).count("unchanged") == 3
    assert kubectl("diff", "-f", path) == ""
    objects[0]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.invalid/app:2"
    path = kubectl.file(*objects)
    changed = kubectl.run("diff", "-f", path)
    assert changed.returncode == 1
    assert "+      - image: registry.invalid/app:2" in changed.stdout
    assert "deployment.apps/web configured" in kubectl("apply", "-f", path)


def test_server_side_apply_and_its_conflicts(kubectl: Kubectl) -> None:
    path = kubectl.file(deployment(paused=True))
    assert "serverside-applied" in kubectl("apply", "--server-side", "-f", path)
    kubectl("scale", "deployment/web", "--replicas=2")
    refused = kubectl.run("apply", "--server-side", "--field-manager=other", "-f", path)
    assert refused.returncode == 1
    assert "conflict" in refused.stderr
    assert ".spec.replicas" in refused.stderr
    kubectl("apply", "--server-side", "--field-manager=other", "--force-conflicts", "-f", path)
    assert kubectl.json("get", "deployment", "web")["spec"]["replicas"] == 0


def test_what_is_wrong_is_told(kubectl: Kubectl) -> None:
    unknown = kubectl.run("apply", "-f", kubectl.file(deployment(colour="blue")))
    assert 'unknown field "spec.colour"' in unknown.stderr
    wrong = deployment()
    wrong["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    refused = kubectl.run("apply", "-f", kubectl.file(wrong))
    assert "`selector` does not match template `labels`" in refused.stderr
    warned = kubectl.run("apply", "--validate=warn", "-f", kubectl.file(deployment(colour="blue")))
    assert warned.returncode == 0
    assert 'Warning: unknown field "spec.colour"' in warned.stderr


def test_typed_commands_which_speak_protobuf(kubectl: Kubectl, namespace: str) -> None:
    kubectl("create", "configmap", "settings", "--from-literal=a=1")
    kubectl("create", "secret", "generic", "hidden", "--from-literal=password=x")
    kubectl("create", "deployment", "made", "--image=registry.invalid/app:1", "--replicas=0", "--port=80")
    kubectl("create", "service", "clusterip", "made", "--tcp=80:8080")
    kubectl("create", "serviceaccount", "robot")
    kubectl("create", "role", "reader", "--verb=get,list", "--resource=pods")
    kubectl("create", "rolebinding", "reader", "--role=reader", f"--serviceaccount={namespace}:robot")
    kubectl("create", "job", "once", "--image=registry.invalid/app:1")
    kubectl("create", "cronjob", "often", "--image=registry.invalid/app:1", "--schedule=*/5 * * * *")
    kubectl("create", "quota", "few", "--hard=pods=10,requests.cpu=4")
    kubectl("create", "poddisruptionbudget", "some", "--selector=app=made", "--min-available=50%")
    kubectl("create", "ingress", "made", "--rule=example.com/path*=made:80")
    kubectl("create", "priorityclass", f"p-{namespace}", "--value=1000")
    assert kubectl.json("get", "configmap", "settings")["data"] == {"a": "1"}
    assert kubectl.json("get", "secret", "hidden")["data"] == {"password": "eA=="}
    assert kubectl.json("get", "deployment", "made")["spec"]["replicas"] == 0
    port = kubectl.json("get", "service", "made")["spec"]["ports"][0]
    assert (port["port"], port["targetPort"], port["name"]) == (80, 8080, "80-8080")
    assert kubectl.json("get", "rolebinding", "reader")["subjects"][0]["name"] == "robot"
    assert kubectl.json("get", "quota", "few")["spec"]["hard"] == {"pods": "10", "requests.cpu": "4"}
    assert kubectl.json("get", "pdb", "some")["spec"]["minAvailable"] == "50%"
    rule = kubectl.json("get", "ingress", "made")["spec"]["rules"][0]
    assert rule["http"]["paths"][0]["backend"]["service"] == {"name": "made", "port": {"number": 80}}
    kubectl("delete", "priorityclass", f"p-{namespace}")
    other = f"{namespace}-more"
    assert kubectl("create", "namespace", other) == f"namespace/{other} created\n"
    kubectl("delete", "namespace", other, "--wait=false")


def test_get_shows_tables(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", kubectl.file(deployment(), service()))
    header, row = kubectl("get", "deployments", "-o", "wide").splitlines()
    assert " ".join(header.split()) == "NAME READY UP-TO-DATE AVAILABLE AGE CONTAINERS IMAGES SELECTOR"
    assert row.split()[:2] == ["web", "0/0"]
    assert row.split()[-1] == "app=web"
    header, row = kubectl("get", "services").splitlines()
    assert " ".join(header.split()) == "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE"
    assert row.split()[4] == "80/TCP"
    assert "deployment.apps/web" in kubectl("get", "all")
    assert kubectl("get", "deploy", "-o", "name") == "deployment.apps/web\n"
    assert kubectl("get", "deploy", "web", "-o", "jsonpath={.spec.selector.matchLabels.app}") == "web"


def test_changes_by_hand(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", kubectl.file(deployment(paused=True)))
    kubectl("label", "deployment/web", "team=one")
    kubectl("annotate", "deployment/web", "why=test")
    kubectl("set", "image", "deployment/web", "app=registry.invalid/app:3")
    kubectl("set", "env", "deployment/web", "A=1")
    kubectl("set", "resources", "deployment/web", "--requests=cpu=100m")
    kubectl("patch", "deployment", "web", "-p", '{"spec":{"minReadySeconds":7}}')
    kubectl("patch", "deployment", "web", "--type=json", "-p", '[{"op":"add","path":"/metadata/labels/x","value":"y"}]')
    kubectl("scale", "deployment/web", "--replicas=2")
    found = kubectl.json("get", "deployment", "web")
    container = found["spec"]["template"]["spec"]["containers"][0]
    assert found["metadata"]["labels"] == {"team": "one", "x": "y"}
    assert found["metadata"]["annotations"]["why"] == "test"
    assert (found["spec"]["replicas"], found["spec"]["minReadySeconds"]) == (2, 7)
    assert container["image"] == "registry.invalid/app:3"
    assert container["env"] == [{"name": "A", "value": "1"}]
    assert container["resources"] == {"requests": {"cpu": "100m"}}
    assert container["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert "team=one" in kubectl("describe", "deployment", "web")


@pytest.mark.skipif(REAL, reason="the image can't be pulled there")
def test_rollouts_and_undo(kubectl: Kubectl) -> None:
    nodes = [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": {"kubernetes.io/os": "linux"}}}]
    kubectl("apply", "-f", kubectl.file(*nodes))
    capacity = {"cpu": "8", "memory": "16Gi", "pods": "58"}
    ready = {"type": "Ready", "status": "True"}
    status = {"status": {"capacity": capacity, "allocatable": capacity, "conditions": [ready]}}
    kubectl("patch", "node", "n1", "--subresource=status", "--type=merge", "-p", json.dumps(status))
    try:
        kubectl("apply", "-f", kubectl.file(deployment(replicas=2)))
        assert "successfully rolled out" in kubectl("rollout", "status", "deployment/web", "--timeout=40s")
        kubectl("set", "image", "deployment/web", "app=registry.invalid/app:2")
        assert "successfully rolled out" in kubectl("rollout", "status", "deployment/web", "--timeout=40s")
        assert len(kubectl("rollout", "history", "deployment/web").strip().splitlines()) == 4
        assert "rolled back" in kubectl("rollout", "undo", "deployment/web")
        kubectl("rollout", "status", "deployment/web", "--timeout=40s")
        found = kubectl.json("get", "deployment", "web")
        assert found["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.invalid/app:1"
        kubectl("wait", "--for=condition=Available", "deployment/web", "--timeout=20s")
        pods = kubectl("get", "pods", "-o", "wide").splitlines()
        assert [row.split()[1:3] for row in pods[1:]] == [["1/1", "Running"], ["1/1", "Running"]]
        name = pods[1].split()[0]
        for command in (["logs", name], ["exec", name, "--", "ls"]):
            assert "no container runs here" in kubectl.run(*command).stderr
    finally:
        kubectl("delete", "deployment", "web", "--ignore-not-found")
        kubectl("delete", "node", "n1")


def test_explain(kubectl: Kubectl) -> None:
    text = kubectl("explain", "deployment.spec.strategy.rollingUpdate")
    assert "maxSurge" in text
    assert "FIELD: rollingUpdate <RollingUpdateDeployment>" in text
    assert "containerPort" in kubectl("explain", "pod.spec.containers.ports")


def test_deleting_and_waiting(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", kubectl.file(config_map("a"), config_map("b"), deployment(paused=True)))
    assert kubectl("delete", "configmap", "a") == 'configmap "a" deleted\n'
    kubectl("delete", "deployment", "web", "--cascade=foreground", "--timeout=20s")
    kubectl("wait", "--for=delete", "deployment/web", "--timeout=10s")
    gone = kubectl.run("get", "configmap", "a")
    assert 'Error from server (NotFound): configmaps "a" not found' in gone.stderr
    assert kubectl("delete", "configmap", "a", "--ignore-not-found") == ""
    kubectl("delete", "configmap", "b", "--dry-run=server")
    assert kubectl("get", "configmap", "b", "-o", "name") == "configmap/b\n"


def test_custom_resources(kubectl: Kubectl, cluster: Cluster) -> None:
    group = "kubectl.example.com"
    crd = definition(group)
    try:
        kubectl("apply", "-f", kubectl.file(crd))
        kubectl("wait", "--for=condition=Established", f"crd/widgets.{group}", "--timeout=10s")
        path = kubectl.file(widget(group))
        assert kubectl("apply", "-f", path) == f"widget.{group}/one created\n"
        assert kubectl("apply", "-f", path) == f"widget.{group}/one unchanged\n"
        assert kubectl("get", f"widgets.{group}").splitlines()[0].split() == ["NAME", "SIZE", "READY", "AGE"]
        assert "hosts" in kubectl("explain", f"widgets.{group}.spec")
        refused = kubectl.run("patch", f"widgets.{group}", "one", "--type=merge", "-p", '{"spec":{"size":99}}')
        assert "spec.size" in refused.stderr
    finally:
        kubectl("delete", "crd", f"widgets.{group}", "--ignore-not-found")
        cluster.discover()


def test_lists_of_resources_and_versions(kubectl: Kubectl) -> None:
    assert re.search(r"deployments\s+deploy\s+apps/v1\s+true\s+Deployment", kubectl("api-resources"))
    assert "autoscaling/v2" in kubectl("api-versions").splitlines()
    assert "Server Version: v1." in kubectl("version")


def test_events_of_a_watch(kubectl: Kubectl) -> None:
    kubectl("apply", "-f", kubectl.file(deployment(paused=True)))
    shown = kubectl("get", "deployments", "--watch", "--request-timeout=1s", "--output-watch-events")
    assert re.search(r"ADDED\s+web\s+0/0", shown)
