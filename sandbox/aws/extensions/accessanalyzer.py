"""IAM Access Analyzer: analyzers. Nothing is ever analysed.

https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

DAYS = 90


@operation("accessanalyzer", "CreateAnalyzer")
def create(call: Call) -> dict[str, Any]:
    params = call.params
    name, kind = params["analyzerName"], params["type"]
    analyzers = _analyzers(call)
    arn = f"arn:aws:access-analyzer:{call.region}:{call.account}:analyzer/{name}"
    if name in analyzers:
        message = f"Analyzer with name {name} already exists"
        raise AwsError("ConflictException", message, resourceId=arn, resourceType="ANALYZER")
    if any(one["type"] == kind for one in analyzers.values()):
        # The quota is one per account, region and type.
        message = f"Exceeded the maximum number of analyzers of type {kind}"
        raise AwsError("ServiceQuotaExceededException", message, resourceId=arn, resourceType="ANALYZER")
    unused = kind.endswith("_UNUSED_ACCESS")
    if "configuration" in params and not unused:
        raise AwsError("ValidationException", f"An analyzer of type {kind} has no configuration.", reason="other")
    analyzers[name] = {
        "arn": arn,
        "name": name,
        "type": kind,
        "createdAt": datetime.now(UTC),
        "tags": dict(params.get("tags", {})),
        "status": "ACTIVE",
    }
    if unused:
        _configure(analyzers[name], params.get("configuration", {}))
    return {"arn": arn}


@operation("accessanalyzer", "ListAnalyzers")
def list_all(call: Call) -> dict[str, Any]:
    wanted = call.params.get("type")
    return {"analyzers": [dict(one) for one in _analyzers(call).values() if wanted in (None, one["type"])]}


@operation("accessanalyzer", "GetAnalyzer")
def get(call: Call) -> dict[str, Any]:
    return {"analyzer": dict(_analyzer(call, call.params["analyzerName"]))}


@operation("accessanalyzer", "UpdateAnalyzer")
def update(call: Call) -> dict[str, Any]:
    found = _analyzer(call, call.params["analyzerName"])
    _configure(found, call.params.get("configuration", {}))
    return {"configuration": found["configuration"]}


@operation("accessanalyzer", "DeleteAnalyzer")
def delete(call: Call) -> dict[str, Any]:
    _analyzer(call, call.params["analyzerName"])
    del _analyzers(call)[call.params["analyzerName"]]
    return {}


@operation("accessanalyzer", "ListFindings", "ListFindingsV2")
def list_findings(call: Call) -> dict[str, Any]:
    """None: nothing is ever analysed."""
    _analyzer(call, call.params["analyzerArn"].rpartition("/")[2])
    return {"findings": []}


@operation("accessanalyzer", "ListTagsForResource")
def list_tags(call: Call) -> dict[str, Any]:
    return {"tags": dict(_tagged(call)["tags"])}


@operation("accessanalyzer", "TagResource")
def tag(call: Call) -> dict[str, Any]:
    _tagged(call)["tags"].update(call.params["tags"])
    return {}


@operation("accessanalyzer", "UntagResource")
def untag(call: Call) -> dict[str, Any]:
    for key in call.params["tagKeys"]:
        _tagged(call)["tags"].pop(key, None)
    return {}


def _configure(analyzer: dict[str, Any], wanted: dict[str, Any]) -> None:
    analyzer["configuration"] = {"unusedAccess": {"unusedAccessAge": DAYS, **wanted.get("unusedAccess", {})}}


def _analyzers(call: Call) -> dict[str, dict[str, Any]]:
    return call.store("accessanalyzer.analyzers")


def _analyzer(call: Call, name: str) -> dict[str, Any]:
    if name not in _analyzers(call):
        message = f"Analyzer with name {name} does not exist"
        raise AwsError("ResourceNotFoundException", message, resourceId=name, resourceType="ANALYZER")
    return _analyzers(call)[name]


def _tagged(call: Call) -> dict[str, Any]:
    return _analyzer(call, call.params["resourceArn"].rpartition("/")[2])
