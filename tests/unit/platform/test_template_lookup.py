"""Templates see every variable, and no variable is copied for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template


class Uncopied:
    def __deepcopy__(self, memo: dict[int, Any]) -> Uncopied:
        raise AssertionError("a variable is copied")


def render(directory: Path, text: str, **options: Any) -> list[str]:
    (directory / "given.j2").write_text(text)
    loader = DataLoader()
    variables = {"name": trust_as_template("{{ other }}"), "other": "流", "large": Uncopied()}
    templar = Templar(loader=loader, variables=variables)
    plugin = lookup_loader.get("iworkz.platform.template", loader=loader, templar=templar)
    found: list[str] = plugin.run([str(directory / "given.j2")], variables=variables, **options)
    assert sorted(variables) == ["large", "name", "other"]
    return found


def test_variables_are_resolved_and_not_copied(tmp_path: Path) -> None:
    assert render(tmp_path, "{% for one in 'ab' %}\n{{ one }}: {{ name }}\n{% endfor %}") == ["a: 流\nb: 流\n"]


def test_options_are_those_of_the_other_lookup(tmp_path: Path) -> None:
    assert render(tmp_path, "{{ name }} {{ more }}", template_vars={"more": "2"}) == ["流 2"]
