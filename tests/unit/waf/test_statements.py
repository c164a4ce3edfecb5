from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.iworkz.platform.plugins.module_utils._waf.acl import evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._waf.request import Request
from ansible_collections.iworkz.platform.plugins.module_utils._waf.statements import Surroundings, matches
from ansible_collections.iworkz.platform.plugins.module_utils._waf.transformations import (
    TRANSFORMATIONS,
    Undecidable,
    apply,
)

NONE = [{"priority": 0, "type": "NONE"}]
ALL = {"match_pattern": {"all": {}}, "match_scope": "ALL"}


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("URL_DECODE", b"a%2Fb+c%zz", b"a/b c%zz"),
        ("URL_DECODE_UNI", b"%u003c%uff1e%41", b"<>A"),
        ("HTML_ENTITY_DECODE", b"&lt;&#x41;&amp;", b"<A&"),
        ("COMPRESS_WHITE_SPACE", b"a \t\r\n\xa0b", b"a b"),
        ("CMD_LINE", b'c^at "/etc/passwd";(x)', b"cat/etc/passwd(x)"),
        ("REPLACE_COMMENTS", b"a/*x*/b/*open", b"a b "),
        ("REMOVE_NULLS", b"a\0b", b"ab"),
        ("REPLACE_NULLS", b"a\0b", b"a b"),
        ("NORMALIZE_PATH", b"/a/./b//../c/../../../etc", b"/etc"),
        ("NORMALIZE_PATH_WIN", b"\\a\\..\\b", b"/b"),
        ("BASE64_DECODE", b"YWJj", b"abc"),
        ("BASE64_DECODE", b"not base64", b"not base64"),
        ("BASE64_DECODE_EXT", b"YW*Jj", b"abc"),
        ("HEX_DECODE", b"616263", b"abc"),
        ("SQL_HEX_DECODE", b"x=0x616263", b"x=abc"),
        ("JS_DECODE", rb"\x3cscript\u003e\101", b"<script>A"),
        ("CSS_DECODE", rb"\3c script ja\vascript", b"<script javascript"),
        ("UTF8_TO_UNICODE", "あ".encode(), b"%u3042"),
        ("MD5", b"", b"d41d8cd98f00b204e9800998ecf8427e"),
        ("TRIM", b" a ", b"a"),
    ],
)
def test_transformation(kind: str, given: bytes, expected: bytes) -> None:
    assert TRANSFORMATIONS[kind](given) == expected


def test_transformations_follow_their_priorities() -> None:
    steps = [{"priority": 5, "type": "BASE64_DECODE"}, {"priority": 1, "type": "URL_DECODE"}]
    assert apply(b"PA%3D%3D", steps) == b"<"
    assert apply(b"PA%3D%3D", [{**steps[0], "priority": 0}, steps[1]]) == b"PA=="


def byte(text: str, position: str, **field: Any) -> dict[str, Any]:
    told = {"search_string": text, "positional_constraint": position, "field_to_match": field}
    return {"byte_match_statement": {**told, "text_transformations": NONE}}


def size(operator: str, number: int, **field: Any) -> dict[str, Any]:
    told = {"comparison_operator": operator, "size": number, "field_to_match": field}
    return {"size_constraint_statement": {**told, "text_transformations": NONE}}


def json_field(scope: str = "ALL", fallback: str = "NO_MATCH", *paths: str) -> dict[str, Any]:
    pattern = {"included_paths": list(paths)} if paths else {"all": {}}
    return {"json_body": {"match_pattern": pattern, "match_scope": scope, "invalid_fallback_behavior": fallback}}


GET = Request(
    "GET",
    "/a/%62?q=One&Q=two&flag",
    (("Host", "h"), ("X-A", "1"), ("Cookie", "s=1; t=two")),
    address="192.0.2.9",
)
JSON = Request("POST", "/", body=b'{"name": {"first": "O\'Reilly"}, "tags": ["x", 7]}')
LARGE = Request("POST", "/", body=b"a" * 9000)
HEADERS = Request("GET", "/", tuple((f"X-{n}", "v" * 100) for n in range(100)))


@pytest.mark.parametrize(
    ("statement", "request_", "expected"),
    [
        (byte("/a/%62", "EXACTLY", uri_path={}), GET, True),
        (byte("/a/b", "EXACTLY", uri_path={}), GET, False),
        (byte("q=One", "STARTS_WITH", query_string={}), GET, True),
        (byte("flag", "ENDS_WITH", query_string={}), GET, True),
        (byte("two", "EXACTLY", single_query_argument={"name": "q"}), GET, True),
        (byte("two", "EXACTLY", single_query_argument={"name": "other"}), GET, False),
        (byte("flag", "EXACTLY", all_query_arguments={}), GET, True),
        (byte("ne", "CONTAINS", query_string={}), GET, True),
        (byte("ne", "CONTAINS_WORD", query_string={}), GET, False),
        (byte("One", "CONTAINS_WORD", query_string={}), GET, True),
        (byte("GET", "EXACTLY", method={}), GET, True),
        (byte("1", "EXACTLY", single_header={"name": "x-a"}), GET, True),
        (byte("host:x-a:cookie", "EXACTLY", header_order={}), GET, True),
        (byte("two", "EXACTLY", cookies={**ALL, "match_pattern": {"included_cookies": ["t"]}}), GET, True),
        (byte("two", "EXACTLY", cookies={**ALL, "match_pattern": {"excluded_cookies": ["t"]}}), GET, False),
        (byte("two", "EXACTLY", cookies={**ALL, "match_scope": "KEY"}), GET, False),
        (byte("X-A", "EXACTLY", headers={**ALL, "match_pattern": {"included_headers": ["x-a"]}}), GET, True),
        (byte("O'Reilly", "EXACTLY", **json_field("VALUE")), JSON, True),
        (byte("O'Reilly", "EXACTLY", **json_field("KEY")), JSON, False),
        (byte("first", "EXACTLY", **json_field("KEY")), JSON, True),
        (byte("7", "EXACTLY", **json_field("ALL", "NO_MATCH", "/tags/1")), JSON, True),
        (byte("7", "EXACTLY", **json_field("ALL", "NO_MATCH", "/name", "/tags/9")), JSON, False),
        (byte("x", "EXACTLY", **json_field("ALL", "MATCH")), LARGE, True),
        (byte("x", "EXACTLY", **json_field("ALL", "NO_MATCH")), LARGE, False),
        (byte("aaa", "STARTS_WITH", **json_field("ALL", "EVALUATE_AS_STRING")), LARGE, True),
        (size("EQ", 8192, body={"oversize_handling": "CONTINUE"}), LARGE, True),
        (size("EQ", 1, body={"oversize_handling": "MATCH"}), LARGE, True),
        (size("GT", 1, body={"oversize_handling": "NO_MATCH"}), LARGE, False),
        (size("GT", 8192, headers={**ALL, "oversize_handling": "MATCH"}), HEADERS, True),
        (size("GE", 1, headers={**ALL, "oversize_handling": "NO_MATCH"}), HEADERS, False),
        (byte("X-99", "EXACTLY", headers={**ALL, "oversize_handling": "CONTINUE"}), HEADERS, False),
        (size("LT", 8, uri_path={}), GET, True),
        (size("GE", 0, single_header={"name": "absent"}), GET, False),
        ({"geo_match_statement": {"country_codes": ["KP", "JP"]}}, GET, True),
        ({"ip_set_reference_statement": {"arn": "set"}}, GET, True),
        ({"not_statement": {"statement": {"ip_set_reference_statement": {"arn": "set"}}}}, GET, False),
        ({"label_match_statement": {"scope": "LABEL", "key": "awswaf:x:seen"}}, GET, True),
        ({"label_match_statement": {"scope": "LABEL", "key": "seen"}}, GET, True),
        ({"label_match_statement": {"scope": "LABEL", "key": "awswaf:x:see"}}, GET, False),
        ({"label_match_statement": {"scope": "NAMESPACE", "key": "awswaf:x:"}}, GET, True),
    ],
)
def test_statement(statement: dict[str, Any], request_: Request, expected: bool) -> None:
    around = Surroundings(ip_sets={"set": ["192.0.2.0/24"]}, labels={"awswaf:x:seen"}, own_namespace="awswaf:x:")
    assert matches(statement, request_, around) is expected


FORWARDED = {"header_name": "X-Forwarded-For", "fallback_behavior": "MATCH"}


@pytest.mark.parametrize(
    ("position", "header", "expected"),
    [
        ("FIRST", "192.0.2.1, 10.0.0.1", True),
        ("LAST", "192.0.2.1, 10.0.0.1", False),
        ("ANY", "10.0.0.1, 192.0.2.1", True),
        ("FIRST", "garbage", True),
        ("FIRST", None, False),
    ],
)
def test_forwarded_address(position: str, header: str | None, expected: bool) -> None:
    config = {**FORWARDED, "position": position}
    told = {"ip_set_reference_statement": {"arn": "set", "ip_set_forwarded_ip_config": config}}
    request = Request(headers=(("x-forwarded-for", header),) if header else ())
    assert matches(told, request, Surroundings(ip_sets={"set": ["192.0.2.0/24"]})) is expected


def rate(limit: int, **more: Any) -> dict[str, Any]:
    return {"rate_based_statement": {"limit": limit, "aggregate_key_type": "IP", **more}}


def seen(count: int, **changes: Any) -> list[Request]:
    return [Request(**{"seconds": 100.0 + number / 10, **changes}) for number in range(count)]


@pytest.mark.parametrize(
    ("statement", "history", "expected"),
    [
        (rate(10), seen(10), True),
        (rate(10), seen(9), False),
        (rate(10), seen(10, address="192.0.2.1"), False),
        (rate(10, evaluation_window_sec=60), seen(10), False),
        (rate(10, scope_down_statement=byte("/login", "EXACTLY", uri_path={})), seen(20, target="/login"), False),
        (rate(10, aggregate_key_type="CONSTANT"), seen(10, address="192.0.2.1"), True),
        (rate(10, aggregate_key_type="CUSTOM_KEYS", custom_keys=[{"http_method": {}}]), seen(10, method="PUT"), False),
    ],
)
def test_rate(statement: dict[str, Any], history: list[Request], expected: bool) -> None:
    assert matches(statement, Request(seconds=200.0), Surroundings(history=history)) is expected


SQLI = {"sqli_match_statement": {"field_to_match": {"body": {}}, "text_transformations": NONE}}
TRUE, FALSE = size("GE", 0, uri_path={}), size("LT", 0, uri_path={})


def test_what_only_aws_knows_is_undecidable_unless_it_does_not_matter() -> None:
    for told in (
        SQLI,
        {"not_statement": {"statement": SQLI}},
        {"and_statement": {"statements": [SQLI, TRUE]}},
        {"or_statement": {"statements": [FALSE, SQLI]}},
        byte("x", "EXACTLY", ja3_fingerprint={"fallback_behavior": "MATCH"}),
    ):
        with pytest.raises(Undecidable):
            matches(told, GET, Surroundings())
    assert matches({"or_statement": {"statements": [SQLI, TRUE]}}, GET, Surroundings())
    assert not matches({"and_statement": {"statements": [SQLI, FALSE]}}, GET, Surroundings())


def acl(*rules: dict[str, Any]) -> dict[str, Any]:
    return {
        "default_action": {"allow": {}},
        "rules": [{"name": f"r{at}", "priority": at, **rule} for at, rule in enumerate(rules)],
    }


def managed(**told: Any) -> dict[str, Any]:
    name = "AWSManagedRulesSQLiRuleSet"
    return {
        "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": name, **told}},
        "override_action": {"none": {}},
    }


LABELLED = {"label_match_statement": {"scope": "LABEL", "key": "awswaf:managed:aws:sql-database:SQLi_Body"}}
COUNTED = {"rule_action_overrides": [{"name": "SQLi_BODY", "action_to_use": {"count": {}}}]}
MATCHED = {"AWSManagedRulesSQLiRuleSet": ["SQLi_BODY"]}


def test_rules_end_at_the_first_that_decides_and_count_before() -> None:
    outcome = evaluate(
        acl(
            {"statement": TRUE, "action": {"count": {}}, "rule_labels": [{"name": "mine"}]},
            {"statement": FALSE, "action": {"block": {}}},
            {"statement": {"label_match_statement": {"scope": "LABEL", "key": "mine"}}, "action": {"captcha": {}}},
            {"statement": TRUE, "action": {"block": {}}},
        ),
        GET,
        Surroundings(own_namespace="awswaf:1:webacl:x:"),
    )
    assert (outcome.action, outcome.rule, outcome.counted) == ("captcha", "r2", ["r0"])


def test_managed_groups_are_undecided_blocking_counted_or_labelled() -> None:
    unknown = evaluate(acl(managed()), GET, Surroundings())
    assert (unknown.action, unknown.undecided) == ("allow", {"r0": "managed group AWSManagedRulesSQLiRuleSet"})
    assert evaluate(acl(managed()), GET, Surroundings(), {}).action == "allow"
    assert evaluate(acl(managed()), GET, Surroundings(), MATCHED).rule == "r0"
    whole = {**managed(), "override_action": {"count": {}}}
    assert evaluate(acl(whole), GET, Surroundings(), MATCHED).counted == ["r0"]
    assert evaluate(acl(managed(scope_down_statement=FALSE)), GET, Surroundings(), MATCHED).action == "allow"
    excluded = acl(managed(**COUNTED), {"statement": LABELLED, "action": {"block": {}}})
    outcome = evaluate(excluded, GET, Surroundings(), MATCHED)
    assert (outcome.rule, outcome.counted) == ("r1", ["AWSManagedRulesSQLiRuleSet/SQLi_BODY"])
