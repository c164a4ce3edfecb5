from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._compliance.parameters import override, read_parameter
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError


def version(start: str, value: Any, until: str | None = None, **scope: Any) -> dict[str, Any]:
    ends = {"until": date.fromisoformat(until)} if until else {}
    return {"from": date.fromisoformat(start), **ends, "value": value, **({"scope": scope} if scope else {})}


def read(*versions: dict[str, Any], stricter: str = "lower") -> Any:
    return read_parameter("hours", {"unit": "hours", "stricter": stricter, "versions": list(versions)})


@pytest.mark.parametrize(
    ("versions", "said"),
    [
        ([version("2019-04-01", 1), version("2020-04-01", 2)], "from 2020-04-01 overlaps the version from 2019-04-01"),
        ([version("2019-04-01", 1, "2020-04-01"), version("2020-04-01", 2)], "from 2020-04-01 overlaps"),
        ([version("2019-04-01", 1, "2020-03-30"), version("2020-04-01", 2)], "nothing holds between 2020-03-30 and"),
        ([version("2019-04-01", 1, a="x"), version("2020-04-01", 2, a="x")], "of scope {'a': 'x'}: from 2020-04-01"),
        ([version("2019-04-01", 1, "2019-03-31")], "versions[0].until is 2019-03-31, before it is in force"),
        ([version("2019-04-01", [])], "versions[0].value must be a list of different words"),
        ([version("2019-04-01", ["a", "a"])], "versions[0].value must be a list of different words"),
    ],
)
def test_versions_that_leave_doubt_are_refused(versions: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(PackError) as error:
        read(*versions)
    assert said in str(error.value)


def test_versions_of_different_scopes_may_overlap_and_lists_stand_for_each() -> None:
    found = read(version("2019-04-01", 1, a=["x", "y"]), version("2020-04-01", 2))
    assert [each.scope for each in found.versions] == [(("a", "x"),), (("a", "y"),), ()]
    assert found.scopes == ("a",)


def test_days_on_which_something_changes() -> None:
    found = read(version("2019-04-01", 1, "2024-03-31"), version("2024-04-01", 2, "2030-03-31"))
    assert sorted(found.boundaries) == [date(2019, 4, 1), date(2024, 4, 1), date(2030, 4, 1)]


@pytest.mark.parametrize(
    ("stricter", "value", "said"),
    [
        ("lower", 91, "override RULE.hours is 91, looser than the law: at most 90 is allowed"),
        ("higher", 99, "looser than the law: at least 100 is allowed"),
        ("none", 1, "can't be overridden"),
        ("lower", "few", "must be a number"),
    ],
)
def test_a_looser_override_is_refused(stricter: str, value: Any, said: str) -> None:
    parameter = read(version("2019-04-01", 100, "2024-03-31"), version("2024-04-01", 90), stricter=stricter)
    with pytest.raises(PackError, match=said):
        override({"RULE": {"hours": parameter}}, {"RULE.hours": value})


def test_a_stricter_override_holds_in_every_version() -> None:
    parameter = read(version("2019-04-01", 100, "2024-03-31"), version("2024-04-01", 90))
    found = override({"RULE": {"hours": parameter}}, {"RULE.hours": 80})
    assert [each.value for each in found["RULE"]["hours"].versions] == [80, 80]
    assert [each.value for each in parameter.versions] == [100, 90]


def test_sets_only_grow() -> None:
    parameter = read(version("2019-04-01", ["a", "b"]), stricter="more")
    found = override({"RULE": {"hours": parameter}}, {"RULE.hours": ["c", "a"]})
    assert found["RULE"]["hours"].versions[0].value == ("a", "b", "c")
    with pytest.raises(PackError, match="must be a list of items to add"):
        override({"RULE": {"hours": parameter}}, {"RULE.hours": 1})


@pytest.mark.parametrize("name", ["hours", "RULE.days", "OTHER.hours"])
def test_an_override_names_a_parameter(name: str) -> None:
    with pytest.raises(PackError, match="no such parameter; give RULE"):
        override({"RULE": {"hours": read(version("2019-04-01", 1))}}, {name: 1})
