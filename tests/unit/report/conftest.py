from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._report.texts import Say
from ansible_collections.iworkz.platform.tests.unit.report.samples import sample_report


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Say, Path]:
    """The sample report, what says its texts, and the directory that holds its evidence and checklist."""
    directory = tmp_path_factory.mktemp("sample")
    report, say = sample_report(directory)
    return report, say, directory


@pytest.fixture
def report(sample: tuple[dict[str, Any], Say, Path]) -> dict[str, Any]:
    return sample[0]


@pytest.fixture
def say(sample: tuple[dict[str, Any], Say, Path]) -> Say:
    return sample[1]
