# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Security Hub: the hub of a region with its standards, and the aggregation of findings of other regions."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

OFF = "InvalidAccessException"
STANDARDS = "standards"
CONFIGURATION = ("auto_enable_controls", "control_finding_generator")
ON_THEIR_WAY = frozenset({"PENDING", "DELETING"})


class Hub(Switch):
    """DescribeHub, GetEnabledStandards, ListTagsForResource; EnableSecurityHub, UpdateSecurityHubConfiguration,
    BatchEnableStandards, BatchDisableStandards, TagResource, UntagResource, DisableSecurityHub.

    ``standards`` is the complete list of those that are on, each as the end of its ARN
    (``aws-foundational-security-best-practices/v/1.0.0``).
    """

    service = "securityhub"
    kind = "hub"
    option = "hub"
    create_operation = "EnableSecurityHub"
    extra = frozenset({STANDARDS, "auto_enable_controls"})
    unordered = frozenset({STANDARDS})
    timeout = 900

    def on(self) -> State | None:
        found = answered(self.client.describe_hub, OFF)
        if found is None:
            return None
        enabled = self.context.pages("securityhub", "get_enabled_standards", "StandardsSubscriptions")
        named = {_name(one["StandardsArn"]): one for one in enabled}
        return {
            **{field: value for field, value in self.snake("DescribeHub", (), found).items() if field in CONFIGURATION},
            STANDARDS: sorted(named),
            "tags": from_map(self.client.list_tags_for_resource(ResourceArn=found["HubArn"])["Tags"]),
            "_arn": found["HubArn"],
            "_subscriptions": {name: one["StandardsSubscriptionArn"] for name, one in named.items()},
            "_statuses": {name: one["StandardsStatus"] for name, one in named.items()},
        }

    def create(self, key: str, desired: State) -> None:
        self.client.enable_security_hub(
            **{
                "EnableDefaultStandards": False,
                **self.parameters(desired, "EnableSecurityHub"),
                "Tags": self.tag_list(desired),
            }
        )
        self._configure(desired, tuple(desired))
        self._enable(desired.get(STANDARDS, ()))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._configure(desired, fields)
        if STANDARDS in fields:
            self._enable(set(desired[STANDARDS]) - set(current[STANDARDS]))
            self._disable(current, set(current[STANDARDS]) - set(desired[STANDARDS]))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.disable_security_hub()

    def ready(self, state: State) -> bool:
        failed = sorted(name for name, status in state["_statuses"].items() if status == "FAILED")
        if failed:
            raise TerminalState(f"Security Hub could not turn on {', '.join(failed)}")
        return not ON_THEIR_WAY.intersection(state["_statuses"].values())

    def _configure(self, desired: State, fields: Iterable[str]) -> None:
        changed = [field for field in CONFIGURATION if field in fields and field in desired]
        if changed:
            self.client.update_security_hub_configuration(
                **self.parameters(desired, "UpdateSecurityHubConfiguration", *changed)
            )

    def _enable(self, names: Iterable[str]) -> None:
        arns = [f"arn:{self.context.partition}:securityhub:{self.context.region}::standards/{n}" for n in sorted(names)]
        if arns:
            self.client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": arn} for arn in arns])

    def _disable(self, current: State, names: Iterable[str]) -> None:
        arns = [current["_subscriptions"][name] for name in sorted(names)]
        if arns:
            self.client.batch_disable_standards(StandardsSubscriptionArns=arns)


class FindingAggregator(Switch):
    """ListFindingAggregators, GetFindingAggregator; CreateFindingAggregator, UpdateFindingAggregator,
    DeleteFindingAggregator. The region it is made in is the one that the findings of the others come to."""

    service = "securityhub"
    kind = "finding_aggregator"
    option = "finding_aggregator"
    create_operation = "CreateFindingAggregator"
    depends_on = ("hub",)
    taggable = False
    unordered = frozenset({"regions"})

    def on(self) -> State | None:
        listed = answered(self.client.list_finding_aggregators, OFF)
        if not listed or not listed["FindingAggregators"]:
            return None
        (one,) = listed["FindingAggregators"]  # an account has one at the most
        found = self.client.get_finding_aggregator(FindingAggregatorArn=one["FindingAggregatorArn"])
        state = self.snake("GetFindingAggregator", (), found)
        return {"regions": [], **state, "_arn": state.pop("finding_aggregator_arn")}

    def create(self, key: str, desired: State) -> None:
        self.client.create_finding_aggregator(**self.parameters(desired, "CreateFindingAggregator"))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self.client.update_finding_aggregator(
            FindingAggregatorArn=current["_arn"], **self.parameters(desired, "CreateFindingAggregator")
        )

    def delete(self, key: str, current: State) -> None:
        self.client.delete_finding_aggregator(FindingAggregatorArn=current["_arn"])


def _name(arn: str) -> str:
    return arn.partition(":standards/")[2] or arn.partition(":::")[2]


ADAPTERS = (Hub, FindingAggregator)
