"""Charts turned into Flux objects, and what those say of themselves."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.flux_charts import flux_charts
from ansible_collections.iworkz.platform.plugins.filter.flux_unready import flux_unready

DNS = {
    "name": "external-dns",
    "repository": "https://kubernetes-sigs.github.io/external-dns/",
    "version": "1.21.1",
    "namespace": "kube-system",
}


def release(**changes: Any) -> dict[str, Any]:
    return flux_charts([{**DNS, **changes}], "addons")[-1]


def test_a_chart_becomes_its_repository_and_a_release_of_it() -> None:
    repository, made = flux_charts([DNS], "addons")
    assert (repository["apiVersion"], repository["kind"]) == ("source.toolkit.fluxcd.io/v1", "HelmRepository")
    assert repository["spec"] == {"url": DNS["repository"], "interval": "10m", "suspend": False}
    assert (made["apiVersion"], made["kind"]) == ("helm.toolkit.fluxcd.io/v2", "HelmRelease")
    assert made["spec"]["chart"]["spec"] == {
        "chart": "external-dns",
        "version": "1.21.1",
        "sourceRef": {"kind": "HelmRepository", "name": repository["metadata"]["name"]},
    }
    assert made["spec"]["targetNamespace"] == made["spec"]["storageNamespace"] == "kube-system"
    for one in (repository, made):
        assert one["metadata"]["namespace"] == "flux-system"
        assert one["metadata"]["labels"]["platform.iworkz.jp/component"] == "addons"
        assert one["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "iworkz.platform"


def test_every_release_is_upgraded_with_its_crds_rolled_back_and_kept_as_it_is() -> None:
    spec = release()["spec"]
    assert spec["install"]["crds"] == spec["upgrade"]["crds"] == "CreateReplace"
    assert spec["upgrade"]["remediation"] == {"retries": 3, "strategy": "rollback", "remediateLastFailure": True}
    assert spec["driftDetection"] == {"mode": "enabled"}


def test_what_a_chart_says_of_itself_is_kept() -> None:
    ignored = [{"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}]
    spec = release(chart="dns", depends_on=["cert-manager"], values={"policy": "sync"}, drift_ignore=ignored)["spec"]
    assert spec["chart"]["spec"]["chart"] == "dns"
    assert spec["dependsOn"] == [{"name": "cert-manager"}]
    assert spec["values"] == {"policy": "sync"}
    assert spec["driftDetection"] == {"mode": "enabled", "ignore": ignored}


def test_charts_of_one_repository_share_it_but_roles_share_none() -> None:
    charts = [DNS, {**DNS, "name": "other"}]
    (mine, *_) = kinds = flux_charts(charts, "addons")
    assert [one["kind"] for one in kinds] == ["HelmRepository", "HelmRelease", "HelmRelease"]
    assert mine["metadata"]["name"] != flux_charts(charts, "monitoring")[0]["metadata"]["name"]


def test_an_oci_repository_says_so() -> None:
    (repository, _release) = flux_charts([{**DNS, "repository": "oci://quay.io/jetstack/charts"}], "addons")
    assert repository["spec"]["type"] == "oci"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": ">=1.0.0"}, "not pinned"),
        ({"version": "1.21"}, "not pinned"),
        ({"version": "*"}, "not pinned"),
        ({"version": "1.x"}, "not pinned"),
        ({"namespace": ""}, "lacks namespace"),
        ({"repository": "http://charts.example.com"}, "neither https:// nor oci://"),
        ({"value": {}}, "unknown keys: value"),
    ],
)
def test_a_chart_that_is_not_pinned_or_not_complete_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        release(**changes)


def test_a_name_that_appears_twice_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="more than once: external-dns"):
        flux_charts([DNS, DNS], "addons")


def told(name: str = "external-dns", generation: int = 2, **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "generation": generation}, "spec": {}, "status": status}


def condition(kind: str, status: str, message: str = "", reason: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "message": message, "reason": reason}


def test_a_ready_release_is_not_among_the_unready() -> None:
    assert flux_unready([told(observedGeneration=2, conditions=[condition("Ready", "True")])]) == []


@pytest.mark.parametrize(
    ("item", "text", "stalled"),
    [
        (told(), "external-dns: no controller has looked at it yet: are the controllers of Flux running?", False),
        (
            told(observedGeneration=1, conditions=[condition("Ready", "True")]),
            "external-dns: the controller has not come to its last change yet",
            False,
        ),
        (
            told(observedGeneration=2, conditions=[condition("Ready", "False", "timed out\nwaiting", "UpgradeFailed")]),
            "external-dns: UpgradeFailed: timed out waiting",
            False,
        ),
        (
            told(
                observedGeneration=2,
                conditions=[condition("Ready", "False", "no more", "RetriesExceeded"), condition("Stalled", "True")],
            ),
            "external-dns: RetriesExceeded: no more",
            True,
        ),
        (
            told(
                observedGeneration=1,
                conditions=[condition("Ready", "False", "old", "RetriesExceeded"), condition("Stalled", "True")],
            ),
            "external-dns: RetriesExceeded: old",
            False,
        ),
    ],
)
def test_an_unready_release_says_why_and_whether_waiting_helps(item: dict[str, Any], text: str, stalled: bool) -> None:
    assert flux_unready([item]) == [{"name": "external-dns", "stalled": stalled, "text": text}]


def test_a_suspended_release_says_so_and_is_not_waited_for() -> None:
    item = told()
    item["spec"]["suspend"] = True
    assert flux_unready([item]) == [{"name": "external-dns", "stalled": True, "text": "external-dns: it is suspended"}]


def test_a_release_that_somebody_suspended_is_resumed() -> None:
    assert [one["spec"]["suspend"] for one in flux_charts([DNS], "addons")] == [False, False]


def test_releases_come_by_name() -> None:
    assert [one["name"] for one in flux_unready([told("b"), told("a"), told("a")])] == ["a", "a", "b"]
