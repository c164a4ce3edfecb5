"""Amazon OpenSearch Service: domains that take a moment to create, change and go, and answers moto leaves out."""

from __future__ import annotations

from functools import partial
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

KIND = "opensearch.domain"


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
    call.begin(KIND, name, "creating")
    return {"DomainStatus": _shown(call, output["DomainStatus"])}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html
@operation("opensearch", "UpdateDomainConfig")
def update_domain_config(call: Call) -> dict[str, Any]:
    output = call.moto()
    call.begin(KIND, call.params["DomainName"], "processing")
    return output


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpgradeDomain.html
@operation("opensearch", "UpgradeDomain")
def upgrade_domain(call: Call) -> dict[str, Any]:
    name, target = call.params["DomainName"], call.params["TargetVersion"]
    domain = _existing(call)
    if not call.params.get("PerformCheckOnly"):
        call.begin(KIND, name, "upgrading", then=partial(_set_version, domain, target))
    return {"DomainName": name, "TargetVersion": target, "UpgradeId": f"{name}-upgrade"}


# https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeleteDomain.html
@operation("opensearch", "DeleteDomain")
def delete_domain(call: Call) -> dict[str, Any]:
    domain = _existing(call)
    domain.delete()
    call.begin(KIND, domain.domain_name, "deleting", then=partial(_remove, call.backend().domains, domain.domain_name))
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


def _set_version(domain: Any, version: str) -> None:
    domain.engine_version.options = version


def _remove(domains: dict[str, Any], name: str) -> None:
    domains.pop(name, None)
