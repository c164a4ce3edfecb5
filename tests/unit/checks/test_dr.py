from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks import dr
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World, load_checks, run
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import save
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from tests.unit.checks.fake_account import NOW, TAGS, Account, Answers, broken, world
from tests.unit.drill.results_samples import result
from tests.unit.drill.runbook_samples import PLACE

SCENARIOS = ("database_az", "database_region", "cache_node", "queue_broker")
TARGETS = {
    "zone": {"rto_seconds": 120, "rpo_seconds": 0},
    "region": {"rto_seconds": 3600, "rpo_seconds": 300},
    "cache": {"rto_seconds": 60, "rpo_seconds": 5},
    "queue": {"rto_seconds": 120, "rpo_seconds": 0},
}
DECLARED = {
    "recovery": TARGETS,
    "drill_intervals": {"database_az": 720, "database_region": 2160},
    "services": [{"name": "gateway", "exposure": "public", "host": "api.iworkz.jp"}, {"exposure": "internal"}],
}
TAG_LIST = [{"Key": key, "Value": value} for key, value in TAGS.items()]
CHECKED = "11111111-aaaa"
HOME, AWAY = "ap-northeast-1", "ap-northeast-3"
CERTIFICATE = f"arn:aws:acm:{AWAY}:123456789012:certificate/1"
ADDRESS = "lb-1.{}.elb.amazonaws.com"


class Regional(Account):
    """An account whose answers may be those of one region: ``"elbv2 ap-northeast-3"``."""

    def client(self, service: str, region: str | None = None) -> Any:
        return super().client(f"{service} {region}" if f"{service} {region}" in self._answers else service)


def required(item: str) -> dict[str, Any]:
    return load_requirements().resolve(item).required


def record(failover: str, **changes: Any) -> dict[str, Any]:
    primary = failover == "PRIMARY"
    health = {"HealthCheckId": CHECKED} if primary else {}
    alias = {"DNSName": f"dualstack.{ADDRESS.format(HOME if primary else AWAY)}.", "EvaluateTargetHealth": False}
    told = {"Name": "api.iworkz.jp.", "Type": "A", "Failover": failover, "AliasTarget": alias}
    return {**told, **health, **changes}


def balancing(region: str) -> dict[str, Any]:
    """elbv2 of a region: one load balancer that takes HTTPS."""
    balancer = {
        "LoadBalancerArn": f"arn:{region}",
        "LoadBalancerName": f"lb-{region}",
        "DNSName": ADDRESS.format(region),
        "Scheme": "internet-facing",
        "State": {"Code": "active"},
    }
    return {
        "describe_load_balancers": {"LoadBalancers": [balancer]},
        "describe_tags": {"TagDescriptions": [{"ResourceArn": f"arn:{region}", "Tags": TAG_LIST}]},
        "describe_listeners": {"Listeners": [{"ListenerArn": "l", "Protocol": "HTTPS", "Port": 443}]},
        "describe_listener_certificates": {"Certificates": [{"CertificateArn": CERTIFICATE}]},
    }


def certified(**changes: Any) -> dict[str, Any]:
    told = {"CertificateArn": CERTIFICATE, "Status": "ISSUED", "SubjectAlternativeNames": ["api.iworkz.jp"]}
    return {
        "list_certificates": {"CertificateSummaryList": [{"CertificateArn": CERTIFICATE}]},
        "list_tags_for_certificate": {"Tags": TAG_LIST},
        "describe_certificate": {"Certificate": {**told, **changes}},
    }


def account() -> Answers:
    """Stores that fail over, and a public host with a checked pair of records."""
    zones = [
        {"Id": "/hostedzone/ZPUBLIC", "Config": {"PrivateZone": False}},
        {"Id": "/hostedzone/ZPRIVATE", "Config": {"PrivateZone": True}},
        {"Id": "/hostedzone/ZOTHER", "Config": {"PrivateZone": False}},
    ]
    tags = {"ZPUBLIC": TAG_LIST, "ZOTHER": []}
    records = {"ZPUBLIC": [record("PRIMARY"), record("SECONDARY"), {"Name": "iworkz.jp.", "Type": "SOA"}]}
    return {
        "rds": {
            "describe_db_instances": {
                "DBInstances": [
                    {"DBInstanceIdentifier": "db", "Engine": "postgres", "MultiAZ": True, "TagList": TAG_LIST},
                ]
            }
        },
        "elasticache": {
            "describe_replication_groups": {
                "ReplicationGroups": [
                    {"ReplicationGroupId": "redis", "ARN": "a", "AutomaticFailover": "enabled", "MultiAZ": "enabled"}
                ]
            },
            "list_tags_for_resource": {"TagList": TAG_LIST},
        },
        "mq": {
            "list_brokers": {"BrokerSummaries": [{"BrokerId": "b"}]},
            "describe_broker": {"BrokerName": "mq", "DeploymentMode": "CLUSTER_MULTI_AZ", "Tags": TAGS},
        },
        "route53": {
            "list_hosted_zones": {"HostedZones": zones},
            "list_tags_for_resources": lambda ResourceType, ResourceIds: {
                "ResourceTagSets": [{"ResourceId": each, "Tags": tags[each]} for each in ResourceIds]
            },
            "list_resource_record_sets": lambda HostedZoneId: {"ResourceRecordSets": records[HostedZoneId]},
            "list_health_checks": {
                "HealthChecks": [
                    {"Id": CHECKED, "HealthCheckConfig": {"FullyQualifiedDomainName": f"entry-{HOME}.iworkz.jp"}}
                ]
            },
            "records": records,
        },
        f"elbv2 {HOME}": balancing(HOME),
        f"elbv2 {AWAY}": balancing(AWAY),
        "acm": certified(),
        "ec2": {"describe_vpcs": {"Vpcs": [{"Tags": TAG_LIST}]}},
        "wafv2": {"get_web_acl_for_resource": {"WebACL": {}}},
    }


@pytest.fixture
def drills(tmp_path: Path) -> Path:
    """A drills directory in which every scenario passed an hour ago."""
    for scenario in SCENARIOS:
        save(_result(scenario), tmp_path / "drills")
    return tmp_path / "drills"


def _result(scenario: str, **changes: Any) -> dict[str, Any]:
    """A passing result as this revision's scenario makes it."""
    names = [variant.name for variant in load_scenarios()[scenario].variants]
    sample = result(scenario, runs=1)
    one = sample["variants"][-1]
    return {**sample, "variants": [{**one, "name": name} for name in names], "caller": "x", **changes}


def placed(directory: Path | None = None, answers: Answers | None = None, **changes: Any) -> World:
    built = world({}, DECLARED)
    platform = replace(built.platform, drills_dir=str(directory or ""), revision=PLACE.revision, **changes)
    return World(platform, Regional(answers or {}), NOW)


def ids(function: Any, world: World, item: str, **changes: Any) -> list[str]:
    return [breach.id for breach in broken(function(world, {**required(item), **changes}))]


def probe_of(sample: dict[str, Any], variant: int = -1) -> dict[str, Any]:
    (probe,) = sample["variants"][variant]["runs"][0]["probes"].values()
    return dict(probe)


def with_probe(scenario: str, variant: int = -1, **figures: Any) -> dict[str, Any]:
    """A result whose (only) probe of a variant measured this."""
    sample = _result(scenario)
    one = sample["variants"][variant]
    (run,) = one["runs"]
    probes = {store: {**probe, **figures} for store, probe in run["probes"].items()}
    sample["variants"][variant] = {**one, "runs": [{**run, "probes": probes}]}
    return sample


# ---- 6.2.1.3


def test_recent_drills_within_the_targets_pass(drills: Path) -> None:
    finding = dr.recovery_is_measured(placed(drills), required("6.2.1.3"))
    assert broken(finding) == []
    observed = finding.observed["database_az"]
    assert (observed["drills"], observed["verdict"], observed["age_days"]) == (1, "pass", 0.04)
    assert observed["figures"]["synchronous"]["postgres"] == {"rto_seconds": 1.8, "lost_seconds": 0.0}
    assert finding.observed["limits"]["cache"] == {"rto": 60, "rpo": 5}


def test_without_drills_each_scenario_is_a_breach(tmp_path: Path) -> None:
    for directory in (None, tmp_path / "none"):
        assert ids(dr.recovery_is_measured, placed(directory), "6.2.1.3") == ["dr.no_drill"] * 4


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (lambda: _result("cache_node", verdict="fail"), ["dr.drill_not_passed"]),
        (lambda: _result("cache_node", verdict="aborted", variants=[]), ["dr.drill_not_passed", "dr.unmeasured",
                                                                         "dr.unmeasured"]),
        (lambda: _result("cache_node", verdict="refused", variants=[]), []),
        (lambda: _result("cache_node", ended_at=(NOW + timedelta(minutes=1)).isoformat()), ["dr.drill_in_future"]),
        (lambda: with_probe("cache_node", rto_seconds=60.5), ["dr.rto_missed"]),
        (lambda: with_probe("cache_node", rto_seconds=59.5, lost_seconds=4.9, lost_rows=490), []),
        (lambda: with_probe("cache_node", lost_seconds=5.1, lost_rows=510), ["dr.rpo_missed"]),
        (lambda: with_probe("cache_node", rto_seconds=None), ["dr.unmeasured"]),
        (lambda: with_probe("cache_node", lost_rows=None, lost_seconds=None), ["dr.unmeasured"]),
        (lambda: with_probe("database_az", lost_rows=1, lost_seconds=0.01), ["dr.rpo_missed"]),
        (lambda: with_probe("queue_broker", lost_rows=1, lost_seconds=0.01), ["dr.rpo_missed"]),
        # Targets that the drill was told, or a verdict it gave itself, are not taken for granted.
        (lambda: {**with_probe("cache_node", rto_seconds=99), "targets": {"rto_seconds": 999, "rpo_seconds": 999}},
         ["dr.rto_missed"]),
        (lambda: _result("cache_node", environment="production", verdict="fail"), []),
        (lambda: _result("cache_node", account="210987654321", verdict="fail"), []),
    ],
)  # fmt: skip
def test_the_last_drill_counts(drills: Path, later: Callable[[], dict[str, Any]], found: list[str]) -> None:
    save(later(), drills)
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3") == found


def test_what_a_variant_is_not_judged_by_is_only_reported(drills: Path) -> None:
    unjudged = [v.name for v in load_scenarios()["database_az"].variants if "rpo" not in v.judges]
    assert unjudged == ["asynchronous"]
    save(with_probe("database_az", variant=0, lost_rows=9, lost_seconds=0.09), drills)
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3") == []
    save(with_probe("database_az", variant=0, rto_seconds=121.0), drills)
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3") == ["dr.rto_missed"]


def test_a_variant_that_was_left_out_is_not_measured(drills: Path) -> None:
    sample = _result("database_az")
    save({**sample, "variants": sample["variants"][:1]}, drills)
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3") == ["dr.unmeasured", "dr.unmeasured"]


@pytest.mark.parametrize(
    ("scenario", "days", "overdue"),
    [
        ("database_az", 29.9, False),
        ("database_az", 30.1, True),  # the platform's interval
        ("cache_node", 89.9, False),
        ("cache_node", 90.1, True),  # the checklist's
    ],
)
def test_a_drill_is_good_for_its_interval(drills: Path, scenario: str, days: float, overdue: bool) -> None:
    save(_result(scenario, ended_at=(NOW - timedelta(days=days)).isoformat()), drills)
    found = ids(dr.recovery_is_measured, placed(drills), "6.2.1.3")
    assert found == (["dr.drill_overdue"] if overdue else [])


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda home: (home / "000002.json").write_text("{}"), "dr.result_changed"),
        (lambda home: (home / "000002.json").unlink(), "dr.result_missing"),
        (lambda home: (home / "results.head").unlink(), "dr.results_head_changed"),
    ],
)
@pytest.mark.parametrize("function", [dr.recovery_is_measured, dr.fails_over_by_itself])
def test_results_that_were_touched_fail_even_when_newer_ones_pass(
    drills: Path, function: Any, damage: Callable[[Path], Any], found: str
) -> None:
    for scenario in SCENARIOS:
        save(_result(scenario), drills)
    damage(drills / "results")
    item = "6.2.1.3" if function is dr.recovery_is_measured else "6.2.1.2"
    assert ids(function, placed(drills, account()), item) == [found]


def test_a_tampered_last_result_leaves_the_scenario_without_a_recent_one(drills: Path) -> None:
    file = drills / "results" / "000003.json"
    file.write_bytes(file.read_bytes().replace(b'"fail"', b'"pass"').replace(b"3f9c2ab", b"4a0d3bc"))
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3") == ["dr.result_changed", "dr.no_drill"]


def test_a_required_scenario_must_be_defined(drills: Path) -> None:
    wanted = [*SCENARIOS, "meteorite"]
    assert ids(dr.recovery_is_measured, placed(drills), "6.2.1.3", scenarios=wanted) == ["dr.no_scenario"]


def test_the_platforms_own_target_counts_where_it_is_stricter(drills: Path) -> None:
    strict = {**TARGETS, "zone": {"rto_seconds": 1, "rpo_seconds": 0}}
    here = placed(drills, declared={**DECLARED, "recovery": strict})
    assert set(ids(dr.recovery_is_measured, here, "6.2.1.3")) == {"dr.rto_missed"}
    loose = {**TARGETS, "zone": {"rto_seconds": 9999, "rpo_seconds": 9999}}
    save(with_probe("database_az", rto_seconds=121.0), drills)
    here = placed(drills, declared={**DECLARED, "recovery": loose})
    assert ids(dr.recovery_is_measured, here, "6.2.1.3") == ["dr.rto_missed"]


def test_a_target_that_is_not_declared_makes_the_item_unknown(drills: Path) -> None:
    here = placed(drills, declared={**DECLARED, "recovery": {}})
    (judgement,) = run(["6.2.1.3"], here, load_requirements(), checks=load_checks())
    assert judgement.verdict == "unknown"


# ---- 6.2.1.2


def test_stores_dns_and_drills_that_fail_over_by_themselves_pass(drills: Path) -> None:
    finding = dr.fails_over_by_itself(placed(drills, account()), required("6.2.1.2"))
    assert broken(finding) == []
    assert finding.observed["stores"]["mq"] == {"deployment_mode": "CLUSTER_MULTI_AZ"}
    led = {"PRIMARY": ADDRESS.format(HOME), "SECONDARY": ADDRESS.format(AWAY)}
    assert finding.observed["dns"] == {"api.iworkz.jp A": {"records": led, "health_checked": True}}


def _set(*path: Any, value: Any) -> Callable[[Answers], None]:
    def change(answers: Answers) -> None:
        place: Any = answers
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


GROUP = ("elasticache", "describe_replication_groups", "ReplicationGroups")
RECORDS = ("route53", "records", "ZPUBLIC")
EVALUATED = {"AliasTarget": {"DNSName": ADDRESS.format(HOME), "EvaluateTargetHealth": True}}
LOCAL = {"AliasTarget": {"DNSName": ADDRESS.format(HOME), "EvaluateTargetHealth": False}}
BALANCER = (f"elbv2 {AWAY}", "describe_load_balancers", "LoadBalancers", 0)
LISTENER = (f"elbv2 {AWAY}", "describe_listeners", "Listeners", 0)
CHECK = ("route53", "list_health_checks", "HealthChecks", 0, "HealthCheckConfig")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_set("rds", "describe_db_instances", "DBInstances", 0, "MultiAZ", value=False), ["rds.single_az"]),
        (_set("rds", "describe_db_instances", "DBInstances", value=[]), ["rds.no_instance"]),
        (_set(*GROUP, 0, "AutomaticFailover", value="disabled"), ["elasticache.no_failover"]),
        (_set(*GROUP, 0, "MultiAZ", value="disabled"), ["elasticache.single_az"]),
        (_set(*GROUP, value=[]), ["elasticache.no_group"]),
        (_set("mq", "describe_broker", "DeploymentMode", value="SINGLE_INSTANCE"), ["dr.single_broker"]),
        (_set("mq", "list_brokers", "BrokerSummaries", value=[]), ["mq.no_broker"]),
        (_set("route53", "list_hosted_zones", "HostedZones", value=[]), ["dr.no_dns_failover"]),
        (_set(*RECORDS, value=[{"Name": "api.iworkz.jp.", "Type": "A"}]), ["dr.no_dns_failover"]),
        (_set(*RECORDS, value=[record("PRIMARY")]), ["dr.dns_half"]),
        (_set("route53", "list_health_checks", "HealthChecks", value=[]), ["dr.dns_unchecked"]),
        (_set(*RECORDS, 0, value=record("PRIMARY", HealthCheckId="gone", **EVALUATED)), []),
        (_set(*RECORDS, 0, "Name", value="www.iworkz.jp."), ["dr.dns_half", "dr.dns_half"]),
        (_set(*CHECK, "FullyQualifiedDomainName", value="API.iworkz.jp"), ["dr.dns_asks_itself"]),
        (
            _set(*RECORDS, 0, value=record("PRIMARY", AliasTarget=record("SECONDARY")["AliasTarget"])),
            ["dr.dns_elsewhere"],
        ),
        (_set(*RECORDS, 1, value=record("SECONDARY", **LOCAL)), ["dr.dns_elsewhere"]),
        (_set(*BALANCER, "Scheme", value="internal"), ["dr.dns_elsewhere"]),
        (_set(f"elbv2 {AWAY}", "describe_tags", "TagDescriptions", 0, "Tags", value=[]), ["dr.dns_elsewhere"]),
        (_set(*BALANCER, "State", "Code", value="failed"), ["dr.standby_silent"]),
        (_set(*LISTENER, "Protocol", value="HTTP"), ["dr.standby_silent"]),
        (_set(*LISTENER, "Port", value=8443), ["dr.standby_silent"]),
        (_set("acm", value=certified(SubjectAlternativeNames=["www.iworkz.jp"])), ["dr.standby_uncertified"]),
        (_set("acm", value=certified(Status="EXPIRED")), ["dr.standby_uncertified"]),
        (_set(f"elbv2 {AWAY}", "describe_listener_certificates", "Certificates", value=[]), ["dr.standby_uncertified"]),
        (_set("ec2", "describe_vpcs", "Vpcs", value=[]), ["dr.standby_uncertified"]),
        (_set("wafv2", "get_web_acl_for_resource", value={}), ["dr.standby_unguarded"]),
    ],
)
def test_what_would_not_fail_over_is_named(drills: Path, change: Callable[[Answers], None], found: list[str]) -> None:
    answers = account()
    change(answers)
    assert ids(dr.fails_over_by_itself, placed(drills, answers), "6.2.1.2") == found


def test_every_declared_host_has_to_fail_over(drills: Path) -> None:
    more = [*DECLARED["services"], {"exposure": "public", "host": "www.iworkz.jp"}]
    here = placed(drills, account(), declared={**DECLARED, "services": more})
    (breach,) = broken(dr.fails_over_by_itself(here, required("6.2.1.2")))
    assert (breach.id, breach.params) == ("dr.dns_missing", {"host": "www.iworkz.jp"})


def test_a_load_balancer_that_cannot_be_read_makes_the_item_unknown(drills: Path) -> None:
    answers = account()
    del answers[f"elbv2 {AWAY}"]["describe_tags"]
    (judgement,) = run(["6.2.1.2"], placed(drills, answers), load_requirements(), checks=load_checks())
    assert judgement.verdict == "unknown"


def test_a_hand_in_the_last_drill_fails_the_item(drills: Path) -> None:
    save(_result("cache_node", hands_free=False), drills)
    assert ids(dr.fails_over_by_itself, placed(drills, account()), "6.2.1.2") == ["dr.not_hands_free"]


def test_without_drills_nothing_is_proven() -> None:
    assert ids(dr.fails_over_by_itself, placed(None, account()), "6.2.1.2") == ["dr.no_drill"] * 3


# ---- 6.2.1.4


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runbooks of this revision, which tests copy."""
    directory = tmp_path_factory.mktemp("shelf")
    place = replace(PLACE, targets=TARGETS)
    files = runbooks.generate(load_scenarios(), place)
    runbooks.replace(directory, {**files, runbooks.MANIFEST: runbooks.manifest(load_scenarios(), place, files)})
    return directory


@pytest.fixture
def books(shelf: Path, tmp_path: Path) -> Path:
    shutil.copytree(shelf, tmp_path / "runbooks")
    return tmp_path / "runbooks"


def test_runbooks_of_this_revision_pass(books: Path) -> None:
    finding = dr.runbooks_match_the_code(placed(runbooks_dir=str(books)), required("6.2.1.4"))
    assert broken(finding) == []
    assert finding.observed["revision"] == PLACE.revision
    assert finding.observed["files"] == 4 * (len(load_scenarios()) + 1) + 1


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda books: (books / "database_az.ja.md").unlink(), ["dr.runbook_missing"]),
        (lambda books: (books / "cache_node.en.html").write_text("call me"), ["dr.runbook_differs"]),
        (lambda books: (books / "index.en.md").write_text(""), ["dr.runbook_differs"]),
        (lambda books: (books / "meteorite.en.md").write_text("run"), ["dr.runbook_differs"]),
        (lambda books: (books / runbooks.MANIFEST).unlink(), ["dr.runbook_differs"]),
        (lambda books: (books / runbooks.MANIFEST).write_text("{}"), ["dr.runbook_differs"]),
        (lambda books: (books / runbooks.MANIFEST).write_text("no json"), ["dr.runbook_differs"]),
        (lambda books: shutil.rmtree(books), ["dr.no_runbooks"]),
    ],
)
def test_a_runbook_that_is_missing_or_edited_is_named(
    books: Path, damage: Callable[[Path], Any], found: list[str]
) -> None:
    damage(books)
    assert ids(dr.runbooks_match_the_code, placed(runbooks_dir=str(books)), "6.2.1.4") == found


def test_runbooks_nowhere_are_none() -> None:
    assert ids(dr.runbooks_match_the_code, placed(), "6.2.1.4") == ["dr.no_runbooks"]


def test_runbooks_of_another_revision_are_stale(books: Path) -> None:
    here = placed(runbooks_dir=str(books))
    later = World(replace(here.platform, revision="4a0d3bc"), Account({}), NOW)
    assert ids(dr.runbooks_match_the_code, later, "6.2.1.4") == ["dr.runbooks_of_other_revision"]


def test_a_required_scenario_or_language_without_a_runbook_is_named(books: Path) -> None:
    here = placed(runbooks_dir=str(books))
    wanted = [*required("6.2.1.4")["scenarios"], "meteorite"]
    found = ids(dr.runbooks_match_the_code, here, "6.2.1.4", scenarios=wanted)
    assert found == ["dr.no_scenario", *["dr.runbook_missing"] * 4]
    found = ids(dr.runbooks_match_the_code, here, "6.2.1.4", languages=["en", "ja", "fr"])
    assert set(found) == {"dr.runbook_missing"}


@pytest.mark.parametrize(
    "changes", [{"account_id": "210987654321"}, {"name": "other"}, {"recovery_region": "us-east-1"}]
)
def test_runbooks_of_another_platform_do_not_match(books: Path, changes: dict[str, str]) -> None:
    here = placed(runbooks_dir=str(books), **changes)
    assert "dr.runbook_differs" in ids(dr.runbooks_match_the_code, here, "6.2.1.4")


def test_other_targets_make_runbooks_stale(books: Path) -> None:
    targets = {**TARGETS, "zone": {"rto_seconds": 60, "rpo_seconds": 0}}
    here = placed(runbooks_dir=str(books), declared={**DECLARED, "recovery": targets})
    assert "dr.runbook_differs" in ids(dr.runbooks_match_the_code, here, "6.2.1.4")
