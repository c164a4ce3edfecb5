# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a cluster may go to another version of Kubernetes, and what in it is not ready for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._kube.connection import Token, from_description, token
from ansible_collections.iworkz.platform.plugins.module_utils._kube.deprecations import old_writers
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Reader
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

READINESS = "UPGRADE_READINESS"
"""The category of insights about an upgrade."""


def minor(version: str) -> tuple[int, int]:
    """``1.34`` as (1, 34). Raises ValueError for anything else."""
    first, second = version.split(".")
    return int(first), int(second)


def refused_version(current: str, desired: str, asked: bool) -> str | None:
    """Why the version must not be changed like this, None if it may."""
    try:
        (major, have), (wanted_major, want) = minor(current), minor(desired)
    except ValueError:
        return f"version {desired!r} must be a minor version of Kubernetes, such as '1.34' in quotes"
    if (wanted_major, want) < (major, have):
        return f"is at version {current} and cannot go back to {desired}: declare {current}"
    if not asked:
        return (
            f"is at version {current}, declared is {desired}. An upgrade is never implied: run "
            "playbooks/eks_upgrade.yml, or give upgrade: true"
        )
    if (wanted_major, want) != (major, have + 1):
        return f"is at version {current}; an upgrade goes one minor version at a time, to {major}.{have + 1} first"
    return None


def refuse_unready(context: Context, cluster: State, version: str) -> None:
    """
    :raises InvalidInput: naming everything in the cluster that stands against the next version.
    """
    found = [*insights(context, cluster["name"], version), *old_objects(context, cluster, version)]
    if found:
        raise InvalidInput(
            [f"cluster {cluster['name']} is not ready for {version}, nothing was changed: {one}" for one in found]
        )


def insights(context: Context, cluster: str, version: str) -> list[str]:
    """What EKS itself has seen in the last 30 days that stands against an upgrade (ListInsights, DescribeInsight)."""
    client = context.client("eks")
    listed = context.pages(
        "eks",
        "list_insights",
        "insights",
        clusterName=cluster,
        filter={"categories": [READINESS], "kubernetesVersions": [version]},
    )
    bad = [one["id"] for one in listed if one["insightStatus"]["status"] not in ("PASSING", "WARNING")]
    doubtful = [one["id"] for one in listed if one["insightStatus"]["status"] == "WARNING"]
    described = context.each(
        lambda one: client.describe_insight(clusterName=cluster, id=one)["insight"], bad + doubtful
    )
    return [
        text
        for insight in described
        if insight["id"] in bad or _stops_by(insight, version)
        for text in [_told(insight)]
    ]


def _stops_by(insight: Mapping[str, Any], version: str) -> bool:
    """Whether something that is used ends with ``version``; a warning may also be about a later one."""
    details = insight.get("categorySpecificSummary", {}).get("deprecationDetails", [])
    return any(minor(one["stopServingVersion"]) <= minor(version) for one in details if one.get("clientStats"))


def _told(insight: Mapping[str, Any]) -> str:
    status = insight["insightStatus"]
    resources = [str(one.get("kubernetesResourceUri") or one.get("arn")) for one in insight.get("resources", ())]
    uses = [
        f"{one['usage']} (use {one.get('replacedWith', 'nothing')}) by {stats['userAgent']}"
        for one in insight.get("categorySpecificSummary", {}).get("deprecationDetails", ())
        for stats in one.get("clientStats", ())
    ]
    told = ", ".join(resources + uses)
    return f"{insight['name']} is {status['status']}: {status.get('reason', '')}" + (f" [{told}]" if told else "")


def old_objects(context: Context, cluster: State, version: str) -> list[str]:
    """Objects that were last written by an API which ``version`` no longer serves.

    What the API does not let this identity see, and a cluster that cannot be reached from here, is left to EKS's own
    insights, which see every request.
    """
    reached = from_description(_description(cluster))
    if reached is None:
        return []
    reader = Reader(reached, Token(lambda: token(context.client("sts"), cluster["name"])))
    try:
        return old_writers(reader, version)
    except KubernetesError:
        return []


def _description(cluster: State) -> dict[str, Any]:
    """The answer of DescribeCluster that a state was made of, as far as a connection needs it."""
    return {
        "name": cluster["name"],
        "arn": cluster["_arn"],
        "version": cluster["version"],
        "endpoint": cluster.get("endpoint"),
        "certificateAuthority": cluster.get("certificate_authority", {}),
        "identity": cluster.get("identity", {}),
    }
