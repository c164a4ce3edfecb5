"""Who may call which service, of what is declared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.uncalled_services import uncalled_services
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_callers import callers
from tests.unit.kube.mesh_declared import objects, of_kind, services


def declared(name: str, exposure: str, *calls: str) -> dict[str, Any]:
    return {"name": name, "exposure": exposure, "dependencies": {"services": [*calls]}}


def test_callers_are_those_that_declare_it() -> None:
    known = [declared("a", "public", "b"), declared("b", "internal"), declared("c", "internal", "b")]
    assert [one["name"] for one in callers(known[1], known)] == ["a", "c"]
    assert callers(known[0], known) == []


def test_neither_public_nor_a_dependency_is_uncalled() -> None:
    known = [declared("a", "public", "b"), declared("b", "internal"), declared("c", "internal")]
    assert uncalled_services(known) == ["c"]


def test_the_mesh_lets_nobody_call_exactly_those() -> None:
    policies = [one for one in of_kind(objects(), "AuthorizationPolicy") if one["spec"].get("action") == "ALLOW"]
    closed = [one["metadata"]["name"] for one in policies if not one["spec"].get("rules")]
    assert uncalled_services(services()) == closed == ["admin"]


def test_what_are_no_services_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="not services"):
        uncalled_services([{"name": "a"}])
