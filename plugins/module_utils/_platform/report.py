# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The failure a reader gets: every problem at once, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._messages import Language
from ansible_collections.iworkz.platform.plugins.module_utils._platform.problem import Problem, say
from ansible_collections.iworkz.platform.plugins.module_utils._platform.schema import declared_names, home
from ansible_collections.iworkz.platform.plugins.module_utils._platform.sources import Sources


def failure(problems: Sequence[Problem], language: Language, environment: str, sources: Sources) -> dict[str, Any]:
    """The task result: ``msg`` for people, ``problems`` (variable path, message, remedy, place) for programs."""
    told = [
        {
            "variable": problem.path,
            "message": problem.text(language),
            "remedy": problem.text(language, "remedy"),
            "place": _place(problem, language, environment, sources),
        }
        for problem in problems
    ]
    summary = {"count": len(problems), "environment": environment}
    lines = [say("platform.summary", language, summary)]
    for entry in told:
        lines += [f"- {entry['variable']}: {entry['message']}", f"    {entry['remedy']} ({entry['place']})"]
    return {"failed": True, "changed": False, "msg": "\n".join(lines), "problems": told}


def _place(problem: Problem, language: Language, environment: str, sources: Sources) -> str:
    place = sources.where(problem.variable)
    if place is not None:
        return say("platform.set_in", language, {"place": place})
    # Only a declared variable can be missing everywhere; its home is in its schema.
    where = home(problem.variable, environment) if problem.variable in declared_names() else problem.variable
    return say("platform.set_in", language, {"place": where}, "remedy")
