# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the YAML files the collection ships and users sign."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

with suppress(ImportError):  # ansible-core needs PyYAML on the controller, which is where these files are read
    import yaml


class YamlError(ValueError):
    """A file is missing, unreadable or no YAML; the text names file and line."""


def read_yaml(path: Path) -> Any:
    """Return the document of a file, None when it is empty. Raises YamlError."""
    try:
        return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, yaml.YAMLError) as error:
        raise YamlError(f"{path}: {error}") from error
