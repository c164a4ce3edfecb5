"""What the declared web ACL does with every request of the corpus: `python -m tools.waf_table [--json FILE]`.

Our own rules are evaluated exactly. AWS's managed rules are named, not evaluated: where the corpus says that one
matches, the ACL's overrides, labels and rules after it are worked out from there. Exit code 1 when an attack gets
through or a benign request does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined

if "ansible_collections" not in sys.modules:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / ".ansible" / "collections"))

from ansible_collections.iworkz.platform.plugins.module_utils._waf.acl import Outcome, evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._waf.rules import rules
from ansible_collections.iworkz.platform.plugins.module_utils._waf.statements import Surroundings
from tests.waf.corpus import Sample, load

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "iworkz-production"


@dataclass(frozen=True)
class Row:
    sample: Sample
    outcome: Outcome

    @property
    def verdict(self) -> str:
        return "blocked" if self.outcome.action == "block" else "passed"

    @property
    def right(self) -> bool:
        """An attack is blocked by the rule that is meant to, a benign request by none."""
        return self.outcome.rule == self.sample.stopped_by and (self.outcome.action == "block") == self.sample.attack


def declared() -> tuple[dict[str, Any], list[str]]:
    """``platform_waf`` and the public hosts, as in production."""
    services = _variables("services", {})
    values = {"platform_domain": services["platform_domain"]}
    hosts = [one["host"] for one in _variables("services", values)["platform_services"] if "host" in one]
    return _variables("waf", values)["platform_waf"], hosts


def acl() -> dict[str, Any]:
    waf, hosts = declared()
    return {"default_action": {"allow": {}}, "rules": rules(waf, hosts, PREFIX)}


def table() -> list[Row]:
    judged, waf = acl(), declared()[0]
    sets = {f"{PREFIX}-{version}": addresses for version, addresses in waf["blocked_addresses"].items()}
    return [
        Row(sample, evaluate(judged, sample.request, Surroundings(ip_sets=sets), sample.managed)) for sample in load()
    ]


def lines(rows: list[Row]) -> Iterator[str]:
    width = max(len(row.sample.name) for row in rows)
    for row in rows:
        told = row.outcome.rule or ", ".join(f"{one} only counts" for one in row.outcome.counted)
        mark = " " if row.right else "!"
        yield f"{mark} {row.sample.name:{width}}  {row.sample.kind:10}  {row.verdict:7}  {told}".rstrip()
    for attack, what in ((True, "attacks"), (False, "benign requests")):
        chosen = [row for row in rows if row.sample.attack is attack]
        blocked = sum(row.verdict == "blocked" for row in chosen)
        yield f"{len(chosen)} {what}: {blocked} blocked, {len(chosen) - blocked} passed"


def _variables(topic: str, values: dict[str, str]) -> dict[str, Any]:
    text = (ROOT / "group_vars" / "all" / f"{topic}.yml").read_text(encoding="utf-8")
    found = yaml.safe_load(text)
    return _rendered(found, Environment(undefined=StrictUndefined, autoescape=False), values) if values else found


def _rendered(value: Any, environment: Environment, values: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _rendered(item, environment, values) for key, item in value.items()}
    if isinstance(value, list):
        return [_rendered(item, environment, values) for item in value]
    return environment.from_string(value).render(values) if isinstance(value, str) and "{{" in value else value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.waf_table", description=__doc__)
    parser.add_argument("--json", type=Path, help="write the table there, too")
    options = parser.parse_args()
    rows = table()
    print(*lines(rows), sep="\n")
    if options.json:
        told = [
            {
                "name": row.sample.name,
                "kind": row.sample.kind,
                "attack": row.sample.attack,
                "action": row.outcome.action,
                "rule": row.outcome.rule,
                "counted": row.outcome.counted,
                "right": row.right,
            }
            for row in rows
        ]
        options.json.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0 if all(row.right for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
