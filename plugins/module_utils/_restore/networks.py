# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A security group of a copy's own: only the networks from which tests run reach it, and it reaches nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TAG_APIS, from_list
from ansible_collections.iworkz.platform.plugins.module_utils._restore.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._restore.copies import Copies, check_own

KIND = "security_group"
LIST = TAG_APIS["rds"]
"""The form that most services take tags in."""


def make(copies: Copies, vpc: str, port: int) -> str:
    """Its id (ec2:CreateSecurityGroup, AuthorizeSecurityGroupIngress, RevokeSecurityGroupEgress)."""
    client = copies.context.client("ec2")
    copies.making(KIND)
    group: str = client.create_security_group(
        GroupName=copies.name,
        Description="A restored copy, reached by its test only",
        VpcId=vpc,
        TagSpecifications=[{"ResourceType": "security-group", "Tags": LIST.form(copies.tags)}],
    )["GroupId"]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    client.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    if copies.context.site.controllers:
        ranges = [{"CidrIp": network, "Description": "Restore tests"} for network in copies.context.site.controllers]
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges}
        client.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    return group


def destroy(context: Context, identifier: str, what: Mapping[str, Any]) -> None:
    """See copies.Destroy (ec2:DescribeSecurityGroups, DeleteSecurityGroup). The network interfaces of what was in it go
    a moment after it."""
    client = context.client("ec2")
    filters = [{"Name": "group-name", "Values": [what["name"]]}]

    def gone() -> bool:
        groups = client.describe_security_groups(Filters=filters)["SecurityGroups"]
        for group in groups:
            check_own(f"security group {what['name']}", from_list(group.get("Tags")), identifier)
            client.delete_security_group(GroupId=group["GroupId"])
        return not groups

    context.wait(f"end of {what['name']}", gone, lambda error: error_code(error) == "DependencyViolation")
