"""Queries on exact values, and the part of Lucene's syntax that saved searches use.

https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-query-string-query
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from sandbox.planes.elastic.store import Document, refused

Selector = Callable[[Document], bool]

TOKEN = re.compile(
    r'\s*(?:(?P<field>[\w@.]+):)?(?:(?P<open>\()|(?P<close>\))|"(?P<phrase>[^"]*)"|(?P<word>[^\s()":]+))'
)
COMPARED = re.compile(r"(>=|<=|>|<)(.+)")
NOW = re.compile(r"now(?:-(\d+)([smhd]))?")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def selector(query: Any) -> Selector:
    """What a query selects; parsing_exception for one that is not known here."""
    if query is None or query == {"match_all": {}}:
        return lambda document: True
    if not isinstance(query, dict) or len(query) != 1:
        raise refused("parsing_exception", "[query] malformed query, expected one clause")
    ((kind, body),) = query.items()
    if kind == "bool":
        if unknown := sorted(body.keys() - {"must", "filter", "must_not", "should"}):
            raise refused("parsing_exception", f"[bool] query does not support {unknown}")
        needed = [selector(one) for name in ("must", "filter") for one in _several(body.get(name))]
        never, either = ([selector(one) for one in _several(body.get(name))] for name in ("must_not", "should"))
        return lambda document: (
            all(one(document) for one in needed)
            and not any(one(document) for one in never)
            and (bool(needed) or not either or any(one(document) for one in either))
        )
    if kind == "term":
        ((field, wanted),) = body.items()
        value = wanted.get("value") if isinstance(wanted, dict) else wanted
        return lambda document: str(value) in map(str, values(document, field))
    if kind == "range":
        ((field, limits),) = body.items()
        return lambda document: any(_within(found, limits) for found in values(document, field))
    if kind == "exists":
        return lambda document: bool(values(document, body["field"]))
    if kind == "query_string":
        return lucene(body["query"])
    raise refused("parsing_exception", f"unknown query [{kind}]: the emulation has no such")


def lucene(text: str) -> Selector:
    """`field:word`, `field:"a phrase"`, `field:(a OR b)`, `field:>=500`, wildcards, AND, OR, NOT; AND by default."""
    tokens, at = [], 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise refused("query_shard_exception", f"Failed to parse query [{text}]")
        tokens.append(match)
        at = match.end()
    found, rest = _either(tokens, None, text)
    if rest:
        raise refused("query_shard_exception", f"Failed to parse query [{text}]")
    return found


Tokens = list[re.Match[str]]


def _either(tokens: Tokens, field: str | None, text: str) -> tuple[Selector, Tokens]:
    first, tokens = _both(tokens, field, text)
    found = [first]
    while tokens and tokens[0]["word"] == "OR":
        following, tokens = _both(tokens[1:], field, text)
        found.append(following)
    return (lambda document: any(one(document) for one in found)), tokens


def _both(tokens: Tokens, field: str | None, text: str) -> tuple[Selector, Tokens]:
    found: list[Selector] = []
    while tokens and not tokens[0]["close"] and tokens[0]["word"] != "OR":
        if tokens[0]["word"] == "AND":
            tokens = tokens[1:]
        one, tokens = _one(tokens, field, text)
        found.append(one)
    if not found:
        raise refused("query_shard_exception", f"Failed to parse query [{text}]")
    return (lambda document: all(one(document) for one in found)), tokens


def _one(tokens: Tokens, field: str | None, text: str) -> tuple[Selector, Tokens]:
    token, rest = tokens[0], tokens[1:]
    if token["word"] == "NOT":
        inner, rest = _one(rest, field, text)
        return (lambda document: not inner(document)), rest
    field = token["field"] or field
    if token["open"]:
        inner, rest = _either(rest, field, text)
        if not rest or not rest[0]["close"]:
            raise refused("query_shard_exception", f"Failed to parse query [{text}]")
        return inner, rest[1:]
    word = token["word"] if token["word"] is not None else token["phrase"]
    compared = COMPARED.fullmatch(word)
    if compared and field:
        limits = {{">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}[compared[1]]: float(compared[2])}
        return (lambda document: any(_within(one, limits) for one in values(document, field))), rest
    return (lambda document: any(_says(one, word) for one in values(document, field))), rest


def _says(value: Any, word: str) -> bool:
    """As a keyword, or as a word of a text."""
    text, wanted = str(value).lower(), word.lower()
    return fnmatchcase(text, wanted) or any(fnmatchcase(part, wanted) for part in re.split(r"[^\w.@-]+", text))


def values(document: Any, path: str | None) -> list[Any]:
    """The values at a dotted path, of the whole document without one; a list is several of them."""
    if isinstance(document, list):
        return [value for item in document for value in values(item, path)]
    if path is None and isinstance(document, dict):
        return [value for item in document.values() for value in values(item, None)]
    if not path:
        return [] if document is None else [document]
    if not isinstance(document, dict):
        return []
    if path in document:
        return values(document[path], "")
    head, _, rest = path.partition(".")
    return values(document.get(head), rest) if rest else []


def _within(value: Any, limits: Document) -> bool:
    checks = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    return all(checks[name](*_comparable(value, limit)) for name, limit in limits.items() if name in checks)


def _comparable(value: Any, limit: Any) -> tuple[Any, Any]:
    if isinstance(limit, str):
        return _moment(str(value)), _moment(limit)
    return float(value), float(limit)


def _moment(text: str) -> datetime:
    now = NOW.fullmatch(text)
    if now:
        return datetime.now(UTC) - (timedelta(**{UNITS[now[2]]: int(now[1])}) if now[1] else timedelta())
    return datetime.fromisoformat(text)


def _several(clauses: Any) -> list[Any]:
    return [] if clauses is None else clauses if isinstance(clauses, list) else [clauses]
