"""The durations kept between runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.plugin_utils._launch.history import History


def test_a_kind_of_run_gets_back_what_it_saved_last(tmp_path: Path) -> None:
    history = History(tmp_path / "state" / "durations.json")
    assert history.load("site apply") == {}
    history.save("site apply", {"Phase 1/rds": 2.5})
    history.save("site check", {"Phase 1/rds": 0.5})
    history.save("site apply", {"Phase 1/rds": 3.0})
    assert history.load("site apply") == {"Phase 1/rds": 3.0}
    assert history.load("site check") == {"Phase 1/rds": 0.5}
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["durations.json"]


@pytest.mark.parametrize("content", ["{", "[1]", '"text"'])
def test_a_damaged_file_is_reported_and_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "durations.json"
    path.write_text(content)
    history = History(path)
    with pytest.raises(ValueError, match=r"."):
        history.load("site apply")
    history.save("site apply", {"Phase 1/rds": 1.0})
    assert history.load("site apply") == {"Phase 1/rds": 1.0}
