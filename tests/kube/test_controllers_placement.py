"""The scheduler, judged on where pods are."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.kube.simulation import ZONES, Object, Simulation, condition, deployment, template

ZONE, HOST = "topology.kubernetes.io/zone", "kubernetes.io/hostname"


@pytest.fixture
def cluster() -> Simulation:
    return Simulation()


def spread(key: str = ZONE, when: str = "DoNotSchedule", skew: int = 1, **more: Any) -> Object:
    selector = {"matchLabels": {"app": "app"}}
    return {"topologyKey": key, "whenUnsatisfiable": when, "maxSkew": skew, "labelSelector": selector, **more}


def placed(cluster: Simulation, replicas: int = 3, **spec: Any) -> list[str | None]:
    """The nodes of a new Deployment's pods."""
    cluster.create(deployment(replicas=replicas, made=template(**spec)))
    cluster.run()
    return [pod["spec"].get("nodeName") for pod in cluster.pods()]


def refusals(cluster: Simulation) -> set[str]:
    conditions = [condition(pod, "PodScheduled") for pod in cluster.pods() if "nodeName" not in pod["spec"]]
    assert all((each["status"], each["reason"]) == ("False", "Unschedulable") for each in conditions)
    return {each["message"] for each in conditions}


def test_pods_are_spread_over_zones_and_hosts(cluster: Simulation) -> None:
    constraints = [spread(), spread(HOST, "ScheduleAnyway")]
    assert len(set(placed(cluster, 6, topologySpreadConstraints=constraints))) == 6
    assert cluster.zones(app="app") == dict.fromkeys(ZONES, 2)


def test_without_constraints_they_are_spread_all_the_same(cluster: Simulation) -> None:
    placed(cluster, 3)
    assert cluster.zones(app="app") == dict.fromkeys(ZONES, 1)


def test_a_zone_without_room_leaves_pods_pending() -> None:
    cluster = Simulation(nodes=0)
    cluster.nodes({"zone": ZONES[0]}, {"zone": ZONES[1]}, {"zone": ZONES[2], "cpu": "1930m"})
    placed(cluster, 6, cpu="1900m", topologySpreadConstraints=[spread()])
    assert cluster.zones(app="app") == {ZONES[0]: 2, ZONES[1]: 2, ZONES[2]: 1}
    assert refusals(cluster) == {
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match pod topology spread constraints."
    }


def test_spreading_of_a_revision_is_not_disturbed_by_the_one_before(cluster: Simulation) -> None:
    constraints = [spread(matchLabelKeys=["pod-template-hash"])]
    placed(cluster, 6, topologySpreadConstraints=constraints)
    for number in range(3):
        made = template(topologySpreadConstraints=constraints, annotations={"try": str(number)})
        cluster.patch("deployments.apps", "app", {"spec": {"template": made}})
        cluster.run()
        assert cluster.zones(app="app") == dict.fromkeys(ZONES, 2)


def test_fewer_domains_than_asked_for_stop_at_the_skew() -> None:
    cluster = Simulation(nodes=0)
    cluster.nodes({"zone": ZONES[0]}, {"zone": ZONES[1]})
    placed(cluster, 4, topologySpreadConstraints=[spread(minDomains=3)])
    assert cluster.zones(app="app") == {ZONES[0]: 1, ZONES[1]: 1}


def test_what_does_not_fit_says_so_as_the_real_scheduler_does(cluster: Simulation) -> None:
    placed(cluster, 2, cpu="64")
    assert refusals(cluster) == {"0/6 nodes are available: 6 Insufficient cpu."}
    assert {pod["status"]["phase"] for pod in cluster.pods()} == {"Pending"}


def test_room_is_what_is_left_of_the_requests(cluster: Simulation) -> None:
    nodes = placed(cluster, 24, cpu="2600m")
    assert Counter(nodes) == {**{f"node-{index}": 3 for index in range(6)}, None: 6}
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 18}})
    cluster.run()
    assert not refusals(cluster)


def test_pods_that_wait_are_placed_when_nodes_come() -> None:
    cluster = Simulation(nodes=0)
    assert placed(cluster) == [None] * 3
    assert refusals(cluster) == {"no nodes available to schedule pods"}
    cluster.nodes({"zone": ZONES[0]})
    cluster.run()
    assert len(cluster.zones(app="app")) == 1
    assert cluster.get("deployments.apps", "app")["status"]["availableReplicas"] == 3


def test_a_node_takes_its_pods_along(cluster: Simulation) -> None:
    placed(cluster, 6)
    cluster.nodes({"zone": ZONES[0]}, {"zone": ZONES[1]})
    cluster.run()
    assert set(cluster.zones(app="app")) == set(ZONES[:2])
    assert sum(cluster.zones(app="app").values()) == 6


def test_taints_keep_away_who_does_not_tolerate_them() -> None:
    cluster = Simulation(nodes=0)
    spot = {"key": "workload", "value": "interruptible", "effect": "NoSchedule"}
    cluster.nodes({"zone": ZONES[0]}, {"zone": ZONES[1], "taints": [spot]})
    assert set(placed(cluster, 20, cpu="700m")) == {"node-0", None}
    assert refusals(cluster) == {
        "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {workload: interruptible}."
    }
    cluster.delete("deployments.apps", "app")
    cluster.run()
    tolerations = [{"key": "workload", "operator": "Equal", "value": "interruptible", "effect": "NoSchedule"}]
    assert set(placed(cluster, 20, cpu="700m", tolerations=tolerations)) == {"node-0", "node-1"}


def test_a_cordoned_node_gets_no_more_pods(cluster: Simulation) -> None:
    for index in range(1, 6):
        cluster.patch("nodes", f"node-{index}", {"spec": {"unschedulable": True}}, None)
    assert set(placed(cluster, 9, cpu="1")) == {"node-0", None}
    assert refusals(cluster) == {"0/6 nodes are available: 1 Insufficient cpu, 5 node(s) were unschedulable."}


@pytest.mark.parametrize(
    "spec",
    [
        {"nodeSelector": {ZONE: ZONES[1]}},
        {
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": ZONE, "operator": "NotIn", "values": [ZONES[0], ZONES[2]]}]}
                        ]
                    }
                }
            }
        },
        {
            "affinity": {
                "nodeAffinity": {
                    "preferredDuringSchedulingIgnoredDuringExecution": [
                        {
                            "weight": 100,
                            "preference": {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [ZONES[1]]}]},
                        }
                    ]
                }
            },
            "topologySpreadConstraints": [],
        },
    ],
)
def test_nodes_are_chosen_by_label(cluster: Simulation, spec: Object) -> None:
    assert set(placed(cluster, 4, **spec)) == {"node-1", "node-4"}


def test_no_node_by_that_label(cluster: Simulation) -> None:
    placed(cluster, 1, nodeSelector={"gpu": "yes"})
    assert refusals(cluster) == {"0/6 nodes are available: 6 node(s) didn't match Pod's node affinity/selector."}


def test_required_anti_affinity_allows_one_to_a_domain(cluster: Simulation) -> None:
    term = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": "app"}}}
    placed(cluster, 4, affinity={"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    assert cluster.zones(app="app") == dict.fromkeys(ZONES, 1)
    assert refusals(cluster) == {"0/6 nodes are available: 6 node(s) didn't match pod anti-affinity rules."}
    cluster.create(
        deployment("other", made=template("app", nodeSelector={ZONE: ZONES[0]}))
        | {
            "spec": {
                **deployment("other")["spec"],
                "selector": {"matchLabels": {"app": "app"}},
                "template": template("app"),
            }
        }
    )
    cluster.run()
    assert any("existing pods anti-affinity rules" in each for each in refusals(cluster))


def test_preferred_anti_affinity_gives_way(cluster: Simulation) -> None:
    term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": "app"}}}
    preference = [{"weight": 100, "podAffinityTerm": term}]
    affinity = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preference}}
    assert set(Counter(placed(cluster, 12, affinity=affinity)).values()) == {2}


def test_affinity_goes_where_the_others_are(cluster: Simulation) -> None:
    cluster.create(deployment("cache", 1))
    cluster.run()
    (zone,) = [zone for zone, count in cluster.zones(app="cache").items() if count]
    term = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": "cache"}}}
    placed(cluster, 3, affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}})
    assert cluster.zones(app="app")[zone] == 3


def test_affinity_to_nobody_is_refused_but_to_oneself_is_not(cluster: Simulation) -> None:
    def near(app: str) -> Object:
        term = {"topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": app}}}
        return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}

    placed(cluster, 1, affinity=near("nobody"))
    assert refusals(cluster) == {"0/6 nodes are available: 6 node(s) didn't match pod affinity rules."}
    cluster.patch("deployments.apps", "app", {"spec": {"replicas": 3, "template": template(affinity=near("app"))}})
    cluster.run()
    assert sorted(cluster.zones(app="app").values()) == [0, 0, 3]


def test_the_more_important_pods_go_first() -> None:
    cluster = Simulation(nodes=0)
    important = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "high"},
        "value": 1000,
    }
    cluster.create(important)
    cluster.create(deployment("low", 3, template("low", cpu="3")))
    cluster.create(deployment("high", 2, template("high", cpu="3", priorityClassName="high")))
    cluster.run()
    cluster.nodes({"zone": ZONES[0]})
    cluster.run()
    assert ["nodeName" in pod["spec"] for pod in cluster.pods(app="high")] == [True, True]
    assert sum(cluster.zones(app="low").values()) == 0


def test_init_containers_and_sidecars_count(cluster: Simulation) -> None:
    def container(name: str, cpu: str, **more: str) -> Object:
        return {"name": name, "image": "i", "resources": {"requests": {"cpu": cpu}}, **more}

    sidecar = container("sidecar", "3", restartPolicy="Always")
    assert placed(cluster, 1, cpu="4", initContainers=[container("early", "7"), sidecar]) == ["node-0"]
    cluster.patch("deployments.apps", "app", {"spec": {"template": template(cpu="5", initContainers=[sidecar])}})
    cluster.run()
    assert refusals(cluster) == {"0/6 nodes are available: 6 Insufficient cpu."}
