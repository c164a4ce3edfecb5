"""The monthly report from a real Prometheus, with figures computed by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._sla.task import run
from tests.planes.prometheus_history import Sample, prometheus

STEP = 300
# October 2026 in Tokyo.
BEGIN = int(datetime(2026, 9, 30, 15, tzinfo=UTC).timestamp())
END = int(datetime(2026, 10, 31, 15, tzinfo=UTC).timestamp())
NOW = datetime(2026, 11, 2, tzinfo=UTC)
STEPS = 31 * 288
# Samples are taken a minute before the step ends, and some before and after the month.
MOMENTS = range(BEGIN - 11 * STEP, END + 12 * STEP + 1, STEP)
EARLY = 60
BUCKETS = {"50": 1500, "100": 2700, "250": 2900, "+Inf": 3000}
# From 12:00 to 12:30 on the tenth, in Tokyo.
OUTAGE = range(BEGIN + 9 * 86400 + 12 * 3600 + STEP, BEGIN + 9 * 86400 + 12 * 3600 + 1800 + 1, STEP)
GAP = range(BEGIN + 20 * 86400 + STEP, BEGIN + 20 * 86400 + 2 * 3600 + 1, STEP)
SERVICES = ["api", "worker", "quiet", "idle"]


def samples() -> Iterator[Sample]:
    for number, end in enumerate(MOMENTS):
        at = end - EARLY
        inside = BEGIN < end <= END
        # What lies outside of the month must not be counted, what lies at its edges must.
        failed = 1.0 if not inside else 0.5 if end in OUTAGE else 0.2 if end in (BEGIN + STEP, END) else 0.0
        yield 'slo:requests:rate5m{service="api"}', 10.0, at
        yield 'slo:sli_error:ratio_rate5m{service="api",slo="availability"}', failed, at
        yield 'slo:sli_error:ratio_rate5m{service="api",slo="latency_p95"}', 0.04, at
        yield 'slo:latency_mean:seconds_rate5m{service="api",slo="latency_mean"}', 0.08, at
        for bound, count in BUCKETS.items():
            labels = f'reporter="source",destination_service_name="api",le="{bound}"'
            yield f"istio_request_duration_milliseconds_bucket{{{labels}}}", 1e6 + count * number, at
        yield 'slo:objective:ratio{service="api",slo="availability"}', 0.9995, at
        yield 'slo:requests:rate5m{service="quiet"}', 0.0, at
        if end in OUTAGE:
            labels = (
                'alertname="SLOErrorBudgetBurn",alertstate="firing",service="api",slo="availability",severity="page"'
            )
            yield f"ALERTS{{{labels}}}", 1.0, at
        if end not in GAP:
            yield 'slo:requests:rate5m{service="worker"}', 1.0, at
            yield 'slo:sli_error:ratio_rate5m{service="worker",slo="availability"}', 0.0, at
            yield 'slo:sli_error:ratio_rate5m{service="worker",slo="latency_p95"}', 0.0, at
            yield 'slo:latency_mean:seconds_rate5m{service="worker",slo="latency_mean"}', 0.15, at


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with prometheus(tmp_path_factory.mktemp("prometheus"), samples()) as found:
        yield found


def params(url: str, directory: Path, **changed: Any) -> dict[str, Any]:
    return {
        "month": "",
        "services": SERVICES,
        "public_services": ["api"],
        "uncalled_services": [],
        "targets": {"availability_percent": 99.9, "api_mean_ms": 100.0, "api_p95_ms": 250.0},
        "outage_percent": 10.0,
        "prometheus_url": url,
        "prometheus": {},
        "report_dir": str(directory),
        "platform": {"environment": "staging", "account_id": "123456789012", "region": "ap-northeast-1", "tags": {}},
        "revision": "1.0.0",
        "language": "en",
        **changed,
    }


def made(url: str, directory: Path, now: datetime = NOW, **changed: Any) -> dict[str, Any]:
    result = run(params(url, directory, **changed), Clients({"region": "ap-northeast-1"}), now, False)
    report: dict[str, Any] = json.loads(Path(result["files"]["json"]).read_bytes())
    return report


@pytest.fixture(scope="module")
def report(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return made(url, tmp_path_factory.mktemp("report"))


def service(report: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in report["services"] if each["name"] == name]
    return dict(found)


def test_the_month_is_tokyos(report: dict[str, Any]) -> None:
    assert (report["month"], report["over"]) == ("2026-10", True)
    assert (report["began_at"], report["ended_at"]) == ("2026-09-30T15:00:00Z", "2026-10-31T15:00:00Z")


def test_figures_are_those_computed_by_hand(report: dict[str, Any]) -> None:
    found = service(report, "api")
    requests = STEPS * STEP * 10
    # Half of 1800 s of requests, and a fifth of the first and of the last five minutes.
    failed = 1800 * 10 * 0.5 + 2 * STEP * 10 * 0.2
    assert (found["requests"], found["failed_requests"]) == (26_784_000, 10_200) == (requests, failed)
    assert found["availability"] == {
        "percent": round(100 - 100 * failed / requests, 6),
        "objective_percent": 99.95,
        "budget_left_percent": round(100 - 100 * failed / (requests * 0.0005), 6),
        "verdict": "met",
    }
    assert found["latency_mean"] == {"ms": 80.0, "objective_ms": 100.0, "verdict": "met"}
    # Of 3000 requests per step the 2850th is three quarters through the bucket from 100 to 250.
    assert found["latency_p95"]["ms"] == pytest.approx(212.5)
    assert (found["latency_p95"]["fast_percent"], found["latency_p95"]["verdict"]) == (96.0, "met")
    assert (found["outage_minutes"], found["missing_minutes"], found["verdict"]) == (40, 0, "met")


def test_the_platform_is_what_its_public_services_are(report: dict[str, Any]) -> None:
    whole, api = report["platform"], service(report, "api")
    assert whole["requests"] == api["requests"]
    assert whole["availability"]["percent"] == api["availability"]["percent"]
    assert whole["availability"]["objective_percent"] == 99.9
    # 100 of 3000 took longer than 250 ms.
    assert whole["latency_p95"]["fast_percent"] == pytest.approx(100 - 100 / 30, abs=1e-4)
    assert whole["verdict"] == "met"


def test_gaps_are_told_and_never_met(report: dict[str, Any]) -> None:
    found = service(report, "worker")
    assert found["missing_minutes"] == 120
    assert found["missing_percent"] == pytest.approx(100 * 24 / STEPS, abs=1e-6)
    assert found["gaps"] == [{"began_at": "2026-10-20T15:00:00Z", "ended_at": "2026-10-20T17:00:00Z", "minutes": 120}]
    assert found["availability"]["verdict"] == "incomplete"
    # What was measured is too slow, whatever the rest was.
    assert (found["latency_mean"]["verdict"], found["verdict"]) == ("missed", "missed")


def test_no_traffic_and_no_data_are_not_the_same(report: dict[str, Any]) -> None:
    assert service(report, "quiet")["verdict"] == "no_traffic"
    assert service(report, "idle")["verdict"] == "no_data"
    assert service(report, "idle")["missing_minutes"] == 31 * 24 * 60


def test_of_a_service_that_nobody_may_call_nothing_is_missing(url: str, tmp_path: Path) -> None:
    found = service(made(url, tmp_path, uncalled_services=["idle"]), "idle")
    assert (found["verdict"], found["missing_minutes"], found["gaps"]) == ("no_caller", 0, [])


def test_incidents_have_times_and_alerts(report: dict[str, Any]) -> None:
    worst, *edges = report["incidents"]
    assert worst == {
        "service": "api",
        "kind": "availability",
        "began_at": "2026-10-10T03:00:00Z",
        "ended_at": "2026-10-10T03:30:00Z",
        "minutes": 30,
        "bad_requests": 9000,
        "worst_percent": 50.0,
        "alerts": ["SLOErrorBudgetBurn page"],
    }
    assert [each["began_at"] for each in edges] == ["2026-09-30T15:00:00Z", "2026-10-31T14:55:00Z"]


def test_a_month_before_the_data_is_no_data(url: str, tmp_path: Path) -> None:
    report = made(url, tmp_path, month="2026-09")
    assert report["platform"]["verdict"] == "missed"  # the hour before October, in which everything failed
    assert report["platform"]["missing_minutes"] == 30 * 24 * 60 - 60
    assert made(url, tmp_path, month="2026-08")["platform"]["verdict"] == "no_data"


def test_the_present_month_is_judged_so_far(url: str, tmp_path: Path) -> None:
    report = made(url, tmp_path, datetime(2026, 10, 5, tzinfo=UTC), month="2026-10")
    assert (report["over"], report["platform"]["verdict"]) == (False, "running")
    assert report["platform"]["requests"] == (4 * 86400 + 9 * 3600) * 10


def test_the_same_again_changes_nothing_and_check_mode_writes_nothing(url: str, tmp_path: Path) -> None:
    clients = Clients({"region": "ap-northeast-1"})
    planned = run(params(url, tmp_path), clients, NOW, True)
    assert (planned["changed"], list(tmp_path.iterdir())) == (True, [])
    written = run(params(url, tmp_path), clients, NOW, False)
    assert written["changed"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "sla-2026-10.html",
        "sla-2026-10.json",
        "sla-2026-10.md",
    ]
    assert not run(params(url, tmp_path), clients, NOW, False)["changed"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"month": "2027-01"}, "has not begun"),
        ({"public_services": ["nobody"]}, "nobody not among the services"),
        ({"public_services": []}, "no platform to judge"),
        ({"uncalled_services": ["nobody"]}, "nobody not among the services"),
        ({"uncalled_services": ["api"]}, "api is public"),
        ({"prometheus_url": "http://127.0.0.1:9"}, "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(url: str, tmp_path: Path, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(params(url, tmp_path, **changed), Clients({"region": "ap-northeast-1"}), NOW, False)
    assert list(tmp_path.iterdir()) == []


def test_a_query_that_prometheus_refuses_is_told(url: str) -> None:
    from ansible_collections.iworkz.platform.plugins.module_utils._sla.source import (
        Prometheus,
        PrometheusError,
        at_url,
    )

    with pytest.raises(PrometheusError, match=r"400.*parse error"):
        list(Prometheus(at_url(url)).ranges("sum(", range(BEGIN, BEGIN + 1, STEP)))
