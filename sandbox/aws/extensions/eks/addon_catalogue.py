"""The add-ons of AWS that are offered here, and DescribeAddonVersions, DescribeAddonConfiguration.

https://docs.aws.amazon.com/eks/latest/userguide/workloads-add-ons-available-eks.html; versions as they were in early
2026. The schemas of configuration values are open ones: AWS publishes its own through DescribeAddonConfiguration only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import versions
from sandbox.aws.extensions.eks.models import Item, invalid, page


@dataclass(frozen=True)
class Addon:
    kind: str
    versions: dict[str, tuple[str, ...]]
    """{Kubernetes version: versions of the add-on, the default one first}."""
    account: str = ""
    """Its ServiceAccount, when it takes an IAM role."""
    policies: tuple[str, ...] = ()
    """Names of managed policies that the role is recommended to have."""
    needs_role: bool = False
    keys: tuple[str, ...] = ()
    """Top level keys of its configuration."""

    def compatible(self, version: str) -> tuple[str, ...]:
        return self.versions.get(version, ())


def _all(*names: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(versions.VERSIONS, names)


COMMON = ("affinity", "nodeSelector", "podAnnotations", "podLabels", "resources", "tolerations")
ADDONS = {
    "vpc-cni": Addon(
        "networking",
        _all("v1.21.1-eksbuild.1", "v1.20.4-eksbuild.1"),
        "aws-node",
        ("AmazonEKS_CNI_Policy",),
        keys=(*COMMON, "enableNetworkPolicy", "env", "eniConfig", "init", "livenessProbeTimeoutSeconds", "nodeAgent"),
    ),
    "coredns": Addon(
        "networking",
        {
            "1.32": ("v1.11.4-eksbuild.24", "v1.11.4-eksbuild.22"),
            "1.33": ("v1.12.4-eksbuild.1", "v1.12.3-eksbuild.1"),
            "1.34": ("v1.12.4-eksbuild.1", "v1.12.3-eksbuild.1"),
            "1.35": ("v1.13.2-eksbuild.1", "v1.12.4-eksbuild.1"),
        },
        keys=(
            *COMMON,
            *("autoScaling", "computeType", "corefile", "podDisruptionBudget", "replicaCount"),
            "topologySpreadConstraints",
        ),
    ),
    "kube-proxy": Addon(
        "networking",
        {
            "1.32": ("v1.32.9-eksbuild.2",),
            "1.33": ("v1.33.5-eksbuild.2",),
            "1.34": ("v1.34.1-eksbuild.2",),
            "1.35": ("v1.35.0-eksbuild.2",),
        },
        keys=("ipvs", "mode", "nodeSelector", "podAnnotations", "podLabels", "resources", "tolerations"),
    ),
    "aws-ebs-csi-driver": Addon(
        "storage",
        _all("v1.54.0-eksbuild.1", "v1.53.0-eksbuild.1"),
        "ebs-csi-controller-sa",
        ("AmazonEBSCSIDriverPolicy",),
        needs_role=True,
        keys=("controller", "defaultStorageClass", "node", "sidecars", "a1CompatibilityDaemonSet"),
    ),
    "eks-pod-identity-agent": Addon(
        "security", _all("v1.3.10-eksbuild.2", "v1.3.10-eksbuild.1"), keys=(*COMMON, "agent", "updateStrategy")
    ),
    "metrics-server": Addon(
        "observability",
        _all("v0.8.0-eksbuild.5"),
        keys=(
            *COMMON,
            "addonResizer",
            "podDisruptionBudget",
            "replicas",
            "topologySpreadConstraints",
            "updateStrategy",
        ),
    ),
}
SELF_MANAGED = ("vpc-cni", "coredns", "kube-proxy")
"""What a new cluster has, unless it is told to have nothing."""


def default_version(addon: str, kubernetes: str) -> str:
    return ADDONS[addon].compatible(kubernetes)[0]


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html
@operation("eks", "DescribeAddonVersions")
def describe_versions(call: Call) -> Item:
    params = call.params
    name, wanted = params.get("addonName"), params.get("kubernetesVersion")
    if wanted:
        versions.check(wanted)
    if name and name not in ADDONS:
        raise AwsError("ResourceNotFoundException", f"Addon {name} specified is not supported", addonName=name)
    filters = {"types": params.get("types"), "publishers": params.get("publishers"), "owners": params.get("owners")}
    found = []
    for key, addon in ADDONS.items():
        own = {"types": addon.kind, "publishers": "eks", "owners": "aws"}
        if name in (None, key) and all(not values or own[what] in values for what, values in filters.items()):
            described = _describe(addon, wanted)
            if described:
                head = {"addonName": key, "type": addon.kind, "publisher": "eks", "owner": "aws"}
                found.append({**head, "addonVersions": described, "defaultNamespace": "kube-system"})
    shown, rest = page(call, found)
    return {"addons": shown, **rest}


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonConfiguration.html
@operation("eks", "DescribeAddonConfiguration")
def describe_configuration(call: Call) -> Item:
    name, version = call.params["addonName"], call.params["addonVersion"]
    addon = ADDONS.get(name)
    if addon is None or all(version not in names for names in addon.versions.values()):
        message = f"Addon {name} of version {version} is not supported"
        raise AwsError("ResourceNotFoundException", message, addonName=name)
    answer: Item = {"addonName": name, "addonVersion": version, "configurationSchema": json.dumps(schema(addon))}
    if addon.account:
        policies = [f"arn:aws:iam::aws:policy/service-role/{policy}" for policy in addon.policies]
        answer["podIdentityConfiguration"] = [{"serviceAccount": addon.account, "recommendedManagedPolicies": policies}]
    return answer


def schema(addon: Addon) -> Item:
    """JSON schema of the configuration values."""
    return {
        "$schema": "https://json-schema.org/draft-06/schema#",
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {} for key in sorted(addon.keys)},
    }


def check_configuration(name: str, text: str) -> Item:
    """Configuration values, parsed; refused when they are no JSON object, or hold a key that is not the add-on's."""
    if not text:
        return {}
    try:
        values = json.loads(text)
    except ValueError as error:
        raise invalid(f"ConfigurationValue is not in valid JSON: {error}", addonName=name) from error
    if not isinstance(values, dict):
        raise invalid("ConfigurationValue must be a JSON object", addonName=name)
    unknown = sorted(set(values) - set(ADDONS[name].keys))
    if unknown:
        raise invalid(
            "ConfigurationValue provided in request is not supported: Json schema validation failed with error: "
            f"[$.{unknown[0]}: is not defined in the schema and the schema does not allow additional properties]",
            addonName=name,
        )
    return values


def _describe(addon: Addon, wanted: str | None) -> list[Item]:
    names = dict.fromkeys(name for names in reversed(addon.versions.values()) for name in names)
    found = []
    for name in names:
        compatibilities = [
            {"clusterVersion": kubernetes, "platformVersions": ["*"], "defaultVersion": offered[0] == name}
            for kubernetes, offered in sorted(addon.versions.items(), reverse=True)
            if name in offered and wanted in (None, kubernetes)
        ]
        if compatibilities:
            found.append(
                {
                    "addonVersion": name,
                    "architecture": ["amd64", "arm64"],
                    "computeTypes": ["ec2", "auto", "hybrid"],
                    "compatibilities": compatibilities,
                    "requiresConfiguration": False,
                    "requiresIamPermissions": bool(addon.account),
                }
            )
    return found
