"""Engine versions of RDS for PostgreSQL."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

# https://docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html
MINORS = {"14": range(10, 20), "15": range(5, 15), "16": range(1, 11), "17": range(1, 7)}


def versions() -> list[str]:
    return [f"{major}.{minor}" for major, minors in MINORS.items() for minor in minors]


def resolve(version: str | None) -> str:
    """The full version of a request: a major version means its newest minor, none the newest major."""
    if version is None:
        version = max(MINORS, key=int)
    if version in MINORS:
        return f"{version}.{MINORS[version][-1]}"
    if version not in versions():
        raise AwsError("InvalidParameterCombination", f"Cannot find version {version} for postgres", 400)
    return version


def family(version: str) -> str:
    return f"postgres{version.split('.')[0]}"


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBEngineVersions.html
@operation("rds", "DescribeDBEngineVersions")
def describe_versions(call: Call) -> dict[str, Any]:
    if call.params.get("Engine", "postgres") != "postgres":
        return {"DBEngineVersions": []}
    asked = call.params.get("EngineVersion")
    found = [v for v in versions() if asked is None or v == asked or v.split(".")[0] == asked]
    if call.params.get("DBParameterGroupFamily"):
        found = [v for v in found if family(v) == call.params["DBParameterGroupFamily"]]
    if call.params.get("DefaultOnly"):
        found = [resolve(asked)]
    return {"DBEngineVersions": [_described(version) for version in found]}


def _described(version: str) -> dict[str, Any]:
    major = version.split(".")[0]
    return {
        "Engine": "postgres",
        "MajorEngineVersion": major,
        "EngineVersion": version,
        "DBParameterGroupFamily": family(version),
        "DBEngineDescription": "PostgreSQL",
        "DBEngineVersionDescription": f"PostgreSQL {version}",
        "ExportableLogTypes": ["postgresql", "upgrade"],
        "SupportsLogExportsToCloudwatchLogs": True,
        "SupportsReadReplica": True,
        "Status": "available",
        "ValidUpgradeTarget": [
            {
                "Engine": "postgres",
                "EngineVersion": target,
                "IsMajorVersionUpgrade": target.split(".")[0] != major,
                "AutoUpgrade": target == resolve(major),
            }
            for target in versions()
            if _numbers(target) > _numbers(version)
        ],
    }


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
