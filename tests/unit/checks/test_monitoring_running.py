"""Items 3.1.1.1, 3.1.1.2 and 3.1.1.4: what the running Prometheus, Alertmanager and Grafana say."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._checks import monitoring_slo
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Finding, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring_slo import watched
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring_stack import _days, runs
from ansible_collections.iworkz.platform.plugins.module_utils._checks.monitoring_targets import scraped
from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import load_requirements
from ansible_collections.iworkz.platform.plugins.module_utils._slo import objects, promtool, routing
from tests.unit.checks.facts import NOW, TAG_LIST
from tests.unit.checks.kube_facts import Answers, Cluster, ClusterWorld, endpoint_slice, made, prometheus_operator

MONITORING = "monitoring.coreos.com/v1"
PROMETHEUS, ALERTMANAGER = (MONITORING, "prometheuses"), (MONITORING, "alertmanagers")
MONITOR, RULE = (MONITORING, "servicemonitors"), (MONITORING, "prometheusrules")
DEPLOYMENT, STATEFUL_SET = ("apps/v1", "deployments"), ("apps/v1", "statefulsets")
SERVICE, CLAIM, NAMESPACE = ("v1", "services"), ("v1", "persistentvolumeclaims"), ("v1", "namespaces")
SLICE = ("discovery.k8s.io/v1", "endpointslices")
NAME = "app.kubernetes.io/name"
P, A = "monitoring/stack-prometheus:http-web", "monitoring/stack-alertmanager:http-web"
DECLARED = [
    {"name": "billing", "team": "business", "exposure": "internal", "dependencies": {"services": []}},
    {
        "name": "content",
        "team": "business",
        "exposure": "public",
        "host": "www.iworkz.jp",
        "dependencies": {"services": ["billing"]},
    },
]
TEAMS = [{"name": "business", "contact": "business@iworkz.jp", "language": "ja"}]
SLOS = {"defaults": {"availability_percent": 99.9, "latency_mean_ms": 100, "latency_p95_ms": 250}, "services": {}}
ALARMS = {
    "postgres": {"replica_lag_seconds": 30, "connections_percent": 80},
    "redis": {"memory_percent": 80},
    "mq": {"depth": 10000, "dead_letters": 1},
    "pooler": {"wait_seconds": 5},
    "edge": {"certificate_days": 21},
}
ALERTING = {
    "group_wait": "30s",
    "group_interval": "5m",
    "repeat_interval": {"page": "1h", "ticket": "12h"},
    "heartbeat_interval": "1m",
}
SINKS = routing.Sinks("arn:topic", "r", "https://a", "https://b", "mail:25", "a@b.jp", "", True, "")
Change = Callable[[Any], Any]


class Aws:
    """RDS and ElastiCache, of which nothing but names is asked."""

    def client(self, service: str, region: str | None = None) -> Any:
        return self

    def get_paginator(self, operation: str) -> Any:
        instances = [
            {"DBInstanceIdentifier": name, "Engine": "postgres", "TagList": TAG_LIST} for name in ("db", "db-replica-1")
        ]
        groups = [{"ReplicationGroupId": "cache", "MemberClusters": ["cache-001"], "ARN": "arn:cache"}]
        pages = {
            "describe_db_instances": {"DBInstances": instances},
            "describe_replication_groups": {"ReplicationGroups": groups},
        }
        self.page = pages[operation]
        return self

    def paginate(self) -> list[Any]:
        return [self.page]

    def list_tags_for_resource(self, ResourceName: str) -> dict[str, Any]:
        return {"TagList": TAG_LIST}


class Running(ClusterWorld):
    def client(self, service: str, region: str | None = None) -> Any:
        return Aws()


def stateful_set(kind: str, replicas: int) -> dict[str, Any]:
    spec = {"replicas": replicas, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
    return made(f"{kind}-stack", "monitoring", spec=spec, status={"readyReplicas": replicas})


def claim(name: str) -> dict[str, Any]:
    return made(name, "monitoring", status={"phase": "Bound"})


def front(kind: str, own: str) -> dict[str, Any]:
    return made(f"stack-{kind}", "monitoring", spec={"selector": {NAME: kind, own: "stack"}})


def cluster() -> Cluster:
    volumes = [{"name": "tmp", "emptyDir": {}}, {"name": "storage", "persistentVolumeClaim": {"claimName": "grafana"}}]
    selected = {"replicas": 2, "serviceMonitorSelector": {}, "serviceMonitorNamespaceSelector": {}}
    services = {
        (MONITOR): [
            made(
                one["name"],
                one["team"],
                spec={"selector": {"matchLabels": {NAME: one["name"]}}, "endpoints": [{"port": "http-metrics"}]},
            )
            for one in DECLARED
        ],
        SLICE: [
            endpoint_slice(
                one["team"], one["name"], {"http": 8000, "http-metrics": 15020}, {f"{one['name']}-1": f"10.0.{index}.1"}
            )
            for index, one in enumerate(DECLARED)
        ],
    }
    return copy.deepcopy(
        {
            NAMESPACE: [made(name, labels={}) for name in ("business", "monitoring")],
            PROMETHEUS: [made("stack", "monitoring", spec=selected)],
            ALERTMANAGER: [made("stack", "monitoring", spec={"replicas": 3})],
            STATEFUL_SET: [stateful_set("prometheus", 2), stateful_set("alertmanager", 3)],
            DEPLOYMENT: [
                prometheus_operator(),
                made(
                    "grafana",
                    "monitoring",
                    {NAME: "grafana"},
                    spec={"template": {"spec": {"volumes": volumes}}},
                    status={"availableReplicas": 1},
                ),
            ],
            CLAIM: [
                *(claim(f"data-prometheus-stack-{number}") for number in range(2)),
                *(claim(f"data-alertmanager-stack-{number}") for number in range(3)),
                claim("grafana"),
            ],
            SERVICE: [
                front("prometheus", "operator.prometheus.io/name"),
                front("alertmanager", "alertmanager"),
                *(made(one["name"], one["team"], {NAME: one["name"]}, spec={}) for one in DECLARED),
            ],
            **services,
        }
    )


def target(job: str, health: str = "up", **labels: str) -> dict[str, Any]:
    error = "" if health == "up" else "connection refused"
    return {"labels": {"job": job, **labels}, "health": health, "lastError": error, "scrapeUrl": "http://x"}


def told(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as /api/v1/rules has it."""
    kind = {"type": "recording"} if "record" in rule else {"type": "alerting", "duration": 0}
    state = {"health": "ok", "lastEvaluation": (NOW - timedelta(seconds=20)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")}
    return {
        **kind,
        **state,
        "name": rule.get("record") or rule["alert"],
        "query": rule["expr"],
        "labels": rule["labels"],
    }


def loaded() -> list[dict[str, Any]]:
    found = objects.objects(DECLARED, SLOS, TEAMS, ALARMS, "https://runbooks", "dead-letters", "canary", "monitoring")
    return [
        {"name": group["name"], "rules": [told(rule) for rule in group["rules"]]}
        for one in found
        for group in one["spec"]["groups"]
    ]


def configuration() -> dict[str, Any]:
    return routing.configuration(ALERTING, SINKS, TEAMS, ["ops@iworkz.jp"])


def answers() -> Answers:
    jobs = load_requirements().resolve("3.1.1.2").required["jobs"]
    active = [target(job) for job in jobs if job != "public-hosts"]
    active.append(target("public-hosts", instance="https://www.iworkz.jp/"))
    active += [target(one["name"], namespace=one["team"], service=one["name"], pod="x") for one in DECLARED]
    up = {"pg_up": ("db", "db-replica-1"), "redis_up": ("cache-001",)}

    def queried(query: dict[str, str]) -> Any:
        series = [{"metric": {"target": name}, "value": [0, "1"]} for name in up[query["query"]]]
        return {"data": {"result": series}}

    info = {"reloadConfigSuccess": True, "storageRetention": "6w3d", "lastConfigTime": "2026-04-01T00:00:00Z"}
    status = {"cluster": {"status": "ready", "peers": [{}, {}, {}]}, "config": {"original": yaml.dump(configuration())}}
    return {
        f"{P}/api/v1/status/runtimeinfo": {"data": info},
        f"{P}/api/v1/targets": {"data": {"activeTargets": active}},
        f"{P}/api/v1/query": queried,
        f"{P}/api/v1/rules": {"data": {"groups": loaded()}},
        f"{A}/api/v2/status": status,
        f"{A}/api/v2/alerts": [{"labels": {"alertname": "Watchdog"}}],
    }


def judge(check: Any, item: str, objects: Cluster, said: Answers) -> Finding:
    world = Running(objects, {"services": DECLARED}, said)
    finding: Finding = check(world, dict(load_requirements().resolve(item).required))
    return finding


def ids(finding: Finding) -> set[str]:
    return {breach.id.removeprefix("monitoring.") for breach in finding.breaches}


def rules_of(said: Answers) -> list[dict[str, Any]]:
    return [rule for group in said[f"{P}/api/v1/rules"]["data"]["groups"] for rule in group["rules"]]


def active(said: Answers) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = said[f"{P}/api/v1/targets"]["data"]["activeTargets"]
    return found


# -- 3.1.1.1


def test_a_stack_that_runs_passes() -> None:
    finding = judge(runs, "3.1.1.1", cluster(), answers())
    assert finding.breaches == ()
    assert finding.observed["retention_days"] == 45
    assert finding.observed["prometheus"]["monitoring/stack"]["ready"] == 2
    assert finding.observed["judged_on"]["grafana"] == "objects"


STACK: dict[str, tuple[Change, set[str]]] = {
    "no operator": (lambda one: one[DEPLOYMENT].pop(0), {"no_operator"}),
    "no Prometheus": (lambda one: one[PROMETHEUS].clear(), {"no_servers"}),
    "Alertmanager is paused": (lambda one: one[ALERTMANAGER][0]["spec"].update(paused=True), {"no_servers"}),
    "one server": (lambda one: one[STATEFUL_SET][0]["status"].update(readyReplicas=1), {"few_ready"}),
    "no StatefulSet yet": (lambda one: one[STATEFUL_SET].pop(1), {"few_ready", "no_volume"}),
    "no volumes": (lambda one: one[STATEFUL_SET][1]["spec"].pop("volumeClaimTemplates"), {"no_volume"}),
    "a volume is pending": (lambda one: one[CLAIM][0]["status"].update(phase="Pending"), {"volume_unbound"}),
    "a volume is gone": (lambda one: one[CLAIM].pop(2), {"volume_unbound"}),
    "no Grafana": (lambda one: one[DEPLOYMENT].pop(1), {"no_servers"}),
    "Grafana is down": (lambda one: one[DEPLOYMENT][1]["status"].clear(), {"few_ready"}),
    "Grafana forgets": (lambda one: one[DEPLOYMENT][1]["spec"]["template"]["spec"]["volumes"].pop(), {"no_volume"}),
    "Grafana's volume is gone": (lambda one: one[CLAIM].pop(), {"volume_unbound"}),
}


@pytest.mark.parametrize(("breaking", "breaches"), STACK.values(), ids=STACK)
def test_each_gap_of_the_stack_is_named(breaking: Change, breaches: set[str]) -> None:
    objects = cluster()
    breaking(objects)
    assert ids(judge(runs, "3.1.1.1", objects, answers())) == breaches


SAID: dict[str, tuple[Change, set[str]]] = {
    "configuration refused": (
        lambda said: said[f"{P}/api/v1/status/runtimeinfo"]["data"].update(reloadConfigSuccess=False),
        {"not_reloaded"},
    ),
    "two weeks": (
        lambda said: said[f"{P}/api/v1/status/runtimeinfo"]["data"].update(storageRetention="15d"),
        {"short_retention"},
    ),
    "not settled": (
        lambda said: said[f"{A}/api/v2/status"]["cluster"].update(status="settling"),
        {"cluster_unsettled"},
    ),
}


@pytest.mark.parametrize(("breaking", "breaches"), SAID.values(), ids=SAID)
def test_what_the_servers_say_of_themselves_counts(breaking: Change, breaches: set[str]) -> None:
    said = answers()
    breaking(said)
    assert ids(judge(runs, "3.1.1.1", cluster(), said)) == breaches


def test_a_server_that_does_not_answer_makes_the_item_unknown() -> None:
    with pytest.raises(OSError, match="no endpoints"):
        judge(runs, "3.1.1.1", cluster(), {})


def test_without_a_service_in_front_nothing_can_be_asked() -> None:
    objects = cluster()
    objects[SERVICE].pop(0)
    with pytest.raises(Unmet) as caught:
        judge(runs, "3.1.1.1", objects, answers())
    assert caught.value.breach.id == "monitoring.no_server_service"


@pytest.mark.parametrize(("text", "days"), [("6w3d", 45), ("45d", 45), ("30d or 90GiB", 30), ("1y", 365), ("36h", 1.5)])
def test_retention_is_read_in_all_its_spellings(text: str, days: float) -> None:
    assert _days(text) == days


def test_a_limit_by_size_alone_is_none_by_time() -> None:
    with pytest.raises(Unmet):
        _days("90GiB")


# -- 3.1.1.2


def test_when_everything_is_scraped_the_item_passes() -> None:
    finding = judge(scraped, "3.1.1.2", cluster(), answers())
    assert finding.breaches == ()
    assert finding.observed["services"] == {"billing": 1, "content": 1}
    assert finding.observed["stores"]["postgres"] == {"servers": ["db", "db-replica-1"], "missing": []}


def more_pods(objects: Cluster, said: Answers) -> None:
    objects[SLICE][0]["endpoints"].append({"addresses": ["10.0.0.9"], "conditions": {"ready": True}, "targetRef": {}})


TARGETS: dict[str, tuple[Callable[[Cluster, Answers], Any], set[str]]] = {
    "no monitor": (lambda one, said: one[MONITOR].pop(0), {"service_unwatched"}),
    "no pod": (lambda one, said: one[SLICE].pop(0), {"service_without_pods"}),
    "a pod that is not scraped": (more_pods, {"pods_unscraped"}),
    "a target down": (
        lambda one, said: active(said)[-1].update(health="down", lastError="refused"),
        {"pods_unscraped", "target_down"},
    ),
    "a target not scraped yet": (
        lambda one, said: active(said).append(target("other", "unknown", instance="y")),
        {"target_down"},
    ),
    "many targets down": (
        lambda one, said: active(said).extend(target("other", "down", instance=str(n)) for n in range(12)),
        {"target_down", "more_down"},
    ),
    "no exporter": (lambda one, said: active(said).pop(0), {"jobs_missing"}),
    "a host that is not probed": (
        lambda one, said: active(said)[8]["labels"].update(instance="https://www.iworkz.jp.example/"),
        {"hosts_unprobed"},
    ),
    "a replica that nobody measures": (
        lambda one, said: said.update({f"{P}/api/v1/query": lambda query: measured("db", "cache-001")}),
        {"store_unmeasured"},
    ),
    "a server that does not let the exporter in": (
        lambda one, said: said.update({f"{P}/api/v1/query": lambda query: measured("db", "db-replica-1", value="0")}),
        {"store_unmeasured"},
    ),
}


def measured(*names: str, value: str = "1") -> dict[str, Any]:
    return {"data": {"result": [{"metric": {"target": name}, "value": [0, value]} for name in names]}}


@pytest.mark.parametrize(("breaking", "breaches"), TARGETS.values(), ids=TARGETS)
def test_each_gap_of_scraping_is_named(breaking: Callable[[Cluster, Answers], Any], breaches: set[str]) -> None:
    objects, said = cluster(), answers()
    assert active(said)[8]["labels"]["job"] == "public-hosts"
    breaking(objects, said)
    assert ids(judge(scraped, "3.1.1.2", objects, said)) == breaches


# -- 3.1.1.4


@pytest.fixture
def untried(monkeypatch: pytest.MonkeyPatch) -> None:
    """promtool has a test of its own."""
    monkeypatch.setattr(monitoring_slo.promtool, "test", lambda rules, tests: promtool.Outcome(True, ""))


def test_service_levels_that_are_watched_pass_their_trial_by_promtool() -> None:
    finding = judge(watched, "3.1.1.4", cluster(), answers())
    assert finding.breaches == ()
    assert finding.observed["availability"] == {"billing": 0.999, "content": 0.999}
    assert finding.observed["trial"] == [
        "a budget that burns 20 times too fast",
        "a mean half as long again as promised",
        "a service that keeps its promises",
    ]


def test_rules_that_say_nothing_fail_their_trial() -> None:
    said = answers()
    for rule in rules_of(said):
        if rule["name"] == "SLOErrorBudgetBurn":
            rule["query"] = rule["query"].replace(">", "> 100 *")
    (breach,) = judge(watched, "3.1.1.4", cluster(), said).breaches
    assert breach.id == "monitoring.trial_failed"
    assert "FAILED" in breach.params["output"]


def test_without_promtool_the_item_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OSError, match="promtool"):
        judge(watched, "3.1.1.4", cluster(), answers())


def of(name: str, said: Answers, **labels: str) -> list[dict[str, Any]]:
    return [rule for rule in rules_of(said) if rule["name"] == name and labels.items() <= rule["labels"].items()]


def without(name: str, said: Answers, **labels: str) -> None:
    gone = of(name, said, **labels)
    for group in said[f"{P}/api/v1/rules"]["data"]["groups"]:
        group["rules"] = [rule for rule in group["rules"] if all(rule is not one for one in gone)]


def routed(said: Answers, change: Change) -> None:
    found = configuration()
    change(found)
    said[f"{A}/api/v2/status"]["config"]["original"] = yaml.dump(found)


def silenced(found: dict[str, Any], *prefixes: str) -> None:
    for receiver in found["receivers"]:
        if receiver["name"].startswith(prefixes):
            for kind in ("email_configs", "webhook_configs", "sns_configs"):
                receiver.pop(kind, None)


def just_loaded(said: Answers) -> None:
    rules_of(said)[5].update(health="unknown")
    loaded = (NOW - timedelta(seconds=60)).strftime("%Y-%m-%dT%H:%M:%SZ")
    said[f"{P}/api/v1/status/runtimeinfo"]["data"].update(lastConfigTime=loaded)


LEVELS: dict[str, tuple[Change, set[str]]] = {
    "no objective": (lambda said: without("slo:objective:ratio", said, service="billing"), {"no_objective"}),
    "no mean objective": (
        lambda said: without("slo:latency_mean_objective:seconds", said, service="content"),
        {"no_objective"},
    ),
    "less is promised": (
        lambda said: of("slo:objective:ratio", said, service="billing", slo="availability")[0].update(
            query="vector(0.99)"
        ),
        {"loose_availability"},
    ),
    "slower is promised": (
        lambda said: of("slo:latency_mean_objective:seconds", said)[0].update(query="vector(0.2)"),
        {"loose_latency"},
    ),
    "a window without alert": (
        lambda said: without("SLOErrorBudgetBurn", said, service="billing", slo="availability", window="6h"),
        {"no_burn_alert"},
    ),
    "no alert on the 95th percentile": (
        lambda said: without("SLOErrorBudgetBurn", said, slo="latency_p95"),
        {"no_burn_alert"},
    ),
    "no alert on the mean": (lambda said: without("SLOLatencyMean", said), {"no_burn_alert"}),
    "a rule that fails": (lambda said: rules_of(said)[5].update(health="err", lastError="parse"), {"rule_broken"}),
    "rules never evaluated": (lambda said: rules_of(said)[5].update(health="unknown"), {"rules_stale"}),
    "rules that were just loaded": (just_loaded, set()),
    "rules evaluated long ago": (
        lambda said: rules_of(said)[5].update(lastEvaluation="2026-04-01T02:00:00Z"),
        {"rules_stale"},
    ),
    "pages end nowhere": (lambda said: routed(said, lambda one: silenced(one, "page-")), {"nobody_told"}),
    "a receiver that is not there": (
        lambda said: routed(said, lambda one: one.update(receivers=[])),
        {"nobody_told", "watchdog_unheard"},
    ),
    "no heartbeat": (lambda said: said.update({f"{A}/api/v2/alerts": []}), {"no_watchdog"}),
    "nobody hears the heartbeat": (
        lambda said: routed(said, lambda one: silenced(one, "heartbeat")),
        {"watchdog_unheard"},
    ),
}


@pytest.mark.usefixtures("untried")
@pytest.mark.parametrize(("breaking", "breaches"), LEVELS.values(), ids=LEVELS)
def test_each_gap_of_service_levels_is_named(breaking: Change, breaches: set[str]) -> None:
    said = answers()
    breaking(said)
    assert ids(judge(watched, "3.1.1.4", cluster(), said)) == breaches
