"""Where a variable is set, and which variables nobody reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._platform.names import check_names, role_variables
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem
from ansible_collections.iworkz.platform.plugins.module_utils._platform.report import failure
from ansible_collections.iworkz.platform.plugins.module_utils._platform.sources import Sources


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "playbooks/group_vars/all/stores.yml", "---\n# sizes\nplatform_sizes: {}\nplatform_stroes: {}\n")
    write(tmp_path / "playbooks/group_vars/all/other.yml", "network_mut: 9001\nunrelated: 1\n")
    write(tmp_path / "inventories/here/hosts.yml", "platform:\n  vars:\n    rds_clas: big\n")
    write(tmp_path / "inventories/here/group_vars/here/sizes.yml", "---\nplatform_sizes: {}\n")
    write(tmp_path / "inventories/here/host_vars/control.yml", '"platform_name": x\n')
    write(tmp_path / "roles/rds/defaults/main.yml", "---\nrds_class: small\n")
    write(tmp_path / "roles/network/meta/argument_specs.yml", "argument_specs: {main: {options: {network_mtu: {}}}}")
    return tmp_path


def sources(tree: Path, **extra: object) -> Sources:
    inventory = tree / "inventories" / "here"
    return Sources(tree / "playbooks", [inventory], ["here", "platform"], "control", extra)


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("platform_sizes", "inventories/here/group_vars/here/sizes.yml:2"),
        ("platform_stroes", "playbooks/group_vars/all/stores.yml:4"),
        ("platform_name", "inventories/here/host_vars/control.yml:1"),
        ("rds_clas", "inventories/here/hosts.yml:3"),
        ("platform_size", None),
        ("extra", "-e extra"),
    ],
)
def test_where(variable: str, place: str | None, tree: Path) -> None:
    assert sources(tree, extra=1).where(variable) == place


def test_inventory_given_as_file_or_host_list(tree: Path) -> None:
    inventories = [tree / "inventories/here/hosts.yml", Path("localhost,")]
    found = Sources(tree / "playbooks", inventories, ["here"], "control")
    assert found.where("platform_sizes") == "inventories/here/group_vars/here/sizes.yml:2"
    assert found.where("rds_clas") == "inventories/here/hosts.yml:3"


def test_unknown_variables_the_user_set(tree: Path) -> None:
    given = [
        "platform_stroes",
        "platform_sizes",
        "network_mut",
        "network_result",  # registered by a task: no file sets it
        "rds_clas",
        "rds_class",
        "checklist_requirement",
        "unrelated",
        "__rds_internal",
    ]
    problems = check_names(given, sources(tree, checklist_requirement={}), tree / "roles")
    assert [(problem.variable, problem.text("en")) for problem in problems] == [
        ("checklist_requirement", "no such variable (did you mean checklist_requirements?)"),
        ("network_mut", "no such variable (did you mean network_mtu?)"),
        ("platform_stroes", "no such variable (did you mean platform_stores?)"),
        ("rds_clas", "no such variable (did you mean rds_class?)"),
    ]


def test_what_awx_tells_of_itself_is_no_misspelt_variable(tree: Path) -> None:
    (tree / "roles" / "awx").mkdir()
    given = {"awx_job_id": 7, "awx_workflow_job_launch_type": "scheduled", "awx_jobs": 2}
    problems = check_names(given, sources(tree, **given), tree / "roles")
    assert [problem.variable for problem in problems] == ["awx_jobs"]


def test_role_variables(tree: Path) -> None:
    assert role_variables(tree / "roles") == {"rds_class", "network_mtu"}


def test_failure_tells_every_problem_and_its_place(tree: Path) -> None:
    problems = [
        Problem("platform.missing", "platform_account_id"),
        Problem("platform.too_small", "platform_sizes.postgres.storage_gb", {"value": 1, "limit": 20}),
    ]
    result = failure(problems, "en", "staging", sources(tree))
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["msg"].splitlines() == [
        "Nothing was changed. 2 problem(s) in the declared platform, environment staging:",
        "- platform_account_id: is missing",
        "    Set it. (set it in inventories/staging/group_vars/staging/account.yml)",
        "- platform_sizes.postgres.storage_gb: 1 is too small; allowed: at least 20",
        "    Raise it to 20 or more. (set in inventories/here/group_vars/here/sizes.yml:2)",
    ]
    assert [problem["variable"] for problem in result["problems"]] == [problem.path for problem in problems]
    japanese = failure(problems, "ja", "staging", sources(tree))
    assert "何も変更していません" in japanese["msg"]
