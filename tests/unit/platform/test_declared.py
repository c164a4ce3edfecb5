"""The platform as declared in the repository is valid in every environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._checks.requirements import Requirements
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import declared_names
from ansible_collections.iworkz.platform.plugins.module_utils._platform.validate import check_platform

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = ("sandbox", "staging", "production")
Declared = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_valid(environment: str, declared: Declared, requirements: Requirements) -> None:
    values = declared(environment)
    if environment != "sandbox":
        values["platform_account_id"] = "111122223333"
    assert check_platform(values, ["platform", environment], requirements) == []
    assert set(values) == declared_names()


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_account_refused_until_set(environment: str, declared: Declared, requirements: Requirements) -> None:
    (problem,) = check_platform(declared(environment), ["platform", environment], requirements)
    assert (problem.id, problem.variable) == ("platform.not_valid", "platform_account_id")
    assert '"set-me" is not valid' in problem.text("en")


def test_environments_differ_in_account_sizes_and_endpoints_only(declared: Declared) -> None:
    sandbox, production = declared("sandbox"), declared("production")
    own = {path.stem for path in (ROOT / "inventories").glob("*/group_vars/*/*.yml")}
    assert own == {"account", "addons", "network", "reach", "rehearsal", "releases", "sizes"}
    same = ("platform_targets", "platform_alarms", "platform_teams", "platform_quiet_hours", "platform_operators")
    assert [sandbox[name] for name in same] == [production[name] for name in same]
    names = [[service["name"] for service in values["platform_services"]] for values in (sandbox, production)]
    assert names[0] == names[1]


def test_nineteen_services(declared: Declared) -> None:
    services = declared("production")["platform_services"]
    assert len({service["name"] for service in services}) == 19
    assert {service["host"] for service in services if service["exposure"] == "public"} == {
        "api.iworkz.jp",
        "chat.iworkz.jp",
        "events.iworkz.jp",
        "id.iworkz.jp",
        "www.iworkz.jp",
    }


def test_every_service_is_documented(declared: Declared) -> None:
    text = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
    for service in declared("production")["platform_services"]:
        assert f"| `{service['name']}` | {service['port']} | {service['team']} |" in text


def test_networks_of_all_environments_and_regions_are_apart(declared: Declared) -> None:
    plans = ("platform_network", "platform_recovery_network")
    cidrs = [declared(environment)[plan]["cidr"] for environment in ENVIRONMENTS for plan in plans]
    assert len(set(cidrs)) == len(cidrs)
    assert all(cidr.endswith(".0.0/16") for cidr in cidrs)
