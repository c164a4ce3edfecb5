"""Rules of what services promise: writes them out, and lets promtool judge them (docs/monitoring.md).

`write DIRECTORY` makes rules.yml (as Prometheus reads it) and alertmanager.yml of an environment; `test` checks the
rules and puts them through the cases of tests/unit/slo/cases, and prints what promtool says.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder
from ansible.vars.manager import VariableManager

from tools.roles import ROOT

if "ansible_collections" not in sys.modules:
    _AnsibleCollectionFinder(paths=[str(ROOT / ".ansible" / "collections"), *sys.path])._install()

from ansible_collections.iworkz.platform.plugins.module_utils._slo import promtool, trial
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objects import objects
from ansible_collections.iworkz.platform.plugins.module_utils._slo.routing import Sinks, configuration

CASES = ROOT / "tests" / "unit" / "slo" / "cases"
TRIED = ("admin", "api-gateway", "billing", "content")
RULES, GENERATED = "rules.yml", "generated.yml"
TOPIC = "arn:aws:sns:ap-northeast-1:123456789012:iworkz-sandbox-alerts"


def declared(environment: str) -> dict[str, Any]:
    """The variables that rules and routes are made of, as a run would see them."""
    loader = DataLoader()
    loader.set_basedir(str(ROOT / "playbooks"))
    inventory = InventoryManager(loader=loader, sources=[str(ROOT / "inventories" / environment)])
    variables = VariableManager(loader=loader, inventory=inventory).get_vars(host=inventory.get_host("control"))
    templar = Templar(loader=loader, variables=variables)
    names = (
        "services",
        "slos",
        "teams",
        "alarms",
        "alerting",
        "alert_sinks",
        "operators",
        "canary",
        "stores",
        "region",
    )
    # Plain values: what Ansible templates bears marks of its own.
    return {name: json.loads(json.dumps(templar.template(variables[f"platform_{name}"]))) for name in names}


def rules(values: dict[str, Any]) -> dict[str, Any]:
    """A file of rules as Prometheus reads it."""
    made = objects(
        values["services"],
        values["slos"],
        values["teams"],
        values["alarms"],
        values["alerting"]["runbooks"],
        values["stores"]["mq"]["dead_letter_queue"],
        values["canary"],
        "monitoring",
    )
    return {"groups": [group for one in made for group in one["spec"]["groups"]]}


def routes(values: dict[str, Any]) -> dict[str, Any]:
    """Alertmanager's configuration."""
    sinks = Sinks(topic=TOPIC, region=values["region"], **values["alert_sinks"])
    return configuration(values["alerting"], sinks, values["teams"], values["operators"]["alerts"])


def write(directory: Path, values: dict[str, Any]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in ((RULES, rules(values)), ("alertmanager.yml", routes(values))):
        (directory / name).write_text(_yaml(content), encoding="utf-8")


def lay_out(directory: Path, values: dict[str, Any]) -> list[str]:
    """Write what promtool needs, and return the names of the files of tests."""
    write(directory, values)
    for file, groups in parts(rules(values)["groups"]).items():
        (directory / file).write_text(_yaml({"groups": groups}), encoding="utf-8")
    promised = values["slos"]["defaults"]
    wanted = trial.cases(promised["availability_percent"] / 100, promised["latency_mean_ms"] / 1000)
    services = [(service["name"], service["team"]) for service in values["services"]]
    (directory / GENERATED).write_text(_yaml(trial.tests(services, wanted, RULES)), encoding="utf-8")
    cases = sorted(CASES.glob("*.yml"))
    for path in cases:
        shutil.copy(path, directory)
    return [*(path.name for path in cases), GENERATED]


def test(values: dict[str, Any]) -> bool:
    """Whether all pass: the cases by hand, and those that the check of 3.1.1.4 puts running rules through."""
    with tempfile.TemporaryDirectory(prefix="slo-") as name:
        directory = Path(name)
        files = lay_out(directory, values)
        outcomes = [promtool.run("check", "rules", RULES, directory=directory)]
        outcomes += [promtool.run("test", "rules", file, directory=directory) for file in files]
    print(*(outcome.output for outcome in outcomes), sep="\n")
    return all(outcome.passed for outcome in outcomes)


def parts(groups: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The rules that cases by hand are about, by file: promtool evaluates all of a file at every step."""
    return {
        "rules_services.yml": [group for group in groups if group["name"].split(":")[1] in TRIED],
        "rules_platform.yml": [group for group in groups if group["name"].startswith("platform:")],
    }


def _yaml(content: dict[str, Any]) -> str:
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools.slo_rules", description=__doc__)
    parser.add_argument("--environment", default="sandbox", choices=["sandbox", "staging", "production"])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("write").add_argument("directory", type=Path)
    commands.add_parser("test")
    chosen = parser.parse_args()
    values = declared(chosen.environment)
    if chosen.command == "write":
        write(chosen.directory, values)
        return 0
    return 0 if test(values) else 1


if __name__ == "__main__":
    sys.exit(main())
