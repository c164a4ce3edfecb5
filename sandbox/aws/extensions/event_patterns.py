"""Event patterns and input transformers of EventBridge. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns-content-based-filtering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sandbox.aws.call import UnsupportedError

ABSENT = object()
# A string of a template, or a variable outside of one.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|<[^<>"]+>')
_VARIABLE = re.compile(r"<([^<>\"]+)>")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Whether an event is what a pattern asks for; in an array of objects, one object has to be."""
    if isinstance(event, list):
        return any(matches(pattern, one) for one in event)
    if not isinstance(event, dict):
        return False
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(one, event) for one in wanted):
                return False
        elif isinstance(wanted, dict):
            if not matches(wanted, event.get(name)):
                return False
        elif not any(_holds(rule, event.get(name, ABSENT)) for rule in wanted):
            return False
    return True


def _holds(rule: Any, value: Any) -> bool:
    if isinstance(rule, dict) and list(rule) == ["exists"]:
        return (value is not ABSENT) is rule["exists"]
    if value is ABSENT:
        return False
    values = value if isinstance(value, list) else [value]
    return any(_is(rule, one) for one in values)


def _is(rule: Any, value: Any) -> bool:
    if not isinstance(rule, dict):
        return bool(rule == value)
    ((kind, wanted),) = rule.items()
    if kind == "prefix" and isinstance(wanted, str):
        return isinstance(value, str) and value.startswith(wanted)
    if kind == "suffix" and isinstance(wanted, str):
        return isinstance(value, str) and value.endswith(wanted)
    if kind == "anything-but" and not isinstance(wanted, dict):
        return value not in (wanted if isinstance(wanted, list) else [wanted])
    raise UnsupportedError(f"the event pattern has {json.dumps(rule)}")


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule: str) -> str:
    """What a target gets: the template with its variables, of which those in strings lose their quotes."""
    values = {name: at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    values["aws.events.rule-name"] = rule

    def fill(token: re.Match[str]) -> str:
        text = token.group()
        if text.startswith('"'):
            return _VARIABLE.sub(lambda found: _inside(values.get(found.group(1), "")), text)
        return json.dumps(values.get(text[1:-1], ""), ensure_ascii=False)

    return _TOKEN.sub(fill, transformer["InputTemplate"])


def _inside(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False)[1:-1]


def at(event: Any, path: str) -> Any:
    """What is at a path such as `$.detail.findings[0].Id`, or an empty text, as AWS fills in what is not there."""
    for name, index in _STEP.findall(path.removeprefix("$")):
        try:
            event = event[int(index)] if index else event[name]
        except (KeyError, IndexError, TypeError):
            return ""
    return event
