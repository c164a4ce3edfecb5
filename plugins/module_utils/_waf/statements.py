# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a statement of a rule matches a request: True, False, or Undecidable where only AWS can tell.

Statements are those of the API in snake case, as the aws_wafv2 module takes them.
https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._waf.fields import Decided, components
from ansible_collections.iworkz.platform.plugins.module_utils._waf.regex import compiled
from ansible_collections.iworkz.platform.plugins.module_utils._waf.request import Request
from ansible_collections.iworkz.platform.plugins.module_utils._waf.transformations import Undecidable, apply

Statement = Mapping[str, Any]

WINDOW_SECONDS = 300
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "LE": operator.le,
    "LT": operator.lt,
    "GE": operator.ge,
    "GT": operator.gt,
}


@dataclass
class Surroundings:
    """What statements refer to besides the request.

    ``ip_sets`` and ``regex_sets`` are by name or ARN, as the statements name them; ``history`` holds requests that came
    before, for rate-based rules; ``labels`` are those that earlier rules have added, whole.
    """

    ip_sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    regex_sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    history: Sequence[Request] = ()
    labels: set[str] = field(default_factory=set)
    body_limit: int = 8192
    own_namespace: str = ""


def matches(statement: Statement, request: Request, around: Surroundings) -> bool:
    """
    :raises Undecidable: for what only AWS knows, unless the answer does not depend on it.
    """
    ((kind, told),) = statement.items()
    if kind not in KINDS:
        raise Undecidable(kind.removesuffix("_statement").replace("_", " "))
    return KINDS[kind](told, request, around)


def _and(told: Statement, request: Request, around: Surroundings) -> bool:
    return _until(False, told["statements"], request, around)


def _or(told: Statement, request: Request, around: Surroundings) -> bool:
    return _until(True, told["statements"], request, around)


def _until(decisive: bool, statements: Sequence[Statement], request: Request, around: Surroundings) -> bool:
    """``decisive`` if one statement is that, which also outweighs what cannot be told; else the contrary."""
    unknown: Undecidable | None = None
    for one in statements:
        try:
            if matches(one, request, around) is decisive:
                return decisive
        except Undecidable as error:
            unknown = error
    if unknown is not None:
        raise unknown
    return not decisive


def _not(told: Statement, request: Request, around: Surroundings) -> bool:
    return not matches(told["statement"], request, around)


def _inspected(told: Statement, request: Request, around: Surroundings, test: Callable[[bytes], bool]) -> bool:
    try:
        found = components(told["field_to_match"], request, around.body_limit)
    except Decided as decided:
        return decided.matches
    return any(test(apply(value, told["text_transformations"])) for value in found)


def _bytes(told: Statement, request: Request, around: Surroundings) -> bool:
    wanted = told["search_string"]
    wanted = wanted.encode() if isinstance(wanted, str) else wanted
    tests: dict[str, Callable[[bytes], bool]] = {
        "EXACTLY": lambda value: value == wanted,
        "STARTS_WITH": lambda value: value.startswith(wanted),
        "ENDS_WITH": lambda value: value.endswith(wanted),
        "CONTAINS": lambda value: wanted in value,
        "CONTAINS_WORD": lambda value: (
            re.search(rb"(?<![A-Za-z0-9_])" + re.escape(wanted) + rb"(?![A-Za-z0-9_])", value) is not None
        ),
    }
    return _inspected(told, request, around, tests[told["positional_constraint"]])


def _regex(told: Statement, request: Request, around: Surroundings) -> bool:
    pattern = compiled(told["regex_string"])
    return _inspected(told, request, around, lambda value: pattern.search(value) is not None)


def _regex_set(told: Statement, request: Request, around: Surroundings) -> bool:
    patterns = [compiled(one) for one in around.regex_sets[told["arn"]]]
    return _inspected(told, request, around, lambda value: any(one.search(value) for one in patterns))


def _size(told: Statement, request: Request, around: Surroundings) -> bool:
    compare, size = COMPARE[told["comparison_operator"]], told["size"]
    return _inspected(told, request, around, lambda value: compare(len(value), size))


def _country(told: Statement, request: Request, around: Surroundings) -> bool:
    if "forwarded_ip_config" in told:
        raise Undecidable("country of a forwarded address")
    around.labels.add(f"awswaf:clientip:geo:country:{request.country}")
    return request.country in told["country_codes"]


def _addresses(told: Statement, request: Request, around: Surroundings) -> bool:
    networks = [ipaddress.ip_network(one) for one in around.ip_sets[told["arn"]]]
    config = told.get("ip_set_forwarded_ip_config")
    if config is None:
        found = [request.address]
    else:
        found = [one for value in request.header(config["header_name"]) for one in value.decode().split(",")]
        if not found:
            return False
        found = {"FIRST": found[:1], "LAST": found[-1:], "ANY": found}[config["position"]]
    try:
        addresses = [ipaddress.ip_address(one.strip()) for one in found]
    except ValueError:
        return bool(config and config["fallback_behavior"] == "MATCH")
    return any(one in network for one in addresses for network in networks)


def _label(told: Statement, _request: Request, around: Surroundings) -> bool:
    key = told["key"]
    if told["scope"] == "NAMESPACE":
        return any(one.startswith((key, around.own_namespace + key)) for one in around.labels)
    return bool({key, around.own_namespace + key} & around.labels)


def _rate(told: Statement, request: Request, around: Surroundings) -> bool:
    """Whether, with this request, more than the limit have come in the window.

    AWS looks every ten seconds and estimates, so it is later by some seconds, never earlier.
    """
    scope = told.get("scope_down_statement")

    def counts(one: Request) -> bool:
        return scope is None or matches(scope, one, around)

    if not counts(request):
        return False
    since = request.seconds - told.get("evaluation_window_sec", WINDOW_SECONDS)
    key = _aggregate(told, request)
    earlier = [one for one in around.history if since < one.seconds <= request.seconds]
    return 1 + sum(_aggregate(told, one) == key and counts(one) for one in earlier) > told["limit"]


def _aggregate(told: Statement, request: Request) -> tuple[Any, ...]:
    kind = told["aggregate_key_type"]
    if kind == "CONSTANT":
        return ()
    if kind == "IP":
        return (request.address,)
    if kind == "FORWARDED_IP":
        values = request.header(told["forwarded_ip_config"]["header_name"])
        return (values[0].split(b",")[0].strip() if values else None,)
    return tuple(_part(one, request) for one in told["custom_keys"])


def _part(key: Statement, request: Request) -> Any:
    ((kind, options),) = key.items()
    options = options or {}
    if kind == "ip":
        return request.address
    if kind == "http_method":
        return request.method
    named = {"header": "single_header", "query_argument": "single_query_argument"}
    if kind in {*named, "query_string", "uri_path"}:
        found = components({named.get(kind, kind): options}, request, 0)
        return tuple(apply(value, options["text_transformations"]) for value in found)
    raise Undecidable(f"rate by {kind}")


KINDS: dict[str, Callable[[Statement, Request, Surroundings], bool]] = {
    "and_statement": _and,
    "or_statement": _or,
    "not_statement": _not,
    "byte_match_statement": _bytes,
    "regex_match_statement": _regex,
    "regex_pattern_set_reference_statement": _regex_set,
    "size_constraint_statement": _size,
    "geo_match_statement": _country,
    "ip_set_reference_statement": _addresses,
    "label_match_statement": _label,
    "rate_based_statement": _rate,
}
