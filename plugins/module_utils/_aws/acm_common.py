# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the adapters of AWS Certificate Manager share: a certificate is known by the names it is for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered

KEY_TYPES = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
"""All of them: ListCertificates leaves out what it is not asked for."""
PENDING, ISSUED = "PENDING_VALIDATION", "ISSUED"
LEFT_DAYS = 30
"""ACM renews long before. A certificate with less left that it will not renew is as good as expired."""

Certificate = dict[str, Any]
"""As DescribeCertificate tells it."""


def names_of(item: Mapping[str, Any]) -> list[str]:
    """The names of a declared certificate."""
    return names(item["domain_name"], item.get("subject_alternative_names") or ())


def names(domain: str, others: Iterable[str]) -> list[str]:
    """All names in one form: that of the subject first."""
    first = domain.lower()
    return [first, *sorted({name.lower() for name in others} - {first})]


def key_of(names: Iterable[str]) -> str:
    return ", ".join(names)


def described(context: Context, keys: Collection[str] | None) -> dict[str, Certificate]:
    """The requested certificates by their names: of these, or of all; ListCertificates (all pages) and
    DescribeCertificate.

    Of several for the same names the one that lasts longest counts. One that failed, expired or was given up, and one
    that soon will have expired, is as if it were not there, so that another is requested.
    """
    summaries = context.pages(
        "acm", "list_certificates", "CertificateSummaryList", CertificateStatuses=[PENDING, ISSUED],
        Includes={"keyTypes": KEY_TYPES},
    )  # fmt: skip
    first = None if keys is None else {key.split(", ")[0] for key in keys}
    wanted = [one["CertificateArn"] for one in summaries if first is None or one["DomainName"].lower() in first]
    found: dict[str, Certificate] = {}
    for one in sorted(filter(None, context.each(lambda arn: _still(context, arn), wanted)), key=_lasts):
        if one["Type"] == "AMAZON_ISSUED" and not _is_spent(one):
            key = key_of(names(one["DomainName"], one["SubjectAlternativeNames"]))
            if keys is None or key in keys:
                found[key] = one
    return found


def validation_records(certificate: Mapping[str, Any]) -> list[dict[str, str]]:
    """The CNAMEs, as ``Name`` and ``Value``, that validation by DNS asks for; fewer than there are names while ACM has
    not made them up yet. A name and its wildcard share one."""
    found = [one["ResourceRecord"] for one in certificate.get("DomainValidationOptions", []) if "ResourceRecord" in one]
    return sorted({one["Name"]: one for one in found}.values(), key=lambda one: str(one["Name"]))


def describe(context: Context, arn: str) -> Certificate:
    return dict(context.client("acm").describe_certificate(CertificateArn=arn)["Certificate"])


def _still(context: Context, arn: str) -> Certificate | None:
    """None for one that was deleted since it was listed."""
    found = answered(context.client("acm").describe_certificate, "ResourceNotFoundException", CertificateArn=arn)
    return found and dict(found["Certificate"])


def _lasts(certificate: Mapping[str, Any]) -> tuple[bool, datetime]:
    return certificate["Status"] == ISSUED, certificate.get("NotAfter") or certificate["CreatedAt"]


def _is_spent(certificate: Mapping[str, Any]) -> bool:
    if certificate["Status"] != ISSUED or certificate["RenewalEligibility"] == "ELIGIBLE":
        return False
    return bool(certificate["NotAfter"] < datetime.now(UTC) + timedelta(days=LEFT_DAYS))
