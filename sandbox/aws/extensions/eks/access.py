"""Access entries and the access policies of EKS: who may do what in a cluster.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import servers
from sandbox.aws.extensions.eks.models import (
    Cluster,
    Item,
    arn,
    check_tags,
    find,
    invalid,
    new_id,
    now,
    page,
)
from sandbox.stand_in import API_SERVER

POLICY = "arn:aws:eks::aws:cluster-access-policy/"
# https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html
POLICIES = (
    *("AmazonEKSAdminPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSClusterAdminPolicy"),
    *("AmazonEKSEditPolicy", "AmazonEKSViewPolicy", "AmazonEKSSecretReaderPolicy"),
)
TYPES = ("STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX")
NODES = {"EC2_LINUX": "system:node:{{EC2PrivateDNSName}}", "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}"}
PRINCIPAL = re.compile(r"arn:aws[\w-]*:iam::\d{12}:(?:role|user)/.+")
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html
@operation("eks", "CreateAccessEntry")
def create(call: Call) -> Item:
    params = call.params
    cluster = _cluster(call)
    servers.find_active(call, cluster.name)
    principal, kind = params["principalArn"], params.get("type", "STANDARD")
    if principal in cluster.entries:
        message = "The specified access entry resource is already in use on this cluster."
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
    if kind not in TYPES:
        raise invalid(f"The type {kind} is not valid: it is one of {', '.join(TYPES)}")
    if not PRINCIPAL.fullmatch(principal):
        raise invalid("The specified principalArn is invalid: invalid principal.")
    if kind != "STANDARD" and ("username" in params or params.get("kubernetesGroups")):
        raise invalid(f"The specified type {kind} does not take a username or Kubernetes groups")
    _check(params)
    check_tags(params.get("tags", {}))
    entry = add(call, cluster, principal, kind)
    entry["kubernetesGroups"] = entry["kubernetesGroups"] or list(params.get("kubernetesGroups", []))
    entry["username"] = params.get("username", entry["username"])
    entry["tags"] = dict(params.get("tags", {}))
    return {"accessEntry": _described(entry)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAccessEntry.html
@operation("eks", "DescribeAccessEntry")
def describe(call: Call) -> Item:
    return {"accessEntry": _described(_entry(call, _cluster(call)))}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAccessEntries.html
@operation("eks", "ListAccessEntries")
def list_entries(call: Call) -> Item:
    wanted = call.params.get("associatedPolicyArn")
    entries = _cluster(call).entries.items()
    shown, rest = page(call, sorted(name for name, entry in entries if not wanted or wanted in entry["policies"]))
    return {"accessEntries": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAccessEntry.html
@operation("eks", "UpdateAccessEntry")
def update(call: Call) -> Item:
    params = call.params
    cluster = _cluster(call)
    entry = _entry(call, cluster)
    if entry["type"] != "STANDARD":
        raise AwsError("InvalidRequestException", f"An access entry of type {entry['type']} can't be updated")
    _check(params)
    if "kubernetesGroups" in params:
        entry["kubernetesGroups"] = list(params["kubernetesGroups"])
    entry["username"] = params.get("username", entry["username"])
    entry["modifiedAt"] = now()
    return {"accessEntry": _described(entry)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DeleteAccessEntry.html
@operation("eks", "DeleteAccessEntry")
def delete(call: Call) -> Item:
    cluster = _cluster(call)
    _entry(call, cluster)
    del cluster.entries[call.params["principalArn"]]
    return {}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_AssociateAccessPolicy.html
@operation("eks", "AssociateAccessPolicy")
def associate(call: Call) -> Item:
    params = call.params
    cluster = _cluster(call)
    entry = _entry(call, cluster)
    policy, scope = params["policyArn"], params["accessScope"]
    if policy.removeprefix(POLICY) not in POLICIES:
        raise invalid(f"The policyArn {policy} is not valid.")
    if entry["type"] != "STANDARD":
        raise AwsError("InvalidRequestException", f"Access policies can't be associated with type {entry['type']}")
    kind, namespaces = scope.get("type"), list(scope.get("namespaces", []))
    if kind not in ("cluster", "namespace") or (kind == "namespace") != bool(namespaces):
        raise invalid("The accessScope is not valid: a type of namespace names namespaces, one of cluster does not.")
    former = entry["policies"].get(policy)
    entry["policies"][policy] = {
        "policyArn": policy,
        "accessScope": {"type": kind, "namespaces": namespaces},
        "associatedAt": former["associatedAt"] if former else now(),
        "modifiedAt": now(),
    }
    return {
        "clusterName": cluster.name,
        "principalArn": params["principalArn"],
        "associatedAccessPolicy": entry["policies"][policy],
    }


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DisassociateAccessPolicy.html
@operation("eks", "DisassociateAccessPolicy")
def disassociate(call: Call) -> Item:
    cluster = _cluster(call)
    entry = _entry(call, cluster)
    if entry["policies"].pop(call.params["policyArn"], None) is None:
        raise AwsError("ResourceNotFoundException", "No associated access policy was found for the request.")
    return {}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAssociatedAccessPolicies.html
@operation("eks", "ListAssociatedAccessPolicies")
def list_associated(call: Call) -> Item:
    cluster = _cluster(call)
    policies = _entry(call, cluster)["policies"]
    shown, rest = page(call, [policies[name] for name in sorted(policies)])
    found = {"clusterName": cluster.name, "principalArn": call.params["principalArn"]}
    return {**found, "associatedAccessPolicies": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListAccessPolicies.html
@operation("eks", "ListAccessPolicies")
def list_policies(call: Call) -> Item:
    shown, rest = page(call, [{"name": name, "arn": POLICY + name} for name in POLICIES])
    return {"accessPolicies": shown, **rest}


def caller(call: Call) -> str:
    """The IAM principal of a call: a user, or the role that a session is of."""
    for session in call.backend("sts").assumed_roles:
        if session.access_key_id == call.access_key:
            return str(session.role_arn)
    return str(call.ask("sts", "GetCallerIdentity")["Arn"])


def admit_creator(call: Call, cluster: Cluster) -> None:
    """Make who creates a cluster its administrator; the entry shows once the cluster goes by entries."""
    entry = add(call, cluster, caller(call), "STANDARD")
    policy = POLICY + "AmazonEKSClusterAdminPolicy"
    entry["policies"][policy] = {
        "policyArn": policy,
        "accessScope": {"type": "cluster", "namespaces": []},
        "associatedAt": entry["createdAt"],
        "modifiedAt": entry["createdAt"],
    }


def admit_nodes(call: Call, cluster: Cluster, role: str) -> None:
    """Make the entry that EKS makes for the role of a managed node group."""
    if role not in cluster.entries:
        add(call, cluster, role, "EC2_LINUX")


def add(call: Call, cluster: Cluster, principal: str, kind: str) -> Item:
    """An entry with the username and groups of its kind."""
    _, _, _, _, account, resource = principal.split(":", 5)
    sort, _, path = resource.partition("/")
    name = path.rpartition("/")[2]
    session = f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
    cluster.entries[principal] = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": ["system:nodes"] if kind in NODES else [],
        "accessEntryArn": arn(call, "access-entry", cluster.name, sort, account, name, new_id()),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": {},
        "username": NODES.get(kind) or (session if sort == "role" else principal),
        "type": kind,
        "policies": {},
    }
    return cluster.entries[principal]


def _cluster(call: Call) -> Cluster:
    """The cluster of a call, if it goes by access entries.

    Its API server may always ask. The aws-auth ConfigMap is not read: in CONFIG_MAP mode only the creator is let in.
    """
    cluster = find(call, call.params["clusterName"])
    mode = cluster.description["accessConfig"]["authenticationMode"]
    if mode == "CONFIG_MAP" and call.access_key != API_SERVER:
        raise AwsError(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
            clusterName=cluster.name,
        )
    return cluster


def _entry(call: Call, cluster: Cluster) -> Item:
    principal = call.params["principalArn"]
    if principal not in cluster.entries:
        message = f"The specified principalArn could not be found. You entered {principal}"
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name)
    return cluster.entries[principal]


def _check(params: dict[str, Any]) -> None:
    if params.get("username", "").startswith(RESERVED):
        raise invalid(f"The username can't start with {', '.join(RESERVED)}")
    for group in params.get("kubernetesGroups", []):
        if group.startswith(RESERVED):
            raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with system:")


def _described(entry: Item) -> Item:
    return {key: value for key, value in entry.items() if key != "policies"}
