"""What OpenSearch answers against what was declared, and exactly which calls change something."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Options, ensure
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch, opensearch_config
from ansible_collections.iworkz.platform.plugins.module_utils._stores import opensearch_normal as normal

POLICY = {
    "description": "d",
    "default_state": "hot",
    "states": [
        {
            "name": "hot",
            "actions": [{"rollover": {"min_index_age": "7d"}}, {"read_only": {}}],
            "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "9d"}}],
        },
        {"name": "gone", "actions": [{"delete": {}}]},
    ],
    "ism_template": [{"index_patterns": ["log-*"], "priority": 100}],
}
RETRY = {"retry": {"count": 3, "backoff": "exponential", "delay": "1m"}}
STORED_POLICY = {
    **POLICY,
    "policy_id": "log",
    "last_updated_time": 1,
    "schema_version": 21,
    "error_notification": None,
    "states": [
        {
            "name": "hot",
            "actions": [
                {**RETRY, "rollover": {"min_index_age": "7d", "copy_alias": False}},
                {**RETRY, "read_only": {}},
            ],
            "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "9d"}}],
        },
        {"name": "gone", "actions": [{**RETRY, "delete": {}}], "transitions": []},
    ],
    "ism_template": [{"index_patterns": ["log-*"], "priority": 100, "last_updated_time": 1}],
}
TEMPLATE = {
    "index_patterns": ["log-*"],
    "template": {
        "settings": {"number_of_shards": 1, "index.codec": "best_compression", "index": {"blocks": {"write": False}}},
        "mappings": {"dynamic": False, "properties": {"n": {"type": "integer", "null_value": 0}}},
    },
}
STORED_TEMPLATE = {
    "index_patterns": ["log-*"],
    "composed_of": [],
    "template": {
        "settings": {"index": {"number_of_shards": "1", "codec": "best_compression", "blocks": {"write": "false"}}},
        "mappings": {"dynamic": "false", "properties": {"n": {"type": "integer", "null_value": 0}}},
    },
}


def test_settings_have_one_form():
    assert normal.index_settings(
        {"number_of_replicas": 2, "index": {"hidden": True}, "index.sort.field": ["a", 1]}
    ) == {
        "index.number_of_replicas": "2",
        "index.hidden": "true",
        "index.sort.field": ["a", "1"],
    }


def test_what_the_server_fills_in_is_no_difference():
    assert normal.policy(STORED_POLICY) == normal.policy(POLICY)
    assert normal.template(STORED_TEMPLATE) == normal.template(TEMPLATE)


@pytest.mark.parametrize(
    "drift",
    [
        lambda p: p["states"][0]["actions"][0]["rollover"].update(min_index_age="8d"),
        lambda p: p["states"][0]["actions"][0]["rollover"].update(copy_alias=True),
        lambda p: p["states"][0]["actions"][0]["retry"].update(count=9),
        lambda p: p["states"][0]["actions"].pop(),
        lambda p: p["states"][0]["transitions"].clear(),
        lambda p: p["states"].pop(),
        lambda p: p["ism_template"][0]["index_patterns"].append("*"),
        lambda p: p["ism_template"][0].update(priority=1),
        lambda p: p.update(default_state="gone"),
        lambda p: p.update(error_notification={"channel": {"id": "x"}}),
    ],
)
def test_any_other_difference_of_a_policy_is_seen(drift):
    stored = copy.deepcopy(STORED_POLICY)
    drift(stored)
    assert normal.policy(stored) != normal.policy(POLICY)


@pytest.mark.parametrize(
    "drift",
    [
        lambda t: t["template"]["settings"]["index"].update(number_of_shards="2"),
        lambda t: t["template"]["settings"]["index"].update(hidden="true"),
        lambda t: t["template"]["mappings"]["properties"].update(extra={"type": "text"}),
        lambda t: t.update(composed_of=["x"]),
        lambda t: t.update(priority=1),
        lambda t: t["index_patterns"].append("*"),
        lambda t: t["template"].update(aliases={"a": {}}),
    ],
)
def test_any_other_difference_of_a_template_is_seen(drift):
    stored = copy.deepcopy(STORED_TEMPLATE)
    drift(stored)
    assert normal.template(stored) != normal.template(TEMPLATE)


class Domain:
    """Answers GETs from a table and records every other call. It changes nothing."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[Any, ...]] = []

    def get(self, *path: str, query: str = "") -> Any:
        return copy.deepcopy(self.answers.get("/".join(path)))

    def put(self, *path: str, body: dict[str, Any], query: str = "") -> None:
        self.calls.append(("/".join(path) + (f"?{query}" if query else ""), body))


def act(domain: Domain | None, adapter: type, items: list[dict[str, Any]], *arguments: Any, **options: Any) -> Any:
    made = adapter(opensearch_config.Endpoint(domain), *arguments)
    clock = iter(range(0, 10_000_000, 1000))
    told = Options(clock=lambda: next(clock), sleep=lambda _: None, wait=False, **options)
    return ensure([made], {made.option: items}, told)


SETTINGS = {"log": {"refresh_interval": "30s", "index.number_of_replicas": 1}}
LOG = {"log-000001": {"settings": {"index": {"refresh_interval": "30s", "number_of_replicas": "1", "uuid": "x"}}}}
OTHER = {"log-000002": {"settings": {"index": {"refresh_interval": "1s", "number_of_replicas": "1"}}}}


@pytest.mark.parametrize(
    ("adapter", "answers", "item", "arguments", "calls"),
    [
        (
            opensearch_config.IndexTemplate,
            {"_index_template": {"index_templates": [{"name": "log", "index_template": STORED_TEMPLATE}]}},
            {"name": "log", "body": TEMPLATE},
            (),
            [],
        ),
        (
            opensearch_config.ComponentTemplate,
            {"_component_template": {"component_templates": []}},
            {"name": "log", "body": {"template": {}}},
            (),
            [("_component_template/log", {"template": {}})],
        ),
        (
            opensearch_config.Policy,
            {
                "_plugins/_ism/policies": {
                    "policies": [{"_id": "log", "_seq_no": 7, "_primary_term": 2, "policy": STORED_POLICY}]
                }
            },
            {"name": "log", "body": POLICY},
            (),
            [],
        ),
        (
            opensearch_config.Policy,
            {
                "_plugins/_ism/policies": {
                    "policies": [
                        {
                            "_id": "log",
                            "_seq_no": 7,
                            "_primary_term": 2,
                            "policy": {**STORED_POLICY, "default_state": "x"},
                        }
                    ]
                }
            },
            {"name": "log", "body": POLICY},
            (),
            [("_plugins/_ism/policies/log?if_seq_no=7&if_primary_term=2", {"policy": POLICY})],
        ),
        (
            opensearch_config.Index,
            {"_alias": {}},
            {"alias": "log", "first_index": "log-000001"},
            (),
            [("log-000001", {"aliases": {"log": {"is_write_index": True}}})],
        ),
        # Rolled over since: what is behind the alias is the cluster's business.
        (
            opensearch_config.Index,
            {
                "_alias": {
                    "log-000001": {"aliases": {"log": {"is_write_index": False}}},
                    "log-000002": {"aliases": {"log": {"is_write_index": True}}},
                }
            },
            {"alias": "log", "first_index": "log-000001"},
            (),
            [],
        ),
        (
            opensearch_config.IndexSettings,
            {"log/_settings": LOG},
            {"index": "log", "settings": SETTINGS["log"]},
            (SETTINGS,),
            [],
        ),
        (
            opensearch_config.IndexSettings,
            {"log/_settings": {**LOG, **OTHER}},
            {"index": "log", "settings": SETTINGS["log"]},
            (SETTINGS,),
            [("log/_settings", {"index.refresh_interval": "30s"})],
        ),
        (
            opensearch_config.ClusterSettings,
            {"_cluster/settings": {"persistent": {"action": {"auto_create_index": "false"}, "a": {"b": "1"}}}},
            {"action.auto_create_index": False, "a": {"b": 2}},
            (),
            [("_cluster/settings", {"persistent": {"a.b": "2"}})],
        ),
    ],
)
def test_only_what_differs_is_written(adapter, answers, item, arguments, calls):
    domain = Domain(answers)
    announced = act(domain, adapter, [item], *arguments, check_mode=True)
    assert domain.calls == []
    assert announced.changed is bool(calls)
    act(domain, adapter, [item], *arguments)
    assert domain.calls == calls


def test_an_alias_without_a_write_index_is_told_and_left_alone():
    domain = Domain({"_alias": {f"log-{n}": {"aliases": {"log": {}}} for n in (1, 2)}})
    outcome = act(domain, opensearch_config.Index, [{"alias": "log", "first_index": "log-000001"}])
    assert "none of its indices is its write index" in outcome.failed["index log"]
    assert domain.calls == []


def test_without_a_domain_check_mode_announces_everything():
    for adapter, item, arguments in (
        (opensearch_config.IndexTemplate, {"name": "log", "body": TEMPLATE}, ()),
        (opensearch_config.Policy, {"name": "log", "body": POLICY}, ()),
        (opensearch_config.Index, {"alias": "log", "first_index": "log-000001"}, ()),
        (opensearch_config.IndexSettings, {"index": "log", "settings": SETTINGS["log"]}, (SETTINGS,)),
        (opensearch_config.ClusterSettings, {"a.b": 1}, ()),
    ):
        assert act(None, adapter, [item], *arguments, check_mode=True).changed


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {
                "error": {
                    "type": "mapper_parsing_exception",
                    "reason": "Failed",
                    "caused_by": {"type": "x", "reason": "y"},
                }
            },
            "mapper_parsing_exception: Failed; caused by x: y",
        ),
        ({"error": "no handler found"}, "no handler found"),
        ({"Message": "not authorized"}, '{"Message": "not authorized"}'),
    ],
)
def test_errors_are_readable(answer, expected):
    assert opensearch.reason(json.dumps(answer).encode()) == expected


@pytest.mark.parametrize(
    ("described", "endpoint"),
    [
        ({"Endpoints": {"vpc": "vpc-x.ap-northeast-1.es.amazonaws.com"}}, "vpc-x.ap-northeast-1.es.amazonaws.com"),
        ({"Endpoint": "search-x.es.amazonaws.com"}, "search-x.es.amazonaws.com"),
        ({}, None),
        ({"Endpoint": "search-x.es.amazonaws.com", "Deleted": True}, None),
    ],
)
def test_where_a_domain_is(described, endpoint):
    found = opensearch.from_description({"DomainName": "x", **described})
    assert (found.endpoint if found else None) == endpoint
