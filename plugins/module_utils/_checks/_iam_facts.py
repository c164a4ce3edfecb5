# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identities of the account as IAM tells them, with what they are allowed by which document."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import World

Item = dict[str, Any]

AWS_OWNED = ":iam::aws:policy/"
SERVICE_POLICY = f"{AWS_OWNED}service-role/"
WAIT_SECONDS, POLL_SECONDS = 60, 1.0
"""How long IAM is waited for while it makes a report."""


@dataclass(frozen=True)
class Identities:
    """Entries of GetAccountAuthorizationDetails; ``documents`` are those of managed policies by ARN."""

    users: list[Item]
    groups: list[Item]
    roles: list[Item]
    documents: Mapping[str, Item]

    def grants(self, identity: Item, kind: str) -> Iterator[tuple[str, Item]]:
        """Name (ARN for a managed policy) and document of each policy of a User, Group or Role."""
        yield from ((one["PolicyName"], one["PolicyDocument"]) for one in identity.get(f"{kind}PolicyList", ()))
        for one in identity.get("AttachedManagedPolicies", ()):
            yield one["PolicyArn"], self.documents[one["PolicyArn"]]

    def of_user(self, user: Item) -> list[Item]:
        """The documents of a user, those of their groups among them."""
        groups = [one for one in self.groups if one["GroupName"] in user.get("GroupList", ())]
        found = [*self.grants(user, "User"), *(each for one in groups for each in self.grants(one, "Group"))]
        return [document for name, document in found]


def identities(world: World) -> Identities:
    """GetAccountAuthorizationDetails: everybody, and the managed policies that somebody has."""
    found: dict[str, list[Item]] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    for page in world.client("iam").get_paginator("get_account_authorization_details").paginate():
        for name, items in found.items():
            items += page[name]
    documents = {
        policy["Arn"]: version["Document"]
        for policy in found["Policies"]
        for version in policy["PolicyVersionList"]
        if version["IsDefaultVersion"]
    }
    return Identities(found["UserDetailList"], found["GroupDetailList"], found["RoleDetailList"], documents)


def platform_roles(world: World) -> list[Item]:
    """The roles that carry the platform's tags."""
    roles = world.once(identities).roles
    return [role for role in roles if world.platform.owns(from_list(role.get("Tags")))]


def credentials(world: World) -> list[dict[str, str]]:
    """The lines of the credential report, that of the root user among them (GenerateCredentialReport,
    GetCredentialReport). It is up to four hours old.

    :raises TimeoutError: when IAM does not finish it.
    """
    iam = world.client("iam")
    iam.generate_credential_report()
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            content = iam.get_credential_report()["Content"]
            return list(csv.DictReader(io.StringIO(content.decode())))
        except iam.exceptions.ClientError as error:
            if error_code(error) not in ("ReportInProgress", "ReportNotPresent"):
                raise
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"IAM did not make the credential report in {WAIT_SECONDS} seconds")


def unused(world: World, role: str) -> list[str]:
    """Services that a role (its ARN) is allowed something of, and has not used in the time that IAM keeps track of
    (GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails).

    :raises TimeoutError: when IAM does not finish the report.
    """
    iam = world.client("iam")
    job = iam.generate_service_last_accessed_details(Arn=role)["JobId"]
    deadline = time.monotonic() + WAIT_SECONDS
    while (answer := iam.get_service_last_accessed_details(JobId=job))["JobStatus"] == "IN_PROGRESS":
        if time.monotonic() > deadline:
            raise TimeoutError(f"IAM did not report in {WAIT_SECONDS} seconds what {role} has used")
        time.sleep(POLL_SECONDS)
    return sorted(one["ServiceNamespace"] for one in answer["ServicesLastAccessed"] if "LastAuthenticated" not in one)
