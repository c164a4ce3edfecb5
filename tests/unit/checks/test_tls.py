"""Items 2.1.1.1 and 2.1.1.3: certificates by host and region, and what keeps them from renewing."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import _mesh_certificates, tls
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, World
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import _kubernetes

from .fake_account import NOW, TAGS, TOPIC, Account, broken, world
from .kube_facts import FakeReader, made

HOST, OTHER = "www.iworkz.jp", "api.iworkz.jp"
ARN = "arn:aws:acm:ap-northeast-1:123456789012:certificate/one"
REQUIRED = {item: load_requirements().resolve(item).required for item in ("2.1.1.1", "2.1.1.2", "2.1.1.3")}
DECLARED = {
    "services": [{"name": name, "exposure": "public", "host": name} for name in (HOST, OTHER)],
    "tls": {"wildcards": []},
}
CAA = ['0 issue "amazon.com"', '0 issuewild ";"', '0 iodef "mailto:security@iworkz.jp"']
VPC = {"VpcId": "vpc-1", "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()]}


def proof(name: str) -> dict[str, str]:
    return {"Name": f"_p.{name}.", "Type": "CNAME", "Value": f"_{name}.acm-validations.aws."}


def certificate(**changes: Any) -> dict[str, Any]:
    options = [{"DomainName": name, "ValidationMethod": "DNS", "ResourceRecord": proof(name)} for name in (HOST, OTHER)]
    return {
        "CertificateArn": ARN,
        "SubjectAlternativeNames": [HOST, OTHER],
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": "EC_prime256v1",
        "NotAfter": NOW + timedelta(days=198),
        "DomainValidationOptions": options,
        "RenewalEligibility": "ELIGIBLE",
        "InUseBy": ["lb"],
        **changes,
    }


def alarm(**changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": "expiry",
        "Namespace": "AWS/CertificateManager",
        "MetricName": "DaysToExpiry",
        "Dimensions": [{"Name": "CertificateArn", "Value": ARN}],
        "Threshold": 30.0,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        **changes,
    }


def record(name: str, kind: str, *values: str) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "ResourceRecords": [{"Value": value} for value in values]}


RECORDS = [
    record("iworkz.jp.", "CAA", *CAA),
    *(record(one["Name"], "CNAME", one["Value"]) for one in map(proof, (HOST, OTHER))),
    record("iworkz.jp.", "NS", "ns1."),
]


def answers(certificates: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """The account: `certificates`, `records`, `zones`, `vpcs` (of the recovery region) and `alarms` may differ."""
    found = {one["CertificateArn"]: one for one in ([certificate()] if certificates is None else certificates)}
    zones = changes.get("zones", [{"Id": "/hostedzone/Z1", "Name": "iworkz.jp.", "Config": {"PrivateZone": False}}])
    tags = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    return {
        "acm": {
            "list_certificates": {"CertificateSummaryList": [{"CertificateArn": arn} for arn in found]},
            "describe_certificate": lambda CertificateArn: {"Certificate": found[CertificateArn]},
            "list_tags_for_certificate": {"Tags": tags},
        },
        "ec2": {"describe_vpcs": {"Vpcs": changes.get("vpcs", [])}},
        "route53": {
            "list_hosted_zones": {"HostedZones": zones},
            "list_resource_record_sets": {"ResourceRecordSets": changes.get("records", RECORDS)},
        },
        "cloudwatch": {"describe_alarms": {"MetricAlarms": changes.get("alarms", [alarm()])}},
    }


def certified(*args: Any, **changes: Any) -> Finding:
    return tls.certified(world(answers(*args, **changes), DECLARED), REQUIRED["2.1.1.1"])


def ids(finding: Finding) -> set[str]:
    return {breach.id for breach in broken(finding)}


def test_hosts_with_a_good_certificate_pass():
    finding = certified()
    assert finding.breaches == ()
    (told,) = finding.observed["hosts"][HOST]["ap-northeast-1"]
    assert told == {
        "certificate": "one",
        "status": "ISSUED",
        "until": (NOW + timedelta(days=198)).isoformat(),
        "validation": "DNS",
        "key": "EC_prime256v1",
    }


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        ([], {"tls.no_certificate"}),
        ([certificate(SubjectAlternativeNames=[HOST])], {"tls.no_certificate"}),
        ([certificate(Status="PENDING_VALIDATION")], {"tls.not_issued"}),
        ([certificate(Status="FAILED")], {"tls.not_issued"}),
        ([certificate(NotAfter=NOW + timedelta(days=20, hours=23))], {"tls.expires_soon"}),
        ([certificate(NotAfter=NOW - timedelta(days=1))], {"tls.expires_soon"}),
        ([certificate(KeyAlgorithm="RSA_1024")], {"tls.weak_key"}),
        ([certificate(Type="IMPORTED", DomainValidationOptions=[])], {"tls.not_dns"}),
        ([certificate(SubjectAlternativeNames=["*.iworkz.jp"])], {"tls.wildcard"}),
        # One that lasts is enough, whatever becomes of another.
        ([certificate(), certificate(CertificateArn=ARN + "2", Status="FAILED")], set()),
        ([certificate(), certificate(CertificateArn=ARN + "2", NotAfter=NOW)], set()),
    ],
)
def test_a_bad_certificate_is_named(certificates, expected):
    assert ids(certified(certificates)) == expected


def test_a_wildcard_stands_for_one_label_only():
    wild = certificate(SubjectAlternativeNames=["*.jp", "*.a.iworkz.jp"])
    assert ids(certified([wild])) >= {"tls.no_certificate"}


def test_recovery_region_counts_once_the_platform_has_a_network_there():
    assert set(certified(vpcs=[VPC]).observed["hosts"][HOST]) == {"ap-northeast-1", "ap-northeast-3"}
    assert set(certified(vpcs=[{"VpcId": "vpc-2"}]).observed["hosts"][HOST]) == {"ap-northeast-1"}


@pytest.mark.parametrize(
    ("caa", "expected"),
    [
        ([], {"tls.anyone_issues"}),
        (['0 iodef "mailto:x@iworkz.jp"'], {"tls.anyone_issues"}),
        (['0 issue "amazon.com"', '0 issue "example.org"'], {"tls.others_issue"}),
        (['0 issue "amazon.com"', '0 issuewild "example.org"'], {"tls.others_issue"}),
        (['0 issue "amazon.com; validationmethods=dns-01"'], set()),
        (['0 issue ";"'], set()),
    ],
)
def test_who_may_issue(caa, expected):
    records = [one for one in RECORDS if one["Type"] != "CAA"] + ([record("iworkz.jp.", "CAA", *caa)] if caa else [])
    assert ids(certified(records=records)) == expected


def test_private_zones_say_nothing_in_public():
    private = [{"Id": "/hostedzone/Z1", "Name": "iworkz.jp.", "Config": {"PrivateZone": True}}]
    assert ids(certified(zones=private)) == {"tls.anyone_issues"}


def test_no_hosts_is_a_breach():
    finding = tls.certified(world(answers(), {**DECLARED, "services": []}), REQUIRED["2.1.1.1"])
    assert ids(finding) == {"tls.no_hosts"}


# -- 2.1.1.3


def mesh(**changes: Any) -> dict[tuple[str, str], list[dict[str, Any]]]:
    spec = {"duration": "2160h", "renewBefore": "720h", "privateKey": {"rotationPolicy": "Always"}}
    ready = {"conditions": [{"type": "Ready", "status": changes.get("ready", "True")}]}
    env = [{"name": "DEFAULT_WORKLOAD_CERT_TTL", "value": changes["ttl"]}] if "ttl" in changes else []
    template = {"template": {"spec": {"containers": [{"name": "discovery", "env": env}]}}}
    return {
        ("apps/v1", "deployments"): [made("istiod", "istio-system", spec=template)],
        ("cert-manager.io/v1", "certificates"): [
            made("istio-ingress-tls", "istio-ingress", spec={**spec, **changes.get("spec", {})}, status=ready)
        ],
    }


class TlsWorld(World):
    def __init__(self, account: dict[str, Any], cluster: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
        made_of = world(account, DECLARED)
        super().__init__(made_of.platform, Account(copy.copy(account)), NOW)
        self._reader = FakeReader(cluster)

    def once(self, fn: Any) -> Any:
        return self._reader if fn is _kubernetes else super().once(fn)


def renewed(account: dict[str, Any] | None = None, **changes: Any) -> set[str]:
    return ids(tls.renewed(TlsWorld(account or answers(), mesh(**changes)), REQUIRED["2.1.1.3"]))


def test_what_renews_by_itself_passes():
    assert renewed() == set()


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (answers([]), {"tls.none_issued"}),
        (answers([certificate(Status="PENDING_VALIDATION")]), {"tls.none_issued"}),
        (answers([certificate(RenewalEligibility="INELIGIBLE", InUseBy=[])]), {"tls.not_renewed"}),
        (answers(records=RECORDS[:1] + RECORDS[2:]), {"tls.unproven"}),
        (answers(records=[*RECORDS[:1], record(proof(HOST)["Name"], "CNAME", "x."), RECORDS[2]]), {"tls.unproven"}),
        (answers(zones=[]), {"tls.unproven"}),
        (answers(alarms=[]), {"tls.no_alarm"}),
        (answers(alarms=[alarm(MetricName="Other")]), {"tls.no_alarm"}),
        (answers(alarms=[alarm(Dimensions=[{"Name": "CertificateArn", "Value": "other"}])]), {"tls.no_alarm"}),
        (answers(alarms=[alarm(ActionsEnabled=False)]), {"tls.silent_alarm"}),
        (answers(alarms=[alarm(AlarmActions=[])]), {"tls.silent_alarm"}),
        (answers(alarms=[alarm(Threshold=7.0)]), {"tls.late_alarm"}),
        (answers(alarms=[alarm(Threshold=7.0), alarm(ActionsEnabled=False)]), {"tls.late_alarm"}),
        (answers(alarms=[alarm(ActionsEnabled=False), alarm()]), set()),
    ],
)
def test_what_keeps_a_certificate_from_renewing_is_named(account, expected):
    assert renewed(account) == expected


def test_a_certificate_that_waits_in_the_recovery_region_need_not_be_in_use():
    waiting = certificate(RenewalEligibility="INELIGIBLE", InUseBy=[])
    account = answers([waiting], vpcs=[VPC])
    finding = tls.renewed(TlsWorld(account, mesh()), REQUIRED["2.1.1.3"])
    assert {breach.params["region"] for breach in broken(finding)} == {"ap-northeast-1"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ttl": "24h0m0s"}, set()),
        ({"ttl": "48h"}, {"tls.proxy_too_long"}),
        ({"spec": {"duration": "8760h"}}, {"tls.gateway_too_long"}),
        ({"spec": {"privateKey": {}}}, {"tls.gateway_not_renewed"}),
        ({"spec": {"renewBefore": "2160h"}}, {"tls.gateway_not_renewed"}),
        ({"ready": "False"}, {"tls.gateway_not_renewed"}),
    ],
)
def test_certificates_of_the_mesh(changes, expected):
    assert renewed(**changes) == expected


def test_a_mesh_that_is_not_there_renews_nothing():
    finding = tls.renewed(TlsWorld(answers(), {}), REQUIRED["2.1.1.3"])
    assert ids(finding) == {"tls.no_control_plane", "tls.no_gateway_certificate"}


def test_durations():
    assert [_mesh_certificates.hours(one) for one in ("1h30m0s", "2160h", "90m")] == [1.5, 2160, 1.5]
    with pytest.raises(ValueError, match="90d is no duration"):
        _mesh_certificates.hours("90d")


# -- 2.1.1.2


def end_to_end(monkeypatch, answers, modes, sessions=None, buckets=None):
    monkeypatch.setattr(tls.encryption, "refusals", lambda _world: answers)
    monkeypatch.setattr(tls.encryption, "sessions", lambda _world: sessions or {})
    monkeypatch.setattr(tls.mesh, "peer_modes", lambda _world: modes)
    monkeypatch.setattr(tls._at_rest, "buckets", lambda _world: buckets or {})
    return ids(tls.encrypted_end_to_end(world({}), REQUIRED["2.1.1.2"]))


REFUSES = {"plaintext": None, "tls": "TLSv1.3", "old_tls": False}
STRICT = {"search": {"8080": "STRICT"}}


@pytest.mark.parametrize(
    ("answers", "modes", "more", "expected"),
    [
        ({"redis": REFUSES}, STRICT, {}, set()),
        ({}, STRICT, {}, {"tls.nothing_to_ask"}),
        ({"redis": REFUSES}, {}, {}, {"tls.no_mesh"}),
        ({"redis": {**REFUSES, "plaintext": "+PONG"}}, STRICT, {}, {"data_encryption.plaintext"}),
        ({"redis": {**REFUSES, "tls": "TLSv1.1"}}, STRICT, {}, {"data_encryption.weak_tls"}),
        ({"redis": {**REFUSES, "old_tls": True}}, STRICT, {}, {"data_encryption.old_tls"}),
        ({"redis": REFUSES}, {"search": {"8080": "PERMISSIVE"}}, {}, {"istio.plaintext"}),
        (
            {"redis": REFUSES},
            STRICT,
            {"sessions": {"db": [{"ssl": False, "version": None, "sessions": 1}]}},
            {"data_encryption.bare_sessions"},
        ),
        ({"redis": REFUSES}, STRICT, {"buckets": {"logs": {"policy": None}}}, {"data_encryption.bucket_plaintext"}),
    ],
)
def test_every_way_in_the_clear_is_named(monkeypatch, answers, modes, more, expected):
    assert end_to_end(monkeypatch, answers, modes, **more) == expected
