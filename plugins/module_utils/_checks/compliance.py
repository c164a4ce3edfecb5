# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 2.2.2, the compliance engine: the rules in force, and that it watches by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks._alarms import alarm_breaches
from ansible_collections.iworkz.platform.plugins.module_utils._checks._compliance_facts import (
    Published,
    Registered,
    Row,
    in_japan,
    published,
    records,
    registered,
    rehearsed,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.rule import VERDICTS, Rule

NAMESPACE = "iWORKZ/Compliance"
WATCHED = ("EvaluationAgeSeconds", "UnknownShare", "Violations")
LABEL = ("platform.iworkz.jp/component", "compliance")
ENGINE = "_compliance.command"
"""How the name of the engine's program ends, which the CronJob's containers start."""


@check("2.2.2.1")
def rules_in_force(world: World, required: dict[str, Any]) -> Finding:
    found = world.once(registered)
    law = world.once(published)
    if found.pack is None:
        raise AssertionError
    rules = law.pack.rules.values()
    breaches: list[Breach] = []
    if law.pack.hash != found.pack["hash"]:
        breaches.append(Breach("compliance.other_rules", {"registered": found.pack["hash"], "is": law.pack.hash}))
    if not law.locked:
        breaches.append(Breach("compliance.not_locked", {}))
    if law.tests["failed"] or law.tests["uncovered"] or law.tests["rules"] != len(law.pack.rules):
        breaches.append(
            Breach("compliance.tests", {name: law.tests[name] for name in ("failed", "uncovered", "rules")})
        )
    if len(rules) < required["rules"]:
        breaches.append(Breach("compliance.few_rules", {"count": len(rules), "wanted": required["rules"]}))
    age = (world.now.date() - law.pack.as_of).days
    if age > required["facts_age_days"]:
        breaches.append(Breach("compliance.old_facts", {"as_of": law.pack.as_of, "days": required["facts_age_days"]}))
    for rule in rules:
        lacks = list(_lacks(rule, required["sources"])) if rule.status == "binding" else []
        if lacks:
            breaches.append(Breach("compliance.rule_lacks", {"rule": rule.id, "lacks": ", ".join(lacks)}))
    breaches += _overrides(law, found.overrides)
    observed = {
        "pack": {name: found.pack[name] for name in ("id", "version", "hash", "registered_at", "registered_by")},
        "signed_with": found.pack["signature_key_id"],
        "as_of": law.pack.as_of,
        "rules": {status: sum(rule.status == status for rule in rules) for status in ("binding", "advisory")},
        "tests": law.tests,
        "overrides": found.overrides,
    }
    return Finding(observed, tuple(breaches))


def _lacks(rule: Rule, sources: int) -> Iterator[str]:
    """What a binding rule does not have, besides a law and an article, without which no pack can be read."""
    if not rule.parameters:
        yield "effective range"
    if len(rule.sources) < sources:
        yield f"{sources} sources"
    if rule.select is not None:
        expected = {verdict for test in rule.tests for verdict in _expected(test.expect)}
        yield from (f"example: {verdict}" for verdict in ("violation", "ok") if verdict not in expected)


def _expected(expect: Any) -> Iterator[str]:
    if isinstance(expect, str):
        # No case, as before a law is in force, is one that nothing is wrong with.
        yield "ok" if expect == "none" else expect
    else:
        yield from (each["verdict"] for each in expect)


def _overrides(law: Published, overrides: Mapping[str, Any]) -> Iterator[Breach]:
    for name, value in overrides.items():
        try:
            law.pack.compiler(Situation(law.pack.as_of), {name: value})
        except PackError as error:
            yield Breach("compliance.override", {"error": str(error)})


@check("2.2.2.2")
def watched(world: World, required: dict[str, Any]) -> Finding:
    found = world.once(registered)
    schedules, breaches = _schedules(world, found.schedules, required["commands"])
    alarms, unwatched = alarm_breaches(world, "compliance-engine", NAMESPACE, {}, WATCHED)
    evaluation = found.evaluation
    if evaluation is None:
        breaches.append(Breach("compliance.no_evaluation", {}))
        return Finding({"schedules": schedules, "alarms": alarms}, (*breaches, *unwatched))
    oldest = world.now - timedelta(hours=required["age_hours"])
    if evaluation["finished_at"] < oldest:
        when = {"finished_at": evaluation["finished_at"], "hours": required["age_hours"]}
        breaches.append(Breach("compliance.old_evaluation", when))
    if found.pack is None or evaluation["pack_hash"] != found.pack["hash"]:
        breaches.append(Breach("compliance.other_law", {"hash": evaluation["pack_hash"]}))
    if not rehearsed(world) and in_japan(evaluation["finished_at"]) - evaluation["as_of"] > timedelta(days=1):
        breaches.append(Breach("compliance.other_day", {"as_of": evaluation["as_of"]}))
    breaches += _unjudged(world, found, evaluation)
    covered = _covered(evaluation["coverage"], world.once(records), world.once(published).pack.schema)
    if not any(counts["now"] for counts in covered.values()):
        breaches.append(Breach("compliance.no_records", {}))
    breaches += [
        Breach("compliance.not_covered", {"table": table, **counts})
        for table, counts in covered.items()
        if counts["now"] - counts["evaluated"] > counts["now"] * required["added_percent"] / 100
    ]
    observed = {
        "schedules": schedules,
        "alarms": alarms,
        "evaluation": {name: evaluation[name] for name in ("id", "as_of", "finished_at", "snapshot_id")},
        "cases": _cases(evaluation["counts"]),
        "records": covered,
    }
    return Finding(observed, (*breaches, *unwatched))


def _schedules(
    world: World, declared: Mapping[str, Row], commands: Sequence[str]
) -> tuple[dict[str, Any], list[Breach]]:
    """The cluster's CronJobs of the engine by name, compared with the schedules of the registry."""
    if not declared:
        return {}, [Breach("compliance.no_schedule", {})]
    label, value = LABEL
    jobs = {
        job["metadata"]["name"]: job["spec"]
        for job in world.kubernetes.list("batch/v1", "cronjobs")
        if job["metadata"].get("labels", {}).get(label) == value
    }
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for name, row in declared.items():
        if name not in jobs:
            breaches.append(Breach("compliance.not_scheduled", {"schedule": name}))
            continue
        job = jobs[name]
        observed[name] = {
            "cron": job["schedule"],
            "timezone": job.get("timeZone", ""),
            "suspended": bool(job.get("suspend")),
            "commands": sorted(_started(job)),
        }
        lacks = [command for command in commands if command not in observed[name]["commands"]]
        if lacks:
            breaches.append(Breach("compliance.not_started", {"schedule": name, "commands": ", ".join(lacks)}))
        if (job["schedule"], job.get("timeZone")) != (row["cron"], row["timezone"]):
            params = {"schedule": name, "is": job["schedule"], "wanted": f"{row['cron']} {row['timezone']}"}
            breaches.append(Breach("compliance.other_schedule", params))
        if job.get("suspend"):
            breaches.append(Breach("compliance.suspended", {"schedule": name}))
    return observed, breaches


def _started(job: Row) -> set[str]:
    """The engine's commands that a CronJob's containers run and that write down what they find."""
    containers = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    lines = [[*one.get("command", ()), *one.get("args", ())] for one in containers]
    return {
        line[at + 1]
        for line in lines
        for at, word in enumerate(line[:-1])
        if word.endswith(ENGINE) and "--check" not in line
    }


def _unjudged(world: World, found: Registered, evaluation: Row) -> Iterator[Breach]:
    """Rules that the last evaluation could not judge, or that the last one of all of them left out."""
    latest = found.latest or evaluation
    for rule, counts in latest["counts"].items():
        if counts["problem"]:
            yield Breach("compliance.not_judged", {"rule": rule, "problem": counts["problem"]})
    rules = world.once(published).pack.rules
    for name in sorted(rules.keys() - evaluation["counts"].keys()):
        if rules[name].select is not None:
            yield Breach("compliance.not_judged", {"rule": name, "problem": "-"})


def _covered(coverage: Mapping[str, Row], now: Mapping[str, int], tables: Mapping[str, Any]) -> dict[str, Row]:
    """By table: records that there are now, that the source sent for the evaluation, and that it could judge."""
    return {
        table: {
            "now": rows,
            "evaluated": _sent(coverage.get(table, {})),
            "usable": coverage.get(table, {}).get("rows", 0),
        }
        for table, rows in sorted(now.items())
        if table in tables
    }


def _sent(covered: Row) -> int:
    return int(covered["source"] if covered.get("source") is not None else covered.get("rows", 0))


def _cases(counts: Mapping[str, Row]) -> dict[str, Any]:
    totals = {verdict: sum(each[verdict] for each in counts.values()) for verdict in VERDICTS}
    cases = sum(totals.values())
    return {**totals, "unknown_percent": round(100 * totals["unknown"] / cases, 1) if cases else 0.0}
