# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What drills measured, as the report has it: the last result of each scenario, and how it developed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill.measure import summary_of
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import Result, audit, load
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Bilingual, Say
from ansible_collections.iworkz.platform.plugins.module_utils._report.verdicts import instant
from ansible_collections.iworkz.platform.plugins.module_utils._yaml import read_yaml

SCENARIOS = ROOT / "roles" / "dr" / "files" / "scenarios"
SEALED = (
    "id",
    "sequence",
    "sha256",
    "revision",
    "caller",
    "started_at",
    "ended_at",
    "verdict",
    "hands_free",
    "targets",
)
PROBE = ("resolution_seconds", "rto_seconds", "lost_rows", "gaps", "errors")
# The stages whose steps lie between the fault and the first good write.
DRAWN = ("fault", "observe", "recover")

# Enough for a chart; older results stay in the drills directory.
MAX_POINTS = 60

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Drills:
    """Sealed results, oldest first, what the audit of their chain found wrong, and the scenarios by name, as their
    files have them."""

    results: Sequence[Result] = ()
    problems: Sequence[Breach] = ()
    scenarios: Mapping[str, Document] = field(default_factory=dict)


def read(directory: Path | None, scenarios: Path = SCENARIOS) -> Drills:
    """Read the results of a drills directory. Raises OSError, and YamlError for a scenario that is no YAML."""
    if directory is None:
        return Drills()
    documents = {path.stem: read_yaml(path) for path in sorted(scenarios.glob("*.yml"))}
    return Drills(load(directory), audit(directory), documents)


def section(drills: Drills, environment: str, account: str, say: Say) -> dict[str, Any]:
    """Return the report's C(drills): results of this environment and account only. Pure."""
    ours = [each for each in drills.results if (each["environment"], each["account"]) == (environment, account)]
    names = dict.fromkeys([*drills.scenarios, *(result["scenario"] for result in ours)])
    by_scenario = {name: _ran([result for result in ours if result["scenario"] == name]) for name in names}
    return {
        "intact": not drills.problems,
        "results": len(ours),
        "problems": [say(problem.id, **problem.params) for problem in drills.problems],
        "scenarios": [
            {
                "scenario": name,
                "title": _title(name, drills.scenarios),
                "last": _last(results[-1], drills.scenarios, say) if results else None,
                "trend": [_point(result) for result in results[-MAX_POINTS:]],
            }
            for name, results in by_scenario.items()
        ],
    }


def _title(name: str, scenarios: Mapping[str, Document]) -> Bilingual:
    """A scenario that this revision no longer has is called by its name."""
    return dict(scenarios[name]["title"]) if name in scenarios else {"en": name, "ja": name}


def _ran(results: list[Result]) -> list[Result]:
    """The drills that were let begin: a refusal measured nothing and is shown only where there is nothing else."""
    return [result for result in results if result["verdict"] != "refused"] or results[-1:]


def _last(result: Result, scenarios: Mapping[str, Document], say: Say) -> dict[str, Any]:
    unjudged = _unjudged(result["scenario"], scenarios)
    return {
        **{key: result[key] for key in SEALED},
        "reasons": [{"id": each["id"], **say(each["id"], **each["params"])} for each in result["reasons"]],
        "variants": [
            {
                "name": variant["name"],
                "runs": len(variant["runs"]),
                "load_average": max((run["load_average"] for run in variant["runs"]), default=None),
                "stores": _stores(variant, result, unjudged.get(variant["name"], set())),
            }
            for variant in result["variants"]
        ],
        "slowest": _slowest(result, _phases(result["scenario"], scenarios)),
    }


def _stores(variant: Mapping[str, Any], result: Result, unjudged: set[str]) -> dict[str, Any]:
    """What each store's clients measured in all runs, and the targets it is judged by (None: reported only)."""
    probes: dict[str, list[dict[str, Any]]] = {}
    for run in variant["runs"]:
        for store, probe in run["probes"].items():
            probes.setdefault(store, []).append(probe)
    return {
        store: {
            **summary_of(each),
            "targets": {
                f"{promise}_seconds": None if promise in unjudged else targets[f"{promise}_seconds"]
                for promise in ("rto", "rpo")
            },
        }
        for store, each in probes.items()
        for targets in [result.get("targets_of", {}).get(store, result["targets"])]
    }


def _unjudged(name: str, scenarios: Mapping[str, Document]) -> dict[str, set[str]]:
    """The promises that variants are not judged by."""
    parts = [scenarios[each] for each in _parts(name, scenarios)]
    variants = [variant for part in parts for variant in part.get("variants", ()) if "judges" in variant]
    return {variant["name"]: {"rto", "rpo"} - set(variant["judges"]) for variant in variants}


def _phases(name: str, scenarios: Mapping[str, Document]) -> dict[str, str]:
    """The phase that steps count for, by id as results have it: those of a combined scenario begin with its name."""
    return {
        step["id"] if part == name else f"{part}.{step['id']}": step["phase"]
        for part in _parts(name, scenarios)
        for stage in DRAWN
        for step in scenarios[part].get(stage, ())
        if "phase" in step
    }


def _parts(name: str, scenarios: Mapping[str, Document]) -> list[str]:
    """A scenario and those that it combines, so far as this revision has them."""
    parts = [*scenarios.get(name, {}).get("combines", ()), name]
    return [part for part in parts if part in scenarios]


def _slowest(result: Result, phases: Mapping[str, str]) -> dict[str, Any] | None:
    """The run whose writes were gone longest: what the timeline shows. One that never came back is the slowest."""

    def gone(entry: tuple[str, Mapping[str, Any]]) -> float:
        times = [probe["rto_seconds"] for probe in entry[1]["probes"].values()]
        return max(float("inf") if time is None else time for time in times)

    runs = [(variant["name"], run) for variant in result["variants"] for run in variant["runs"] if run["probes"]]
    if not runs:
        return None
    name, run = max(runs, key=gone)
    return {
        "variant": name,
        "number": run["number"],
        "began_at": run["began_at"],
        "phases": run["phases"],
        "steps": [{**step, "phase": phases.get(step["id"])} for step in run["steps"] if step["stage"] in DRAWN],
        "probes": {store: {key: probe[key] for key in PROBE} for store, probe in run["probes"].items()},
    }


def _point(result: Result) -> dict[str, Any]:
    return {
        "at": instant(result["ended_at"]).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verdict": result["verdict"],
        "variants": {
            variant["name"]: {key: variant["summary"][key]["max"] for key in ("rto_seconds", "lost_rows")}
            for variant in result["variants"]
        },
    }
