"""Service Quotas: those moto knows (VPC), with the region's ARNs, also as applied values.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation


@operation("service-quotas", "ListServiceQuotas")
def list_service_quotas(call: Call) -> dict[str, Any]:
    defaults = call.ask("service-quotas", "ListAWSDefaultServiceQuotas", ServiceCode=call.params["ServiceCode"])
    return {"Quotas": defaults["Quotas"]}


@operation("service-quotas", "ListAWSDefaultServiceQuotas")
def list_default_service_quotas(call: Call) -> dict[str, Any]:
    output = call.moto()
    for quota in output["Quotas"]:
        _localise(call, quota)
    return output


@operation("service-quotas", "GetServiceQuota")
def get_service_quota(call: Call) -> dict[str, Any]:
    output = call.moto()
    _localise(call, output["Quota"])
    return output


def _localise(call: Call, quota: dict[str, Any]) -> None:
    """moto carries the ARNs of the region its list was taken from."""
    quota["QuotaArn"] = (
        f"arn:aws:servicequotas:{call.region}:{call.account}:{quota['ServiceCode']}/{quota['QuotaCode']}"
    )
