"""Certificates of an account: requested, proven by DNS, issued, in use, deleted."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from moto import settings

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.acm.validation import is_allowed, is_proven, validation_record

# Of moto a minute's patience is enough to be issued; here it takes the records.
settings.ACM_VALIDATION_WAIT = float("inf")

PENDING, ISSUED, TIMED_OUT, FAILED = "PENDING_VALIDATION", "ISSUED", "VALIDATION_TIMED_OUT", "FAILED"
TIMES_OUT_SECONDS = 72 * 3600
MOST_NAMES = 10
"""The quota of names that an account begins with."""
DEFAULT_KEYS = ("RSA_1024", "RSA_2048")
"""What ListCertificates lists unless it is asked for more."""
PER_PAGE = 1000
DOMAIN = re.compile(r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
OURS = "acm.requested"
"""{ARN: {"names", "key", "requested": Unix time, "issued": Unix time or absent}} of certificates validated by DNS."""


# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
@operation("acm", "RequestCertificate")
def request(call: Call) -> dict[str, Any]:
    params = call.params
    names = list(dict.fromkeys([params["DomainName"], *params.get("SubjectAlternativeNames", [])]))
    for name in names:
        if not DOMAIN.fullmatch(name):
            raise AwsError("ValidationException", f"Value '{name}' is not a fully qualified domain name.")
    if len(params["DomainName"]) > 64:
        raise AwsError("InvalidDomainValidationOptionsException", "The first domain name may have 64 characters.")
    if len(names) > MOST_NAMES:
        raise AwsError("LimitExceededException", f"Cannot request more than {MOST_NAMES} names in one certificate.")
    answer = call.moto()
    if params.get("ValidationMethod") == "DNS" and answer["CertificateArn"] not in call.store(OURS):
        key = params.get("KeyAlgorithm", "RSA_2048")
        call.store(OURS)[answer["CertificateArn"]] = {"names": names, "key": key, "requested": time.time()}
        # The records to make are told a moment later.
        call.begin("acm.certificate", answer["CertificateArn"], "BARE")
    return answer


# https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
@operation("acm", "DescribeCertificate")
def describe(call: Call) -> dict[str, Any]:
    _settle(call)
    return {"Certificate": _shown(call, call.moto()["Certificate"])}


# https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html
@operation("acm", "ListCertificates")
def list_certificates(call: Call) -> dict[str, Any]:
    _settle(call)
    params = call.params
    keys = params.get("Includes", {}).get("keyTypes") or DEFAULT_KEYS
    found = [_summary(_shown(call, bundle.describe()["Certificate"])) for bundle in _certificates(call)]
    statuses = params.get("CertificateStatuses")
    found = [one for one in found if one["KeyAlgorithm"] in keys and (not statuses or one["Status"] in statuses)]
    start, most = int(params.get("NextToken") or 0), params.get("MaxItems", PER_PAGE)
    following = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {"CertificateSummaryList": found[start : start + most], **following}


# https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
@operation("acm", "DeleteCertificate")
def delete(call: Call) -> dict[str, Any]:
    arn = call.params["CertificateArn"]
    if call.ask("acm", "DescribeCertificate", CertificateArn=arn)["Certificate"]["InUseBy"]:
        raise AwsError("ResourceInUseException", f"Certificate {arn} in account {call.account} is in use.")
    answer = call.moto()
    call.store(OURS).pop(arn, None)
    return answer


def _certificates(call: Call) -> Iterator[Any]:
    yield from call.backend().list_certificates([], {})


def _settle(call: Call) -> None:
    """Issue what is proven, refuse what CAA records forbid, and give up what was not proven in time."""
    known = call.store(OURS)
    for bundle in _certificates(call):
        facts = known.get(bundle.arn)
        if facts is None or bundle.status != PENDING or call.state("acm.certificate", bundle.arn, PENDING) != PENDING:
            continue
        if all(is_proven(call, name) for name in facts["names"]):
            if all(is_allowed(call, name) for name in facts["names"]):
                bundle.status, facts["issued"] = ISSUED, time.time()
                call.begin("acm.certificate", bundle.arn, PENDING)
            else:
                bundle.status = FAILED
        elif time.time() > facts["requested"] + TIMES_OUT_SECONDS:
            bundle.status = TIMED_OUT


def _shown(call: Call, certificate: dict[str, Any]) -> dict[str, Any]:
    """moto's certificate as ACM shows one that was requested with validation by DNS."""
    arn = certificate["CertificateArn"]
    facts = call.store(OURS).get(arn)
    if facts is None:
        return certificate
    state = call.state("acm.certificate", arn, certificate["Status"])
    status = PENDING if state == "BARE" else state
    users = _users(call, call.backend().get_certificate(arn))
    shown = {
        "CertificateArn": arn,
        "DomainName": facts["names"][0],
        "SubjectAlternativeNames": facts["names"],
        "DomainValidationOptions": [_option(call, name, status, bare=state == "BARE") for name in facts["names"]],
        "Subject": f"CN={facts['names'][0]}",
        "Issuer": "Amazon",
        "CreatedAt": datetime.fromtimestamp(facts["requested"], UTC),
        "Status": status,
        "KeyAlgorithm": facts["key"],
        "SignatureAlgorithm": "SHA256WITHRSA",
        "InUseBy": users,
        "Type": "AMAZON_ISSUED",
        "KeyUsages": [],
        "ExtendedKeyUsages": [],
        "RenewalEligibility": "ELIGIBLE" if status == ISSUED and users else "INELIGIBLE",
        "Options": certificate["Options"],
    }
    if status == ISSUED:
        shown |= {name: certificate[name] for name in ("Serial", "NotBefore", "NotAfter")}
        shown["IssuedAt"] = datetime.fromtimestamp(facts["issued"], UTC)
    if status == FAILED:
        shown["FailureReason"] = "CAA_ERROR"
    return shown


def _option(call: Call, name: str, status: str, *, bare: bool) -> dict[str, Any]:
    told = {PENDING: PENDING, ISSUED: "SUCCESS"}.get(status, "FAILED")
    record = {} if bare else {"ResourceRecord": validation_record(call.account, name)}
    return {
        "DomainName": name,
        "ValidationDomain": name,
        "ValidationMethod": "DNS",
        "ValidationStatus": told,
        **record,
    }


def _summary(certificate: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateSummary.html"""
    kept = ("CertificateArn", "DomainName", "Status", "Type", "KeyAlgorithm", "RenewalEligibility", "NotBefore",
            "NotAfter", "CreatedAt", "IssuedAt", "ImportedAt")  # fmt: skip
    return {
        **{name: certificate[name] for name in kept if name in certificate},
        "SubjectAlternativeNameSummaries": certificate["SubjectAlternativeNames"],
        "HasAdditionalSubjectAlternativeNames": False,
        "InUse": bool(certificate["InUseBy"]),
        "Exported": False,
    }


def _users(call: Call, bundle: Any) -> list[str]:
    """Load balancers with the certificate: those that somebody gave it to, and the edge, whose controller looks for
    certificates of the hosts it serves by itself."""
    users = list(bundle.in_use_by)
    if call.planes is None or bundle.status != ISSUED:
        return users
    for plane in call.planes.describe_all("edge").values():
        served = plane["facts"]["load_balancers"]
        users += [
            f"arn:aws:elasticloadbalancing:{one['region']}:{call.account}:loadbalancer/app/{one['name']}/{one['id']}"
            for one in served
            if one["region"] == call.region and any(_covers(bundle.sans, host) for host in one["hosts"])
        ]
    return users


def _covers(names: list[str], host: str) -> bool:
    return host in names or f"*.{host.partition('.')[2]}" in names
