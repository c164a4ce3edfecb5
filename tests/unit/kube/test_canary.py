"""What a canary is made of, what it gets of the routes, and what is wrong with one that was asked for."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.filter.canary_problems import canary_problems
from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, canary_task
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from tests.unit.kube.mesh_declared import named, objects, of_kind

DIGEST = "sha256:" + "a" * 64
HOST = "identity.platform.svc.cluster.local"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUTES = [named(objects(), "VirtualService", name) for name in ("identity", "identity-public")]
ASKED = {"service": "billing", "digest": DIGEST}


def stable() -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": "billing", canary.TRACK: canary.STABLE}
    spread = [{"topologyKey": "zone", "labelSelector": {"matchLabels": labels}}]
    container = {"name": "billing", "image": f"r/billing@{DIGEST}"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"topologySpreadConstraints": spread, "containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "billing", "namespace": "business", "labels": labels, "annotations": {"a": "b"}},
        "spec": {"minReadySeconds": 10, "selector": {"matchLabels": labels}, "template": template},
    }


def test_the_canary_differs_in_name_label_and_number_alone() -> None:
    given_before = stable()
    made = canary.canary_of(given_before, 3, NOW)
    assert given_before == stable()
    assert Name.of(made) == canary.name_of(Name("business", "billing")) == Name("business", "billing-canary")
    assert made["metadata"].pop("annotations") == {"a": "b", canary.UNTIL: "2026-03-01T12:00:00Z"}
    assert made["spec"].pop("replicas") == 3
    labels = {"app.kubernetes.io/name": "billing", canary.TRACK: canary.CANARY}
    pod = made["spec"]["template"]
    spread = pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]
    assert [made["metadata"]["labels"], made["spec"]["selector"]["matchLabels"], pod["metadata"]["labels"], spread] == [
        labels] * 4  # fmt: skip
    text = str(made).replace("billing-canary", "billing").replace("'canary'", "'stable'")
    expected = stable()
    del expected["metadata"]["annotations"]
    assert text == str(expected)


def test_until_when_a_canary_is_driven() -> None:
    made = canary.canary_of(stable(), 1, NOW)
    assert not canary.is_left_over(made, NOW)
    assert canary.is_left_over(made, NOW + timedelta(seconds=1))
    assert canary.is_left_over({"metadata": {}}, NOW)
    assert canary.is_canary(made)
    assert not canary.is_canary(stable())
    assert not canary.is_canary({"metadata": {}})


@pytest.mark.parametrize(
    ("weight", "pods", "expected"), [(5, 10, 1), (25, 10, 3), (50, 10, 5), (99, 2, 2), (1, 0, 1), (10, 30, 3)]
)
def test_pods_for_a_share(weight: int, pods: int, expected: int) -> None:
    assert canary.replicas_for(weight, pods) == expected


@given(st.integers(0, 99), st.integers(0, 99))
def test_routes_of_the_mesh_role_are_led_and_led_back(first: int, second: int) -> None:
    found = copy.deepcopy(ROUTES)
    assert canary.shares(found, HOST) == {0}
    for weight in (first, second, 0):
        found = [{**one, "spec": canary.weighted(one["spec"], HOST, weight)} for one in found]
        assert canary.shares(found, HOST) == {weight}
        for way in (way for one in found for way in one["spec"]["http"]):
            assert sum(one.get("weight", 100) for one in way["route"]) == 100
            assert all(one.get("weight", 100) for one in way["route"])
    assert found == ROUTES


def test_routes_to_others_are_left_alone() -> None:
    route = named(objects(), "VirtualService", "search")
    assert canary.shares([route], HOST) == set()
    assert canary.weighted(route["spec"], HOST, 5) == route["spec"]
    assert canary.shares([{"spec": {"tcp": []}}], HOST) == set()


def test_routes_that_differ() -> None:
    spec = named(objects(), "VirtualService", "identity")["spec"]
    reads, others = canary.weighted(spec, HOST, 5)["http"][0], spec["http"][1]
    assert canary.shares([{"spec": {"http": [reads, others]}}], HOST) == {0, 5}


def test_subsets_by_the_label() -> None:
    rules = of_kind(objects(), "DestinationRule")
    assert canary.subsets(rules, HOST) == {"stable", "canary"}
    other = {"spec": {"host": HOST, "subsets": [{"name": "canary", "labels": {"version": "2"}}]}}
    assert canary.subsets([other, {"spec": {"host": HOST}}], HOST) == set()


@pytest.mark.parametrize(
    ("digest", "weights", "pause", "told"),
    [
        ("v1.2", [5], 0, "not v1.2"),
        ("", [5], 0, "not empty"),
        (DIGEST + "0", [5], 0, "64 hexadecimal digits"),
        (DIGEST, [], 0, "not empty"),
        (DIGEST, [0, 5], 0, "not 0, 5"),
        (DIGEST, [50, 100], 0, "from 1 to 99"),
        (DIGEST, [5, 5], 0, "each above the one before"),
        (DIGEST, [50, 5], 0, "not 50, 5"),
        (DIGEST, [5], -1, "-1 s"),
    ],
)
def test_what_cannot_be(digest: str, weights: list[int], pause: float, told: str) -> None:
    (problem,) = canary.problems(digest, weights, pause)
    assert told in problem


def test_what_can_be() -> None:
    assert canary.problems(DIGEST, canary.WEIGHTS, canary.PAUSE) == []
    assert canary.problems(DIGEST, [1], 0) == []


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, []),
        (ASKED, []),
        ({**ASKED, "weights": ["1", "99"], "pause": "0"}, []),
        ({"service": "billing", "withdraw": True}, []),
        ({"service": "biling", "withdraw": True}, ["The service must be one of billing, search, not biling."]),
        ({"digest": DIGEST}, ["The service must be one of billing, search, not empty."]),
        ({**ASKED, "weights": ["few"]}, ["The weights must be a list of whole numbers, and the pause a whole number."]),
        ({**ASKED, "weights": 5}, ["The weights must be a list of whole numbers, and the pause a whole number."]),
        ({**ASKED, "pause": -1}, ["The pause must not be negative, but is -1 s."]),
    ],
)
def test_what_the_role_says(asked: dict[str, Any], told: list[str]) -> None:
    assert canary_problems(asked, ["search", "billing"]) == told


PARAMS = {"cluster": "c", "state": "promoted", "weights": [5], "pause": 0, "timeout": 1, "grace": 1, "interval": 1.0}


def without_selector() -> dict[str, Any]:
    made = stable()
    del made["spec"]["selector"]
    return made


def by_tag() -> dict[str, Any]:
    made = stable()
    made["spec"]["template"]["spec"]["containers"][0]["image"] = "r/billing:v1"
    return made


@pytest.mark.parametrize(
    ("deployment", "state", "told"),
    [
        (without_selector(), "promoted", "The definition of a Deployment lacks 'selector'"),
        ({}, "withdrawn", "The definition of a Deployment lacks 'spec'"),
        (by_tag(), "promoted", "The digest must be sha256:"),
        (canary.canary_of(stable(), 1, NOW), "promoted", "selects its pods by platform.iworkz.jp/track: stable"),
        ({**stable(), "kind": "StatefulSet"}, "withdrawn", "It must be a Deployment"),
    ],
)
def test_definitions_that_are_refused_before_anything_is_asked(
    deployment: dict[str, Any], state: str, told: str
) -> None:
    with pytest.raises(ReconcileError, match=f"Nothing was changed. .*{told}"):
        canary_task.run({**PARAMS, "deployment": deployment, "state": state}, False)
