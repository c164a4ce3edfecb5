"""What is told of a result: resources and keys, and never a value."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import result
from ansible_collections.iworkz.platform.plugins.module_utils._drift.changes import (
    MAX_KEYS,
    MAX_TEXT,
    UNTOLD,
    Change,
    announced,
    clipped,
    paths,
)
from ansible_collections.iworkz.platform.plugins.module_utils._kube.apply import Applied, difference
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Outcome
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import plan

SECRET = "correct-horse-battery"


def deployment(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "s"}, "spec": spec}


def test_a_service_module_is_told_by_its_labels_and_keys() -> None:
    current: dict[str, dict[str, Any]] = {
        "kept": {"size": 1},
        "tagged": {"size": 1, "tags": {"Owner": SECRET, "Name": "x"}},
        "fixed": {"zone": "a", "size": 1},
        "stray": {"size": 1},
    }
    desired: dict[str, dict[str, Any]] = {
        "kept": {"size": 1},
        "tagged": {"size": 2, "tags": {"Owner": "other", "Name": "x"}},
        "fixed": {"zone": "b", "size": 1},
        "new": {"password": SECRET},
    }
    changes = plan("thing", current, desired, immutable=frozenset({"zone"}), equal={}, purge=list(current))
    told = announced(result(Outcome(changes=changes), {}))
    assert sorted(told) == [
        Change("created", "thing new"),
        Change("deleted", "thing stray"),
        Change("replaced", "thing fixed", ("zone",)),
        Change("updated", "thing tagged", ("size", "tags.Owner")),
    ]
    assert SECRET not in repr(told)


def test_objects_that_kube_apply_would_write_are_told() -> None:
    diff = difference("Deployment s/web", deployment(replicas=1), deployment(replicas=SECRET))
    applied = Applied(created=["Service s/web"], updated=["Deployment s/web"], diff=diff)
    told = announced({"changed": True, "created": applied.created, "updated": applied.updated, "diff": applied.diff})
    assert told == [Change("created", "Service s/web"), Change("updated", "Deployment s/web", ("spec.replicas",))]


@pytest.mark.parametrize(
    ("answer", "change"),
    [
        ({"method": "create", "diff": {"before": {}, "after": {"spec": 1}}}, Change("created", "Deployment s/web")),
        ({"method": "apply", "diff": {"before": {}, "after": {"spec": 1}}}, Change("created", "Deployment s/web")),
        ({"method": "delete"}, Change("deleted", "Deployment s/web")),
        ({"method": "apply"}, Change("updated", "Deployment s/web")),
        (
            {
                "method": "apply",
                "diff": {
                    "before": {"metadata": {"generation": 1, "labels": {"a": "1"}}},
                    "after": {"metadata": {"generation": 2, "labels": {"a": SECRET}}},
                },
            },
            Change("updated", "Deployment s/web", ("metadata.labels.a",)),
        ),
    ],
)
def test_objects_of_kubernetes_core_are_told(answer: dict[str, Any], change: Change) -> None:
    one = {"changed": True, "result": deployment(), **answer}
    assert announced(one) == [change]
    same = {"changed": False, "result": deployment()}
    assert announced({"changed": True, "result": {"results": [same, one]}}) == [change]


def test_a_loop_is_told_item_by_item_with_its_label() -> None:
    one = {"changed": True, "created": ["key data"], "item": "ap-northeast-3", "_ansible_item_label": "ap-northeast-3"}
    same = {"changed": False, "created": [], "item": "ap-northeast-1"}
    structured = {**one, "item": {"password": SECRET}, "_ansible_item_label": {"password": SECRET}}
    told = announced({"changed": True, "results": [same, one, structured]})
    assert told == [Change("created", "key data [ap-northeast-3]"), Change("created", "key data")]


@pytest.mark.parametrize(
    "answer",
    [
        {"changed": True, "censored": "hidden", "created": [SECRET], "diff": {"before_header": SECRET}},
        {"changed": True, "results": [{"changed": True, "censored": "hidden", "stdout": SECRET}]},
        {"changed": True, "results": ["no answer"]},
        {"changed": True, "stdout": SECRET},
        {"changed": True, "diff": {"before": SECRET, "after": ""}},
        {"changed": True, "result": SECRET},
    ],
)
def test_what_names_nothing_or_is_hidden_is_told_as_that(answer: dict[str, Any]) -> None:
    assert announced(answer) == [UNTOLD]


def test_a_file_is_told_by_the_header_of_its_difference() -> None:
    diff = {"before_header": "", "after_header": "/etc/x", "before": f"a: {SECRET}\n", "after": "a: b\n"}
    assert announced({"changed": True, "diff": [diff]}) == [Change("updated", "/etc/x")]


def test_keys_are_few_and_lines_are_short() -> None:
    after = {f"key{number:02}": SECRET for number in range(MAX_KEYS + 5)}
    diff = {"before_header": "thing x", "before": {}, "after": after}
    (change,) = announced({"changed": True, "updated": ["thing x"], "diff": [diff]})
    assert change.keys == (*sorted(after)[:MAX_KEYS], "…")
    assert clipped("a\n b" + "x" * 999) == ("a b" + "x" * 999)[: MAX_TEXT - 1] + "…"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2, "b": None}, ["a"]),
        ({"a": [1]}, {"a": [1, 2]}, ["a"]),
        ({"a": {"b": {"c": {"d": 1}}}}, {"a": {"b": {"c": {"d": 2}}}}, ["a.b.c"]),
        ({"a": {"b": 1}}, {"a": None}, ["a"]),
        ({"a": {}}, {"a": {"b": 1, "c": 1}}, ["a.b", "a.c"]),
        ("text", {"a": 1}, []),
    ],
)
def test_paths(before: Any, after: Any, found: list[str]) -> None:
    assert paths(before, after) == found
