# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks of the cluster share: node groups, who gets in, what the API server answers, roles in IAM."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ansible_collections.iworkz.platform.plugins.module_utils._checks._access_matrix import Ask, asks, teams_of
from ansible_collections.iworkz.platform.plugins.module_utils._checks._irsa import Issuer
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World, clusters

T = TypeVar("T")
R = TypeVar("R")
Item = dict[str, Any]

THREADS = 8


def node_groups(world: World) -> list[Item]:
    """Node groups of the platform's clusters, in the form of DescribeNodegroup (ListNodegroups)."""
    client = world.client("eks")
    pairs = [
        {"clusterName": cluster["name"], "nodegroupName": name}
        for cluster in world.once(clusters)
        for page in client.get_paginator("list_nodegroups").paginate(clusterName=cluster["name"])
        for name in page["nodegroups"]
    ]
    return each(lambda pair: client.describe_nodegroup(**pair)["nodegroup"], pairs)


def access_entries(world: World) -> list[Item]:
    """Access entries of the platform's clusters, in the form of DescribeAccessEntry, with ``policies``, the names of
    the access policies associated with them (ListAccessEntries, ListAssociatedAccessPolicies)."""
    client = world.client("eks")
    pairs = [
        {"clusterName": cluster["name"], "principalArn": arn}
        for cluster in world.once(clusters)
        for page in client.get_paginator("list_access_entries").paginate(clusterName=cluster["name"])
        for arn in page["accessEntries"]
    ]

    def read(pair: dict[str, str]) -> Item:
        pages = client.get_paginator("list_associated_access_policies").paginate(**pair)
        policies = [policy["policyArn"] for page in pages for policy in page["associatedAccessPolicies"]]
        names = sorted(arn.rsplit("/", 1)[-1] for arn in policies)
        return {**client.describe_access_entry(**pair)["accessEntry"], "policies": names}

    return each(read, pairs)


def iam_roles(world: World) -> dict[str, Item]:
    """All roles by ARN, in the form of iam:GetAccountAuthorizationDetails."""
    pages = world.client("iam").get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
    return {role["Arn"]: role for page in pages for role in page["RoleDetailList"]}


def issuers(world: World) -> dict[str, str]:
    """ARN of the identity provider in IAM by issuer, without ``https://`` (iam:ListOpenIDConnectProviders)."""
    found = world.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    return {one["Arn"].split(":oidc-provider/", 1)[1]: one["Arn"] for one in found}


def trusted_issuer(world: World) -> Issuer | None:
    """Whom IAM trusts for the cluster's service accounts, None where it trusts nobody."""
    address = world.kubernetes.cluster.issuer.removeprefix("https://")
    provider = world.once(issuers).get(address)
    return None if provider is None else Issuer(address, provider)


def team_role(world: World, team: str) -> str:
    """ARN of the role by which a team gets in."""
    return f"arn:aws:iam::{world.platform.account_id}:role/{world.platform.prefix}-team-{team}"


def deployer_role(world: World) -> str:
    """ARN of the role by which the pipeline gets in."""
    return f"arn:aws:iam::{world.platform.account_id}:role/{world.platform.prefix}-ci-deploy"


def answers(world: World) -> dict[Ask, bool]:
    """What the API server says to every question of the matrix (SubjectAccessReview)."""
    services = world.platform.declared["services"]
    groups = {entry["principalArn"]: entry.get("kubernetesGroups", []) for entry in world.once(access_entries)}
    by_team = {team: groups.get(team_role(world, team), []) for team in teams_of(services)}
    questions = asks(services, by_team, groups.get(deployer_role(world), []))
    kube = world.kubernetes
    told = each(lambda ask: kube.review("subjectaccessreviews", ask.review), questions)
    return {ask: bool(status["allowed"]) for ask, status in zip(questions, told, strict=True)}


def each(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """``function`` of every item, side by side, in order."""
    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="eks") as pool:
        return list(pool.map(function, items))
