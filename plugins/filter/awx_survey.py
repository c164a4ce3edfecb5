# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def awx_survey(questions: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the survey that AWX's API takes; an empty one, which takes a survey away, without questions."""
    spec = [_question(question) for question in questions]
    return {"name": "", "description": "", "spec": spec} if spec else {}


def _question(question: Mapping[str, Any]) -> dict[str, Any]:
    """AWX hands a default on as the answer, so text has none where none is given: the playbook has its own.

    A choice that was left open would arrive as the empty text, which is none of the choices.
    """
    choices = question.get("choices")
    asked: dict[str, Any] = {
        "question_name": question["question"],
        "question_description": "",
        "required": question.get("required", False),
        "type": "multiplechoice" if choices else question.get("type", "text"),
        "variable": question["variable"],
    }
    if choices:
        asked["choices"] = list(choices)
        if not asked["required"]:
            asked["default"] = choices[0]
    return asked | {key: question[key] for key in ("default", "max", "min") if key in question}


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"awx_survey": awx_survey}
