"""kubectl rollout, scale and wait against the emulator, in real time."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.kube.conftest import Server, kubeconfig
from tests.kube.simulation import BAD_DIGEST, IMAGE, ZONES, deployment, node, template

NEXT_IMAGE = IMAGE.replace("11111111", "22222222")


@dataclass
class Kubectl:
    config: Path

    def run(self, *command: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["kubectl", "--kubeconfig", str(self.config), "--cache-dir", str(self.config.parent / "cache"), *command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def __call__(self, *command: str, stdin: str | None = None) -> str:
        result = self.run(*command, stdin=stdin)
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture(scope="module")
def kubectl(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubectl]:
    """With three nodes, and a Deployment `app` that has been rolled out."""
    server = Server(controllers=True)
    try:
        found = Kubectl(kubeconfig(tmp_path_factory.mktemp("kubectl") / "config", server.url))
        for number, zone in enumerate(ZONES):
            made = node(f"node-{number}", zone)
            found("create", "-f", "-", stdin=yaml.safe_dump(made))
            status = json.dumps({"status": made["status"]})
            found("patch", "node", f"node-{number}", "--subresource=status", "--type=merge", "-p", status)
        found("create", "-f", "-", stdin=yaml.safe_dump(deployment(replicas=4, made=template())))
        found("rollout", "status", "deployment/app", "--timeout=30s")
        yield found
    finally:
        server.stop()


def test_a_rollout_its_history_and_undo(kubectl: Kubectl) -> None:
    kubectl("annotate", "deployment/app", "kubernetes.io/change-cause=first")
    kubectl("set", "image", "deployment/app", f"app={NEXT_IMAGE}")
    kubectl("annotate", "deployment/app", "kubernetes.io/change-cause=second", "--overwrite")
    told = kubectl("rollout", "status", "deployment/app", "--timeout=30s")
    assert 'deployment "app" successfully rolled out' in told
    history = kubectl("rollout", "history", "deployment/app")
    assert [line.split() for line in history.splitlines()[2:] if line] == [["1", "first"], ["2", "second"]]
    kubectl("rollout", "undo", "deployment/app")
    kubectl("rollout", "status", "deployment/app", "--timeout=30s")
    assert IMAGE in kubectl("get", "deployment/app", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
    assert [line.split()[0] for line in kubectl("rollout", "history", "deployment/app").splitlines()[2:] if line] == [
        "2",
        "3",
    ]


def test_a_bad_image_fails_and_is_undone(kubectl: Kubectl) -> None:
    kubectl("patch", "deployment/app", "-p", '{"spec": {"progressDeadlineSeconds": 2}}')
    kubectl("set", "image", "deployment/app", f"app=example.com/app@{BAD_DIGEST}")
    failed = kubectl.run("rollout", "status", "deployment/app", "--timeout=30s")
    assert failed.returncode == 1
    assert 'deployment "app" exceeded its progress deadline' in failed.stderr
    assert "ImagePullBackOff" in kubectl("get", "pods")
    available = kubectl("get", "deployment/app", "-o", "jsonpath={.status.availableReplicas}")
    assert int(available) >= 3
    kubectl("rollout", "undo", "deployment/app")
    kubectl("rollout", "status", "deployment/app", "--timeout=30s")
    assert kubectl("get", "deployment/app", "--no-headers").split()[1:4] == ["4/4", "4", "4"]


def test_pause_resume_restart_and_scale(kubectl: Kubectl) -> None:
    kubectl("rollout", "pause", "deployment/app")
    kubectl("set", "env", "deployment/app", "A=b")
    kubectl("rollout", "resume", "deployment/app")
    kubectl("rollout", "status", "deployment/app", "--timeout=30s")
    kubectl("rollout", "restart", "deployment/app")
    kubectl("rollout", "status", "deployment/app", "--timeout=30s")
    kubectl("scale", "deployment/app", "--replicas=6")
    kubectl("wait", "deployment/app", "--for=jsonpath={.status.availableReplicas}=6", "--timeout=30s")
    pods = [line.split() for line in kubectl("get", "pods", "-o", "wide", "--no-headers").splitlines()]
    running = [pod for pod in pods if pod[2] == "Running"]
    assert {pod[6] for pod in running} == {"node-0", "node-1", "node-2"}


def test_deletion_waits_for_the_last_pod(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", stdin=yaml.safe_dump(deployment("gone")))
    kubectl("wait", "deployment/gone", "--for=condition=Available", "--timeout=30s")
    kubectl("delete", "deployment/gone", "--cascade=foreground", "--timeout=30s")
    assert kubectl("get", "replicasets,pods", "-l", "app=gone", "-o", "name") == ""


@pytest.mark.parametrize("kind", ["statefulset", "daemonset"])
def test_other_rollouts(kubectl: Kubectl, kind: str) -> None:
    spec = {"selector": {"matchLabels": {"app": kind}}, "template": template(kind)}
    if kind == "statefulset":
        spec |= {"serviceName": kind, "replicas": 2}
    named = {"statefulset": "StatefulSet", "daemonset": "DaemonSet"}[kind]
    wanted = {"apiVersion": "apps/v1", "kind": named, "metadata": {"name": kind}, "spec": spec}
    kubectl("create", "-f", "-", stdin=yaml.safe_dump(wanted))
    kubectl("rollout", "status", f"{kind}/{kind}", "--timeout=30s")
    kubectl("rollout", "restart", f"{kind}/{kind}")
    kubectl("rollout", "status", f"{kind}/{kind}", "--timeout=30s")
