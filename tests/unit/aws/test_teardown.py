from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws import teardown
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput

from .conftest import CONNECTION, TAGS, client_error

PARAMS = {**CONNECTION, "environment": "sandbox", "confirm": "sandbox", "tags": TAGS}


class Thing(Resource):
    """A resource of a service that is a dict: ``held`` maps names to states, ``done`` is what was asked of it."""

    service = "sns"
    held: ClassVar[dict[str, dict[str, Any]]]
    done: ClassVar[list[tuple[str, str]]]
    busy: ClassVar[dict[str, list[Exception]]]

    def read(self, keys):
        return {name: dict(state) for name, state in self.held.items() if keys is None or name in keys}

    def unprotect(self, key, current):
        self.done.append(("unprotect", key))

    def delete(self, key, current):
        if self.busy.get(key):
            raise self.busy[key].pop(0)
        self.done.append(("delete", key))
        del self.held[key]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch):
    """Two services, the second protected; what they did in order is in ``done``."""
    done: list[tuple[str, str]] = []

    def adapter(kind: str, protected: bool, *names: str) -> Any:
        body = {
            "kind": kind,
            "option": f"{kind}s",
            "protected": protected,
            "poll_seconds": 0.01,
            "held": {name: {"tags": TAGS} for name in names} | {f"{kind}-theirs": {"tags": {"Platform": "iworkz"}}},
            "done": done,
            "busy": {},
        }
        return type(kind.title(), (Thing,), body)

    door, store = adapter("door", False, "d1", "d2"), adapter("store", True, "s1")
    monkeypatch.setattr(teardown.snapshots, "left", lambda context: {f"db_snapshot of {context.region}": "a copy"})
    monkeypatch.setattr(teardown, "SERVICES", tuple(SimpleNamespace(ADAPTERS=(one,)) for one in (door, store)))
    monkeypatch.setattr(teardown, "EDGE_REGION", CONNECTION["region"])
    monkeypatch.setattr("ansible_collections.iworkz.platform.plugins.module_utils._reconcile.wait.FIRST_PAUSE", 0.01)
    return SimpleNamespace(door=door, store=store, done=done)


def run(check_mode: bool = False, **params):
    return teardown.run({**PARAMS, **params}, check_mode=check_mode)


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"confirm": "production"}, "confirm is 'production' and must name the environment, 'sandbox'"),
        ({"confirm": ""}, "confirm is ''"),
        ({"confirm": "Sandbox"}, "confirm is 'Sandbox'"),
        ({"tags": {}}, "tags must have Platform, and Environment=sandbox"),
        ({"tags": {"Environment": "sandbox"}}, "tags must have Platform"),
        ({"tags": {"Platform": "iworkz"}}, "tags must have Platform"),
        ({"tags": {**TAGS, "Environment": "production"}}, "Environment=sandbox"),
        ({}, "these hold data that cannot be made again: store s1. .* give destroy_protected=sandbox"),
        ({"destroy_protected": "production"}, "nothing was destroyed"),
        ({"destroy_protected": ""}, "nothing was destroyed"),
    ],
)
def test_what_is_not_told_plainly_is_refused_and_nothing_is_touched(services, params, error):
    with pytest.raises(InvalidInput, match=error):
        run(**params)
    assert services.done == []


def test_told_twice_it_deletes_what_is_ours_service_by_service(services):
    result = run(destroy_protected="sandbox")
    assert result["deleted"] == ["door d1", "door d2", "store s1"]
    assert result["failed_resources"] == {}
    assert set(services.done[:4]) == {(action, name) for name in ("d1", "d2") for action in ("unprotect", "delete")}
    assert services.done[4:] == [("unprotect", "s1"), ("delete", "s1")]
    assert (list(services.door.held), list(services.store.held)) == (["door-theirs"], ["store-theirs"])


def test_without_protected_stores_one_confirmation_is_enough(services):
    services.store.held.clear()
    assert run()["deleted"] == ["door d1", "door d2"]


def test_a_second_run_deletes_nothing(services):
    run(destroy_protected="sandbox")
    services.done.clear()
    result = run(destroy_protected="sandbox")
    assert (result["changed"], result["deleted"], services.done) == (False, [], [])


def test_check_mode_announces_all_and_touches_nothing(services):
    result = run(check_mode=True)
    assert result["deleted"] == ["door d1", "door d2", "store s1"]
    assert result["diff"][0]["before"] == {"tags": TAGS}
    assert services.done == []


def test_what_is_in_the_way_is_waited_for(services):
    services.store.held.clear()
    services.door.busy["d1"] = [client_error("DependencyViolation"), client_error("DependencyViolation")]
    assert run()["failed_resources"] == {}
    assert ("delete", "d1") in services.done


def test_waiting_ends_and_names_what_was_in_the_way(services):
    services.store.held.clear()
    services.door.busy["d1"] = [client_error("DependencyViolation", "eni in use")] * 1000
    result = run(wait_timeout=1)
    assert result["failed"] is True
    assert "not ready after 1 s; last error: ClientError" in result["failed_resources"]["door d1"]
    assert "eni in use" in result["msg"]
    assert ("delete", "d2") in services.done


def test_what_others_still_depend_on_stays_when_one_cannot_go(services):
    services.door.busy["d1"] = [client_error("AccessDenied")]
    result = run(destroy_protected="sandbox")
    assert list(result["failed_resources"]) == ["door d1"]
    assert "s1" in services.store.held


def test_copies_that_stay_are_named(services):
    assert run(check_mode=True)["kept"] == {}
    assert run(destroy_protected="sandbox")["kept"] == {"db_snapshot of ap-northeast-1": "a copy"}


def test_the_recovery_region_goes_first_and_what_has_no_region_only_once(services, monkeypatch):
    everywhere = []

    def read(self, keys):
        everywhere.append((self.kind, self.context.region))
        return {}

    monkeypatch.setattr(Thing, "read", read)
    monkeypatch.setattr(teardown, "GLOBAL", teardown.SERVICES[:1])
    monkeypatch.setattr(teardown, "EDGE_REGION", "us-east-1")
    run(recovery_region="ap-northeast-3")
    abroad = [("store", "ap-northeast-3"), ("store", "us-east-1")]
    assert everywhere == [*abroad, ("door", CONNECTION["region"]), ("store", CONNECTION["region"])]
