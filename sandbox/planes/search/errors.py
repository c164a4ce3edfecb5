"""Errors in OpenSearch's form."""

from __future__ import annotations

from typing import Any

from sandbox.planes.rest import NotEmulated, SearchError

__all__ = ["NotEmulated", "SearchError"]


def illegal(reason: str) -> SearchError:
    return SearchError(400, "illegal_argument_exception", reason)


def mapper(reason: str) -> SearchError:
    return SearchError(400, "mapper_parsing_exception", f"Failed to parse mapping [_doc]: {reason}")


def no_index(name: str) -> SearchError:
    resource = {"index": name, "resource.id": name, "resource.type": "index_or_alias", "index_uuid": "_na_"}
    return SearchError(404, "index_not_found_exception", f"no such index [{name}]", **resource)


def check_keys(body: Any, allowed: frozenset[str], what: str) -> dict[str, Any]:
    """The body, when it is an object of known keys."""
    if not isinstance(body, dict):
        raise SearchError(400, "parse_exception", "request body is required" if body is None else "not an object")
    for key in body:
        if key not in allowed:
            raise SearchError(400, "x_content_parse_exception", f"[1:2] [{what}] unknown field [{key}]")
    return body
