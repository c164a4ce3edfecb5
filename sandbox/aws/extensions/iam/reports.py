"""The credential report and the account's summary, as far as moto's differ from AWS's."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

ROOT = "<root_account>"
NOT_APPLICABLE, NOT_SUPPORTED = "N/A", "not_supported"


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
@operation("iam", "GetAccountSummary")
def account_summary(call: Call) -> dict[str, Any]:
    """The root user of this account has an MFA device, as AWS demands of every account."""
    output = call.moto()
    output["SummaryMap"]["AccountMFAEnabled"] = 1
    return output


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetCredentialReport.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
@operation("iam", "GetCredentialReport")
def credential_report(call: Call) -> dict[str, Any]:
    """With the line of the root user, which moto leaves out, and the time at which it was made."""
    output = call.moto()
    lines = list(csv.reader(io.StringIO(output["Content"].decode())))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([lines[0], _root(lines[0], call.account), *lines[1:]])
    return {**output, "Content": text.getvalue().encode(), "GeneratedTime": datetime.now(UTC)}


def _root(columns: list[str], account: str) -> list[str]:
    known = {
        "user": ROOT,
        "arn": f"arn:aws:iam::{account}:root",
        "user_creation_time": "2020-01-01T00:00:00+00:00",
        "password_enabled": "true",
        "password_last_used": "no_information",
        "password_last_changed": NOT_SUPPORTED,
        "password_next_rotation": NOT_SUPPORTED,
        "mfa_active": "true",
    }
    return [known.get(column, "false" if column.endswith("_active") else NOT_APPLICABLE) for column in columns]
