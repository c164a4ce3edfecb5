# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an action or a check takes: read from the function itself, so that scenarios are held to the code."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._checks.suggest import did_you_mean


@dataclass(frozen=True)
class Signature:
    required: frozenset[str]
    optional: frozenset[str]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Its keyword-only parameters."""
        given = [p for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY]
        required = frozenset(p.name for p in given if p.default is p.empty)
        return cls(required, frozenset(p.name for p in given) - required)

    def errors(self, params: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the params given to it."""
        known = self.required | self.optional
        for name in sorted(set(params) - known):
            takes = ", ".join(sorted(known)) or "none"
            yield f"unknown parameter {name}{did_you_mean(name, known)}; it takes {takes}"
        for name in sorted(self.required - set(params)):
            yield f"parameter {name} is missing"
        for name, value in sorted(params.items()):
            if name in known and not isinstance(value, str):
                yield f"parameter {name} must be text, not {type(value).__name__}"
