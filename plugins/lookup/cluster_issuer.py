# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who signs the tokens of a cluster's service accounts: what IAM roles for them trust."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster_issuer
short_description: OIDC issuer of an EKS cluster, as trust policies name it
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Asks EKS (C(DescribeCluster)) for the issuer of a cluster's service account tokens, without C(https://).
options:
  _terms:
    description: Names of clusters.
    required: true
    type: list
    elements: str
  on_missing:
    description:
      - What to do about a cluster that is not there.
      - V(error) fails; V(skip) leaves it out of the answer.
    type: str
    choices: [error, skip]
    default: error
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Show the identity provider that roles of service accounts trust
  ansible.builtin.debug:
    msg: "arn:aws:iam::123456789012:oidc-provider/{{ issuer }}"
  vars:
    issuer: "{{ lookup('iworkz.platform.cluster_issuer', 'iworkz-production', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description: For every cluster its issuer, such as C(oidc.eks.ap-northeast-1.amazonaws.com/id/0123456789ABCDEF).
  type: list
  elements: str
"""

from ansible.errors import AnsibleLookupError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients, answered
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import NameLookup


class LookupModule(NameLookup):
    what = "cluster"
    absent = "does not exist: apply the role eks first"

    def read(self, clients: Clients, name: str) -> str | None:
        found = answered(clients.client("eks").describe_cluster, "ResourceNotFoundException", name=name)
        if found is None:
            return None
        cluster = found["cluster"]
        issuer = str(cluster.get("identity", {}).get("oidc", {}).get("issuer", ""))
        if not issuer:
            raise AnsibleLookupError(f"cluster {name} has no OIDC issuer yet: it is {cluster['status']}")
        return issuer.removeprefix("https://")
