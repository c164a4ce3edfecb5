# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Controls of data protection, DP-01 to DP-22 (docs/data_protection.md): several make up one item of the checklist.

A control reads, and says what it saw and what is wrong::

    @control("DP-01")
    def every_column_is_classified(world: World, required: dict[str, Any]) -> Answer: ...
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World

Answer = tuple[dict[str, Any], Sequence[Breach]]
"""What was observed, JSON-like, and what is wrong with it."""

Control = Callable[[World, dict[str, Any]], Answer]
THREADS = 6
_CONTROLS: dict[str, Control] = {}


def control(name: str) -> Callable[[Control], Control]:
    """Register a control. Raises ValueError when there is one of that name."""

    def register(function: Control) -> Control:
        if name in _CONTROLS:
            raise ValueError(f"{name} is controlled twice: {_CONTROLS[name].__module__} and {function.__module__}")
        _CONTROLS[name] = function
        return function

    return register


def judge(world: World, required: dict[str, Any], names: Sequence[str]) -> Finding:
    """Run these controls side by side; ``observed`` has the outcome of each, pass or fail, beside what it saw.

    Raises KeyError for a control that nobody registered, and what a control raises that can't read.
    """
    chosen = {name: _CONTROLS[name] for name in names}
    with ThreadPoolExecutor(THREADS, thread_name_prefix="control") as pool:
        answers = dict(zip(chosen, pool.map(lambda one: one(world, required), chosen.values()), strict=True))
    observed = {name: {"outcome": "fail" if breaches else "pass", **seen} for name, (seen, breaches) in answers.items()}
    return Finding(observed, tuple(breach for seen, breaches in answers.values() for breach in breaches))
