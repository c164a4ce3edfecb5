# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reads the YAML files the collection ships and users sign, and manifests."""

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
        return yaml.load(path.read_bytes(), Loader=_loader())
    except (OSError, yaml.YAMLError) as error:
        raise YamlError(f"{path}: {error}") from error


def parse_documents(text: str) -> list[Any]:
    """Return the documents of a text, empty ones left out. Raises YamlError."""
    try:
        return [document for document in yaml.load_all(text, Loader=_loader()) if document is not None]
    except yaml.YAMLError as error:
        raise YamlError(str(error)) from error


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
