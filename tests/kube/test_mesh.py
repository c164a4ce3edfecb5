"""Charts and objects of the role istio in a whole cluster: they come up, the checks pass, and see what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.iworkz.platform.plugins.filter.flux_charts import flux_charts
from ansible_collections.iworkz.platform.plugins.filter.mesh_objects import mesh_objects
from ansible_collections.iworkz.platform.plugins.module_utils._checks.iam import services_authenticate_one_another
from ansible_collections.iworkz.platform.plugins.module_utils._checks.istio import services_are_meshed
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary
from tests.kube.simulation import IMAGE, Simulation
from tests.unit.checks import token_world
from tests.unit.kube import mesh_declared

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "istio"
CERTIFICATE = "cert-manager"
DECLARED = {
    "platform_name": "iworkz",
    "platform_prefix": "iworkz-sandbox",
    "platform_region": "ap-northeast-1",
    "platform_domain": "iworkz.jp",
    "platform_cluster": {"name": "iworkz-sandbox"},
    "platform_gateway": {"port": 8443, "health_port": 15021},
    "platform_stores": {"redis": {"port": 6379}, "search": {"port": 443}, "mq": {"port": 5671}},
}


def role_variables() -> dict[str, Any]:
    """The role's variables, as a run would see them."""
    loader = DataLoader()
    declared = [ROOT / "group_vars" / "all" / f"{topic}.yml" for topic in ("mesh", "tls")]
    files = [*declared, *ROLE.glob("defaults/*.yml"), *ROLE.glob("vars/main/*.yml")]
    variables: dict[str, Any] = dict(DECLARED)
    for path in files:
        variables |= loader.load_from_file(str(path), trusted_as_template=True)
    templar = Templar(loader=loader, variables=variables)
    names = ("__istio_charts", "__istio_mesh", "platform_mesh")
    return {name: json.loads(json.dumps(templar.template(variables[name]))) for name in names}


VARIABLES = role_variables()


class Cluster(Simulation):
    """The role applied, and a Deployment for each service."""

    def __init__(self) -> None:
        super().__init__(nodes=9)
        for node in self.store.list("nodes"):
            self.patch("nodes", node["metadata"]["name"], {"metadata": {"labels": {"kubernetes.io/os": "linux"}}}, None)
        teams = sorted({one["team"] for one in mesh_declared.services()})
        for space in ("flux-system", "istio-system", "istio-ingress"):
            self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space}})
        for space in teams:
            labels = {"istio-injection": "enabled"}
            self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": space, "labels": labels}})
        for one in yaml.safe_load_all((ROOT / "sandbox" / "kube" / "flux" / "install.yml").read_text()):
            if one["kind"] != "Namespace":
                self.apply(one)
        for one in flux_charts(VARIABLES["__istio_charts"], "istio"):
            self.apply(one)
        self.run(120)

    def apply(self, one: dict[str, Any]) -> None:
        resource = self.api.registry.of_kind(one["apiVersion"], one["kind"])
        assert resource, one["kind"]
        metadata = one["metadata"]
        space = metadata.get("namespace") if resource.namespaced else None
        self.api.apply(resource, space, metadata["name"], one, force=True, field_manager="iworkz.platform")

    def apply_mesh(self) -> None:
        for one in mesh_objects(mesh_declared.services(), **VARIABLES["__istio_mesh"]):
            if not one["apiVersion"].startswith(CERTIFICATE):
                self.apply(one)

    def apply_services(self) -> None:
        for one in mesh_declared.services():
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": one["name"]}}
            self.create(account, one["team"])
            self.create(deployment(one), one["team"])
        self.run(120)

    def check(self, item: str) -> Any:
        objects = {(kind.api_version, kind.plural): self.store.list(kind.name) for kind in self.api.registry}
        declared = {
            "services": mesh_declared.services(),
            "mesh": VARIABLES["platform_mesh"],
            "gateway": DECLARED["platform_gateway"],
            "tokens": {"issuer": "identity", "published": ["2026-11"]},
        }
        world = token_world.TokenWorld(objects, declared, token_world.in_aws())
        world.now = datetime.fromtimestamp(self.time, UTC)
        check = {"1.3.1.2": services_are_meshed, "2.1.2.4": services_authenticate_one_another}[item]
        return check(world, dict(load_requirements().resolve(item).required))

    def lead(self, name: str, weight: int) -> None:
        """A canary of a service, with this percentage of its requests."""
        service = next(one for one in mesh_declared.services() if one["name"] == name)
        made = deployment(service)
        made["metadata"]["namespace"] = service["team"]
        self.apply(canary.canary_of(made, 1, datetime.fromtimestamp(self.time + 600, UTC)))
        self.run(120)
        for one in mesh_objects(mesh_declared.services(), **VARIABLES["__istio_mesh"]):
            if one["kind"] == "VirtualService":
                host = f"{name}.{service['team']}.svc.cluster.local"
                self.apply({**one, "spec": canary.weighted(one["spec"], host, weight)})


def deployment(service: dict[str, Any]) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": service["name"], "platform.iworkz.jp/track": "stable"}
    container = {"name": service["name"], "image": IMAGE, "ports": [{"containerPort": service["port"]}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": service["name"]},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"serviceAccountName": service["name"], "containers": [container]},
            },
        },
    }


@pytest.fixture(scope="module")
def applied() -> Cluster:
    one = Cluster()
    one.apply_mesh()
    one.apply_services()
    return one


@pytest.mark.parametrize("item", ["1.3.1.2", "2.1.2.4"])
def test_both_items_pass(applied: Cluster, item: str) -> None:
    assert applied.check(item).breaches == ()


def test_the_control_plane_came_from_the_charts(applied: Cluster) -> None:
    observed = applied.check("1.3.1.2").observed
    assert (observed["control_plane"], observed["gateway"]) == (2, 3)
    assert observed["cni_plugin"] == {"ready": 9, "wanted": 9}
    assert {name: found["ready"] for name, found in observed["proxies"].items()} == dict.fromkeys(
        (one["name"] for one in mesh_declared.services()), 2
    )
    service = applied.get("services", "istio-ingressgateway", "istio-ingress")
    assert {port["name"]: port["port"] for port in service["spec"]["ports"]} == {"status-port": 15021, "https": 8443}


@pytest.mark.parametrize("item", ["1.3.1.2", "2.1.2.4"])
def test_both_items_pass_during_a_canary(item: str) -> None:
    """Policies are the service's, whichever of its pods answers."""
    led = Cluster()
    led.apply_mesh()
    led.apply_services()
    led.lead("identity", 25)
    pods = [one for one in led.store.list("pods") if one["metadata"].get("labels", {}).get(canary.TRACK) == "canary"]
    assert [one["status"]["phase"] for one in pods] == ["Running"]
    assert led.check(item).breaches == ()


def test_applying_again_changes_nothing(applied: Cluster) -> None:
    def versions() -> dict[str, str]:
        kinds = [kind for kind in applied.api.registry if kind.group.endswith("istio.io")]
        found = [one for kind in kinds for one in applied.store.list(kind.name)]
        return {one["metadata"]["uid"]: one["metadata"]["resourceVersion"] for one in found}

    before = versions()
    applied.apply_mesh()
    assert versions() == before
    assert len(before) == len(mesh_objects(mesh_declared.services(), **VARIABLES["__istio_mesh"])) - 1


def test_drift_is_seen_and_mended(applied: Cluster) -> None:
    applied.patch(
        "peerauthentications.security.istio.io", "default", {"spec": {"mtls": {"mode": "PERMISSIVE"}}}, "istio-system"
    )
    applied.patch("authorizationpolicies.security.istio.io", "billing", {"spec": {"rules": [{}]}}, "business")
    applied.patch("deployments.apps", "istiod", {"spec": {"replicas": 0}}, "istio-system")
    assert {breach.id for breach in applied.check("1.3.1.2").breaches} >= {"istio.plaintext"}
    assert {breach.id for breach in applied.check("2.1.2.4").breaches} == {
        "istio.undeclared_call_allowed",
        "istio.call_without_token",
        "iam.token_accepted",
    }
    applied.apply_mesh()
    applied.run(120)
    assert applied.check("1.3.1.2").breaches == ()
    assert applied.check("2.1.2.4").breaches == ()


@pytest.mark.parametrize(
    ("kind", "name", "space", "spec", "message"),
    [
        ("PeerAuthentication", "x", "istio-system", {"mtls": {"mode": "STRIKT"}}, "mtls.mode"),
        ("AuthorizationPolicy", "x", "trust", {"rules": [{"to": [{"operation": {"ports": [80]}}]}]}, "ports"),
        ("VirtualService", "x", "trust", {"hosts": "x"}, "hosts"),
    ],
)
def test_the_api_refuses_what_istio_would(
    applied: Cluster, kind: str, name: str, space: str, spec: dict[str, Any], message: str
) -> None:
    group = "networking" if kind == "VirtualService" else "security"
    one = {
        "apiVersion": f"{group}.istio.io/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space},
        "spec": spec,
    }
    with pytest.raises(Exception, match=message):
        applied.apply(one)
