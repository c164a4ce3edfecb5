# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Components of a request that a statement inspects (FieldToMatch, in snake case), and what holds beyond their limits.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields-list.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._waf.request import Request
from ansible_collections.iworkz.platform.plugins.module_utils._waf.transformations import Undecidable

HEADER_BYTES, HEADER_COUNT = 8192, 200
Pairs = Sequence[tuple[bytes, bytes]]
Options = Mapping[str, Any]


class Decided(Exception):
    """The component's own settings say whether the statement matches (oversize handling, fallback behaviour)."""

    def __init__(self, matches: bool) -> None:
        super().__init__(matches)
        self.matches = matches


def components(field: Mapping[str, Any], request: Request, body_limit: int) -> list[bytes]:
    """The values to inspect, one after the other; none where the request lacks the component.

    :param body_limit: bytes of a body that the protected resource passes on to WAF.
    :raises Decided: where a limit is exceeded or JSON is invalid, and the field says what that means.
    :raises Undecidable: for fingerprints of TLS, which are not part of the request here.
    """
    ((name, options),) = field.items()
    if name not in FIELDS:
        raise Undecidable(f"field {name}")
    return FIELDS[name](request, options or {}, body_limit)


def _argument(request: Request, options: Options) -> list[bytes]:
    wanted = options["name"].lower().encode()
    return [value for known, value in request.arguments if known.lower() == wanted]


def _headers(request: Request, options: Options) -> list[bytes]:
    pairs = [(known.encode(), value.encode()) for known, value in request.headers]
    return _chosen(pairs, options, "headers", fold=True)


def _order(request: Request, options: Options) -> list[bytes]:
    names = b":".join(known.lower().encode() for known, _value in request.headers)
    return [_cut(names, HEADER_BYTES, options)]


def _cut(value: bytes, limit: int, options: Mapping[str, Any]) -> bytes:
    if len(value) > limit:
        _oversize(options)
    return value[:limit]


def _oversize(options: Mapping[str, Any]) -> None:
    handling = options.get("oversize_handling", "CONTINUE")
    if handling != "CONTINUE":
        raise Decided(handling == "MATCH")


def _chosen(pairs: Pairs, options: Mapping[str, Any], kind: str, fold: bool) -> list[bytes]:
    """Names, values or both of the headers or cookies that the pattern includes."""
    if len(pairs) > HEADER_COUNT or sum(len(name) + len(value) for name, value in pairs) > HEADER_BYTES:
        _oversize(options)
        pairs = _within(pairs)
    pattern, scope = options["match_pattern"], options["match_scope"]
    named = [one.encode() for one in pattern.get(f"included_{kind}") or pattern.get(f"excluded_{kind}") or []]
    known = {one.lower() for one in named} if fold else {*named}
    chosen = [
        (name, value)
        for name, value in pairs
        if "all" in pattern or ((name.lower() if fold else name) in known) == (f"included_{kind}" in pattern)
    ]
    return [part for pair in chosen for part in _scoped(pair, scope)]


def _within(pairs: Pairs) -> Pairs:
    """What comes before the limits; the pair that crosses them is cut."""
    left, kept = HEADER_BYTES, []
    for name, value in pairs[:HEADER_COUNT]:
        kept.append((name[:left], value[: max(left - len(name), 0)]))
        left -= len(name) + len(value)
        if left <= 0:
            break
    return kept


def _scoped(pair: tuple[bytes, bytes], scope: str) -> tuple[bytes, ...]:
    return {"KEY": pair[:1], "VALUE": pair[1:], "ALL": pair}[scope]


def _json(body: bytes, limit: int, options: Mapping[str, Any]) -> list[bytes]:
    """Keys, values or both of a JSON body; values that are no text are inspected as they are written."""
    if len(body) > limit:
        _oversize(options)
    try:
        parsed = json.loads(body[:limit])
    except ValueError:
        fallback = options.get("invalid_fallback_behavior", "EVALUATE_AS_STRING")
        if fallback == "EVALUATE_AS_STRING":
            return [body[:limit]]
        raise Decided(fallback == "MATCH") from None
    paths = options["match_pattern"].get("included_paths")
    found = [parsed] if paths is None else [value for path in paths for value in _at(parsed, path)]
    return [part for value in found for part in _parts(value, options["match_scope"])]


def _at(value: Any, path: str) -> Iterator[Any]:
    """What is at a JSON pointer."""
    for step in path.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return
    yield value


def _parts(value: Any, scope: str) -> Iterator[bytes]:
    if isinstance(value, dict):
        for key, item in value.items():
            if scope in ("ALL", "KEY"):
                yield key.encode()
            yield from _parts(item, scope)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item, scope)
    elif scope in ("ALL", "VALUE"):
        yield (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "surrogatepass")


FIELDS: dict[str, Callable[[Request, Options, int], list[bytes]]] = {
    "method": lambda request, _options, _limit: [request.method.encode()],
    "uri_path": lambda request, _options, _limit: [request.path],
    "query_string": lambda request, _options, _limit: [request.query],
    "single_header": lambda request, options, _limit: request.header(options["name"]),
    "single_query_argument": lambda request, options, _limit: _argument(request, options),
    "all_query_arguments": lambda request, _options, _limit: [part for pair in request.arguments for part in pair],
    "body": lambda request, options, limit: [_cut(request.body, limit, options)],
    "json_body": lambda request, options, limit: _json(request.body, limit, options),
    "headers": lambda request, options, _limit: _headers(request, options),
    "cookies": lambda request, options, _limit: _chosen(request.cookies, options, "cookies", fold=False),
    "header_order": lambda request, options, _limit: _order(request, options),
}
