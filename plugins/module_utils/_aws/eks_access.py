# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who may do what in an EKS cluster by AWS identities: access entries for people, pod identities for programs."""

from __future__ import annotations

import operator
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_member import CLUSTER, Member, split
from ansible_collections.iworkz.platform.plugins.module_utils._aws.eks_state import policy_arn, scope, settled
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

POLICIES = "access_policies"


class AccessEntry(Member):
    """ListAccessEntries, DescribeAccessEntry, ListAssociatedAccessPolicies; CreateAccessEntry, UpdateAccessEntry,
    AssociateAccessPolicy, DisassociateAccessPolicy, DeleteAccessEntry.

    ``access_policies`` (``policy_arn``, or the name of a policy of AWS, and ``access_scope``) is complete: what else is
    associated is taken away.
    """

    kind = "access_entry"
    option = "access_entries"
    key = "principal_arn"
    create_operation = "CreateAccessEntry"
    extra = frozenset({POLICIES})
    immutable = frozenset({"type"})
    unordered = frozenset({"kubernetes_groups"})
    listing = ("list_access_entries", "accessEntries")
    timeout = 300

    @property
    def equal(self) -> dict[str, Equal]:
        return {**super().equal, POLICIES: operator.eq}

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if not str(item.get("principal_arn")).startswith("arn:"):
            errors.append("principal_arn must be the ARN of a role or user")
        shape = shapes.input_shape(self.client, "AssociateAccessPolicy")
        for index, policy in enumerate(item.get(POLICIES) or ()):
            found = shapes.errors_in(shape, policy, (), ("cluster_name", "principal_arn", "access_scope"))
            errors += [f"{POLICIES}[{index}]: {error}" for error in found]
        return errors

    def normalise(self, desired: State) -> State:
        if POLICIES in desired:
            desired[POLICIES] = _sorted(
                {
                    "policy_arn": policy_arn(policy["policy_arn"], self.context.partition),
                    "access_scope": scope(policy.get("access_scope")),
                }
                for policy in desired[POLICIES]
            )
        return desired

    def where(self, key: str) -> dict[str, Any]:
        cluster, principal = split(key)
        return {"clusterName": cluster, "principalArn": principal}

    def state(self, cluster: str, one: Any) -> State:
        told = self.client.describe_access_entry(clusterName=cluster, principalArn=one)["accessEntry"]
        associated = self.context.pages(
            "eks",
            "list_associated_access_policies",
            "associatedAccessPolicies",
            clusterName=cluster,
            principalArn=one,
        )
        return {
            "kubernetes_groups": [],
            "tags": {},
            **settled(self.snake("DescribeAccessEntry", ("accessEntry",), told)),
            POLICIES: _sorted(
                {"policy_arn": policy["policyArn"], "access_scope": scope(policy["accessScope"])}
                for policy in associated
            ),
            "_arn": told["accessEntryArn"],
        }

    def create(self, key: str, desired: State) -> None:
        self.client.create_access_entry(**self.parameters(desired, "CreateAccessEntry"), tags=self.tag_list(desired))
        self._associate(key, [], desired.get(POLICIES, []))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        names = [name for name in ("kubernetes_groups", "username") if name in fields]
        if names:
            self.client.update_access_entry(**self.where(key), **self.parameters(desired, "UpdateAccessEntry", *names))
        if POLICIES in fields:
            self._associate(key, current[POLICIES], desired[POLICIES])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_access_entry(**self.where(key))

    def _associate(self, key: str, current: list[State], desired: list[State]) -> None:
        for policy in desired:
            if policy not in current:
                given = policy["access_scope"]
                namespaces = {"namespaces": given["namespaces"]} if given["namespaces"] else {}
                self.client.associate_access_policy(
                    **self.where(key), policyArn=policy["policy_arn"], accessScope={"type": given["type"], **namespaces}
                )
        wanted = {policy["policy_arn"] for policy in desired}
        for arn in sorted({policy["policy_arn"] for policy in current} - wanted):
            self.client.disassociate_access_policy(**self.where(key), policyArn=arn)


class PodIdentityAssociation(Member):
    """ListPodIdentityAssociations, DescribePodIdentityAssociation; CreatePodIdentityAssociation,
    UpdatePodIdentityAssociation, DeletePodIdentityAssociation.

    Those that an add-on owns are declared with the add-on.
    """

    kind = "pod_identity_association"
    option = "pod_identity_associations"
    key = "service_account"
    create_operation = "CreatePodIdentityAssociation"
    references: ClassVar = {"role_arn": "iam_role", "target_role_arn": "iam_role"}
    listing = ("list_pod_identity_associations", "associations")
    timeout = 300

    def key_of(self, item: dict[str, Any]) -> str | None:
        parts = [item.get(CLUSTER), item.get("namespace"), item.get(self.key)]
        return "/".join(map(str, parts)) if all(parts) else None

    def named(self, cluster: str, one: Any) -> str:
        return f"{cluster}/{one['namespace']}/{one['serviceAccount']}"

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = super().read(keys)
        return {key: state for key, state in found.items() if keys is not None or not state.get("owner_arn")}

    def state(self, cluster: str, one: Any) -> State:
        told = self.client.describe_pod_identity_association(clusterName=cluster, associationId=one["associationId"])[
            "association"
        ]
        return {
            "tags": {},
            **settled(self.snake("DescribePodIdentityAssociation", ("association",), told)),
            "_arn": told["associationArn"],
            "_id": told["associationId"],
        }

    def create(self, key: str, desired: State) -> None:
        self.client.create_pod_identity_association(
            **self.parameters(desired, "CreatePodIdentityAssociation"), tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        names = [name for name in fields if name != "tags"]
        if names:
            self.client.update_pod_identity_association(
                clusterName=desired[CLUSTER],
                associationId=current["_id"],
                **self.parameters(desired, "UpdatePodIdentityAssociation", *names),
            )
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_pod_identity_association(clusterName=current[CLUSTER], associationId=current["_id"])


def _sorted(policies: Any) -> list[State]:
    return sorted(policies, key=lambda policy: str(policy["policy_arn"]))
