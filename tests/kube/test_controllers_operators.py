"""Operators: Flux's releases of the charts known here, External Secrets, cert-manager."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.kube.controllers import charts
from tests.kube.simulation import Object, Simulation, condition, deployment, template

FLUX = Path(charts.DIRECTORY).parent / "flux/install.yml"
RELEASES = "helmreleases.helm.toolkit.fluxcd.io"
CHART = """
crds:
  - apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: widgets.example.com}
    spec:
      group: example.com
      scope: Namespaced
      names: {kind: Widget, plural: widgets}
      versions:
        - name: v1
          served: true
          storage: true
          schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
objects:
  - apiVersion: apps/v1
    kind: Deployment
    metadata: {name: {{ release.name }}}
    spec:
      replicas: {{ values.size.replicas | default(2) }}
      selector: {matchLabels: {app: demo}}
      template:
        metadata: {labels: {app: demo}}
        spec: {containers: [{name: demo, image: "example.com/demo:{{ chart.version }}"}]}
{% if values.extra %}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: extra}, data: {release: {{ release.namespace }}}}
  - {apiVersion: example.com/v1, kind: Widget, metadata: {name: extra}}
{% endif %}
"""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Simulation:
    """With Flux, and one chart: demo."""
    monkeypatch.setattr(charts, "DIRECTORY", tmp_path)
    (tmp_path / "demo.yml.j2").write_text(CHART)
    return with_flux(Simulation())


def with_flux(cluster: Simulation) -> Simulation:
    for obj in yaml.safe_load_all(FLUX.read_text()):
        cluster.create(obj, obj["metadata"].get("namespace", "flux-system"))
    cluster.run()
    return cluster


def repository(name: str = "charts") -> Object:
    return {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "HelmRepository",
        "metadata": {"name": name},
        "spec": {"url": "https://charts.example.com", "interval": "1h"},
    }


def release(name: str = "demo", chart: str = "demo", **spec: Any) -> Object:
    source = {"kind": "HelmRepository", "name": "charts"}
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name},
        "spec": {
            "interval": "10m",
            "chart": {"spec": {"chart": chart, "version": "1.2.3", "sourceRef": source}},
            **spec,
        },
    }


def told(cluster: Simulation, name: str = "demo", kind: str = "Ready") -> tuple[str, str]:
    found = condition(cluster.get(RELEASES, name), kind)
    return found["status"], found["reason"]


def test_a_release_makes_what_its_chart_says(cluster: Simulation) -> None:
    cluster.create(repository())
    cluster.create(release(values={"size": {"replicas": 3}, "extra": True}))
    states = []
    cluster.run(
        5, lambda: states.append(condition({"status": {}, **cluster.get(RELEASES, "demo")}, "Ready").get("reason"))
    )
    assert list(dict.fromkeys(states)) == [None, "Progressing", "InstallSucceeded"]
    found = cluster.get(RELEASES, "demo")
    assert (
        condition(found, "Released")["message"]
        == "Helm install succeeded for release team/demo.v1 with chart demo@1.2.3"
    )
    assert found["status"]["history"][0]["chartVersion"] == found["status"]["lastAttemptedRevision"] == "1.2.3"
    made = cluster.get("deployments.apps", "demo")
    assert made["spec"]["replicas"] == made["status"]["availableReplicas"] == 3
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == "example.com/demo:1.2.3"
    assert made["metadata"]["labels"]["helm.toolkit.fluxcd.io/name"] == "demo"
    assert cluster.get("configmaps", "extra")["data"] == {"release": "team"}
    assert cluster.get("widgets.example.com", "extra")
    version = cluster.store.version
    cluster.run(600)
    assert cluster.store.version == version


def test_an_upgrade_prunes_and_a_removal_leaves_crds(cluster: Simulation) -> None:
    cluster.create(repository())
    cluster.create(release(values={"extra": True}))
    cluster.run()
    patch = {"spec": {"values": {"extra": False}, "chart": {"spec": {"version": "2.0.0"}}}}
    cluster.patch(RELEASES, "demo", patch)
    cluster.run()
    assert told(cluster) == ("True", "UpgradeSucceeded")
    assert [each["version"] for each in cluster.get(RELEASES, "demo")["status"]["history"]] == [2, 1]
    assert not cluster.store.get("configmaps", "team", "extra")
    cluster.delete(RELEASES, "demo")
    cluster.run()
    assert not cluster.store.get(RELEASES, "team", "demo")
    assert not cluster.store.get("deployments.apps", "team", "demo")
    assert cluster.get("customresourcedefinitions.apiextensions.k8s.io", "widgets.example.com", None)


def test_drift_is_corrected_where_asked_for(cluster: Simulation) -> None:
    cluster.create(repository())
    cluster.create(release())
    cluster.create(release("kept", driftDetection={"mode": "enabled"}))
    cluster.run()
    for name in ("demo", "kept"):
        cluster.patch("deployments.apps", name, {"spec": {"replicas": 5}})
    cluster.run()
    assert cluster.get("deployments.apps", "demo")["spec"]["replicas"] == 5
    assert cluster.get("deployments.apps", "kept")["spec"]["replicas"] == 2


def test_what_a_release_waits_for(cluster: Simulation) -> None:
    cluster.create(release())
    cluster.create(release("after", dependsOn=[{"name": "demo"}]))
    cluster.create(release("unknown", chart="nonesuch"))
    cluster.run()
    assert told(cluster) == ("False", "SourceNotReady")
    cluster.create(repository())
    cluster.run(1)
    assert told(cluster, "unknown") == ("False", "ChartNotKnown")
    assert "only: demo" in condition(cluster.get(RELEASES, "unknown"), "Ready")["message"]
    cluster.run()
    assert told(cluster) == told(cluster, "after") == ("True", "InstallSucceeded")


def test_a_release_whose_pods_do_not_start_is_not_ready(cluster: Simulation, tmp_path: Path) -> None:
    bad = CHART.replace("demo:{{ chart.version }}", "demo@sha256:deadbeef")
    (tmp_path / "bad.yml.j2").write_text(bad)
    cluster.create(repository())
    cluster.create(release(chart="bad"))
    cluster.run()
    assert told(cluster) == ("Unknown", "Progressing")


def test_without_flux_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = with_flux(Simulation())
    cluster.patch("deployments.apps", "helm-controller", {"spec": {"replicas": 0}}, "flux-system")
    cluster.run()
    cluster.create(repository())
    cluster.create(release())
    cluster.run()
    assert "status" not in cluster.get(RELEASES, "demo") or not cluster.get(RELEASES, "demo")["status"]
    assert condition(cluster.get("helmrepositories.source.toolkit.fluxcd.io", "charts"), "Ready")["status"] == "True"


@pytest.mark.parametrize("chart", charts.known())
def test_every_chart_installs(chart: str) -> None:
    cluster = with_flux(Simulation())
    cluster.create(repository())
    cluster.create(release(chart=chart, values={"clusterName": "c", "autoDiscovery": {"clusterName": "c"}}))
    cluster.run(30)
    found = condition(cluster.get(RELEASES, "demo"), "Ready")
    assert found["status"] == "True", found


def crd(group: str, kind: str, plural: str, version: str = "v1", scope: str = "Namespaced") -> Object:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = {"name": version, "served": True, "storage": True, "subresources": {"status": {}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"kind": kind, "plural": plural},
            "versions": [{**served, "schema": {"openAPIV3Schema": schema}}],
        },
    }


def test_external_secrets_are_synced_once_their_operator_runs() -> None:
    cluster = Simulation()
    group = "external-secrets.io"
    cluster.create(crd(group, "ClusterSecretStore", "clustersecretstores", scope="Cluster"))
    cluster.create(crd(group, "SecretStore", "secretstores"))
    cluster.create(crd(group, "ExternalSecret", "externalsecrets"))
    wanted = {
        "apiVersion": f"{group}/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "app"},
        "spec": {
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": "aws"},
            "target": {"name": "app-secrets"},
            "data": [{"secretKey": key, "remoteRef": {"key": "x"}} for key in ("user", "password")],
        },
    }
    cluster.create(wanted)
    env = {"name": "P", "valueFrom": {"secretKeyRef": {"name": "app-secrets", "key": "password"}}}
    cluster.create(deployment(replicas=1, made=template(container={"env": [env]})))
    cluster.run()
    assert not cluster.store.get("secrets", "team", "app-secrets")
    cluster.create(deployment("external-secrets", 1))
    cluster.run()
    ready = condition(cluster.get("externalsecrets.external-secrets.io", "app"), "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "SecretSyncedError")
    cluster.create({"apiVersion": f"{group}/v1", "kind": "ClusterSecretStore", "metadata": {"name": "aws"}, "spec": {}})
    cluster.run()
    found = cluster.get("externalsecrets.external-secrets.io", "app")
    assert condition(found, "Ready")["reason"] == "SecretSynced"
    secret = cluster.get("secrets", "app-secrets")
    assert secret["data"] == {"user": "", "password": ""}
    assert secret["metadata"]["annotations"] == {"sandbox.iworkz.jp/placeholder": "true"}
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 1
    cluster.patch("secrets", "app-secrets", {"data": {"user": "bWU="}})
    cluster.patch("externalsecrets.external-secrets.io", "app", {"spec": {"data": wanted["spec"]["data"][:1]}})  # type: ignore[index]
    cluster.run()
    assert cluster.get("secrets", "app-secrets")["data"] == {"user": "bWU="}
    cluster.delete("externalsecrets.external-secrets.io", "app")
    cluster.run()
    assert not cluster.store.get("secrets", "team", "app-secrets")


def test_certificates_are_issued_by_issuers_that_are_ready() -> None:
    cluster = Simulation()
    cluster.create(crd("cert-manager.io", "ClusterIssuer", "clusterissuers", scope="Cluster"))
    cluster.create(crd("cert-manager.io", "Certificate", "certificates"))
    cluster.create(deployment("cert-manager", 1))
    spec = {"secretName": "tls", "dnsNames": ["a.example"], "issuerRef": {"kind": "ClusterIssuer", "name": "ca"}}
    certificate = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "metadata": {"name": "app"}, "spec": spec}
    cluster.create(certificate)
    cluster.run()
    assert condition(cluster.get("certificates.cert-manager.io", "app"), "Ready")["status"] == "False"
    issuer = {
        "apiVersion": "cert-manager.io/v1",
        "kind": "ClusterIssuer",
        "metadata": {"name": "ca"},
        "spec": {"ca": {}},
    }
    cluster.create(issuer)
    cluster.run()
    assert condition(cluster.get("certificates.cert-manager.io", "app"), "Ready")["status"] == "True"
    assert cluster.get("secrets", "tls")["type"] == "kubernetes.io/tls"
