# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of dashboards in one language."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language, Part, render


@dataclass(frozen=True)
class Words:
    """Raises MessageError for what has none."""

    language: Language

    def title(self, name: str) -> str:
        return self._part("message", name)

    def description(self, name: str) -> str:
        return self._part("remedy", name)

    def _part(self, part: Part, name: str) -> str:
        return render(Breach(f"dashboards.{name}", {}), self.language, part)
