"""Reads an account with Prowler: `build/scanner/bin/python tools/scanner/read.py REGIONS SERVICES FILE`.

REGIONS and SERVICES (Prowler's names) are separated by commas. Writes FILE as JSON:

    {"checks": {id: severity},
     "findings": [{"check", "severity", "service", "region", "resource", "name", "status", "detail"}],
     "errors": [{"service", "message"}], "seconds": float}

Prowler logs what it could not read and goes on; its log is the only place that tells, and is what `errors` has. It is
called as a library because its command line imports the SDKs of all the clouds it knows.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import sys
import time
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from prowler.lib.check.models import CheckMetadata  # type: ignore[import-not-found]
from prowler.providers.aws.aws_provider import AwsProvider  # type: ignore[import-not-found]
from prowler.providers.common.models import Audit_Metadata  # type: ignore[import-not-found]
from prowler.providers.common.provider import Provider  # type: ignore[import-not-found]

SERVICES = "prowler.providers.aws.services"
# Judged even where Prowler sees nothing of them: the nodes of an emulator are no instances, and what the account sets
# for all instances, volumes and snapshots would not be looked at.
ALWAYS = frozenset({"ec2"})


class Errors(logging.Handler):
    """Keeps what is logged as an error, with the service whose code logged it ("" for Prowler's own)."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.kept: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = re.search(r"/aws/services/(\w+)/", record.pathname)
        self.kept.append({"service": told.group(1) if told else "", "message": record.getMessage()})


def scan(regions: set[str], services: set[str]) -> dict[str, Any]:
    """Every check of the services; one that breaks is an error like a read that fails."""
    began = time.monotonic()
    errors = Errors()
    logging.getLogger().addHandler(errors)
    provider = AwsProvider(regions=regions)
    Provider.set_global_provider(provider)
    # S3 puts the account's number before the host of some operations, and an emulator's address has no such names.
    session = provider.session.current_session._session
    session.register("before-send.s3-control", lambda request, **_: _to_the_host(request, provider.identity.account))
    severities = {name: found.Severity.value for name, found in CheckMetadata.get_bulk("aws").items()}
    checks = {name: severities[name] for name in sorted(severities) if _service(name) in services}
    provider.audit_metadata = Audit_Metadata(
        services_scanned=0, expected_checks=list(checks), completed_checks=0, audit_progress=0
    )
    findings: list[dict[str, str]] = []
    for name in checks:
        provider._scan_unused_services = _service(name) in ALWAYS
        try:
            reports = getattr(importlib.import_module(f"{SERVICES}.{_service(name)}.{name}.{name}"), name)().execute()
        # A service that can't be read at all ends the process in Prowler's code.
        except (Exception, SystemExit) as error:
            errors.kept.append({"service": _service(name), "message": f"{name}: {type(error).__name__}: {error}"})
            continue
        findings.extend(
            {
                "check": name,
                "severity": checks[name],
                "service": _service(name),
                "region": report.region,
                "resource": report.resource_arn or report.resource_id,
                "name": _name(report),
                "status": report.status,
                "detail": report.status_extended,
            }
            for report in reports
        )
    return {"checks": checks, "findings": findings, "errors": errors.kept, "seconds": time.monotonic() - began}


def _to_the_host(request: AWSPreparedRequest, account: str) -> None:
    request.url = request.url.replace(f"//{account}.", "//", 1)


def _service(check: str) -> str:
    return check.partition("_")[0]


def _name(report: Any) -> str:
    """The Name tag of what has a made-up identifier, else the identifier."""
    tags = report.resource_tags if isinstance(report.resource_tags, list) else []
    named = [str(tag["Value"]) for tag in tags if isinstance(tag, dict) and tag.get("Key") == "Name"]
    return named[0] if named else str(report.resource_id)


if __name__ == "__main__":
    result = scan(set(sys.argv[1].split(",")), set(sys.argv[2].split(",")))
    with open(sys.argv[3], "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
