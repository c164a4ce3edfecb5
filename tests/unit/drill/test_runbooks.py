from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleActionFail, AnsibleError

from ansible_collections.iworkz.platform.plugins.action.dr_runbooks import ActionModule
from ansible_collections.iworkz.platform.plugins.module_utils._drill import runbook_markdown, runbooks
from ansible_collections.iworkz.platform.plugins.module_utils._drill.names import NAMES
from ansible_collections.iworkz.platform.plugins.module_utils._drill.preconditions import CHECKS
from ansible_collections.iworkz.platform.plugins.module_utils._drill.runbook import (
    RunbookError,
    blocks,
    definition_seal,
    runbook,
)
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Scenario, build
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenarios import load_scenarios
from ansible_collections.iworkz.platform.plugins.module_utils._evidence.canonical import sha256
from ansible_collections.iworkz.platform.plugins.module_utils._messages import LANGUAGES, load_catalogue, placeholders
from ansible_collections.iworkz.platform.plugins.modules import dr_runbooks
from tests.unit.drill.runbook_samples import PLACE, both, scenario, step, write, zone_scenario


def built(*documents: dict[str, Any]) -> dict[str, Scenario]:
    by_name = {document["name"]: document for document in documents}
    return {name: build(document, by_name) for name, document in by_name.items()}


# ---- What a runbook says


def test_a_runbook_has_each_stage_with_the_environments_own_names() -> None:
    (one,) = built(scenario()).values()
    english = runbook(one, PLACE, "en")
    assert english["title"] == "The database's zone is lost"
    assert english["purpose"] == "The primary of `iworkz-sandbox-postgres` is gone."
    titles = [section["title"] for section in english["sections"]]
    assert titles == ["Look first", "Cause the fault", "See what the platform does by itself"]
    looks, fault, observe = english["sections"]
    assert looks["steps"][0]["what"] == "iworkz-sandbox-postgres has a standby in another zone"
    assert "know what does not hold" in looks["note"]
    assert fault["note"] == "In a drill only; skip this in an emergency."
    assert observe["note"] == ""
    assert observe["steps"][0]["limit"] == "at most 600 s"
    assert observe["steps"][0]["blocks"][1]["text"].endswith("--query '{Zone: DBInstances[0].AvailabilityZone}'")
    assert runbook(one, PLACE, "ja")["sections"][1]["steps"][0]["what"] == "フェイルオーバーを強制する"


def test_texts_may_name_the_environment() -> None:
    hand_over = both("Apply inventories/{environment}.", "inventories/{environment}を適用する。")
    (one,) = built(scenario(hand_over=hand_over)).values()
    assert runbook(one, PLACE, "en")["hand_over"]["blocks"] == [{"code": False, "text": "Apply inventories/sandbox."}]


def test_a_runbook_states_targets_seal_and_revision() -> None:
    (one,) = built(scenario()).values()
    facts = dict(runbook(one, PLACE, "en")["facts"])
    assert facts["Back within (RTO)"] == "120 s"
    assert facts["Data loss at most (RPO)"] == "none"
    assert facts["Definition (SHA-256)"] == definition_seal(one)
    assert facts["Revision"] == "3f9c2ab"
    assert "Revision" not in dict(runbook(one, replace(PLACE, revision=""), "en")["facts"])


def test_the_seal_changes_with_anything_in_the_definition() -> None:
    seals = {
        definition_seal(build(document))
        for document in (
            scenario(),
            scenario(hand_over=both("Go home.", "帰宅する。")),
            scenario(fault=[step("fail_over", "Force", "強制", "aws rds", timeout_seconds=601)]),
            scenario(preconditions=[]),
        )
    }
    assert len(seals) == 4
    assert definition_seal(build(scenario())) == definition_seal(build(scenario()))


def test_a_scenario_that_combines_others_has_their_steps() -> None:
    whole = built(scenario(), zone_scenario())["availability_zone"]
    steps = [each["what"] for section in runbook(whole, PLACE, "en")["sections"] for each in section["steps"]]
    assert "Force the failover" in steps
    assert len(steps) == 3


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (replace(PLACE, names={"prefix": "x"}), "no value for the name database; known: prefix"),
        (replace(PLACE, targets={}), "scenario database_az: the recovery targets have no zone"),
    ],
)
def test_a_place_that_lacks_something_is_refused(place: Any, error: str) -> None:
    with pytest.raises(RunbookError, match=error):
        runbook(build(scenario()), place, "en")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Look at it.", [(False, "Look at it.")]),
        ("aws rds x", [(True, "aws rds x")]),
        ("First:\naws a \\\n  --b\naws c\n\nThen look.", [
            (False, "First:"), (True, "aws a \\\n  --b\naws c"), (False, "Then look."),
        ]),
        ("awsome text\npsqlite", [(False, "awsome text\npsqlite")]),
        ("", []),
    ],
)  # fmt: skip
def test_commands_are_told_from_sentences(text: str, found: list[tuple[bool, str]]) -> None:
    assert [(block["code"], block["text"]) for block in blocks(text)] == found


def test_every_precondition_has_words_with_no_values_it_does_not_get() -> None:
    catalogue = load_catalogue()
    there = {name.removeprefix("runbook.check_") for name in catalogue if name.startswith("runbook.check_")}
    assert there == set(CHECKS)
    for name, one in CHECKS.items():
        given = one.signature.required | one.signature.optional | set(NAMES)
        for part in ("message", "remedy"):
            assert placeholders(catalogue[f"runbook.check_{name}"]["en"][part]) <= given  # type: ignore[index]


# ---- Forms


def test_markdown_is_a_list_to_tick_off_and_stays_text() -> None:
    text = runbooks.generate(built(scenario()), PLACE)["database_az.en.md"].decode()
    assert text.count("1. [ ] **") == 3
    assert "   ```shell\n   aws rds reboot-db-instance" in text
    assert "another zone \\<b>**" in text
    assert "[日本語](database_az.ja.md)" in text
    assert text.endswith("```\n")


def test_html_is_escaped_and_needs_nothing_outside_itself() -> None:
    files = runbooks.generate(built(scenario(), zone_scenario()), PLACE)
    for name, content in files.items():
        if name.endswith(".html"):
            page = content.decode()
            assert "default-src 'none'" in page
            assert "<script" not in page
            links = re.findall(r'(?:href|src)="([^"]*)"', page)
            assert {link for link in links if link != "data:,"} <= files.keys(), name
    page = files["database_az.en.html"].decode()
    assert "another zone &lt;b&gt;" in page
    assert "Look at <code>iworkz-sandbox-postgres</code>:" in page


def test_the_index_leads_to_every_runbook_of_its_language() -> None:
    files = runbooks.generate(built(scenario(), zone_scenario()), PLACE)
    for language in LANGUAGES:
        for name in ("database_az", "availability_zone"):
            assert f'href="{name}.{language}.html"' in files[f"index.{language}.html"].decode()
            assert f"({name}.{language}.md)" in files[f"index.{language}.md"].decode()


def test_every_label_of_runbooks_is_used() -> None:
    sources = [Path(runbooks.__file__).with_name(f"runbook{part}.py") for part in ("", "_markdown", "_html")]
    sources += sorted((Path(runbooks.__file__).parent / "templates").glob("*.j2"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    there = {name.removeprefix("runbook.") for name in load_catalogue() if name.startswith("runbook.")}
    unused = {
        name
        for name in there
        if not re.search(rf"[\"']{name}[\"']", text) and not name.startswith(("check_", "stage_"))
    }
    assert unused == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scenarios_of_the_collection_make_complete_runbooks(language: Any) -> None:
    scenarios = load_scenarios()
    assert {"database_az", "database_region", "cache_node", "queue_broker"} <= scenarios.keys()
    for one in scenarios.values():
        made = runbook(one, PLACE, language)
        text = runbook_markdown.markdown(made)
        assert not re.search(r"\{[a-z_]+\}", text), one.name
        assert made["sections"]
        for section in made["sections"]:
            for each in section["steps"]:
                assert each["blocks"], f"{one.name}: {each['what']} says nothing to do"


# ---- The module


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return {
        "directory": str(tmp_path / "report" / "runbooks"),
        "scenarios_dir": str(write(tmp_path / "scenarios", scenario())),
        "environment": PLACE.environment,
        "account_id": PLACE.account,
        "names": dict(PLACE.names),
        "targets": {name: dict(target) for name, target in PLACE.targets.items()},
        "revision": PLACE.revision,
    }


@pytest.fixture
def act(options: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    def run(check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        load_scenarios.cache_clear()
        task = SimpleNamespace(args={**options, **changes}, check_mode=check_mode, diff=True, async_val=0)
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None))
        action = ActionModule(task, connection, MagicMock(), MagicMock(), MagicMock(), MagicMock())
        return dict(action.run(task_vars={}))

    return run


def names_in(directory: str) -> set[str]:
    return {path.name for path in Path(directory).iterdir()}


def test_runbooks_are_written_once(act: Callable[..., dict[str, Any]], options: dict[str, Any]) -> None:
    first = act()
    assert first["changed"] is True
    assert first["scenarios"] == ["database_az"]
    expected = {f"{name}.{language}.{form}" for name in ("database_az", "index") for language in LANGUAGES
                for form in runbooks.FORMS}  # fmt: skip
    assert names_in(options["directory"]) == {*expected, "runbooks.json"} == set(first["written"])
    manifest = json.loads((Path(options["directory"]) / "runbooks.json").read_bytes())
    assert manifest["revision"] == "3f9c2ab"
    assert manifest["scenarios"] == {"database_az": definition_seal(build(scenario()))}
    page = (Path(options["directory"]) / "database_az.en.html").read_bytes()
    assert manifest["files"]["database_az.en.html"] == sha256(page)
    again = act()
    assert (again["changed"], again["written"], again["removed"]) == (False, [], [])
    assert "diff" not in again


def test_check_mode_predicts_and_writes_nothing(act: Callable[..., dict[str, Any]], options: dict[str, Any]) -> None:
    predicted = act(check_mode=True)
    assert predicted["changed"] is True
    assert not Path(options["directory"]).exists()
    assert act()["written"] == predicted["written"]
    assert act(check_mode=True)["changed"] is False


def test_an_edited_runbook_is_put_right_and_the_diff_shows_it(
    act: Callable[..., dict[str, Any]], options: dict[str, Any]
) -> None:
    act()
    file = Path(options["directory"]) / "database_az.ja.md"
    file.write_text("自己流の手順", encoding="utf-8")
    result = act()
    assert result["written"] == ["database_az.ja.md"]
    (diff,) = result["diff"]
    assert (diff["before"], diff["after"]) == ("自己流の手順", file.read_text(encoding="utf-8"))


def test_another_revision_makes_them_anew(act: Callable[..., dict[str, Any]]) -> None:
    act()
    assert "database_az.en.md" in act(revision="4a0d3bc")["written"]


def test_runbooks_of_scenarios_that_are_gone_are_removed_and_nothing_else(
    act: Callable[..., dict[str, Any]], options: dict[str, Any]
) -> None:
    scenarios = Path(options["scenarios_dir"])
    write(scenarios, scenario("cache_node"))
    act()
    own = Path(options["directory"]) / "telephone-list.md"
    own.write_text("119")
    (scenarios / "cache_node.yml").unlink()
    result = act()
    assert result["removed"] == [f"cache_node.{end}" for end in ("en.html", "en.md", "ja.html", "ja.md")]
    assert own.read_text() == "119"
    assert "cache_node.en.md" not in names_in(options["directory"])


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"names": {"prefix": "x"}}, "the runbooks could not be made: no value for the name"),
        ({"targets": {}}, "the recovery targets have no zone"),
        ({"directory": "/dev/null/runbooks"}, "the runbooks could not be made: .*/dev/null"),
        ({"revison": "x"}, "revison. Supported parameters include: account_id"),
    ],
)
def test_bad_options_are_named(act: Callable[..., dict[str, Any]], changes: dict[str, Any], error: str) -> None:
    with pytest.raises(AnsibleError, match=error):
        act(**changes)


def test_a_broken_scenario_stops_all_of_them(act: Callable[..., dict[str, Any]], options: dict[str, Any]) -> None:
    write(Path(options["scenarios_dir"]), scenario("cache_node", title="Cache"))
    with pytest.raises(AnsibleActionFail, match=r"cache_node\.yml: title"):
        act()
    assert not Path(options["directory"]).exists()


def test_the_module_refuses_to_run_on_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    module = MagicMock()
    monkeypatch.setattr(dr_runbooks, "AnsibleModule", module)
    dr_runbooks.main()
    assert "action on the controller" in module.return_value.fail_json.call_args.kwargs["msg"]


# ---- What ours have to say


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_promotion_hosts_are_led_to_the_recovery_region_for_good(language: Any) -> None:
    """A host whose PRIMARY record leads home returns as soon as the home region answers again."""
    handed = runbook(load_scenarios()["database_region"], PLACE, language)["hand_over"]["blocks"]
    told = "\n".join(block["text"] for block in handed if not block["code"])
    region = PLACE.names["recovery_region"]
    assert "dr_hosts_region" in told
    assert region in told
    (command,) = (block["text"] for block in handed if "dr_hosts_region" in block["text"] and block["code"])
    assert "-e dr_repoint_hosts=true" in command
    assert f"-e dr_hosts_region={region}" in command
