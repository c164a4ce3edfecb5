from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import covers, merged, plan, public

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)
states = st.dictionaries(st.sampled_from(["size", "shape", "colour", "tags"]), values, max_size=4)
worlds = st.dictionaries(st.sampled_from("ABCD"), states, max_size=4)


@pytest.mark.parametrize(
    ("current", "desired", "same"),
    [
        (1, 1, True),
        (1, 1.0, True),
        (True, 1, False),
        ("1", 1, False),
        (None, None, True),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}, True),
        ([1, 2], [1], False),
        ([1, 2], [2, 1], False),
        ([], [], True),
        ("ab", ["a", "b"], False),
    ],
)
def test_covers(current, desired, same):
    assert covers(current, desired) is same


@pytest.mark.parametrize(
    ("current", "desired", "action", "fields"),
    [
        (None, {"size": 1}, "create", ("size",)),
        ({"size": 1, "more": 2}, {"size": 1}, "unchanged", ()),
        ({"size": 1}, {"size": 2, "shape": "a"}, "replace", ("shape", "size")),
        ({"size": 1, "shape": "a"}, {"size": 2, "shape": "a"}, "update", ("size",)),
        ({"tags": {"a": "1", "b": "2"}}, {"tags": {"a": "1"}}, "update", ("tags",)),
        ({"_arn": "x"}, {"_arn": "y"}, "unchanged", ()),
    ],
)
def test_one_resource(current, desired, action, fields):
    (change,) = plan(
        "thing", {"A": current} if current else {}, {"A": desired}, immutable=["shape"], equal={"tags": operator.eq}
    )
    assert (change.action, change.fields) == (action, fields)


def test_purge_deletes_only_what_it_is_given():
    changes = plan("thing", {"A": {}, "B": {}, "C": {}}, {"A": {}}, purge=["A", "B"])
    assert [(c.key, c.action) for c in changes] == [("A", "unchanged"), ("B", "delete")]


def test_an_update_keeps_undeclared_values_in_the_predicted_state():
    (change,) = plan("thing", {"A": {"size": 1, "nested": {"x": 1, "y": 2}}}, {"A": {"nested": {"x": 5}}})
    assert change.after == {"size": 1, "nested": {"x": 5, "y": 2}}


@given(worlds, worlds, st.booleans())
def test_applying_a_plan_then_planning_again_is_empty(current, desired, purge):
    changes = plan("thing", current, desired, purge=list(current) if purge else [])
    after = {c.key: c.after for c in changes if c.after is not None}
    again = plan("thing", {**{k: v for k, v in current.items() if not purge}, **after}, desired)
    assert all(change.action == "unchanged" for change in again)


@given(values, values)
def test_what_was_merged_is_covered(current, desired):
    assert covers(merged(current, desired), desired)


@given(values)
def test_a_value_covers_itself(value):
    assert covers(value, value)


def test_private_keys_are_not_public():
    assert public({"_arn": 1, "size": 2}) == {"size": 2}
    assert public(None) is None
