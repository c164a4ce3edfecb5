"""The Kubernetes versions that EKS offers here, and DescribeClusterVersions.

https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html and platform-versions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks.models import invalid, now, page


@dataclass(frozen=True)
class Version:
    patch: str
    platform: str
    released: date
    standard_until: date
    extended_until: date
    release: str
    """The release of the Amazon Linux 2023 image of node groups."""


VERSIONS = {
    "1.32": Version("1.32.9", "eks.27", date(2025, 1, 23), date(2026, 3, 23), date(2027, 3, 23), "20251120"),
    "1.33": Version("1.33.5", "eks.20", date(2025, 5, 29), date(2026, 7, 29), date(2027, 7, 29), "20251120"),
    "1.34": Version("1.34.2", "eks.9", date(2025, 10, 2), date(2026, 12, 2), date(2027, 12, 2), "20251120"),
    "1.35": Version("1.35.0", "eks.2", date(2026, 1, 28), date(2027, 3, 27), date(2028, 3, 27), "20260129"),
}
DEFAULT = "1.34"


def minor(version: str) -> int:
    return int(version.split(".")[1])


def following(version: str) -> str | None:
    """The version that a cluster can be updated to; None for the newest."""
    candidate = f"1.{minor(version) + 1}"
    return candidate if candidate in VERSIONS else None


def release_version(version: str) -> str:
    """Of node groups: "1.34.2-20251120"."""
    return f"{VERSIONS[version].patch}-{VERSIONS[version].release}"


def status_of(version: str) -> str:
    today = now().date()
    if today > VERSIONS[version].extended_until:
        return "unsupported"
    return "standard-support" if today <= VERSIONS[version].standard_until else "extended-support"


def check(version: str) -> None:
    if version not in VERSIONS:
        raise invalid(f"unsupported Kubernetes version {version}")


# https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeClusterVersions.html
@operation("eks", "DescribeClusterVersions")
def describe_cluster_versions(call: Call) -> dict[str, Any]:
    params = call.params
    wanted = params.get("versionStatus", "").replace("_", "-").lower() or params.get("status")
    if wanted and params.get("clusterVersions"):
        raise invalid("clusterVersions can't be given together with a status")
    found = [
        _describe(name)
        for name in sorted(VERSIONS, key=minor, reverse=True)
        if name in (params.get("clusterVersions") or VERSIONS)
        and (not params.get("defaultOnly") or name == DEFAULT)
        and (status_of(name) == wanted if wanted else params.get("includeAll") or status_of(name) != "unsupported")
    ]
    shown, rest = page(call, found)
    return {"clusterVersions": shown, **rest}


def _describe(name: str) -> dict[str, Any]:
    version, status = VERSIONS[name], status_of(name)
    return {
        "clusterVersion": name,
        "clusterType": "eks",
        "defaultPlatformVersion": version.platform,
        "defaultVersion": name == DEFAULT,
        "releaseDate": _midnight(version.released),
        "endOfStandardSupportDate": _midnight(version.standard_until),
        "endOfExtendedSupportDate": _midnight(version.extended_until),
        "status": status,
        "versionStatus": status.replace("-", "_").upper(),
        "kubernetesPatchVersion": version.patch,
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
