# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Managed node groups of Amazon EKS."""

from __future__ import annotations

import operator
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_launch_template import DATA_REFERENCES, data_of
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_member import Member, split
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_state import (
    issues,
    labels_change,
    scaling_change,
    settled,
    taint,
    taints_change,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import (
    InvalidInput,
    ReconcileError,
    TerminalState,
)
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

CONFIG = ("labels", "taints", "scaling_config", "update_config", "node_repair_config")
"""What UpdateNodegroupConfig takes, all at once."""
VERSION = ("version", "release_version", "launch_template", "launch_template_data")
"""What UpdateNodegroupVersion takes: it replaces every node, a few at a time, within disruption budgets."""


def same_taints(current: Any, desired: Any) -> bool:
    return sorted(map(taint, current)) == sorted(map(taint, desired))


class Nodegroup(Member):
    """ListNodegroups, DescribeNodegroup, DescribeLaunchTemplateVersions; CreateNodegroup, UpdateNodegroupConfig,
    UpdateNodegroupVersion, DeleteNodegroup.

    ``scaling_config.desired_size`` counts on creation only (default: ``min_size``); from then on it is the
    autoscaler's. ``launch_template`` (``name``) is used at its default version; ``launch_template_data`` is what the
    nodes must be made with, so that a new text of the template reaches them in the same run. A different ``version``
    is refused unless ``upgrade`` is set.
    """

    kind = "nodegroup"
    option = "nodegroups"
    key = "nodegroup_name"
    create_operation = "CreateNodegroup"
    extra = frozenset({"launch_template_data", "upgrade"})
    depends_on = ("cluster", "launch_template", "addon")
    immutable = frozenset(
        {"ami_type", "capacity_type", "disk_size", "instance_types", "node_role", "remote_access", "subnets"}
    )
    unordered = frozenset({"subnets"})
    references: ClassVar = {"node_role": "iam_role", "subnets": "subnet", **DATA_REFERENCES}
    listing = ("list_nodegroups", "nodegroups")

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, "labels": operator.eq, "taints": same_taints}

    def normalise(self, desired: State) -> State:
        desired["_upgrade"] = desired.pop("upgrade", False)
        if "version" in desired:
            desired["version"] = str(desired["version"])
        scaling = desired.get("scaling_config", {})
        if "desired_size" in scaling:
            desired["_desired_size"] = scaling.pop("desired_size")
        return desired

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        key = str(self.key_of(item))
        seen = self.seen.get(key)
        if seen and not desired["_upgrade"] and desired.get("version", seen["version"]) != seen["version"]:
            raise InvalidInput(
                [
                    f"nodegroup {key}: is at version {seen['version']}, declared is {desired['version']}. An upgrade "
                    "is never implied: run playbooks/eks_upgrade.yml, or give upgrade: true"
                ]
            )
        return desired

    def where(self, key: str) -> dict[str, Any]:
        cluster, name = split(key)
        return {"clusterName": cluster, "nodegroupName": name}

    def state(self, cluster: str, one: Any) -> State:
        described = self.client.describe_nodegroup(clusterName=cluster, nodegroupName=one)["nodegroup"]
        state = {
            "labels": {},
            "taints": [],
            "tags": {},
            **settled(self.snake("DescribeNodegroup", ("nodegroup",), described)),
            "_arn": described["nodegroupArn"],
            "_status": described["status"],
        }
        if template := described.get("launchTemplate"):
            state["launch_template_data"] = data_of(self.context, template["id"], template["version"])
        return state

    def create(self, key: str, desired: State) -> None:
        params = self.parameters(desired, "CreateNodegroup")
        scaling = params.get("scalingConfig")
        if scaling:
            scaling["desiredSize"] = desired.get("_desired_size", scaling["minSize"])
        self.client.create_nodegroup(**params, tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        config = self._config(desired, current, fields)
        if config:
            self.change("update_nodegroup_config", self.where(key), **config)
        if set(VERSION) & set(fields):
            self.change("update_nodegroup_version", self.where(key), **self._version(desired, fields))

    def delete(self, key: str, current: State) -> None:
        if current["_status"] != "DELETING":
            self.client.delete_nodegroup(**self.where(key))

    def ready(self, state: State) -> bool:
        if state["_status"] in ("CREATE_FAILED", "DEGRADED", "DELETE_FAILED"):
            raise TerminalState(f"is {state['_status']}: {issues(state)}")
        return bool(state["_status"] == "ACTIVE")

    def _config(self, desired: State, current: State, fields: tuple[str, ...]) -> dict[str, Any]:
        plain = [name for name in ("update_config", "node_repair_config") if name in fields]
        config = self.parameters(desired, "UpdateNodegroupConfig", *plain) if plain else {}
        if "labels" in fields:
            config["labels"] = labels_change(current["labels"], desired["labels"])
        if "taints" in fields:
            config["taints"] = taints_change(current["taints"], desired["taints"])
        if "scaling_config" in fields:
            config["scalingConfig"] = scaling_change(current["scaling_config"], desired["scaling_config"])
        return config

    def _version(self, desired: State, fields: tuple[str, ...]) -> dict[str, Any]:
        names = [name for name in ("version", "release_version") if name in fields]
        params = self.parameters(desired, "UpdateNodegroupVersion", *names) if names else {}
        if {"launch_template", "launch_template_data"} & set(fields):
            if "launch_template" not in desired:
                raise ReconcileError("launch_template_data needs launch_template, the name of the template")
            params["launchTemplate"] = self.parameters(desired, "UpdateNodegroupVersion", "launch_template")[
                "launchTemplate"
            ]
        return params
