# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine's commands say; modules never do, so print() is not for code of a collection."""

from __future__ import annotations

import sys
from typing import TextIO


def say(what: object = "", *, file: TextIO | None = None) -> None:
    """Write a line, to standard output unless another file is given."""
    (file or sys.stdout).write(f"{what}\n")
