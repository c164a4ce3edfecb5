# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One byte sequence per value: plain JSON values, canonical JSON, SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: dates in ISO 8601, sets sorted, tuples as lists, Decimals as strings.

    Raises TypeError for anything else, so that nothing is recorded as a mere ``repr``.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(each) for each in value), key=canonical)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    raise TypeError(f"a {type(value).__name__} cannot be recorded: {value!r}")


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, in UTF-8: equal values give equal bytes."""
    return _ENCODER.encode(value).encode()


def sha256(data: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
