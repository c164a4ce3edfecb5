# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon OpenSearch Service: domains."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource, same_elements
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State, covers

NAMES_PER_CALL = 5


class Domain(Resource):
    """ListDomainNames, DescribeDomains (five names a call), ListTags; CreateDomain, UpdateDomainConfig, UpgradeDomain,
    DeleteDomain.

    ``access_policies`` is a policy document in the API's own form. ``advanced_security_options`` may name the master
    user of a new domain; the API never tells it again, so it is not compared.
    """

    service = "opensearch"
    kind = "domain"
    option = "domains"
    key = "domain_name"
    create_operation = "CreateDomain"
    extra = frozenset({"access_policies"})
    policies = frozenset({"access_policies"})
    # A domain cannot leave its VPC, change subnets of a running zone layout, or lose encryption once it has it.
    immutable = frozenset({"encryption_at_rest_options", "node_to_node_encryption_options"})
    references: ClassVar = {
        "encryption_at_rest_options.kms_key_id": "kms_key",
        "vpc_options.subnet_ids": "subnet",
        "vpc_options.security_group_ids": "security_group",
        "log_publishing_options.INDEX_SLOW_LOGS.cloud_watch_logs_log_group_arn": "log_group",
        "log_publishing_options.SEARCH_SLOW_LOGS.cloud_watch_logs_log_group_arn": "log_group",
        "log_publishing_options.ES_APPLICATION_LOGS.cloud_watch_logs_log_group_arn": "log_group",
        "log_publishing_options.AUDIT_LOGS.cloud_watch_logs_log_group_arn": "log_group",
    }
    protected = True
    timeout = 5400
    poll_seconds = 30.0

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "vpc_options": same_vpc}

    def validate(self, item: dict[str, Any]) -> list[str]:
        name = str(item.get("domain_name", ""))
        too_long = [f"domain_name has {len(name)} characters; 28 are allowed"] if len(name) > 28 else []
        return super().validate(item) + too_long

    def normalise(self, desired: State) -> State:
        security = desired.get("advanced_security_options", {})
        if "master_user_options" in security:
            desired["_master_user"] = security.pop("master_user_options")
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        names = [entry["DomainName"] for entry in self.client.list_domain_names()["DomainNames"]]
        wanted = sorted(name for name in names if keys is None or name in keys)
        batches = [wanted[start : start + NAMES_PER_CALL] for start in range(0, len(wanted), NAMES_PER_CALL)]
        answers = self.context.each(lambda batch: self.client.describe_domains(DomainNames=batch), batches)
        return dict(self.context.each(self._state, [one for answer in answers for one in answer["DomainStatusList"]]))

    def create(self, key: str, desired: State) -> None:
        params = self.parameters(desired, "CreateDomain")
        if "access_policies" in desired:
            params["AccessPolicies"] = json.dumps(desired["access_policies"])
        if "_master_user" in desired:
            master = {"advanced_security_options": {"master_user_options": desired["_master_user"]}}
            params["AdvancedSecurityOptions"] |= self.parameters(master, "CreateDomain")["AdvancedSecurityOptions"]
        self.client.create_domain(**params, TagList=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        if "engine_version" in fields:
            self.client.upgrade_domain(DomainName=key, TargetVersion=desired["engine_version"])
        settings = [name for name in fields if name not in ("tags", "engine_version", "access_policies")]
        params = self.parameters(desired, "UpdateDomainConfig", *settings) if settings else {}
        if "access_policies" in fields:
            params["AccessPolicies"] = json.dumps(desired["access_policies"])
        if params:
            self.client.update_domain_config(DomainName=key, **params)

    def delete(self, key: str, current: State) -> None:
        if not current["_deleted"]:
            self.client.delete_domain(DomainName=key)

    def ready(self, state: State) -> bool:
        return bool(state["_created"] and not state["_processing"] and state["_endpoint"])

    def _state(self, status: dict[str, Any]) -> tuple[str, State]:
        state = self.snake("DescribeDomains", ("DomainStatusList",), status)
        state["tags"] = from_list(self.client.list_tags(ARN=status["ARN"])["TagList"])
        if state.get("access_policies"):
            state["access_policies"] = json.loads(state["access_policies"])
        if "auto_tune_options" in state:
            # Asked for as DesiredState, told as State.
            tune = state["auto_tune_options"]
            tune["desired_state"] = {"ENABLE_IN_PROGRESS": "ENABLED", "DISABLE_IN_PROGRESS": "DISABLED"}.get(
                tune.get("state", ""), tune.get("state")
            )
        state["_arn"] = status["ARN"]
        state["_created"] = status.get("Created", False)
        state["_deleted"] = status.get("Deleted", False)
        state["_processing"] = status.get("Processing", False) or status.get("UpgradeProcessing", False)
        state["_endpoint"] = status.get("Endpoint") or status.get("Endpoints")
        return status["DomainName"], state


def same_vpc(current: Any, desired: Any) -> bool:
    """Subnets and security groups are sets; the answer adds the VPC and its zones."""
    lists = {"subnet_ids", "security_group_ids"} & desired.keys()
    rest = {key: value for key, value in desired.items() if key not in lists}
    return covers(current, rest) and all(same_elements(current.get(key, []), desired[key]) for key in lists)


ADAPTERS = (Domain,)
