"""Generated role READMEs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tools import role_docs
from tools.roles import Role

SPECIFICATION = {
    "argument_specs": {
        "main": {
            "short_description": "PostgreSQL",
            "description": ["Runs PostgreSQL."],
            "options": {
                "rds_class": {"description": "Size | class.", "type": "str", "default": "small", "choices": ["small"]},
                "rds_replicas": {
                    "description": "Replicas.",
                    "type": "list",
                    "elements": "dict",
                    "required": True,
                    "options": {"zone": {"description": "Where.", "type": "str"}},
                },
            },
        }
    }
}
ITEM = {"id": "1.1.1.1", "role": "rds", "en": "Runs Multi-AZ", "ja": "稼働する", "verify": "MultiAZ"}


@pytest.fixture
def rds(tmp_path: Path) -> Role:
    meta = tmp_path / "roles" / "rds" / "meta"
    meta.mkdir(parents=True)
    (meta / "argument_specs.yml").write_text(yaml.safe_dump(SPECIFICATION))
    return Role(tmp_path / "roles" / "rds")


def test_variables_with_nested_options_and_items(rds: Role) -> None:
    lines = role_docs.readme(rds, [ITEM]).splitlines()
    assert "| 1.1.1.1 | Runs Multi-AZ | 稼働する | MultiAZ |" in lines
    assert '| `rds_class` | str | `"small"` | Size \\| class. One of `small`. |' in lines
    assert "| `rds_replicas` | list of dict | required | Replicas. |" in lines
    assert "| `rds_replicas[].zone` | str |  | Where. |" in lines
    assert any("--tags 1.1.1.1" in line for line in lines)


def test_check_names_what_is_out_of_date_and_writes_nothing(
    rds: Role, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(role_docs, "roles", lambda: [rds])
    monkeypatch.setattr(role_docs, "checklist_items", lambda role: [ITEM])
    monkeypatch.setattr("sys.argv", ["role_docs", "--check"])
    assert role_docs.main() == 1
    assert "roles/rds/README.md" in capsys.readouterr().out
    assert not (rds.path / "README.md").exists()

    monkeypatch.setattr("sys.argv", ["role_docs"])
    assert role_docs.main() == 0
    monkeypatch.setattr("sys.argv", ["role_docs", "--check"])
    assert role_docs.main() == 0
