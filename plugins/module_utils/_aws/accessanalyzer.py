# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""IAM Access Analyzer: analyzers of access from outside, and of access that nobody uses."""

from __future__ import annotations

from collections.abc import Collection

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State


class Analyzer(Resource):
    """ListAnalyzers; CreateAnalyzer, UpdateAnalyzer, TagResource, UntagResource, DeleteAnalyzer."""

    service = "accessanalyzer"
    kind = "analyzer"
    option = "analyzers"
    key = "analyzer_name"
    create_operation = "CreateAnalyzer"
    immutable = frozenset({"type"})

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self.context.pages("accessanalyzer", "list_analyzers", "analyzers")
        states = {}
        for one in found:
            if keys is None or one["name"] in keys:
                state = self.snake("ListAnalyzers", ("analyzers",), one)
                arn, status = state.pop("arn"), state.pop("status")
                tags = from_map(one.get("tags"))
                states[one["name"]] = {
                    **state,
                    self.key: state.pop("name"),
                    "tags": tags,
                    "_arn": arn,
                    "_status": status,
                }
        return states

    def create(self, key: str, desired: State) -> None:
        self.client.create_analyzer(**self.parameters(desired, "CreateAnalyzer"), tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "configuration" in fields:
            self.client.update_analyzer(**self.parameters(desired, "UpdateAnalyzer", self.key, "configuration"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_analyzer(analyzerName=key)

    def ready(self, state: State) -> bool:
        if state["_status"] == "FAILED":
            raise TerminalState("the analyzer failed to start")
        return bool(state["_status"] == "ACTIVE")


ADAPTERS = (Analyzer,)
