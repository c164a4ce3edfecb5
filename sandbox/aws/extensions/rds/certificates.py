"""The certificate authorities of Amazon RDS that a region offers.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html#UsingWithRDS.SSL.CertificateAuthorities
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

BEGAN = datetime(2021, 5, 25, tzinfo=UTC)
YEARS = {"rds-ca-rsa2048-g1": 40, "rds-ca-rsa4096-g1": 100, "rds-ca-ecc384-g1": 100}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeCertificates.html
@operation("rds", "DescribeCertificates")
def describe_certificates(call: Call) -> dict[str, Any]:
    wanted = call.params.get("CertificateIdentifier")
    if wanted not in (None, *YEARS):
        raise AwsError("CertificateNotFound", f"Certificate not found: {wanted}")
    return {
        "Certificates": [
            {
                "CertificateIdentifier": name,
                "CertificateType": "CA",
                "CertificateArn": f"arn:aws:rds:{call.region}::cert:{name}",
                "ValidFrom": BEGAN,
                "ValidTill": BEGAN.replace(year=BEGAN.year + years),
                "CustomerOverride": False,
            }
            for name, years in YEARS.items()
            if wanted in (None, name)
        ]
    }
