"""Every image that a role runs from the platform's own registry has a repository there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
OWN_IMAGE = re.compile(r"\{\{ platform_registry \}\}/\{\{ platform_prefix \}\}/([a-z0-9-]+)")


def test_images_of_roles_have_a_repository(declared: Callable[[str], dict[str, Any]]) -> None:
    paths = [*ROOT.glob("roles/*/defaults/main.yml"), *ROOT.glob("group_vars/all/*.yml")]
    texts = [path.read_text(encoding="utf-8") for path in paths]
    used = {name for text in texts for name in OWN_IMAGE.findall(text)}
    assert sorted(used) == declared("sandbox")["platform_tool_images"]


def test_no_tool_is_named_like_a_service(declared: Callable[[str], dict[str, Any]]) -> None:
    values = declared("sandbox")
    assert not {service["name"] for service in values["platform_services"]} & set(values["platform_tool_images"])
