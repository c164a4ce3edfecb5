"""Amazon OpenSearch Service: domains that take a moment to create, change and go, and answers moto leaves out.

With data planes a domain's endpoint is `address:port` of an emulation of OpenSearch's REST API (sandbox/planes/search).
On AWS an endpoint is a name without a port, and HTTPS means 443, which takes privileges here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.planes.client import PlaneBusy

KIND = "opensearch.domain"
PLANE = "search"


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html
@operation("opensearch", "CreateDomain")
def create_domain(call: Call) -> dict[str, Any]:
    name = call.params["DomainName"]
    if name in call.backend().domains:
        raise AwsError("ResourceAlreadyExistsException", f"Domain {name} already exists")
    subnets = call.params.get("VPCOptions", {}).get("SubnetIds", [])
    known = {subnet["SubnetId"] for subnet in call.ask("ec2", "DescribeSubnets")["Subnets"]}
    missing = sorted(set(subnets) - known)
    if missing:
        raise AwsError("ValidationException", f"The following subnets do not exist: {', '.join(missing)}")
    output = call.moto()
    if call.planes:
        try:
            encrypted = bool(call.params.get("EncryptionAtRestOptions", {}).get("Enabled"))
            call.planes.create(PLANE, _key(call, name), {**_size(call, name), "encrypted": encrypted})
        except PlaneBusy as error:
            _remove(call.backend().domains, name)
            raise AwsError("ResourceAlreadyExistsException", f"Domain {name} already exists") from error
    call.begin(KIND, name, "creating", until=_settled(call, name))
    return {"DomainStatus": _shown(call, output["DomainStatus"])}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
@operation("opensearch", "UpdateDomainConfig")
def update_domain_config(call: Call) -> dict[str, Any]:
    name = call.params["DomainName"]
    output = call.moto()
    if call.params.get("DryRun"):
        return output
    if call.planes and "ClusterConfig" in call.params:
        _change(call, name, **_size(call, name))
    call.begin(KIND, name, "processing", until=_settled(call, name))
    return output


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpgradeDomain.html
@operation("opensearch", "UpgradeDomain")
def upgrade_domain(call: Call) -> dict[str, Any]:
    name, target = call.params["DomainName"], call.params["TargetVersion"]
    domain = _existing(call)
    if not call.params.get("PerformCheckOnly"):
        if call.planes:
            _change(call, name, **{**_size(call, name), "version": _number(target)})
        call.begin(KIND, name, "upgrading", then=partial(_set_version, domain, target), until=_settled(call, name))
    return {"DomainName": name, "TargetVersion": target, "UpgradeId": f"{name}-upgrade"}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeleteDomain.html
@operation("opensearch", "DeleteDomain")
def delete_domain(call: Call) -> dict[str, Any]:
    domain = _existing(call)
    name = domain.domain_name
    domain.delete()
    if call.planes:
        call.planes.delete(PLANE, _key(call, name))
    gone = partial(_remove, call.backend().domains, name)
    call.begin(KIND, name, "deleting", then=gone, until=_settled(call, name))
    return {"DomainStatus": _shown(call, {**domain.to_dict()})}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html
@operation("opensearch", "DescribeDomain")
def describe_domain(call: Call) -> dict[str, Any]:
    return {"DomainStatus": _shown(call, call.moto()["DomainStatus"])}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html
@operation("opensearch", "DescribeDomains")
def describe_domains(call: Call) -> dict[str, Any]:
    return {"DomainStatusList": [_shown(call, status) for status in call.moto()["DomainStatusList"]]}


def _existing(call: Call) -> Any:
    """moto's domain of the call; ResourceNotFoundException when there is none."""
    call.ask("opensearch", "DescribeDomain", DomainName=call.params["DomainName"])
    return call.backend().describe_domain(call.params["DomainName"])


def _shown(call: Call, status: dict[str, Any]) -> dict[str, Any]:
    """A domain's status as AWS tells it at this moment."""
    state = call.state(KIND, status["DomainName"], settled="active")
    status["Processing"] = state in ("creating", "processing", "deleting")
    status["UpgradeProcessing"] = state == "upgrading"
    plane = call.planes.describe(PLANE, _key(call, status["DomainName"])) if call.planes else None
    if plane and plane["state"] == "failed":
        # Amazon OpenSearch Service has no word for it: such a domain goes on processing.
        status["Processing"] = True
    if plane and "domain" in plane["endpoints"]:
        endpoint = "{address}:{port}".format(**plane["endpoints"]["domain"])
        status |= {"Endpoints": {"vpc": endpoint}} if status.get("VPCOptions") else {"Endpoint": endpoint}
    if state == "creating":
        # The endpoint appears when the domain can be used.
        status.pop("Endpoint", None)
        status.pop("Endpoints", None)
    vpc = status.get("VPCOptions")
    if vpc and vpc.get("SubnetIds"):
        subnets = call.ask("ec2", "DescribeSubnets", SubnetIds=vpc["SubnetIds"])["Subnets"]
        vpc["VPCId"] = subnets[0]["VpcId"]
        vpc["AvailabilityZones"] = sorted(subnet["AvailabilityZone"] for subnet in subnets)
    tune = call.backend().domains[status["DomainName"]].auto_tune_options
    if "DesiredState" in tune:
        # moto calls it enabled, whatever was asked for.
        status["AutoTuneOptions"] = {
            "State": tune["DesiredState"],
            "UseOffPeakWindow": tune.get("UseOffPeakWindow", False),
        }
    # Asked for on creation and never told again.
    status.get("AdvancedSecurityOptions", {}).pop("MasterUserOptions", None)
    return status


def _key(call: Call, name: str) -> str:
    return f"{call.region}/{name}"


def _settled(call: Call, name: str) -> Callable[[], bool] | None:
    return partial(call.planes.settled, PLANE, _key(call, name)) if call.planes else None


def _size(call: Call, name: str) -> dict[str, Any]:
    """Version and number of data nodes, as the plane takes them."""
    domain = call.backend().domains[name]
    return {
        "version": _number(domain.engine_version.options),
        "nodes": int(domain.cluster_config["InstanceCount"]),
    }


def _number(version: str) -> str:
    """`2.19` of `OpenSearch_2.19`."""
    return version.partition("_")[2]


def _change(call: Call, name: str, **params: Any) -> None:
    assert call.planes is not None
    try:
        call.planes.act(PLANE, _key(call, name), "change", **params)
    except PlaneBusy as error:
        raise AwsError("ConflictException", f"A change of domain {name} is in progress.") from error


def _set_version(domain: Any, version: str) -> None:
    domain.engine_version.options = version


def _remove(domains: dict[str, Any], name: str) -> None:
    domains.pop(name, None)
