"""A wrong inventory, one change each, and what the reader is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._platform.data_protection import check_data_protection

Values = dict[str, Any]
INVENTORY, TOLD = "platform_data_inventory", "platform_data_protection"
PROFILES = (INVENTORY, "candidate-profile", "tables", "candidate_profile.profiles")
LINES = (INVENTORY, "messaging", "tables", "messaging.messages")
DELETE = object()

# (path, new value, path told, fragment told)
BAD = [
    ((*PROFILES, "retention"), "membreship", ".".join((*PROFILES, "retention")), "did you mean membership?"),
    ((*PROFILES, "purpose"), "fun", ".".join((*PROFILES, "purpose")), '"fun" does not exist'),
    ((*PROFILES, "subject"), "person", ".".join((*PROFILES, "subject")), '"person" does not exist'),
    ((*PROFILES, "subject"), DELETE, ".".join(PROFILES), "no column leads to the person"),
    ((*PROFILES, "starts"), DELETE, ".".join(PROFILES), "has no start"),
    ((*PROFILES, "retention"), "reference", ".".join((*PROFILES, "retention")), "kept for ever"),
    ((*PROFILES, "columns", "phone"), "sensitive_personal", ".".join((*PROFILES, "columns")), "phone are sensitive"),
    ((*PROFILES, "columns", "honseki"), "personal", ".".join((*PROFILES, "columns", "honseki")), "may not be asked"),
    ((*LINES, "parent", "table"), "messaging.nothing", ".".join((*LINES, "parent")), "is unknown"),
    ((INVENTORY, "candidat"), {"keys": []}, f"{INVENTORY}.candidat", '"candidat" does not exist'),
    ((INVENTORY, "billing", "tables"), DELETE, INVENTORY, "billing has a database, but no tables"),
    ((INVENTORY, "billing", "keys"), [], f"{INVENTORY}.billing.keys", "billing does not use redis"),
    (("platform_retention", "books", "basis"), "LSA-999", "platform_retention.books.basis", '"LSA-999" does not exist'),
    (("platform_retention", "books", "months"), 3, "platform_retention.books", "has 2 periods"),
    (("platform_retention", "books", "years"), DELETE, "platform_retention.books", "has 0 periods"),
    ((TOLD, "activities", "analytics", "consent"), DELETE, f"{TOLD}.activities.analytics", "no text is named"),
    ((TOLD, "activities", "security", "interest"), DELETE, f"{TOLD}.activities.security", "not told"),
    ((TOLD, "activities", "security", "recipients"), ["who"], f"{TOLD}.activities.security.recipients[0]", "does not"),
    ((TOLD, "vendors", 0, "agreement_until"), DELETE, f"{TOLD}.vendors[0]", "without a data agreement"),
    ((TOLD, "vendors", 0, "country"), "US", f"{TOLD}.vendors[0]", "aws handles personal data in US"),
    ((TOLD, "regions"), ["us-east-1"], f"{TOLD}.regions", '"ap-northeast-1" does not exist'),
]  # fmt: skip


def test_the_declared_inventory_is_right_everywhere(declared: Callable[[str], Values]) -> None:
    for environment in ("sandbox", "staging", "production"):
        assert list(check_data_protection(declared(environment))) == []


def test_what_is_warmed_and_indexed_is_in_the_inventory(declared: Callable[[str], Values]) -> None:
    values = declared("production")
    services = values[INVENTORY].values()
    keys = {one["key"] for service in services for one in service.get("keys", [])}
    assert {one["key"] for one in values["platform_cache"]["key_sets"]} <= keys
    indexed = {one["alias"]: set(one["columns"]) for service in services for one in service.get("indices", [])}
    bodies = [one["body"] for one in values["platform_indices"]["index_templates"]]
    mapped = {
        body["index_patterns"][0].removesuffix("-*"): set(body["template"]["mappings"]["properties"]) for body in bodies
    }
    assert indexed == {alias: fields for alias, fields in mapped.items() if alias != values["platform_canary"]}


def test_only_an_empty_database_may_be_nobodys(values: Values) -> None:
    assert values[INVENTORY]["monitoring"] == {"empty": True}
    values[INVENTORY]["monitoring"] = {"tables": {}}
    assert [problem.path for problem in check_data_protection(values)] == [f"{INVENTORY}.monitoring"]


@pytest.mark.parametrize(("path", "new", "told", "fragment"), BAD, ids=[f"{bad[2]} {bad[3]}" for bad in BAD])
def test_one_mistake_is_one_problem(values: Values, path: tuple[Any, ...], new: Any, told: str, fragment: str) -> None:
    place: Any = values
    for part in path[:-1]:
        place = place[part]
    if new is DELETE:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    problems = [(problem.path, problem.text("en"), problem.text("ja")) for problem in check_data_protection(values)]
    assert any(where == told and fragment in english for where, english, japanese in problems), problems
