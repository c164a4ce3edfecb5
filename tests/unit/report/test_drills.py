"""Drills in the report: what stands in the data, the pictures' geometry, the texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.checklist import ROOT
from ansible_collections.iworkz.platform.plugins.module_utils._drill.results import save
from ansible_collections.iworkz.platform.plugins.module_utils._messages import load_catalogue
from ansible_collections.iworkz.platform.plugins.module_utils._report import drills
from ansible_collections.iworkz.platform.plugins.module_utils._report.compose import compose
from ansible_collections.iworkz.platform.plugins.module_utils._report.drills import MAX_POINTS, Drills, read, section
from ansible_collections.iworkz.platform.plugins.module_utils._report.html import html
from ansible_collections.iworkz.platform.plugins.module_utils._report.markdown import markdown
from ansible_collections.iworkz.platform.plugins.module_utils._report.publish import statement
from ansible_collections.iworkz.platform.plugins.module_utils._report.schema import validate
from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say, count, seconds, speaker
from ansible_collections.iworkz.platform.plugins.module_utils._report.timeline import timeline, trend
from ansible_collections.iworkz.platform.tests.unit.drill.results_samples import FAULT_AT, result
from ansible_collections.iworkz.platform.tests.unit.drill.runbook_samples import scenario, write, zone_scenario
from ansible_collections.iworkz.platform.tests.unit.report.samples import ACCOUNT, checklist_dir, context


def drilled(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["scenario"]: each for each in report["drills"]["scenarios"]}


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    return write(tmp_path / "scenarios", scenario(), zone_scenario())


def sections(tmp_path: Path, scenarios: Path, *results: dict[str, Any]) -> dict[str, Any]:
    for each in results:
        save(each, tmp_path / "drills")
    say = speaker(load_catalogue(ROOT / "checklist" / "messages"))
    return section(read(tmp_path / "drills", scenarios), "sandbox", ACCOUNT, say)


# ---- The data


def test_the_last_drill_of_each_scenario_is_told_with_its_trend(report: dict[str, Any]) -> None:
    found = drilled(report)
    database = found["database_az"]
    assert database["title"]["ja"] != database["title"]["en"] != "database_az"
    assert (database["last"]["verdict"], database["last"]["ended_at"][:10]) == ("pass", "2026-11-20")
    assert [point["verdict"] for point in database["trend"]] == ["pass", "pass", "fail", "pass"]
    assert database["trend"][2]["variants"]["asynchronous"] == {"rto_seconds": 3.6, "lost_rows": 0}
    assert [variant["name"] for variant in database["last"]["variants"]] == ["asynchronous", "synchronous"]
    assert found["cache_node"]["last"]["reasons"][0]["en"].startswith("gone.message")
    assert (found["queue_broker"]["last"]["verdict"], found["queue_broker"]["last"]["slowest"]) == ("aborted", None)
    assert found["database_region"]["last"]["verdict"] == "refused"
    assert found["region"]["last"] is None
    assert (report["drills"]["intact"], report["drills"]["results"]) == (True, 8)


def test_a_refusal_does_not_hide_what_was_measured(tmp_path: Path, scenarios: Path) -> None:
    refused = result(verdict="refused", variants=[])
    (database, _zone) = reversed(sections(tmp_path, scenarios, result(), refused)["scenarios"])
    assert database["last"]["verdict"] == "pass"
    assert len(database["trend"]) == 1


def test_each_store_has_its_figures_and_what_it_is_judged_by(tmp_path: Path, scenarios: Path) -> None:
    own = {"amqp": {"rto_seconds": 300, "rpo_seconds": 0}}
    found = sections(tmp_path, scenarios, result(), result("availability_zone", targets_of=own))
    by_name = {each["scenario"]: each["last"]["variants"] for each in found["scenarios"]}
    asynchronous, synchronous = (variant["stores"]["postgres"] for variant in by_name["database_az"])
    assert asynchronous["targets"] == {"rto_seconds": 120, "rpo_seconds": None}
    assert synchronous["targets"] == {"rto_seconds": 120, "rpo_seconds": 0}
    assert asynchronous["rto_seconds"] == {"median": 1.35, "max": 1.4}
    (zone,) = by_name["availability_zone"]
    assert {store: each["targets"]["rto_seconds"] for store, each in zone["stores"].items()} == {
        "amqp": 300, "postgres": 120, "redis": 120,
    }  # fmt: skip


def test_the_slowest_run_is_the_one_drawn_with_the_phases_of_its_steps(tmp_path: Path, scenarios: Path) -> None:
    (database, _zone) = reversed(sections(tmp_path, scenarios, result())["scenarios"])
    slowest = database["last"]["slowest"]
    assert (slowest["variant"], slowest["number"]) == ("synchronous", 2)
    phases = {step["id"]: step["phase"] for step in slowest["steps"]}
    assert phases == {"fail_over": None, "seen": None, "other_zone": "promotion"}


def test_a_run_that_never_came_back_is_the_slowest(tmp_path: Path, scenarios: Path) -> None:
    sample = result(verdict="fail")
    (probe,) = sample["variants"][0]["runs"][0]["probes"].values()
    probe.update(rto_seconds=None, gaps=[])
    (database, _zone) = reversed(sections(tmp_path, scenarios, sample)["scenarios"])
    assert (database["last"]["slowest"]["variant"], database["last"]["slowest"]["number"]) == ("asynchronous", 1)


def test_steps_of_a_combined_scenario_keep_their_phases() -> None:
    documents = {each["name"]: each for each in (scenario(), zone_scenario())}
    assert drills._phases("availability_zone", documents) == {"database_az.other_zone": "promotion"}
    assert drills._unjudged("availability_zone", documents) == {"asynchronous": {"rpo"}}
    assert drills._phases("gone", documents) == {}


def test_a_scenario_this_revision_lacks_is_called_by_its_name(tmp_path: Path, scenarios: Path) -> None:
    found = sections(tmp_path, scenarios, result("meteorite"))["scenarios"]
    assert found[-1]["title"] == {"en": "meteorite", "ja": "meteorite"}
    assert found[-1]["last"]["verdict"] == "pass"


def test_a_long_history_keeps_the_newest(tmp_path: Path, scenarios: Path) -> None:
    many = [{**result(runs=1), "sequence": number, "sha256": "0" * 64} for number in range(1, MAX_POINTS + 4)]
    say = speaker(load_catalogue(ROOT / "checklist" / "messages"))
    found = section(Drills(many, (), {}), "sandbox", ACCOUNT, say)
    assert len(found["scenarios"][0]["trend"]) == MAX_POINTS
    assert found["results"] == MAX_POINTS + 3


def test_without_a_drills_directory_the_report_has_none(tmp_path: Path) -> None:
    report, say = compose(tmp_path / "none", checklist_dir(tmp_path), context())
    assert report["drills"] == {"intact": True, "results": 0, "problems": [], "scenarios": []}
    validate(report)
    assert "No drill has been recorded" in html(report, say, "en")
    assert "この環境では訓練の記録がまだありません。" in markdown(report, say)


def test_touched_results_are_told(tmp_path: Path) -> None:
    save(result(), tmp_path / "drills")
    save(result(), tmp_path / "drills")
    (tmp_path / "drills" / "results" / "000001.json").unlink()
    directory = checklist_dir(tmp_path)
    (directory / "messages" / "dr.yml").write_bytes((ROOT / "checklist" / "messages" / "dr.yml").read_bytes())
    report, say = compose(tmp_path / "none", directory, context(), tmp_path / "drills")
    validate(report)
    assert report["drills"]["intact"] is False
    assert report["drills"]["problems"][0]["en"] == "The drill result 000001.json is missing"
    assert "The results have been changed or are incomplete." in html(report, say, "en")
    assert "The drill result 000001.json is missing" in markdown(report, say)


def test_another_verdict_of_a_drill_is_a_change_and_another_figure_is_not(report: dict[str, Any]) -> None:
    said = statement(report)
    assert said["drills"]["database_az"] == "pass"
    assert said["drills"]["region"] is None
    older = {key: value for key, value in report.items() if key != "drills"}
    assert statement(older)["drills"] == {"intact": True}


# ---- The pictures


def run_of(
    *probes: tuple[str, float | None, list[tuple[float, float]]], **phases: tuple[float, float]
) -> dict[str, Any]:
    steps = [{"stage": "fault", "phase": None, "began_seconds": FAULT_AT, "seconds": 0.1, "outcome": "done"}]
    steps += [
        {"stage": "observe", "phase": phase, "began_seconds": FAULT_AT + at, "seconds": taken, "outcome": "done"}
        for phase, (at, taken) in phases.items()
    ]
    return {
        "steps": steps,
        "probes": {
            store: {"rto_seconds": rto, "gaps": [{"begins_seconds": b, "seconds": s} for b, s in gaps]}
            for store, rto, gaps in probes
        },
    }


def test_the_timeline_shows_fault_phases_and_the_first_good_write_in_order() -> None:
    drawn = timeline(run_of(("postgres", 2.0, [(0.5, 2.0)]), detection=(0.1, 0.9), promotion=(1.0, 0.6)))
    assert [(mark["name"], round(mark["seconds"], 3)) for mark in drawn["marks"]] == [
        ("fault", 0.0), ("detection", 1.0), ("promotion", 1.6), ("good", 2.5),
    ]  # fmt: skip
    places = [mark["x"] for mark in drawn["marks"]]
    assert places == sorted(places)
    assert 0 < places[0] < places[-1] < 100
    assert [mark["end"] for mark in drawn["marks"]] == [place > 55 for place in places]
    (lane,) = drawn["lanes"]
    assert lane["gap"]["seconds"] == 2.0
    assert lane["gap"]["x"] + lane["gap"]["width"] == pytest.approx(places[-1], abs=0.02)
    (before, after) = lane["bands"]
    assert before == [0.0, lane["gap"]["x"]]
    assert sum(after) == pytest.approx(100)
    assert max(mark["y"] for mark in drawn["marks"]) < drawn["height"]


def test_stores_have_a_lane_each_and_the_last_good_write_counts() -> None:
    drawn = timeline(
        run_of(("postgres", 1.0, [(0.2, 1.0)]), ("redis", 0.0, []), ("amqp", 30.0, [(0.1, 0.3), (1, 30.0)]))
    )
    assert [lane["store"] for lane in drawn["lanes"]] == ["postgres", "redis", "amqp"]
    assert len({lane["y"] for lane in drawn["lanes"]}) == 3
    quiet = drawn["lanes"][1]
    assert (quiet["gap"], quiet["bands"]) == (None, [[0.0, 100.0]])
    assert drawn["lanes"][2]["gap"]["seconds"] == 30.0
    assert len(drawn["lanes"][2]["bands"]) == 3
    assert drawn["marks"][-1]["seconds"] == 31.0


def test_writes_that_never_came_back_have_no_first_good_one() -> None:
    drawn = timeline(run_of(("postgres", None, [(0.1, 0.2)]), ("redis", 1.0, [(0.1, 1.0)])))
    assert [mark["name"] for mark in drawn["marks"]] == ["fault"]
    lane = drawn["lanes"][0]
    assert lane["gap"]["seconds"] is None
    assert lane["gap"]["x"] + lane["gap"]["width"] == 100
    assert lane["bands"] == [[0.0, drawn["marks"][0]["x"]]]


def test_everything_drawn_lies_inside_even_where_nothing_lasted() -> None:
    drawn = timeline(run_of(("postgres", 0.0, []), promotion=(0.0, 0.0)))
    assert all(0 <= mark["x"] <= 100 for mark in drawn["marks"])
    far = timeline(run_of(("postgres", 1.0, [(-50.0, 1.0)])))
    assert far["lanes"][0]["gap"] == {"x": 0.0, "width": 0.0, "seconds": 1.0}


def test_a_step_that_failed_ends_no_phase() -> None:
    run = run_of(("postgres", 1.0, [(0.1, 1.0)]), promotion=(0.2, 0.5))
    run["steps"][-1]["outcome"] = "failed"
    assert "promotion" not in [mark["name"] for mark in timeline(run)["marks"]]


def point(verdict: str = "pass", **variants: float | None) -> dict[str, Any]:
    return {"verdict": verdict, "variants": {name: {"rto_seconds": rto} for name, rto in variants.items()}}


def test_the_trend_has_a_line_per_variant_and_keeps_inside() -> None:
    chart = trend([point(a=1.0, b=2.0), point("fail", a=None, b=4.0), point(a=0.0)], 3.0)
    assert chart is not None
    assert chart["top"] == 4.0
    first, second = chart["lines"]
    assert [dot["x"] for dot in first["dots"]] == [2.0, 50.0, 98.0]
    assert first["dots"][1]["y"] == second["dots"][1]["y"] == 8.0
    assert first["dots"][2]["y"] == chart["height"] - 8
    assert [dot["verdict"] for dot in first["dots"]] == ["pass", "fail", "pass"]
    assert (first["last"], second["last"]) == (0.0, 4.0)
    assert (len(first["pieces"]), len(second["pieces"])) == (2, 1)
    assert 8 < chart["target"] < chart["height"] - 8


def test_a_target_above_the_chart_is_not_drawn_and_one_drill_is_no_trend() -> None:
    chart = trend([point(a=1.0), point(a=1.0)], 120.0)
    assert chart is not None
    assert chart["target"] is None
    assert trend([point(a=1.0)], 120.0) is None
    aborted = trend([point("aborted"), point("aborted")], 120.0)
    assert aborted is not None
    assert aborted["lines"] == []


# ---- The texts


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (0.004, "0.00"), (0.42, "0.42"), (5.0, "5"), (1.94, "1.9"), (38.4, "38"), (3600, "3600")],
)
def test_seconds(value: float | None, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0, "0"), (21.0, "21"), (0.5, "0.5"), (1234567, "1234567")])
def test_counts(value: float | None, text: str) -> None:
    assert count(value) == text


def test_markdown_has_a_row_per_store_and_variant(report: dict[str, Any], say: Say) -> None:
    english, japanese = markdown(report, say).split("\n\n---\n\n")
    assert "| postgres, synchronous | 1.9 / 1.9 / 120 | 0 / 0 / 0 |" in english
    assert "| postgres, asynchronous | 1.4 / 1.4 / 120 | 0 / 0 / - |" in english
    assert "| redis, default | 0.55 / 0.60 / 120 | 3 / 0.03 / 0 |" in english
    assert "## 災害復旧訓練" in japanese
    assert "目標内に復旧" in japanese


def test_the_page_draws_the_drills_in_both_languages_without_html_in_pictures(report: dict[str, Any], say: Say) -> None:
    page = html(report, say, "en")
    assert '<tspan lang="ja">最初の書き込み成功</tspan>' in page
    pictures = page.split("<svg width")[1:]
    assert len(pictures) == 4
    assert not any("<span" in picture.split("</svg>")[0] for picture in pictures)
    assert "Never drilled here:" in page
