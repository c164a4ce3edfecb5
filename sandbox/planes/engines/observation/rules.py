"""Rule files of PrometheusRules, for the Prometheus of the machine."""

from __future__ import annotations

from typing import Any

from sandbox.planes.engines.observation.snapshot import Object, name, space

NEWER = frozenset({"labels", "query_offset", "partial_response_strategy"})
"""Fields of groups that Debian's Prometheus doesn't know, or that are for Thanos."""


def rule_file(rule: Object) -> tuple[str, dict[str, Any]]:
    """(name of the file, its content). Labels of a group become those of its rules, as Prometheus 3 does by itself."""
    groups = []
    for group in rule["spec"].get("groups") or ():
        common = group.get("labels") or {}
        rules = [
            {**each, "expr": str(each["expr"]), "labels": {**common, **(each.get("labels") or {})}}
            for each in group.get("rules") or ()
        ]
        groups.append({**{key: value for key, value in group.items() if key not in NEWER}, "rules": rules})
    return f"{space(rule)}-{name(rule)}.yaml", {"groups": groups}
