"""What Prometheus runs with: its configuration, rule files and targets, from the objects that a Prometheus selects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.planes.engines.observation import scraping
from sandbox.planes.engines.observation.rules import rule_file
from sandbox.planes.engines.observation.scraping import ADDRESS, Job
from sandbox.planes.engines.observation.snapshot import Object, Snapshot, name, space
from sandbox.planes.engines.observation.ways import Ways

CONFIGURATION = "prometheus.yml"


@dataclass(frozen=True)
class Files:
    """`checked`: configuration and rules, by relative path. `targets`: by file name; they change without a reload."""

    checked: dict[str, str]
    targets: dict[str, str]
    jobs: dict[str, dict[str, int]]
    """{job: {"targets", "unanswered": those that nobody answers for}}."""


def files(prometheus: Object, snapshot: Snapshot, ways: Ways, targets: Path, alertmanager: str | None) -> Files:
    """`targets`: the directory of their files; `alertmanager`: address and port of the one that alerts go to."""
    spec = prometheus["spec"]
    jobs = list(_jobs(prometheus, snapshot, ways))
    outside = {"prometheus": f"{space(prometheus)}/{name(prometheus)}"}
    replica = {"prometheus_replica": f"prometheus-{name(prometheus)}-0"}
    configuration: dict[str, Any] = {
        "global": {
            "scrape_interval": spec.get("scrapeInterval", "30s"),
            "evaluation_interval": spec.get("evaluationInterval", "30s"),
            "external_labels": {**outside, **replica, **(spec.get("externalLabels") or {})},
        },
        "rule_files": ["rules/*.yaml"],
        "scrape_configs": [scraping.scrape_config(job, targets) for job in jobs],
    }
    if alertmanager:
        # Replicas of one server are the same to who gets its alerts.
        alike = [{"regex": "prometheus_replica", "action": "labeldrop"}]
        to = [{"api_version": "v2", "static_configs": [{"targets": [alertmanager]}]}]
        configuration["alerting"] = {"alert_relabel_configs": alike, "alertmanagers": to}
    rules = dict(rule_file(each) for each in snapshot.chosen(prometheus, "PrometheusRule", "rule"))
    checked = {CONFIGURATION: configuration, **{f"rules/{file}": content for file, content in rules.items()}}
    return Files(
        {path: _text(content) for path, content in checked.items()},
        {scraping.file_of(job): _text(job.targets) for job in jobs},
        {job.name: _count(job, ways.nobody) for job in jobs},
    )


def command(prometheus: Object, directory: Path, address: str, port: int) -> tuple[str, ...]:
    spec = prometheus["spec"]
    return (
        "/usr/bin/prometheus",
        f"--config.file={directory}/live/{CONFIGURATION}",
        f"--storage.tsdb.path={directory}/data",
        f"--storage.tsdb.retention.time={spec.get('retention', '10d')}",
        "--storage.tsdb.wal-compression",
        f"--web.listen-address={address}:{port}",
        "--web.enable-lifecycle",
        *((f"--web.external-url={spec['externalUrl']}",) if spec.get("externalUrl") else ()),
        "--web.route-prefix=/",
        # After a reload Alertmanager is not known for some seconds, and what is sent then is lost.
        "--rules.alert.resend-delay=10s",
        "--log.level=warn",
    )


def _jobs(prometheus: Object, snapshot: Snapshot, ways: Ways) -> Iterator[Job]:
    for monitor in snapshot.chosen(prometheus, "ServiceMonitor", "serviceMonitor"):
        yield from scraping.service_monitor(snapshot, monitor, ways.to)
    for monitor in snapshot.chosen(prometheus, "PodMonitor", "podMonitor"):
        yield from scraping.pod_monitor(snapshot, monitor, ways.to)
    for monitor in snapshot.chosen(prometheus, "Probe", "probe"):
        yield scraping.probe(monitor, ways.to_service, ways.to_public)


def _count(job: Job, nobody: str) -> dict[str, int]:
    unanswered = sum(each["labels"][ADDRESS] == nobody for each in job.targets)
    return {"targets": len(job.targets), "unanswered": unanswered}


def _text(content: Any) -> str:
    """JSON, which YAML contains."""
    return json.dumps(content, ensure_ascii=False, indent=1)
