"""What the simulated Elastic operator and the shipper's chart make of a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kube.controllers import charts
from sandbox.kube.errors import ApiError
from tests.kube.simulation import Simulation

Object = dict[str, Any]
TEMPLATE = {"spec": {"containers": [{"name": "elasticsearch", "resources": {"requests": {"cpu": "10m"}}}]}}


def elasticsearch(**spec: Any) -> Object:
    sets = [{"name": name, "count": 3, "podTemplate": TEMPLATE} for name in ("hot", "warm")]
    return {
        "apiVersion": "elasticsearch.k8s.elastic.co/v1",
        "kind": "Elasticsearch",
        "metadata": {"name": "logs", "namespace": "team"},
        "spec": {"version": "9.4.3", "nodeSets": sets, **spec},
    }


def cluster(*, operator: bool = True) -> Simulation:
    """One with the chart's kinds, and its operator unless told otherwise."""
    simulation = Simulation()
    made = charts.render("eck-operator", "3.5.0", "eck-operator", "team", {})
    for crd in made.crds:
        simulation.create(crd)
    for each in made.objects if operator else ():
        simulation.create(each)
    simulation.run(30)
    return simulation


def test_servers_come_up_with_services_and_a_user() -> None:
    simulation = cluster()
    simulation.create(elasticsearch())
    simulation.run(60)
    found = simulation.get("elasticsearches.elasticsearch.k8s.elastic.co", "logs")
    assert (found["status"]["health"], found["status"]["phase"], found["status"]["availableNodes"]) == (
        "green",
        "Ready",
        6,
    )
    assert simulation.get("services", "logs-es-http")["spec"]["ports"][0]["port"] == 9200
    assert simulation.get("secrets", "logs-es-elastic-user")["data"]["elastic"]
    assert simulation.get("statefulsets.apps", "logs-es-hot")["status"]["readyReplicas"] == 3


def test_password_stays() -> None:
    simulation = cluster()
    simulation.create(elasticsearch())
    simulation.run(60)
    before = simulation.get("secrets", "logs-es-elastic-user")["data"]
    simulation.delete("pods", "logs-es-hot-0", "team")
    simulation.run(60)
    assert simulation.get("secrets", "logs-es-elastic-user")["data"] == before


def test_kibana_and_logstash() -> None:
    simulation = cluster()
    for group, kind, extra in (
        ("kibana.k8s.elastic.co/v1", "Kibana", {"elasticsearchRef": {"name": "logs"}}),
        (
            "logstash.k8s.elastic.co/v1alpha1",
            "Logstash",
            {"services": [{"name": "intake", "service": {"spec": {"ports": [{"name": "https", "port": 8443}]}}}]},
        ),
    ):
        spec = {"version": "9.4.3", "count": 2, **extra}
        metadata = {"name": "logs", "namespace": "team"}
        simulation.create({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec})
    simulation.run(60)
    assert simulation.get("kibanas.kibana.k8s.elastic.co", "logs")["status"]["health"] == "green"
    assert simulation.get("logstashes.logstash.k8s.elastic.co", "logs")["status"]["health"] == "green"
    assert simulation.get("services", "logs-kb-http")["spec"]["ports"][0]["port"] == 5601
    assert simulation.get("services", "logs-ls-intake")["spec"]["ports"][0]["port"] == 8443


def test_nothing_happens_without_the_operator() -> None:
    simulation = cluster(operator=False)
    simulation.create(elasticsearch())
    simulation.run(30)
    assert "status" not in simulation.get("elasticsearches.elasticsearch.k8s.elastic.co", "logs")


@pytest.mark.parametrize(
    "spec",
    [
        {"nodesets": []},
        {"nodeSets": []},
        {"nodeSets": [{"name": "hot"}]},
        {"version": "nine"},
        {"updateStrategy": {"changeBudget": {"maxSurge": "one"}}},
        {"volumeClaimDeletePolicy": "Never"},
    ],
)
def test_typos_are_refused(spec: Object) -> None:
    with pytest.raises(ApiError):
        cluster(operator=False).create(elasticsearch(**spec))


def test_shipper_runs_on_every_node_with_its_scripts() -> None:
    simulation = Simulation()
    values = {
        "luaScripts": {"masking.lua": "-- x"},
        "config": {"filters": "[FILTER]"},
        "tolerations": [{"operator": "Exists"}],
    }
    for each in charts.render("fluent-bit", "0.58.1", "fluent-bit", "team", values).objects:
        simulation.create(each)
    simulation.run(30)
    assert simulation.get("daemonsets.apps", "fluent-bit")["status"]["numberReady"] == 6
    assert simulation.get("configmaps", "fluent-bit-luascripts")["data"] == {"masking.lua": "-- x"}
    assert "[FILTER]" in simulation.get("configmaps", "fluent-bit")["data"]["fluent-bit.conf"]
