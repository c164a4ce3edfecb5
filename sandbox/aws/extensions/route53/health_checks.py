"""Health checks: moto leaves out alarms and versions, and gives every type a port. None of them checks anything."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.route53.changes import GLOBAL

PER_PAGE = 100
PROBES = frozenset({"HTTP", "HTTPS", "HTTP_STR_MATCH", "HTTPS_STR_MATCH", "TCP"})
PORTS = {"HTTP": 80, "HTTP_STR_MATCH": 80, "HTTPS": 443, "HTTPS_STR_MATCH": 443}
FIXED = frozenset({"Type", "RequestInterval", "MeasureLatency", "RoutingControlArn"})
NOT_CONFIGURATION = frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"})


def checks(call: Call) -> dict[str, Any]:
    return call.store("route53.health_checks", GLOBAL)


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html
@operation("route53", "CreateHealthCheck")
def create(call: Call) -> dict[str, Any]:
    reference, config = call.params["CallerReference"], _complete(call.params["HealthCheckConfig"])
    for check in checks(call).values():
        if check["CallerReference"] == reference and check["HealthCheckConfig"] != config:
            raise AwsError("HealthCheckAlreadyExists", f"Another health check was made with reference {reference}.")
        if check["CallerReference"] == reference:
            return {"HealthCheck": check, "Location": _location(check["Id"])}
    _validate(call, config)
    name = str(uuid.uuid4())
    checks(call)[name] = {
        "Id": name,
        "CallerReference": reference,
        "HealthCheckConfig": config,
        "HealthCheckVersion": 1,
    }
    return {"HealthCheck": checks(call)[name], "Location": _location(name)}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheck.html
@operation("route53", "GetHealthCheck")
def get(call: Call) -> dict[str, Any]:
    return {"HealthCheck": _check(call)}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHealthChecks.html
@operation("route53", "ListHealthChecks")
def list_checks(call: Call) -> dict[str, Any]:
    known = list(checks(call).values())
    start = int(call.params.get("Marker") or 0)
    most = int(call.params.get("MaxItems") or PER_PAGE)
    more = start + most < len(known)
    output = {"HealthChecks": known[start : start + most], "Marker": str(start), "MaxItems": str(most)}
    return {**output, "IsTruncated": more, **({"NextMarker": str(start + most)} if more else {})}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html
@operation("route53", "UpdateHealthCheck")
def update(call: Call) -> dict[str, Any]:
    check = _check(call)
    version = call.params.get("HealthCheckVersion", check["HealthCheckVersion"])
    if version != check["HealthCheckVersion"]:
        raise AwsError("HealthCheckVersionMismatch", f"The health check has version {check['HealthCheckVersion']}.")
    changes = {name: value for name, value in call.params.items() if name not in NOT_CONFIGURATION}
    config = {**check["HealthCheckConfig"], **changes}
    for name in call.params.get("ResetElements", []):
        config.pop(name, None)
    _validate(call, config)
    check["HealthCheckConfig"] = config
    check["HealthCheckVersion"] += 1
    return {"HealthCheck": check}


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html
@operation("route53", "DeleteHealthCheck")
def delete(call: Call) -> None:
    name = _check(call)["Id"]
    del checks(call)[name]
    call.backend("route53", "aws").resource_tags.pop(name, None)


# https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html
@operation("route53", "GetHealthCheckStatus")
def status(call: Call) -> dict[str, Any]:
    _check(call)
    report = {"Status": "Success: assumed by the sandbox, which checks nothing", "CheckedTime": datetime.now(UTC)}
    return {"HealthCheckObservations": [{"Region": "us-east-1", "IPAddress": "192.0.2.1", "StatusReport": report}]}


def _check(call: Call) -> dict[str, Any]:
    name = call.params["HealthCheckId"]
    if name not in checks(call):
        raise AwsError("NoSuchHealthCheck", f"No health check exists with the specified ID: {name}")
    found: dict[str, Any] = checks(call)[name]
    return found


def _complete(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration with what AWS fills in."""
    kind = config["Type"]
    common: dict[str, Any] = {"Inverted": False, "Disabled": False}
    if kind in PROBES:
        common |= {"RequestInterval": 30, "FailureThreshold": 3, "MeasureLatency": False}
        common |= {"Port": PORTS[kind]} if kind in PORTS else {}
        common |= {"EnableSNI": kind.startswith("HTTPS")} if kind != "TCP" else {}
    return {**common, **config}


def _validate(call: Call, config: dict[str, Any]) -> None:
    kind = config["Type"]
    if kind in PROBES and not (config.get("IPAddress") or config.get("FullyQualifiedDomainName")):
        raise AwsError("InvalidInput", "IPAddress or FullyQualifiedDomainName is needed.")
    if kind == "TCP" and "Port" not in config:
        raise AwsError("InvalidInput", "Port is needed for health checks of type TCP.")
    if kind in PROBES and config["RequestInterval"] not in (10, 30):
        raise AwsError("InvalidInput", "RequestInterval must be 10 or 30.")
    if kind.endswith("STR_MATCH") and not config.get("SearchString"):
        raise AwsError("InvalidInput", f"SearchString is needed for health checks of type {kind}.")
    if kind == "CLOUDWATCH_METRIC" and "AlarmIdentifier" not in config:
        raise AwsError("InvalidInput", "AlarmIdentifier is needed for health checks of type CLOUDWATCH_METRIC.")
    if kind == "CALCULATED":
        missing = [name for name in config.get("ChildHealthChecks", []) if name not in checks(call)]
        if missing or "HealthThreshold" not in config:
            raise AwsError("InvalidInput", f"HealthThreshold is needed, and existing children: {missing}")


def _location(name: str) -> str:
    return f"https://route53.amazonaws.com/2013-04-01/healthcheck/{name}"
