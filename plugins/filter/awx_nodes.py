# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

FETCH = "fetch-project"


def awx_nodes(
    steps: Iterable[Mapping[str, str]], prefix: str, project: str, approval_days: int
) -> list[dict[str, Any]]:
    """Return the nodes of a workflow in which each step follows the one before, in the order they must be made in.

    A node is made after the one that follows it, so that it can be linked at once; but not an approval, whose links
    awx.awx sets only where it is there: its entry without an ``approval_node`` comes last.
    """
    chain: list[dict[str, Any]] = [{"identifier": FETCH, "unified_job_template": project}]
    for step in steps:
        if "approval" in step:
            asked = {"name": f"{prefix}-before-{step['template']}", "description": step["approval"]}
            timeout = approval_days * 24 * 3600
            chain.append({"identifier": f"before-{step['template']}", "approval_node": {**asked, "timeout": timeout}})
        chain.append({"identifier": step["template"], "unified_job_template": f"{prefix}-{step['template']}"})
    following = [[node["identifier"]] for node in chain[1:]]
    linked = [{**node, "success_nodes": names} for node, names in zip(chain, [*following, []], strict=True)]
    made = [
        {key: node[key] for key in node if key != "success_nodes" or "approval_node" not in node}
        for node in reversed(linked)
    ]
    links = [{key: node[key] for key in ("identifier", "success_nodes")} for node in linked if "approval_node" in node]
    return made + links


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"awx_nodes": awx_nodes}
