"""What AWX 24.6.1 refuses, as far as it concerns what is declared here. Each rule names where AWX has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dateutil.rrule import rrulestr

SURVEY_TYPES = {"multiplechoice": str, "text": str, "textarea": str, "password": str, "integer": int, "float": float}
SNS = {"aws_region", "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "sns_topic_arn"}


class Refused(Exception):
    """The body of an answer with status 400."""


def survey(spec: Mapping[str, Any]) -> None:
    """``JobTemplateSurveySpec._validate_spec_data`` (awx/api/views/__init__.py)."""
    for name, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(name), kind):
            raise Refused({"error": f"Field '{name}' is missing from survey spec or of a wrong type."})
    if not spec["spec"]:
        raise Refused({"error": "'spec' doesn't contain any items."})
    seen: set[str] = set()
    for question in spec["spec"]:
        for name, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool)):
            if not isinstance(question.get(name), kind):
                raise Refused({"error": f"'{name}' missing from survey question {question}"})
        if question["variable"] in seen:
            raise Refused({"error": f"'variable' '{question['variable']}' duplicated in survey question"})
        seen.add(question["variable"])
        if question["type"] not in SURVEY_TYPES:
            raise Refused({"error": f"'{question['type']}' is not one of the allowed question types."})
        default = question.get("default", "")
        if default != "" and not isinstance(default, SURVEY_TYPES[question["type"]]):
            raise Refused({"error": f"Default value {default} expected to be {question['type']}."})
        if any(not isinstance(question.get(limit, 0), int) for limit in ("min", "max")):
            raise Refused({"error": "The limit in survey question expected to be integer."})
        if question["type"] == "multiplechoice":
            if not question.get("choices"):
                raise Refused({"error": "Survey question of type multiplechoice must specify choices."})
            if default not in ("", *question["choices"]):
                raise Refused({"error": "Default choice must be answered from the choices listed."})


def answers(given: Mapping[str, Any], spec: Mapping[str, Any]) -> None:
    """``_survey_element_validation`` and ``_accept_or_ignore_variables`` (awx/main/models/mixins.py)."""
    questions = {question["variable"]: question for question in spec.get("spec", [])}
    for name, value in given.items():
        if name not in questions:
            raise Refused({"variables_needed_to_start": [f"Variables {name} are not allowed on launch."]})
        question = questions[name]
        if type(value) is not SURVEY_TYPES[question["type"]]:
            raise Refused(
                {"variables_needed_to_start": [f"Value {value} for '{name}' is not of type {question['type']}."]}
            )
        if "choices" in question and value not in question["choices"]:
            raise Refused(
                {"variables_needed_to_start": [f"Value {value} for '{name}' expected to be one of the choices."]}
            )
    missing = [name for name, question in questions.items() if question["required"] and name not in given]
    if missing:
        raise Refused({"variables_needed_to_start": [f"'{name}' value missing" for name in missing]})


def rrule(text: str) -> None:
    """``SchedulePreviewSerializer.validate_rrule`` (awx/api/serializers.py)."""
    errors = []
    if len(re.findall(r".*?(DTSTART(;[^:]+)?\:[0-9]+T[0-9]+Z?)", text)) != 1:
        errors.append("Exactly one DTSTART is required in rrule.")
    if re.findall(r".*?(DTSTART:[0-9]+T[0-9]+) ", text):
        errors.append("DTSTART cannot be a naive datetime.")
    if "rrule:" not in text.lower() or "exdate:" in text.lower() or "rdate:" in text.lower():
        errors.append("RRULE required, EXDATE and RDATE not allowed in rrule.")
    for rule in re.findall(r".*?(RULE\:[^\s]*)", text):
        if "INTERVAL" not in rule or "SECONDLY" in rule or re.match(r".*?BYDAY[\:\=][0-9]+[a-zA-Z]{2}", rule):
            errors.append(f"INTERVAL required, SECONDLY and BYDAY with numeric prefix not supported: {rule}")
    try:
        rrulestr(text, forceset=True)
    except ValueError as error:
        errors.append(f"rrule parsing failed validation: {error}")
    if errors:
        raise Refused({"rrule": errors})


def inputs(given: Mapping[str, Any], credential_type: Mapping[str, Any]) -> None:
    """``CredentialInputField`` (awx/main/fields.py): no other fields than the type's."""
    known = {each["id"] for each in credential_type["inputs"].get("fields", [])}
    if unknown := sorted(set(given) - known):
        raise Refused({"inputs": [f"Additional properties are not allowed ({', '.join(unknown)} was unexpected)"]})


def notification(kind: str, configuration: Mapping[str, Any]) -> None:
    """``AWSSNSBackend.init_parameters`` (awx/main/notifications/awssns_backend.py)."""
    if kind == "awssns" and (set(configuration) != SNS or not all(isinstance(v, str) for v in configuration.values())):
        raise Refused({"notification_configuration": ["Missing or incorrect fields."]})
