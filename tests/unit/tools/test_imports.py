"""Every plugin imports with what requirements.txt installs (ansible-test's import test has nothing installed)."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = sorted(
    path.relative_to(ROOT).with_suffix("") for path in (ROOT / "plugins").rglob("*.py") if path.name != "__init__.py"
)


@pytest.mark.parametrize("plugin", PLUGINS, ids=str)
def test_imports(plugin: Path) -> None:
    importlib.import_module("ansible_collections.iworkz.platform." + ".".join(plugin.parts))
