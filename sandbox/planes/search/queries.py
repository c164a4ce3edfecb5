"""Queries on exact values: what can be answered without analysing text or scoring.

https://docs.opensearch.org/latest/query-dsl/
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.planes.search.errors import NotEmulated, SearchError
from sandbox.planes.search.mappings import field_of

SEQUENCE = {"_seq_no": "asc"}
"""The sort by the order of changes within a shard."""
Selector = Callable[[str, Mapping[str, Any]], bool]
"""Whether a document (id, source) matches."""

TEXT = frozenset({"text", "match_only_text", "search_as_you_type"})
LIMITS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
}


def selector(query: Any, mappings: Mapping[str, Any]) -> Selector:
    """What a query selects; NotEmulated for one that needs analysis or scoring, or that is not known here."""
    if query is None:
        return lambda identifier, source: True
    if not isinstance(query, dict) or len(query) != 1:
        raise SearchError(400, "parsing_exception", "[query] malformed query, expected one clause")
    ((kind, body),) = query.items()
    if kind == "match_all":
        return lambda identifier, source: True
    if kind == "match_none":
        return lambda identifier, source: False
    if kind == "ids":
        return lambda identifier, source: identifier in body["values"]
    if kind == "bool":
        return _bool(body, mappings)
    if kind == "exists":
        return lambda identifier, source: bool(_values(source, body["field"]))
    if kind in ("term", "terms", "match", "prefix", "range"):
        return _on_field(kind, body, mappings)
    raise NotEmulated(f"the query [{kind}]")


def ordered(found: list[tuple[str, str, Any]], sort: Any) -> list[tuple[str, str, Any]]:
    """As a search asks: `field`, `{field: "desc"}`, `{field: {"order": "desc"}}`, or a list of them."""
    if sort == [SEQUENCE]:
        return sorted(found, key=lambda one: one[2]["_seq_no"])
    keys = [] if sort is None else sort if isinstance(sort, list) else [sort]
    for key in reversed(keys):
        ((field, order),) = key.items() if isinstance(key, dict) else ((key, "asc"),)
        order = order.get("order", "asc") if isinstance(order, dict) else order
        with_value = [one for one in found if _values(one[2]["_source"], field)]
        without = [one for one in found if not _values(one[2]["_source"], field)]
        by_value = sorted(with_value, key=lambda one: _values(one[2]["_source"], field)[0], reverse=order == "desc")
        found = by_value + without
    return found


def after(found: list[tuple[str, str, Any]], sort: Any, values: list[Any]) -> list[tuple[str, str, Any]]:
    """What comes after the sort values of a page's last document.

    https://docs.opensearch.org/latest/search-plugins/searching-data/paginate/#the-search_after-parameter
    """
    if sort != [SEQUENCE]:
        raise NotEmulated("search_after of another sort than by _seq_no")
    return [one for one in found if one[2]["_seq_no"] > values[0]]


def _bool(body: Mapping[str, Any], mappings: Mapping[str, Any]) -> Selector:
    def each(name: str) -> list[Selector]:
        clauses = body.get(name, [])
        return [selector(clause, mappings) for clause in (clauses if isinstance(clauses, list) else [clauses])]

    unknown = body.keys() - {"must", "filter", "should", "must_not", "minimum_should_match"}
    if unknown:
        raise SearchError(400, "parsing_exception", f"[bool] query does not support [{unknown.pop()}]")
    needed, either, never = each("must") + each("filter"), each("should"), each("must_not")
    least = int(body.get("minimum_should_match", 0 if needed or not either else 1))

    def matches(identifier: str, source: Mapping[str, Any]) -> bool:
        return (
            all(clause(identifier, source) for clause in needed)
            and sum(clause(identifier, source) for clause in either) >= least
            and not any(clause(identifier, source) for clause in never)
        )

    return matches


def _on_field(kind: str, body: Mapping[str, Any], mappings: Mapping[str, Any]) -> Selector:
    ((name, wanted),) = ((key, value) for key, value in body.items() if key != "boost")
    field = field_of(mappings, name)
    if field and field.get("type") in TEXT:
        raise NotEmulated(f"searching analysed text, as [{name}] is; use a keyword field")
    if field is None:
        return lambda identifier, source: False
    parent = name.rpartition(".")[0]
    path = parent if "type" in (field_of(mappings, parent) or {}) else name
    if kind == "range":
        limits = {key: value for key, value in wanted.items() if key in LIMITS}
        if wanted.keys() - limits.keys() - {"format", "time_zone", "boost"}:
            raise SearchError(400, "parsing_exception", "[range] query does not support one of its keys")
        if any(isinstance(limit, str) and limit.startswith("now") for limit in limits.values()):
            raise NotEmulated("date mathematics")
        return lambda identifier, source: any(
            all(LIMITS[key](value, limit) for key, limit in limits.items()) for value in _values(source, path)
        )
    if isinstance(wanted, dict):
        wanted = wanted.get("value", wanted.get("query"))
    if kind == "prefix":
        return lambda identifier, source: any(str(value).startswith(wanted) for value in _values(source, path))
    accepted = {str(value) for value in (wanted if kind == "terms" else [wanted])}
    return lambda identifier, source: any(str(value) in accepted for value in _values(source, path))


def _values(source: Any, path: str) -> list[Any]:
    """The values at a dotted path; a list in the document is several of them."""
    if isinstance(source, list):
        return [value for item in source for value in _values(item, path)]
    if not path:
        return [] if source is None else [source]
    if not isinstance(source, Mapping):
        return []
    if path in source:
        return _values(source[path], "")
    head, _, rest = path.partition(".")
    return _values(source.get(head), rest) if rest else []
