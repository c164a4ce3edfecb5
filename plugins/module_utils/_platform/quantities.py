# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Kubernetes quantities that services are declared with."""

from __future__ import annotations

from fractions import Fraction

MEMORY_UNITS = {"Mi": 1, "Gi": 1024}


def cores(quantity: str) -> Fraction:
    """Cores of a CPU quantity such as ``250m`` or ``2``."""
    return Fraction(quantity[:-1]) / 1000 if quantity.endswith("m") else Fraction(quantity)


def mebibytes(quantity: str) -> int:
    """MiB of a memory quantity such as ``512Mi`` or ``2Gi``."""
    return int(quantity[:-2]) * MEMORY_UNITS[quantity[-2:]]
