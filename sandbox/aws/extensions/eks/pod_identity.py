"""EKS Pod Identity: which role a ServiceAccount's pods get.

https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
"""

from __future__ import annotations

from sandbox.aws.call import AwsError, Call, UnsupportedError
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import roles, servers
from sandbox.aws.extensions.eks.models import (
    Cluster,
    Item,
    arn,
    check_tags,
    find,
    invalid,
    new_association_id,
    now,
    page,
)

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
@operation("eks", "CreatePodIdentityAssociation")
def create(call: Call) -> Item:
    params = call.params
    cluster = servers.find_active(call, params["clusterName"])
    _refuse_unsupported(params)
    _check_role(call, params["roleArn"])
    check_tags(params.get("tags", {}))
    return {"association": _add(call, cluster, params)}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribePodIdentityAssociation.html
@operation("eks", "DescribePodIdentityAssociation")
def describe(call: Call) -> Item:
    return {"association": _find(call, find(call, call.params["clusterName"]))}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_ListPodIdentityAssociations.html
@operation("eks", "ListPodIdentityAssociations")
def list_associations(call: Call) -> Item:
    filters = {key: call.params[key] for key in ("namespace", "serviceAccount") if key in call.params}
    found = [
        {key: one[key] for key in SUMMARY if key in one}
        for one in find(call, call.params["clusterName"]).associations.values()
        if all(one[key] == value for key, value in filters.items())
    ]
    shown, rest = page(call, found)
    return {"associations": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdatePodIdentityAssociation.html
@operation("eks", "UpdatePodIdentityAssociation")
def update(call: Call) -> Item:
    association = _find(call, find(call, call.params["clusterName"]))
    _refuse_unsupported(call.params)
    if "roleArn" in call.params:
        _check_role(call, call.params["roleArn"])
        association["roleArn"] = call.params["roleArn"]
    association["disableSessionTags"] = call.params.get("disableSessionTags", association["disableSessionTags"])
    association["modifiedAt"] = now()
    return {"association": association}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DeletePodIdentityAssociation.html
@operation("eks", "DeletePodIdentityAssociation")
def delete(call: Call) -> Item:
    cluster = find(call, call.params["clusterName"])
    association = _find(call, cluster)
    if "ownerArn" in association:
        message = f"The association is owned by {association['ownerArn']}"
        raise AwsError("InvalidRequestException", message, clusterName=cluster.name)
    return {"association": cluster.associations.pop(association["associationId"])}


def for_addon(call: Call, cluster: Cluster, addon: Item, params: Item) -> list[str]:
    """ARNs of the associations that an add-on is to have; they replace those it has."""
    for former in addon.get("podIdentityAssociations", []):
        cluster.associations.pop(former.rpartition("/")[2], None)
    made = []
    for wanted in params.get("podIdentityAssociations", []):
        _check_role(call, wanted["roleArn"])
        association = _add(call, cluster, {**wanted, "namespace": "kube-system"})
        association["ownerArn"] = addon["addonArn"]
        made.append(association["associationArn"])
    return made


def _add(call: Call, cluster: Cluster, params: Item) -> Item:
    place = (params["namespace"], params["serviceAccount"])
    if any((one["namespace"], one["serviceAccount"]) == place for one in cluster.associations.values()):
        message = f"Association already exists: {'/'.join(place)}"
        raise AwsError("ResourceInUseException", message, clusterName=cluster.name)
    identifier = new_association_id()
    cluster.associations[identifier] = {
        "clusterName": cluster.name,
        "namespace": place[0],
        "serviceAccount": place[1],
        "roleArn": params["roleArn"],
        "associationArn": arn(call, "podidentityassociation", cluster.name, identifier),
        "associationId": identifier,
        "tags": dict(params.get("tags", {})),
        "createdAt": now(),
        "modifiedAt": now(),
        "disableSessionTags": params.get("disableSessionTags", False),
    }
    return cluster.associations[identifier]


def _find(call: Call, cluster: Cluster) -> Item:
    identifier = call.params["associationId"]
    found = cluster.associations.get(identifier)
    if found is None:
        message = f"Association not found: {identifier}"
        raise AwsError("ResourceNotFoundException", message, clusterName=cluster.name)
    return found


def _check_role(call: Call, role_arn: str) -> None:
    role = roles.find(call, role_arn)
    if role is None:
        raise invalid(f"Role provided in the request does not exist: {role_arn}")
    if not roles.trusts(role, "pods.eks.amazonaws.com"):
        raise invalid(
            "Trust policy of role is not valid: it must allow pods.eks.amazonaws.com to sts:AssumeRole and "
            "sts:TagSession"
        )


def _refuse_unsupported(params: Item) -> None:
    for name in ("targetRoleArn", "policy"):
        if params.get(name):
            raise UnsupportedError(f"{name} of a pod identity association")
