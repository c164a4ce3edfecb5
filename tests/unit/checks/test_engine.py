from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ansible_collections.iworkz.platform.plugins.module_utils._checks import engine
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import (
    Breach,
    Finding,
    Judgement,
    Platform,
    World,
    run,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import (
    Requirements,
    load_requirements,
)
from ansible_collections.iworkz.platform.plugins.module_utils._messages import render

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PLATFORM = Platform("iworkz", "sandbox", "123456789012", "ap-northeast-1", "ap-northeast-3", {"Platform": "iworkz"}, {})
BREACH = Breach("rds.single_az", {"db": "db"})


class FakeClients:
    """Hands out (service, region) in place of a client."""

    def client(self, service: str, region: str | None = None) -> Any:
        return (service, region)


@pytest.fixture
def world() -> World:
    return World(PLATFORM, FakeClients(), NOW)


@pytest.fixture
def requirements(tmp_path: Path) -> Requirements:
    (tmp_path / "rds.yml").write_text('"1": {shelf_life_hours: 2, days: {min: 14}, minutes: {max: 30}}')
    return load_requirements(tmp_path)


def judge(check: engine.CheckFunction, world: World, requirements: Requirements) -> Judgement:
    return run(["1"], world, requirements, checks={"1": check})[0]


@pytest.mark.parametrize(
    ("finding", "verdict", "breaches"),
    [
        (Finding({"n": 1}), "pass", ()),
        (Finding({"n": 1}, (BREACH,)), "fail", (BREACH,)),
        (Finding({"n": 1}, (BREACH,), not_applicable=Breach("x.none", {})), "not_applicable", (Breach("x.none", {}),)),
    ],
)
def test_verdicts(world, requirements, finding, verdict, breaches) -> None:
    judgement = judge(lambda _world, _required: finding, world, requirements)
    assert (judgement.verdict, judgement.breaches, judgement.observed) == (verdict, breaches, {"n": 1})
    assert (judgement.checked_at, judgement.expires_at) == (NOW, NOW + timedelta(hours=2))


def test_a_check_receives_plain_required_values_of_its_own(world, requirements) -> None:
    received = []

    def check(_world: World, required: dict[str, Any]) -> Finding:
        received.append(dict(required))
        required.clear()
        return Finding({})

    assert judge(check, world, requirements).required == {"days": 14, "minutes": 30}
    assert received == [{"days": 14, "minutes": 30}]


@pytest.mark.parametrize(
    ("error", "message", "text"),
    [
        (ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeDBInstances"), "core.unreadable", "AccessDenied"),
        (EndpointConnectionError(endpoint_url="http://x"), "core.unreadable", "http://x"),
        (TimeoutError("timed out"), "core.unreadable", "timed out"),
        (KeyError("MultiAZ"), "core.field_missing", "MultiAZ"),
        (IndexError("list index out of range"), "core.field_missing", "test_engine.py"),
        (TypeError("no"), "core.check_error", "TypeError: no"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_says_why(world, requirements, error, message, text) -> None:
    def check(_world: World, _required: dict[str, Any]) -> Finding:
        raise error

    judgement = judge(check, world, requirements)
    assert (judgement.verdict, [breach.id for breach in judgement.breaches]) == ("unknown", [message])
    assert text in render(judgement.breaches[0], "en")
    assert text in render(judgement.breaches[0], "ja")


@pytest.mark.parametrize(
    "finding", [None, Finding({"n": object()}), Finding({"n": float("nan")}), Finding({"n": b"x"})]
)
def test_what_cannot_be_recorded_is_unknown(world, requirements, finding) -> None:
    judgement = judge(lambda _world, _required: finding, world, requirements)
    assert (judgement.verdict, judgement.breaches[0].id, judgement.observed) == ("unknown", "core.check_error", {})


def test_observed_facts_become_plain(world, requirements) -> None:
    observed = {"at": NOW, "zones": {"c", "a"}, "pair": (1, 2), 5: None}
    breach = Breach("x.y", {"at": NOW})
    judgement = judge(lambda _world, _required: Finding(observed, (breach,)), world, requirements)
    at = "2026-11-21T09:00:00+00:00"
    assert judgement.observed == {"at": at, "zones": ["a", "c"], "pair": [1, 2], "5": None}
    assert judgement.breaches == (Breach("x.y", {"at": at}),)


@pytest.mark.parametrize("finding", [Finding({}), Finding({}, not_applicable=BREACH), Finding({}, (BREACH,))])
def test_a_looser_override_fails_the_item_by_the_checklists_own_value(world, requirements, finding) -> None:
    looser = requirements.tightened({"1": {"days": 7, "minutes": 10}})
    judgement = judge(lambda _world, _required: finding, world, looser)
    assert (judgement.verdict, judgement.required) == ("fail", {"days": 14, "minutes": 10})
    assert [breach.id for breach in judgement.breaches] == [
        "core.requirement_looser",
        *(b.id for b in finding.breaches),
    ]
    assert "days = 7" in render(judgement.breaches[0], "en")


def test_items_run_side_by_side_in_the_given_order_and_one_error_stops_no_other(world) -> None:
    together = threading.Barrier(3, timeout=5)

    def meets(_world: World, _required: dict[str, Any]) -> Finding:
        together.wait()
        return Finding({})

    def fails(_world: World, _required: dict[str, Any]) -> Finding:
        raise OSError("down")

    checks: dict[str, engine.CheckFunction] = {"c": meets, "x": fails, "a": meets, "b": meets}
    judgements = run(["c", "x", "a", "b"], world, Requirements({}), checks=checks)
    assert [(each.item, each.verdict) for each in judgements] == [
        ("c", "pass"),
        ("x", "unknown"),
        ("a", "pass"),
        ("b", "pass"),
    ]


def test_nothing_to_run_and_an_item_without_a_check(world) -> None:
    assert run([], world, Requirements({}), checks={}) == []
    with pytest.raises(KeyError, match="9"):
        run(["9"], world, Requirements({}), checks={})


def test_once_reads_once_for_all_threads_and_reraises_to_each(world) -> None:
    reads: list[str] = []

    def fact(_world: World) -> str:
        reads.append("fact")
        time.sleep(0.05)
        return "read"

    def broken(_world: World) -> str:
        reads.append("broken")
        time.sleep(0.05)
        raise OSError("down")

    def check(each: World, _required: dict[str, Any]) -> Finding:
        return Finding({"fact": each.once(fact)})

    def unlucky(each: World, _required: dict[str, Any]) -> Finding:
        return Finding({"fact": each.once(broken)})

    checks: dict[str, engine.CheckFunction] = {f"c{n}": check for n in range(4)} | {f"u{n}": unlucky for n in range(4)}
    judgements = run(list(checks), world, Requirements({}), checks=checks)
    assert sorted(reads) == ["broken", "fact"]
    assert [each.verdict for each in judgements] == ["pass"] * 4 + ["unknown"] * 4
    assert all("down" in each.breaches[0].params["error"] for each in judgements[4:])


def test_what_goes_while_a_fact_is_read_is_read_again(world) -> None:
    reads: list[str] = []

    def fact(_world: World) -> str:
        reads.append("fact")
        if len(reads) == 1:
            raise ClientError({"Error": {"Code": "ReplicationGroupNotFoundFault"}}, "ListTagsForResource")
        return "read"

    assert world.once(fact) == "read"


def test_facts_may_rest_on_facts(world) -> None:
    assert world.once(lambda each: each.once(lambda _world: 1) + 1) == 2


def test_clients_are_of_the_platforms_region_unless_another_is_named(world) -> None:
    assert world.client("rds") == ("rds", "ap-northeast-1")
    assert world.client("rds", "ap-northeast-3") == ("rds", "ap-northeast-3")


def test_the_clock_must_know_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        World(PLATFORM, FakeClients(), datetime(2026, 1, 1))


def test_an_item_has_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_REGISTRY", {})

    @engine.check("1")
    def first(_world: World, _required: dict[str, Any]) -> Finding:
        return Finding({})

    assert {"1": first} == engine._REGISTRY
    with pytest.raises(ValueError, match="item 1 has two checks"):
        engine.check("1")(first)
