# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures as readers want them; a dash for none. Pure."""

from __future__ import annotations

import math


def percent(value: float | None) -> str:
    """With three decimals at most, cut off: what is below an objective must not read as if it met it."""
    if value is None:
        return "-"
    return f"{math.floor(value * 1000 + 1e-6) / 1000:.3f}".rstrip("0").rstrip(".") + " %"


def ms(value: float | None) -> str:
    """Milliseconds, rounded up for the same reason."""
    return "-" if value is None else f"{math.ceil(value * 10 - 1e-6) / 10:g} ms"


def grouped(value: int) -> str:
    """Thousands apart."""
    return f"{value:,}"
