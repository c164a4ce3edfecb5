"""The objects that are made of the declared services."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.iworkz.platform.plugins.filter.mesh_objects import FilterModule, mesh_objects
from tests.unit.kube.mesh_declared import OPTIONS, named, objects, of_kind, services

IDENTITY = "identity.platform.svc.cluster.local"


def test_how_many_there_are() -> None:
    assert Counter(one["kind"] for one in objects()) == {
        "AuthorizationPolicy": 19 + 7 + 1 + 1,
        "Certificate": 1,
        "DestinationRule": 19,
        "Gateway": 1,
        "PeerAuthentication": 1,
        "RequestAuthentication": 19,
        "ServiceEntry": 3,
        "Sidecar": 19,
        "Telemetry": 1,
        "VirtualService": 19 + 5,
    }
    keys = [(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]) for one in objects()]
    assert len(keys) == len(set(keys))


def test_every_object_can_be_found_again() -> None:
    for one in objects():
        labels = one["metadata"]["labels"]
        assert labels["platform.iworkz.jp/component"] == "istio"
        assert labels["app.kubernetes.io/part-of"] == "iworkz"


def test_mutual_tls_and_the_denial_of_everything() -> None:
    found = objects()
    (peer,) = of_kind(found, "PeerAuthentication")
    assert (peer["metadata"]["namespace"], peer["spec"]) == ("istio-system", {"mtls": {"mode": "STRICT"}})
    closed = [one for one in of_kind(found, "AuthorizationPolicy") if one["spec"] == {}]
    assert {one["metadata"]["namespace"] for one in closed} == {
        *(service["team"] for service in services()),
        "istio-ingress",
    }


def test_a_service_that_nobody_calls_lets_nobody_in() -> None:
    assert "rules" not in named(objects(), "AuthorizationPolicy", "admin")["spec"]


def test_reads_are_tried_again_and_writes_only_if_they_never_arrived() -> None:
    reads, others = named(objects(), "VirtualService", "identity")["spec"]["http"]
    assert reads["match"] == [{"method": {"regex": "GET|HEAD"}}]
    assert "reset" in reads["retries"]["retryOn"].split(",")
    assert others["retries"]["retryOn"] == "connect-failure,refused-stream"
    assert "match" not in others
    assert (reads["timeout"], others["timeout"]) == ("10s", "10s")
    (slow, _others) = named(objects(), "VirtualService", "document")["spec"]["http"]
    assert slow["timeout"] == "60s"


def test_public_hosts_are_bound_to_the_gateway_and_others_are_not() -> None:
    found = objects()
    public = named(found, "VirtualService", "identity-public")
    assert public["spec"]["gateways"] == ["istio-ingress/public"]
    assert public["spec"]["hosts"] == ["id.iworkz.jp"]
    inside = [one for one in of_kind(found, "VirtualService") if not one["metadata"]["name"].endswith("-public")]
    assert {tuple(one["spec"]["gateways"]) for one in inside} == {("mesh",)}
    (gateway,) = of_kind(found, "Gateway")
    assert [server["port"]["number"] for server in gateway["spec"]["servers"]] == [8443]
    (certificate,) = of_kind(found, "Certificate")
    assert certificate["spec"]["secretName"] == gateway["spec"]["servers"][0]["tls"]["credentialName"]
    assert certificate["spec"]["dnsNames"] == sorted(one["host"] for one in services() if "host" in one)


def test_requests_go_to_stable_pods_until_a_canary_is_led() -> None:
    found = objects()
    ways = [way for one in of_kind(found, "VirtualService") for way in one["spec"]["http"]]
    assert [(one["destination"]["subset"], one.keys()) for way in ways for one in way["route"]] == [
        ("stable", {"destination"})
    ] * len(ways)
    subsets = named(found, "DestinationRule", "identity")["spec"]["subsets"]
    assert [one["labels"] for one in subsets] == [{"platform.iworkz.jp/track": one} for one in ("stable", "canary")]


def test_connections() -> None:
    policy = named(objects(), "DestinationRule", "identity")["spec"]["trafficPolicy"]
    assert policy["tls"] == {"mode": "ISTIO_MUTUAL"}
    assert policy["outlierDetection"] == OPTIONS["outlier_detection"]
    assert policy["loadBalancer"]["localityLbSetting"] == {"enabled": True}


@pytest.mark.parametrize(
    ("service", "hosts"),
    [
        (
            "identity",
            [
                "data/pgbouncer.data.svc.cluster.local",
                "engagement/notification.engagement.svc.cluster.local",
                "istio-system/*.ap-northeast-1.amazonaws.com",
                "istio-system/*.cache.amazonaws.com",
            ],
        ),
        ("search", ["istio-system/*.ap-northeast-1.amazonaws.com", "istio-system/*.cache.amazonaws.com"]),
    ],
)
def test_a_proxy_knows_what_its_service_depends_on(service: str, hosts: list[str]) -> None:
    spec = named(objects(), "Sidecar", service)["spec"]
    assert spec["egress"] == [{"hosts": hosts}]
    assert spec["outboundTrafficPolicy"] == {"mode": "REGISTRY_ONLY"}


def test_hosts_of_one_service_are_known_to_it_alone() -> None:
    found = objects()
    entry = named(found, "ServiceEntry", "api-payments-example-443")
    assert entry["spec"]["hosts"] == ["api.payments.example"]
    knowing = [
        one["metadata"]["name"]
        for one in of_kind(found, "Sidecar")
        if "istio-system/api.payments.example" in one["spec"]["egress"][0]["hosts"]
    ]
    assert knowing == ["billing"]


def test_a_service_that_depends_on_nothing_knows_nothing() -> None:
    alone = [{**services()[0], "dependencies": {"services": [], "stores": []}}]
    options = {**OPTIONS, "anonymous_paths": {}, "timeouts": {}, "external_hosts": {}, "common_hosts": []}
    assert named(mesh_objects(alone, **options), "Sidecar", "api-gateway")["spec"]["egress"] == [{"hosts": ["~/*"]}]


def test_traces_go_where_they_are_sent() -> None:
    collector = {"service": "collector.monitoring.svc.cluster.local", "port": 4317, "sampling_percentage": 5}
    found = objects(tracing=collector)
    (telemetry,) = of_kind(found, "Telemetry")
    assert telemetry["spec"]["tracing"] == [{"providers": [{"name": "tracing"}], "randomSamplingPercentage": 5}]
    hosts = named(found, "Sidecar", "search")["spec"]["egress"][0]["hosts"]
    assert "monitoring/collector.monitoring.svc.cluster.local" in hosts
    assert "tracing" not in of_kind(objects(), "Telemetry")[0]["spec"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"timeouts": {"none": "5s"}}, "timeouts: none"),
        ({"external_hosts": {"none": []}}, "external_hosts: none"),
        ({"anonymous_paths": {"billing": ["/"]}}, "anonymous_paths: billing must be one of"),
        ({"colour": "red"}, "missing or not known: colour"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], error: str) -> None:
    with pytest.raises(AnsibleFilterError, match=error):
        objects(**options)


def test_an_option_that_is_missing() -> None:
    options = copy.copy(OPTIONS)
    del options["issuer"]
    with pytest.raises(AnsibleFilterError, match="missing or not known: issuer"):
        mesh_objects(services(), **options)


def test_the_filter_is_there() -> None:
    assert FilterModule().filters() == {"mesh_objects": mesh_objects}
