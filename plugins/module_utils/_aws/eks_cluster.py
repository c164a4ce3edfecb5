# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clusters of Amazon EKS: the control plane."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_member import EksResource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_state import (
    canonical_logging,
    issues,
    logging_change,
    settled,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_upgrade import refuse_unready, refused_version
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

# Told to CreateCluster only, and by no describe: they say how to make it, not what it is.
MANNER = ("bootstrap_self_managed_addons", "bootstrap_cluster_creator_admin_permissions", "upgrade")
# Keys of resources_vpc_config by the type of update that changes them.
NETWORK = ("subnet_ids", "security_group_ids")
ENDPOINT = ("endpoint_public_access", "endpoint_private_access", "public_access_cidrs")
# Each is a type of update of its own.
PLAIN = ("access_config", "upgrade_policy", "zonal_shift_config", "deletion_protection")


class Cluster(EksResource):
    """ListClusters, DescribeCluster; CreateCluster, UpdateClusterConfig, AssociateEncryptionConfig,
    UpdateClusterVersion, DeleteCluster.

    A cluster does one update at a time: of several differences, each is asked for when the one before is done. A
    different ``version`` is refused unless ``upgrade`` is set, goes one minor version up and never down, and only when
    nothing in the cluster uses what the next version no longer serves (ListInsights, DescribeInsight, stored objects).
    """

    kind = "cluster"
    option = "clusters"
    key = "name"
    create_operation = "CreateCluster"
    extra = frozenset({"upgrade"})
    immutable = frozenset({"kubernetes_network_config", "outpost_config", "role_arn"})
    references: ClassVar = {
        "role_arn": "iam_role",
        "resources_vpc_config.subnet_ids": "subnet",
        "resources_vpc_config.security_group_ids": "security_group",
        "encryption_config.provider.key_arn": "kms_key",
    }
    protected = True

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        self._guard(desired, self.seen.get(desired["name"]))
        return desired

    def normalise(self, desired: State) -> State:
        access = desired.get("access_config", {})
        manner = {f"_{name}": source.pop(name) for name in MANNER for source in (desired, access) if name in source}
        if "logging" in desired:
            desired["logging"] = canonical_logging(desired["logging"])
        if "version" in desired:
            desired["version"] = str(desired["version"])
        _sort(desired)
        return {**desired, **manner}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        names = self.context.pages("eks", "list_clusters", "clusters")
        found = self.context.each(self._state, [name for name in names if keys is None or name in keys])
        states = {state["name"]: state for state in found if state is not None}
        self.seen |= states
        return states

    def create(self, key: str, desired: State) -> None:
        params = self.parameters(desired, "CreateCluster")
        if "_bootstrap_self_managed_addons" in desired:
            params["bootstrapSelfManagedAddons"] = desired["_bootstrap_self_managed_addons"]
        if "_bootstrap_cluster_creator_admin_permissions" in desired:
            admin = desired["_bootstrap_cluster_creator_admin_permissions"]
            params.setdefault("accessConfig", {})["bootstrapClusterCreatorAdminPermissions"] = admin
        self.client.create_cluster(**params, tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        if "encryption_config" in fields:
            config = self.parameters(desired, "AssociateEncryptionConfig", "encryption_config")
            self.change("associate_encryption_config", {"clusterName": key}, **config)
        for config in self._config_changes(desired, current, fields):
            self.change("update_cluster_config", {"name": key}, **config)
        if "version" in fields:
            self.change("update_cluster_version", {"name": key}, version=desired["version"])

    def delete(self, key: str, current: State) -> None:
        if current["_status"] != "DELETING":
            self.client.delete_cluster(name=key)

    def unprotect(self, key: str, current: State) -> None:
        if self.seen.get(key, current).get("deletion_protection"):
            self.change("update_cluster_config", {"name": key}, deletionProtection=False)

    def ready(self, state: State) -> bool:
        if state["_status"] == "FAILED":
            raise TerminalState(f"is FAILED: {issues(state)}")
        return bool(state["_status"] == "ACTIVE")

    def _guard(self, desired: State, current: State | None) -> None:
        """Refuse, before anything is changed, what EKS cannot do or an operator has to ask for.

        :raises InvalidInput: naming the resource.
        """
        if current is None:
            return
        encrypted = current.get("encryption_config")
        if encrypted and desired.get("encryption_config", encrypted) != encrypted:
            raise InvalidInput([f"cluster {desired['name']}: encryption_config cannot be changed once it is set"])
        if desired.get("version", current["version"]) == current["version"]:
            return
        wanted, asked = desired["version"], desired.get("_upgrade", False)
        if problem := refused_version(current["version"], wanted, asked):
            raise InvalidInput([f"cluster {desired['name']}: {problem}"])
        refuse_unready(self.context, current, wanted)

    def _config_changes(self, desired: State, current: State, fields: tuple[str, ...]) -> list[dict[str, Any]]:
        """The parameters of one UpdateClusterConfig for each type of update."""
        changes: list[dict[str, Any]] = []
        if "logging" in fields:
            changes.append({"logging": logging_change(desired["logging"])})
        if "resources_vpc_config" in fields:
            shape = shapes.input_shape(self.client, "UpdateClusterConfig").members["resourcesVpcConfig"]
            want, have = desired["resources_vpc_config"], current["resources_vpc_config"]
            for names in (ENDPOINT, NETWORK):
                given = {name: want[name] for name in names if name in want}
                if any(have.get(name) != value for name, value in given.items()):
                    changes.append({"resourcesVpcConfig": shapes.to_api(shape, given)})
        changes += [self.parameters(desired, "UpdateClusterConfig", name) for name in PLAIN if name in fields]
        return changes

    def _state(self, name: str) -> State | None:
        try:
            described = self.client.describe_cluster(name=name)["cluster"]
        except self.client.exceptions.ResourceNotFoundException:
            return None
        state = settled(self.snake("DescribeCluster", ("cluster",), described))
        state["logging"] = canonical_logging(state.get("logging"))
        state.setdefault("tags", {})
        _sort(state)
        return {**state, "_arn": described["arn"], "_status": described["status"]}


def _sort(state: State) -> None:
    """Lists whose order means nothing, in one order."""
    network = state.get("resources_vpc_config", {})
    for name in (*NETWORK, "public_access_cidrs"):
        if network.get(name):
            network[name] = sorted(network[name])
