"""What every committed file, and the pins among them, must hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible.release import __version__ as ansible_core_version

ROOT = Path(__file__).resolve().parents[3]

# Written so that this file doesn't match itself.
FORBIDDEN = {
    "a home directory": r"/(?:root|home|Users)/" + r"[\w.-]+",
    "a directory of one machine": r"(?<![\w./-])/(?:work|opt/[\w.-]+)" + r"/[\w.-]+",
    "a temporary directory": r"(?<![\w./-])/tmp/" + r"\w",
    "a package registry": r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.org|(?:artifactory|nexus)[\w-]*\.\w+)" + r"\b",
    "an index option": r"--(?:extra-)?index" + r"-url|PIP_INDEX" + r"_URL",
}


def committed() -> list[Path]:
    """Files git tracks, or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file() and not path.is_symlink()]


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture
            continue
        for what, pattern in FORBIDDEN.items():
            found += [f"{path.relative_to(ROOT)}: {what}: {match.group()}" for match in re.finditer(pattern, text)]
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a home directory", "/root" + "/.pyenv"),
        ("a directory of one machine", "cd /work" + "/main"),
        ("a temporary directory", "in /tmp" + "/x"),
        ("a package registry", "https://pypi" + ".org/simple"),
        ("an index option", "pip --extra-index" + "-url x"),
    ],
)
def test_the_patterns_match_what_they_are_for(what: str, text: str) -> None:
    assert re.search(FORBIDDEN[what], text)


def pins(name: str) -> dict[str, str]:
    """{package: version} of a requirements file, names as pip compares them; a line without == is an error."""
    lines = (ROOT / name).read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    pairs = [re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?==(\S+)", line) for line in wanted]
    assert None not in pairs, [line for line, pair in zip(wanted, pairs, strict=True) if not pair]
    return {re.sub(r"[-_.]+", "-", pair[1]).lower(): pair[2] for pair in pairs if pair}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_as_the_constraints_say(name: str) -> None:
    constraints = pins("constraints.txt")
    assert {package: constraints.get(package) for package in pins(name)} == pins(name)


def test_galaxy_users_get_the_collections_of_the_ansible_package() -> None:
    import ansible_collections

    for collection in yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]:
        path = Path(*collection["name"].split("."))
        manifests = [Path(root) / path / "MANIFEST.json" for root in ansible_collections.__path__]
        versions = [
            yaml.safe_load(file.read_text())["collection_info"]["version"] for file in manifests if file.exists()
        ]
        assert versions == [collection["version"]], collection["name"]


def test_execution_environment_has_the_same_ansible_core() -> None:
    environment = yaml.safe_load((ROOT / "execution-environment.yml").read_text())
    pinned = pins("requirements.txt")["ansible-core"]
    assert environment["dependencies"]["ansible_core"]["package_pip"] == f"ansible-core=={pinned}"
    assert pinned == ansible_core_version
