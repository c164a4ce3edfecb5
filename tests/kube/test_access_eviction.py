"""Evictions: what a PodDisruptionBudget puts off, and how it is charged."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.kube.access.eviction import SEVERAL, VIOLATION, evict
from sandbox.kube.api import Api
from sandbox.kube.errors import ApiError
from sandbox.kube.resources import Registry
from sandbox.kube.store import Store

BUDGETS = "poddisruptionbudgets.policy"


@pytest.fixture
def api() -> Api:
    """Two ready pods of one app, one of another, not ready; all but named `pending` run."""
    made = Api(Store(), Registry())
    for name, app, ready, phase in (
        ("web-1", "web", True, "Running"),
        ("web-2", "web", True, "Running"),
        ("sick", "web", False, "Running"),
        ("pending", "web", False, "Pending"),
    ):
        spec = {"containers": [{"name": "c", "image": "registry.example/c:1"}]}
        metadata = {"name": name, "labels": {"app": app}}
        pod = made.create("pods", "default", {"metadata": metadata, "spec": spec})
        conditions = [{"type": "Ready", "status": str(ready)}]
        made.update_status("pods", {**pod, "status": {"phase": phase, "conditions": conditions}})
    return made


def budget(api: Api, allowed: int, name: str = "web", seen: int = 1, spec: dict[str, Any] | None = None) -> None:
    declared = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}, **(spec or {})}
    made = api.create(BUDGETS, "default", {"metadata": {"name": name}, "spec": declared})
    counted = {"disruptionsAllowed": allowed, "currentHealthy": 1 + allowed, "desiredHealthy": 1, "expectedPods": 4}
    api.update_status(BUDGETS, {**made, "status": {**counted, "observedGeneration": seen}})


def status(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get(BUDGETS, "default", "web")["status"]
    return found


def eviction(name: str, **options: Any) -> dict[str, Any]:
    return {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}, "deleteOptions": options}


def refused(api: Api, name: str, dry_run: bool = False) -> ApiError:
    with pytest.raises(ApiError) as caught:
        evict(api, "default", name, eviction(name), dry_run)
    assert api.store.get("pods", "default", name)
    return caught.value


def test_a_pod_without_a_budget_goes(api: Api) -> None:
    assert evict(api, "default", "web-1", eviction("web-1"), False)["status"] == "Success"
    assert api.store.get("pods", "default", "web-1") is None


def test_a_budget_pays_for_every_eviction_until_it_has_none_left(api: Api) -> None:
    budget(api, allowed=1)
    evict(api, "default", "web-1", eviction("web-1"), False)
    charged = status(api)
    assert charged["disruptionsAllowed"] == 0
    assert list(charged["disruptedPods"]) == ["web-1"]
    assert [(each["type"], each["status"], each["reason"]) for each in charged["conditions"]] == [
        ("DisruptionAllowed", "False", "InsufficientPods")
    ]
    error = refused(api, "web-2")
    assert (error.code, error.reason, error.message, error.retry_after) == (429, "TooManyRequests", VIOLATION, None)
    message = "The disruption budget web needs 1 healthy pods and has 2 currently"
    assert error.details["causes"] == [{"reason": "DisruptionBudget", "message": message}]
    assert status(api) == charged


@pytest.mark.parametrize("in_options", [True, False])
def test_a_dry_run_is_judged_but_changes_nothing(api: Api, in_options: bool) -> None:
    budget(api, allowed=1)
    version = api.store.version
    options = {"dryRun": ["All"]} if in_options else {}
    evict(api, "default", "web-1", eviction("web-1", **options), not in_options)
    assert api.store.version == version


def test_a_dry_run_is_refused_as_the_eviction_would_be(api: Api) -> None:
    budget(api, allowed=0)
    assert refused(api, "web-1", dry_run=True).code == 429


def test_a_budget_that_its_controller_has_not_counted_is_asked_for_again_later(api: Api) -> None:
    budget(api, allowed=1, seen=0)
    error = refused(api, "web-1")
    assert (error.code, error.retry_after) == (429, 10)
    assert error.details["causes"][0]["message"] == "The disruption budget web is still being processed by the server."


def test_pods_that_serve_nobody_go_without_charge(api: Api) -> None:
    budget(api, allowed=0)
    before = status(api)
    for name in ("sick", "pending"):
        evict(api, "default", name, eviction(name), False)
        assert api.store.get("pods", "default", name) is None
    assert status(api) == before


@pytest.mark.parametrize(("policy", "goes"), [("IfHealthyBudget", False), ("AlwaysAllow", True)])
def test_sick_pods_of_an_unhealthy_app_go_only_where_the_budget_says_so(api: Api, policy: str, goes: bool) -> None:
    budget(api, allowed=0, spec={"minAvailable": 3, "unhealthyPodEvictionPolicy": policy})
    found = api.get(BUDGETS, "default", "web")
    api.update_status(BUDGETS, {**found, "status": {**found["status"], "desiredHealthy": 3, "currentHealthy": 2}})
    if goes:
        evict(api, "default", "sick", eviction("sick"), False)
    else:
        assert refused(api, "sick").code == 429


def test_two_budgets_of_one_pod_are_a_server_error_as_in_a_real_cluster(api: Api) -> None:
    budget(api, allowed=1)
    budget(api, allowed=1, name="web-too")
    error = refused(api, "web-1")
    assert (error.code, error.message) == (500, SEVERAL)


def test_an_empty_selector_protects_nothing(api: Api) -> None:
    budget(api, allowed=0, spec={"selector": {}})
    evict(api, "default", "web-1", eviction("web-1"), False)
    assert api.store.get("pods", "default", "web-1") is None


def test_preconditions_hold(api: Api) -> None:
    with pytest.raises(ApiError, match="Precondition failed: UID") as caught:
        evict(api, "default", "web-1", eviction("web-1", preconditions={"uid": "other"}), False)
    assert caught.value.code == 409


def test_what_makes_no_sense_is_refused(api: Api) -> None:
    with pytest.raises(ApiError, match='pods "gone" not found'):
        evict(api, "default", "gone", eviction("gone"), False)
    with pytest.raises(ApiError, match="name in URL does not match name in Eviction object"):
        evict(api, "default", "web-1", eviction("web-2"), False)
