"""The traffic model: what callers and called count, by the time of day, in outages and with faults."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from sandbox.traffic import faults, pages
from sandbox.traffic.cluster import Cluster, Container, Followed, Service
from sandbox.traffic.faults import Fault
from sandbox.traffic.histograms import ISTIO, Histogram, Latency
from sandbox.traffic.load import daily, rates
from sandbox.traffic.model import Model, Pod

MIDNIGHT_IN_JAPAN = 1_800_025_200.0
GATEWAY = Service("istio-ingressgateway", "istio-ingress", ("gateway-1",))
WEB = Service("web", "shop", ("web-1", "web-2"), ("stock",), public=True)
STOCK = Service("stock", "shop", ("stock-1",), ("web",))


def cluster(*services: Service, gateway: Service | None = GATEWAY) -> Cluster:
    return Cluster({each.name: each for each in services or (WEB, STOCK)}, gateway)


def ran(found: Cluster, seconds: float = 600, **given: Fault) -> Model:
    model = Model(MIDNIGHT_IN_JAPAN)
    model.place(found)
    for step in range(1, 11):
        model.advance(MIDNIGHT_IN_JAPAN + seconds * step / 10, given)
    return model


def counted(model: Model, reporter: str, other: str, code: str | None = None) -> float:
    return sum(
        each.count
        for pod in model.pods.values()
        for key, each in pod.mesh.items()
        if key[:2] == (reporter, other) and code in (None, key[3])
    )


def test_the_day_has_a_peak_in_the_afternoon_of_japan() -> None:
    hours = [daily(MIDNIGHT_IN_JAPAN + 3600 * hour) for hour in range(24)]
    assert (hours.index(max(hours)), hours.index(min(hours))) == (16, 4)
    assert (round(max(hours), 3), round(min(hours), 3)) == (1.0, 0.2)


def test_requests_go_from_the_gateway_along_the_calls_and_are_the_same_in_every_run() -> None:
    found = rates(cluster(), MIDNIGHT_IN_JAPAN)
    assert found.keys() == {("", "web"), ("web", "stock"), ("stock", "web")}
    assert found["", "web"] > found["web", "stock"] > 0
    assert found == rates(cluster(), MIDNIGHT_IN_JAPAN)
    assert rates(cluster(gateway=None), MIDNIGHT_IN_JAPAN) == {}
    idle = Service("stock", "shop", (), ("web",))
    assert ("stock", "web") not in rates(cluster(WEB, idle), MIDNIGHT_IN_JAPAN)


def test_both_sides_count_the_same() -> None:
    model = ran(cluster())
    assert counted(model, "source", "stock") == pytest.approx(counted(model, "destination", "web"), rel=0.5)
    assert counted(model, "source", "web") > 100
    assert counted(model, "source", "web", "500") / counted(model, "source", "web") < 0.001


def test_pods_share_what_their_service_gets() -> None:
    model = ran(cluster())
    first, second = (model.pods["shop", name] for name in WEB.pods)
    assert first.mesh.keys() == second.mesh.keys()
    assert all(each.count == pytest.approx(second.mesh[key].count) for key, each in first.mesh.items())


def test_an_outage_is_counted_by_callers_only() -> None:
    model = ran(cluster(WEB, Service("stock", "shop", ())))
    assert counted(model, "source", "stock", "503") == counted(model, "source", "stock") > 0
    assert counted(model, "destination", "web") == 0
    (key,) = {key for key in model.pods["shop", "web-1"].mesh if key[1] == "stock"}
    assert key[4] == "UH"


def test_faults_are_errors_and_latency_of_a_service() -> None:
    model = ran(cluster(), stock=Fault("stock", errors=0.25, latency=1.5))
    assert counted(model, "source", "stock", "500") / counted(model, "source", "stock") == pytest.approx(0.25, abs=0.01)
    key = ("source", "stock", "shop", "200", "-")
    slow = model.pods["shop", "web-1"].mesh[key]
    assert slow.buckets[ISTIO.index(1000)] == 0
    assert slow.sum / slow.count == pytest.approx(1525, abs=50)
    assert counted(model, "source", "web", "500") / counted(model, "source", "web") < 0.001


def test_counters_only_grow_and_begin_anew_with_a_pod() -> None:
    model = ran(cluster())
    before = counted(model, "source", "stock")
    model.advance(MIDNIGHT_IN_JAPAN + 601, {})
    assert counted(model, "source", "stock") > before
    model.advance(MIDNIGHT_IN_JAPAN, {})
    model.place(cluster(Service("web", "shop", ("web-9",), ("stock",), public=True), STOCK))
    assert counted(model, "source", "stock") == 0
    assert set(model.pods) == {("shop", "web-9"), ("shop", "stock-1"), ("istio-ingress", "gateway-1")}


def test_a_histogram_is_cumulative_and_whole() -> None:
    histogram = Histogram(ISTIO, 1000.0)
    histogram.add(1000, Latency(0.03))
    lines = list(histogram.lines("x", 'a="b"'))
    values = [int(line.split()[-1]) for line in lines if "_bucket" in line]
    assert values == sorted(values)
    assert lines[0] == 'x_bucket{a="b",le="0.5"} 0'
    assert lines[-3:] == [
        'x_bucket{a="b",le="+Inf"} 1000',
        f'x_sum{{a="b"}} {histogram.sum:.3f}',
        'x_count{a="b"} 1000',
    ]
    assert values[ISTIO.index(100)] > 950


def test_pages_are_prometheus_text() -> None:
    model = ran(cluster())
    text = pages.pod(model.pods["shop", "web-1"])
    assert text.startswith("# TYPE sandbox_emulated gauge\nsandbox_emulated 1\n")
    sample = re.compile(r'[a-z_]+(\{([a-z_]+="[^"]*",?)*\})? [0-9.]+')
    assert all(sample.fullmatch(line) for line in text.splitlines() if not line.startswith("#"))
    assert len(set(text.splitlines())) == len(text.splitlines())
    assert 'reporter="source",source_workload="web"' in text
    assert 'reporter="destination",source_workload="istio-ingressgateway"' in text
    assert 'http_server_request_duration_seconds_bucket{http_request_method="GET",http_route="/v1"' in text
    assert "http_server" not in pages.pod(model.pods["istio-ingress", "gateway-1"])


def test_pages_of_nodes_and_the_mesh() -> None:
    container = Container("shop", "web-1", "web", 'a"b', 0.5, 1e9, 2e9)
    claim = {"namespace": "shop", "persistentvolumeclaim": "data", "bytes": 1e9}
    found = Cluster({"web": WEB}, None, {"one": (container,)}, {"one": (claim,)}, proxies=3)
    assert "kubelet_running_pods 1" in pages.kubelet(found, "one")
    assert 'kubelet_volume_stats_capacity_bytes{namespace="shop",persistentvolumeclaim="data"} 1000000000' in (
        pages.kubelet(found, "one")
    )
    text = pages.containers(found, "one", 1000.0, {("shop", "web-1"): Pod(WEB, cpu=12.5)})
    assert (
        'container_cpu_usage_seconds_total{namespace="shop",pod="web-1",container="web",image="a\\"b"} 12.500' in text
    )
    assert "pilot_xds 3" in pages.mesh(found, 600.0)
    assert 'pilot_proxy_convergence_time_bucket{le="+Inf"} 30' in pages.mesh(found, 600.0)


def test_faults_are_kept_until_they_are_over(tmp_path: Path) -> None:
    assert faults.read(tmp_path) == []
    faults.inject(tmp_path, Fault("web", errors=0.1))
    faults.inject(tmp_path, Fault("stock", latency=1, until=time.time() - 1))
    faults.inject(tmp_path, Fault("web", errors=0.2))
    assert faults.read(tmp_path) == [Fault("web", errors=0.2)]
    assert (faults.clear(tmp_path), faults.read(tmp_path)) == (1, [])


def test_a_file_is_read_again_when_it_was_replaced(tmp_path: Path) -> None:
    path = tmp_path / "file"
    followed = Followed(path, None)
    assert followed.get() == (None, False)
    path.write_text(json.dumps([1]))
    assert followed.get() == ([1], True)
    assert followed.get() == ([1], False)
    other = tmp_path / "other"
    other.write_text(json.dumps([2]))
    other.replace(path)
    assert followed.get() == ([2], True)
