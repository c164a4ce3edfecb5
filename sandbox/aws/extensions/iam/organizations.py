"""The account is a member of no organization, which is what AWS answers then."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation


# https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOrganizationsFeatures.html
@operation("iam", "ListOrganizationsFeatures")
def features(call: Call) -> dict[str, Any]:
    raise AwsError("OrganizationNotFoundException", "Your account is not a member of an organization.")
