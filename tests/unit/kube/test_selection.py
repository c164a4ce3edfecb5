"""What selects what."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._kube.selection import (
    UnknownOperator,
    port_named,
    ready_endpoints,
    selects,
)

LABELS = {"app": "istiod", "tier": "control"}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "istiod"}}, True),
        ({"matchLabels": {"app": "istiod", "tier": "data"}}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["control", "data"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "In", "values": ["data"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["data"]}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "zone", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]}, True),
        ({"matchLabels": {"app": "istiod"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_labels_are_selected(selector: dict[str, Any] | None, matches: bool) -> None:
    assert selects(selector, LABELS) is matches


def test_an_operator_that_is_not_known_is_an_error() -> None:
    with pytest.raises(UnknownOperator, match="Gt"):
        selects({"matchExpressions": [{"key": "tier", "operator": "Gt", "values": ["1"]}]}, LABELS)


def slice_of(service: str | None, *endpoints: dict[str, Any]) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service} if service else {}
    return {
        "metadata": {"name": "x", "namespace": "talent", "labels": labels},
        "ports": [{"name": "http", "port": 8002}],
        "endpoints": list(endpoints),
    }


def test_ready_addresses_of_all_slices_of_a_service_are_counted() -> None:
    found = ready_endpoints(
        [
            slice_of("profile", {"addresses": ["10.0.0.1"], "targetRef": {"name": "a"}, "conditions": {"ready": True}}),
            slice_of(
                "profile", {"addresses": ["10.0.0.2"]}, {"addresses": ["10.0.0.3"], "conditions": {"ready": False}}
            ),
            slice_of(None, {"addresses": ["10.0.0.4"]}),
        ]
    )
    assert list(found) == [("talent", "profile")]
    assert [(one.address, one.target, one.ports) for one in found["talent", "profile"]] == [
        ("10.0.0.1", "a", {"http": 8002}),
        ("10.0.0.2", "", {"http": 8002}),
    ]


@pytest.mark.parametrize(("port", "number"), [({"name": "https"}, 443), ({"number": 443}, 443), ({"number": 80}, None)])
def test_a_port_is_found_by_name_or_number(port: dict[str, Any], number: int | None) -> None:
    found = port_named({"spec": {"ports": [{"name": "https", "port": 443}]}}, port)
    assert (found and found["port"]) == number
