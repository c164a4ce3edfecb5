# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM: the password policy, identity providers, managed policies, groups, roles and service-linked roles."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_account import Group, PasswordPolicy
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_policy import ManagedPolicy, OidcProvider
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_role import Role
from ansible_collections.iworkz.platform.plugins.module_utils._aws.iam_service_role import ServiceLinkedRole

ADAPTERS = (PasswordPolicy, OidcProvider, ManagedPolicy, Group, Role, ServiceLinkedRole)
