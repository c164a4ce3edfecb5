from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._messages import (
    DEFAULT_MESSAGES,
    MessageError,
    load_catalogue,
    placeholders,
    render,
)

MODULE_UTILS = DEFAULT_MESSAGES.parents[1] / "plugins" / "module_utils"
PACKAGES = ("_checks", "_drift", "_drill", "_evidence", "_restore")
SOURCES = sorted(path for package in PACKAGES for path in (MODULE_UTILS / package).glob("*.py"))
MESSAGE_ID = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
NOT_MESSAGES = {"rds.force_ssl"}  # a PostgreSQL parameter
TEXT = "x.y: {{en: {{message: '{}', remedy: r}}, ja: {{message: '{}', remedy: '{}'}}}}"


def breaches(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every ``Breach("literal id", params)`` of a source file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Breach" and node.args:
            message = node.args[0]
            if isinstance(message, ast.Constant):
                yield message.value, node


def test_every_area_is_complete_and_its_ids_carry_its_name() -> None:
    load_catalogue()
    for path in DEFAULT_MESSAGES.glob("*.yml"):
        ids = [line.split(":")[0] for line in path.read_text().splitlines() if line[:1].isalpha()]
        assert [each for each in ids if not each.startswith(f"{path.stem}.")] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_breach_in_the_code_has_its_message_and_its_values(path: Path) -> None:
    catalogue = load_catalogue()
    for message, node in breaches(path):
        assert message in catalogue, f"{path.name}:{node.lineno}"
        params = node.args[1] if len(node.args) > 1 else None
        if isinstance(params, ast.Dict) and all(isinstance(key, ast.Constant) for key in params.keys):
            given = {key.value for key in params.keys if isinstance(key, ast.Constant)}
            parts = catalogue[message]["en"]
            asked = placeholders(parts["message"]) | placeholders(parts["remedy"])
            assert asked <= given, f"{path.name}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_text_that_reads_like_a_message_id_is_one(path: Path) -> None:
    """Ids also reach Breach through tables and variables, which the scan of calls can't see."""
    areas = {each.stem for each in DEFAULT_MESSAGES.glob("*.yml")}
    texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    like_ids = {each for each in texts if isinstance(each, str) and MESSAGE_ID.fullmatch(each)}
    assert {each for each in like_ids if each.split(".")[0] in areas} - NOT_MESSAGES - load_catalogue().keys() == set()


def test_the_scan_sees_breaches() -> None:
    assert "core.requirement_looser" in {message for path in SOURCES for message, _node in breaches(path)}


def test_every_core_message_is_used() -> None:
    sources = "".join(path.read_text() for path in SOURCES)
    core = {each for each in load_catalogue() if each.startswith("core.")}
    assert {each for each in core if f'"{each}"' not in sources} == set()


def test_render() -> None:
    catalogue = {"x.y": {"en": {"message": "{db} in {zones[0]}", "remedy": "r"}}}
    assert render(Breach("x.y", {"db": "a", "zones": ["c"]}), "en", catalogue=catalogue) == "a in c"
    assert render(Breach("x.y", {}), "en", "remedy", catalogue) == "r"


@pytest.mark.parametrize(
    ("breach", "error"),
    [
        (Breach("core.none", {}), "not in the message catalogue"),
        (Breach("core.unreadable", {}), "KeyError.*error"),
    ],
)
def test_what_cannot_be_rendered(breach: Breach, error: str) -> None:
    with pytest.raises(MessageError, match=error):
        render(breach, "ja")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (TEXT.format("{a}", "{b}", "r"), r"\['a'\] in en and \['b'\] in ja"),
        (TEXT.format("", "", "{a}"), "remedy has"),
        (TEXT.format("{", "{", "r"), "Single '{'"),
        (TEXT.format("{}", "{}", "r"), "needs a name"),
        ("x.y: {en: {message: a, remedy: b}}", "message must be a text in each of en, ja"),
        ("x.y: {en: {message: a}, ja: {message: a, remedy: b}}", "remedy must be a text"),
        ("x.y: [", "while parsing"),
    ],
)
def test_a_catalogue_that_is_not_complete(tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "x.yml").write_text(text)
    with pytest.raises(MessageError, match=error):
        load_catalogue(tmp_path)


def test_an_id_is_there_once(tmp_path: Path) -> None:
    for name in ("x.yml", "y.yml"):
        (tmp_path / name).write_text(TEXT.format("a", "a", "r"))
    with pytest.raises(MessageError, match="twice"):
        load_catalogue(tmp_path)
