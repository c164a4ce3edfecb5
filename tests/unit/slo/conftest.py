"""What the platform declares, and what is made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools import slo_rules


@pytest.fixture(scope="session")
def values() -> dict[str, Any]:
    return slo_rules.declared("sandbox")


@pytest.fixture(scope="session")
def directory(values: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rules and routes, as written out, beside the cases."""
    path = tmp_path_factory.mktemp("slo")
    slo_rules.lay_out(path, values)
    return path
