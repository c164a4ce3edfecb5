"""Figures computed by hand, of readings as Prometheus would have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._sla.figures import figures, together
from ansible_collections.iworkz.platform.plugins.module_utils._sla.histogram import quantile, share_above
from ansible_collections.iworkz.platform.plugins.module_utils._sla.incidents import incidents
from ansible_collections.iworkz.platform.plugins.module_utils._sla.month import Month
from ansible_collections.iworkz.platform.plugins.module_utils._sla.readings import Readings
from ansible_collections.iworkz.platform.plugins.module_utils._sla.words import ms, percent

INF = float("inf")
GRID = range(300, 3300, 300)
"""Ten steps."""
GOALS = {"availability": 0.999, "latency_p95": 0.95, "latency_mean": 0.1}
BUCKETS = {50.0: 500.0, 100.0: 900.0, 250.0: 980.0, INF: 1000.0}


def readings(**changed: dict[int, float]) -> Readings:
    """Ten requests per second for fifty minutes, 30 000 in all, none failed, 2 % slow, 80 ms on average."""
    points: dict[str, Any] = {
        "requests": dict.fromkeys(GRID, 10.0),
        "errors": dict.fromkeys(GRID, 0.0),
        "slow": dict.fromkeys(GRID, 0.02),
        "mean": dict.fromkeys(GRID, 0.08),
    }
    return Readings(**{name: {**every, **changed.get(name, {})} for name, every in points.items()}, buckets=BUCKETS)


def judged(read: Readings, over: bool = True) -> dict[str, Any]:
    return figures(read, GOALS, read.missing(GRID), GRID, over, 0.1)


def test_a_good_month() -> None:
    found = judged(readings(errors={300: 0.005}))
    # 300 s of 10 requests per second, of which 0.5 % failed; 30 are allowed.
    assert (found["verdict"], found["requests"], found["failed_requests"]) == ("met", 30000, 15)
    assert found["availability"] == {
        "percent": 99.95,
        "objective_percent": 99.9,
        "budget_left_percent": 50.0,
        "verdict": "met",
    }
    assert found["latency_mean"] == {"ms": 80.0, "objective_ms": 100.0, "verdict": "met"}
    # The 950th of 1000 lies five eighths into the bucket from 100 to 250.
    assert found["latency_p95"]["ms"] == 193.8
    assert found["latency_p95"]["fast_percent"] == 98.0
    assert (found["outage_minutes"], found["missing_minutes"], found["gaps"]) == (0, 0, [])


def test_the_budget_may_be_spent_to_the_last_request() -> None:
    assert judged(readings(errors={300: 0.01}))["availability"]["verdict"] == "met"
    assert judged(readings(errors={300: 0.0101}))["availability"]["verdict"] == "missed"


def test_an_outage_is_missed_and_counted_in_minutes() -> None:
    found = judged(readings(errors={300: 1.0, 600: 0.1, 900: 0.0999}))
    assert (found["verdict"], found["outage_minutes"]) == ("missed", 10)
    assert found["availability"]["budget_left_percent"] == pytest.approx(100 - 100 * 3599.7 / 30)


@pytest.mark.parametrize(("name", "value", "promise"), [("mean", 0.3, "latency_mean"), ("slow", 0.33, "latency_p95")])
def test_slowness_is_missed(name: str, value: float, promise: str) -> None:
    # 9 steps of 80 ms and one of 300 make 102; 9 of 2 % and one of 33 make 5.1.
    found = judged(readings(**{name: {300: value}}))
    others = {"availability", "latency_mean", "latency_p95"} - {promise}
    assert (found["verdict"], found[promise]["verdict"]) == ("missed", "missed")
    assert {found[other]["verdict"] for other in others} == {"met"}


def test_means_are_by_requests_not_by_time() -> None:
    found = judged(readings(requests={300: 100.0}, mean={300: 0.02}))
    assert found["latency_mean"]["ms"] == pytest.approx((100 * 20 + 90 * 80) / 190, abs=1e-3)


@pytest.mark.parametrize("name", ["requests", "errors", "slow", "mean"])
def test_a_gap_is_told_and_never_met(name: str) -> None:
    read = readings()
    for at in (900, 1200, 3000):
        del getattr(read, name)[at]
    found = judged(read)
    assert (found["verdict"], found["missing_minutes"], found["missing_percent"]) == ("incomplete", 15, 30.0)
    assert found["gaps"] == [
        {"began_at": "1970-01-01T00:10:00Z", "ended_at": "1970-01-01T00:20:00Z", "minutes": 10},
        {"began_at": "1970-01-01T00:45:00Z", "ended_at": "1970-01-01T00:50:00Z", "minutes": 5},
    ]
    assert found["requests"] == 21000


def test_a_gap_excuses_nothing() -> None:
    read = readings(errors={300: 1.0})
    del read.requests[900]
    assert judged(read)["verdict"] == "missed"


def test_without_requests_there_is_nothing_to_judge() -> None:
    found = judged(Readings(requests=dict.fromkeys(GRID, 0.0)))
    assert (found["verdict"], found["requests"], found["missing_minutes"]) == ("no_traffic", 0, 0)
    assert [found[name].get("percent", found[name].get("ms")) for name in ("availability", "latency_mean")] == [
        None,
        None,
    ]
    some = Readings(requests={300: 0.0})
    assert (judged(some)["verdict"], judged(some)["missing_minutes"]) == ("incomplete", 45)


def test_without_data_nothing_is_known() -> None:
    found = judged(Readings())
    assert (found["verdict"], found["missing_percent"]) == ("no_data", 100.0)


def test_of_what_nobody_may_call_no_data_is_missed() -> None:
    assert figures(Readings(), GOALS, [], GRID, True, 0.1, called=False)["verdict"] == "no_caller"
    # What was called all the same is judged.
    assert figures(readings(errors={300: 1.0}), GOALS, [], GRID, True, 0.1, called=False)["verdict"] == "missed"


def test_a_month_that_goes_on_is_not_met_yet() -> None:
    assert judged(readings(), over=False)["verdict"] == "running"
    assert judged(readings(errors={300: 1.0}), over=False)["verdict"] == "missed"


def test_recorded_objectives_come_before_the_targets() -> None:
    read = readings(errors={300: 0.01})
    read.objectives["availability"] = 0.9995
    assert judged(read)["availability"]["verdict"] == "missed"


def test_several_services_are_judged_by_their_requests() -> None:
    quiet = readings(requests=dict.fromkeys(GRID, 0.0))
    busy = readings(requests=dict.fromkeys(GRID, 30.0), errors={300: 0.04})
    whole = together([readings(), busy, quiet], GOALS, GRID, 100)
    assert whole.requests[300] == 40
    assert whole.errors[300] == pytest.approx(0.03)
    # 900 of 1000 requests took 100 ms at most.
    assert whole.slow[300] == pytest.approx(0.1)
    assert figures(whole, GOALS, [], GRID, True, 0.1)["latency_p95"]["verdict"] == "missed"


def test_what_is_known_of_one_service_is_not_lost_with_another() -> None:
    gone = readings()
    gone.requests.clear()
    whole = together([readings(), gone], GOALS, GRID, 250)
    assert figures(whole, GOALS, list(GRID), GRID, True, 0.1)["verdict"] == "incomplete"


@pytest.mark.parametrize(("share", "expected"), [(0.25, 25.0), (0.5, 50.0), (0.9, 100.0), (0.98, 250.0), (0.99, 250.0)])
def test_quantiles_are_linear_within_a_bucket(share: float, expected: float) -> None:
    assert quantile(share, BUCKETS) == expected


def test_quantiles_of_nothing() -> None:
    assert quantile(0.95, {}) is None
    assert share_above(100, {50.0: 0.0, INF: 0.0}) is None


@pytest.mark.parametrize(("limit", "expected"), [(25, 0.75), (50, 0.5), (175, 0.06), (250, 0.02), (1000, 0.02)])
def test_share_above_a_limit(limit: float, expected: float) -> None:
    assert share_above(limit, BUCKETS) == pytest.approx(expected)


def test_an_outage_is_an_incident_with_its_alerts() -> None:
    read = readings(errors={600: 0.02, 900: 0.5, 1200: 0.3, 1500: 0.0005, 2400: 0.02})
    for at in range(900, 2100, 300):
        read.alerts[at] = {("SLOErrorBudgetBurn", "availability", "page"), ("SLOLatencyMean", "latency_mean", "ticket")}
    (found,) = incidents({"api": read}, GOALS, GRID, 0.1)
    # At 600 no alert fires yet, at 1500 the budget is no longer being spent, at 2400 nobody was told.
    assert found == {
        "service": "api",
        "kind": "availability",
        "began_at": "1970-01-01T00:10:00Z",
        "ended_at": "1970-01-01T00:20:00Z",
        "minutes": 10,
        "bad_requests": 2400,
        "worst_percent": 50.0,
        "alerts": ["SLOErrorBudgetBurn page"],
    }


def test_slowness_is_an_incident_where_an_alert_says_so() -> None:
    read = readings(slow={600: 0.5, 900: 0.4}, mean={1200: 0.2})
    for at in (900, 1200):
        read.alerts[at] = {("SLOErrorBudgetBurn", "latency_p95", "ticket")}
    (found,) = incidents({"api": read}, GOALS, GRID, 0.1)
    assert (found["kind"], found["began_at"], found["minutes"]) == ("latency", "1970-01-01T00:10:00Z", 10)


def test_the_worst_incident_comes_first() -> None:
    small, big = readings(errors={300: 0.2}), readings(errors={3000: 0.9})
    assert [each["service"] for each in incidents({"a": small, "b": big}, GOALS, GRID, 0.1)] == ["b", "a"]


def test_months_begin_at_midnight_in_tokyo() -> None:
    month = Month.parse("2026-12")
    assert month.begin.astimezone(UTC) == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert month.end.astimezone(UTC) == datetime(2026, 12, 31, 15, tzinfo=UTC)
    assert str(month) == "2026-12"
    grid = month.grid(datetime(2027, 6, 1, tzinfo=UTC))
    assert (grid[0] - month.begin.timestamp(), grid[-1], len(grid)) == (300, month.end.timestamp(), 31 * 288)


def test_a_month_under_way_is_looked_at_so_far() -> None:
    month = Month.parse("2026-11")
    assert len(month.grid(datetime(2026, 10, 31, 15, 9, 59, tzinfo=UTC))) == 1
    assert len(month.grid(datetime(2026, 10, 31, 15, 4, 59, tzinfo=UTC))) == 0


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2026, 10, 31, 14, 59, tzinfo=UTC), "2026-09"),
        (datetime(2026, 10, 31, 15, 0, tzinfo=UTC), "2026-10"),
        (datetime(2026, 12, 31, 15, 0, tzinfo=UTC), "2026-12"),
    ],
)
def test_the_last_month_that_is_over(now: datetime, expected: str) -> None:
    assert str(Month.before(now)) == expected


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "october", "2026-10-01"])
def test_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        Month.parse(text)


def test_rounding_never_flatters() -> None:
    assert [percent(value) for value in (99.8999999, 99.9, 100.0, -3.2, None)] == [
        "99.899 %",
        "99.9 %",
        "100 %",
        "-3.2 %",
        "-",
    ]
    assert [ms(value) for value in (100.01, 100.0, 80.0, None)] == ["100.1 ms", "100 ms", "80 ms", "-"]
