"""Quantities of resources (500m, 1.5Gi, 2e3): their numbers, and the form in which the API keeps them."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?")
_BINARY = {f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", 1)}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


@lru_cache(4096)
def parse(text: str) -> Decimal:
    """The number; ValueError when it is no quantity."""
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(f"not a quantity: {text!r}")
    number, binary, decimal, exponent = match.groups()
    if binary:
        return Decimal(number) * _BINARY[binary]
    return Decimal(number).scaleb(int(exponent) if exponent else _DECIMAL[decimal or ""])


@lru_cache(4096)
def canonical(text: str) -> str:
    """No fraction, the largest unit possible, in the notation it came in: 0.5 is 500m, 1024Mi is 1Gi.

    ValueError when it is no quantity.
    """
    number = parse(text)
    if text.endswith("i") and abs(number) >= 1024 and number == int(number):
        whole = int(number)
        unit = max((each for each, size in _BINARY.items() if whole % size == 0), key=_BINARY.__getitem__, default="")
        return f"{whole // _BINARY.get(unit, 1)}{unit}"
    if not number:
        return "0"
    if re.search(r"[eE][+-]?\d", text):
        exponent = int(number.normalize().as_tuple().exponent)
        power = exponent - exponent % 3
        scaled = int(number.scaleb(-power))
        return f"{scaled}e{power}" if power else str(scaled)
    for unit, power in reversed(_DECIMAL.items()):
        scaled_number = number.scaleb(-power)
        if scaled_number == int(scaled_number):
            return f"{int(scaled_number)}{unit}"
    return f"{int(number.scaleb(9)) + (1 if number > 0 else 0)}n"
