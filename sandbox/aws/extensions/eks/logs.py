"""Logs of the control plane."""

from __future__ import annotations

from sandbox.aws.call import Call
from sandbox.aws.extensions.eks.models import Item, invalid

TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


# https://docs.aws.amazon.com/eks/latest/APIReference/API_Logging.html
def merged(current: set[str], setups: list[Item]) -> set[str]:
    """The types that are enabled after LogSetups have been applied."""
    for setup in setups:
        unknown = set(setup.get("types", [])) - set(TYPES)
        if unknown:
            raise invalid(f"Invalid log types: {', '.join(sorted(unknown))}")
        current = current | set(setup["types"]) if setup.get("enabled") else current - set(setup.get("types", []))
    return current


def enabled(logging: Item) -> set[str]:
    return {name for setup in logging["clusterLogging"] if setup["enabled"] for name in setup["types"]}


def described(types: set[str]) -> Item:
    setups = [{"types": [name for name in TYPES if (name in types) == on], "enabled": on} for on in (True, False)]
    return {"clusterLogging": [setup for setup in setups if setup["types"]]}


def make_group(call: Call, cluster: str) -> None:
    """The log group that EKS writes to.

    https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
    """
    group = f"/aws/eks/{cluster}/cluster"
    found = call.ask("logs", "DescribeLogGroups", logGroupNamePrefix=group)["logGroups"]
    if group not in {one["logGroupName"] for one in found}:
        call.ask("logs", "CreateLogGroup", logGroupName=group)
