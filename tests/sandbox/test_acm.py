"""Certificate Manager as AWS answers: issued by its proof, forbidden by CAA, given up in time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.aws.extensions.acm import certificates
from tests.sandbox.support import Clock, code_of

DOMAIN = "test.iworkz.jp"


@dataclass
class Ca:
    client: Any
    dns: Any
    zone: str
    clock: Clock

    def request(self, name: str = f"www.{DOMAIN}", **more: Any) -> str:
        return str(self.client.request_certificate(DomainName=name, ValidationMethod="DNS", **more)["CertificateArn"])

    def described(self, arn: str) -> dict[str, Any]:
        return dict(self.client.describe_certificate(CertificateArn=arn)["Certificate"])

    def records(self, arn: str) -> list[dict[str, str]]:
        """The proof that is asked for, once it is told."""
        self.clock.now += 10
        options = self.described(arn)["DomainValidationOptions"]
        return [one["ResourceRecord"] for one in options]

    def prove(self, arn: str, action: str = "UPSERT") -> None:
        changes = [
            {
                "Action": action,
                "ResourceRecordSet": {
                    "Name": one["Name"],
                    "Type": one["Type"],
                    "TTL": 60,
                    "ResourceRecords": [{"Value": one["Value"]}],
                },
            }
            for one in {record["Name"]: record for record in self.records(arn)}.values()
        ]
        self.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})

    def status(self, arn: str) -> str:
        """The status when all that was on its way has arrived."""
        self.described(arn)
        self.clock.now += 10
        return str(self.described(arn)["Status"])


@pytest.fixture
def ca(local: Any, clock: Clock) -> Ca:
    dns = local.client("route53")
    zone = dns.create_hosted_zone(Name=DOMAIN, CallerReference=str(time.time_ns()))["HostedZone"]["Id"]
    return Ca(local.client("acm"), dns, zone, clock)


def test_tells_the_proof_a_moment_after_the_request(ca: Ca) -> None:
    arn = ca.request()
    (option,) = ca.described(arn)["DomainValidationOptions"]
    assert "ResourceRecord" not in option
    (record,) = ca.records(arn)
    assert record["Name"].endswith(f".www.{DOMAIN}.")
    assert record["Value"].endswith(".acm-validations.aws.")
    again = ca.request(f"*.www.{DOMAIN}")
    assert ca.records(again) == [record]


def test_is_issued_by_its_proof_and_by_nothing_else(ca: Ca) -> None:
    arn = ca.request(SubjectAlternativeNames=[f"api.{DOMAIN}"])
    assert len(ca.records(arn)) == 2
    ca.clock.now += 3600
    assert ca.status(arn) == "PENDING_VALIDATION"
    ca.prove(arn)
    assert ca.described(arn)["Status"] == "PENDING_VALIDATION"
    assert ca.status(arn) == "ISSUED"
    certificate = ca.described(arn)
    assert certificate["SubjectAlternativeNames"] == [f"www.{DOMAIN}", f"api.{DOMAIN}"]
    assert {one["ValidationStatus"] for one in certificate["DomainValidationOptions"]} == {"SUCCESS"}
    assert certificate["NotAfter"] > certificate["NotBefore"]
    assert (certificate["RenewalEligibility"], certificate["InUseBy"]) == ("INELIGIBLE", [])
    ca.prove(arn, "DELETE")
    assert ca.status(arn) == "ISSUED"


def test_half_of_the_proof_is_none(ca: Ca) -> None:
    arn = ca.request(SubjectAlternativeNames=["www.elsewhere.example"])
    assert len(ca.records(arn)) == 2
    single = ca.request()
    ca.prove(single)
    assert (ca.status(single), ca.status(arn)) == ("ISSUED", "PENDING_VALIDATION")


@pytest.mark.parametrize(
    ("caa", "name", "status"),
    [
        (['0 issue "example.org"'], f"www.{DOMAIN}", "FAILED"),
        (['0 issue "example.org"', '0 issue "amazon.com"'], f"www.{DOMAIN}", "ISSUED"),
        (['0 issue "amazon.com"', '0 issuewild ";"'], f"*.{DOMAIN}", "FAILED"),
        (['0 issue "amazon.com"', '0 issuewild ";"'], f"www.{DOMAIN}", "ISSUED"),
        (['0 iodef "mailto:x@iworkz.jp"'], f"www.{DOMAIN}", "ISSUED"),
    ],
)
def test_is_issued_only_where_caa_records_let_amazon(ca: Ca, caa: list[str], name: str, status: str) -> None:
    values = [{"Value": value} for value in caa]
    record = {"Name": DOMAIN, "Type": "CAA", "TTL": 60, "ResourceRecords": values}
    batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    ca.dns.change_resource_record_sets(HostedZoneId=ca.zone, ChangeBatch=batch)
    arn = ca.request(name)
    ca.prove(arn)
    assert ca.status(arn) == status
    assert ca.described(arn).get("FailureReason") == ("CAA_ERROR" if status == "FAILED" else None)


def test_is_given_up_after_three_days(ca: Ca, monkeypatch: pytest.MonkeyPatch) -> None:
    arn = ca.request()
    ca.records(arn)
    monkeypatch.setattr(certificates, "TIMES_OUT_SECONDS", -1)
    assert ca.status(arn) == "VALIDATION_TIMED_OUT"
    ca.prove(arn)
    assert ca.status(arn) == "VALIDATION_TIMED_OUT"


def test_lists_by_status_and_key_in_pages(ca: Ca) -> None:
    arns = [ca.request(f"h{number}.{DOMAIN}") for number in range(3)]
    curve = ca.request(f"curve.{DOMAIN}", KeyAlgorithm="EC_prime256v1")
    ca.prove(arns[0])
    assert ca.status(arns[0]) == "ISSUED"

    def listed(**query: Any) -> set[str]:
        pages = ca.client.get_paginator("list_certificates").paginate(**query, PaginationConfig={"PageSize": 2})
        return {one["CertificateArn"] for page in pages for one in page["CertificateSummaryList"]}

    assert listed() == set(arns)
    assert listed(CertificateStatuses=["ISSUED"]) == {arns[0]}
    assert listed(Includes={"keyTypes": ["EC_prime256v1"]}) == {curve}


def test_what_aws_refuses(ca: Ca, local: Any) -> None:
    assert code_of(lambda: ca.request("no host")) == "ValidationException"
    many = [f"h{number}.{DOMAIN}" for number in range(10)]
    assert code_of(lambda: ca.request(SubjectAlternativeNames=many)) == "LimitExceededException"
    arn = ca.request()
    from moto.backends import get_backend

    get_backend("acm")["123456789012"]["ap-northeast-1"].set_certificate_in_use_by(arn, "balancer")
    assert code_of(lambda: ca.client.delete_certificate(CertificateArn=arn)) == "ResourceInUseException"
    missing = arn[:-12] + "0" * 12
    assert code_of(lambda: ca.client.delete_certificate(CertificateArn=missing)) == "ResourceNotFoundException"
