# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How modules of kubernetes.core reach an EKS cluster."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cluster
short_description: Connection options of kubernetes.core for an EKS cluster
version_added: 0.3.0
author: iWORKZ platform team (@iworkz)
description:
  - Asks EKS for the endpoint and the authority of a cluster (C(DescribeCluster)) and signs a token with the AWS
    credentials, as C(aws eks get-token) does, without a command on the controller.
  - The authority's certificate is written to Ansible's temporary directory, which ends with the run.
  - The answer fits C(module_defaults) of the action group C(kubernetes.core.k8s).
  - The token is good for 15 minutes and is made anew for every task.
options:
  _terms:
    description: Names of clusters.
    required: true
    type: list
    elements: str
extends_documentation_fragment:
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
"""

EXAMPLES = r"""
- name: Read the nodes of a cluster
  kubernetes.core.k8s_info:
    kind: Node
  module_defaults:
    group/kubernetes.core.k8s: "{{ lookup('iworkz.platform.cluster', 'iworkz-production', region='ap-northeast-1') }}"
"""

RETURN = r"""
_raw:
  description:
    - For every cluster a dictionary of C(host), C(ca_cert), a path, and C(api_key).
  type: list
  elements: dict
"""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from ansible import constants
from ansible.errors import AnsibleLookupError

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.plugin_utils.aws_lookup import AwsLookup, reading


class LookupModule(AwsLookup):
    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        clients = self.connect(variables, kwargs)
        return [self._connection(clients, str(name)) for name in terms]

    def _connection(self, clients: Clients, name: str) -> dict[str, Any]:
        with reading(f"cluster {name}"):
            described = clients.client("eks").describe_cluster(name=name)["cluster"]
            cluster = connection.from_description(described)
            if cluster is None:
                raise AnsibleLookupError(f"cluster {name} has no endpoint yet: it is {described['status']}")
            token = connection.token(clients.client("sts"), name)
        # Not a kubeconfig: what that holds, names among it, kubernetes.core would censor from all output.
        return {"host": cluster.endpoint, "ca_cert": str(_file(cluster.authority)), "api_key": token}


def _file(authority: str) -> Path:
    """Where the certificate is for the rest of the run; tasks side by side write it as a whole."""
    directory = Path(constants.DEFAULT_LOCAL_TMP)
    path = directory / f"cluster-{sha256(authority.encode()).hexdigest()[:16]}.pem"
    if not path.exists():
        with NamedTemporaryFile("w", dir=directory, delete=False, encoding="utf-8") as file:
            file.write(authority)
        os.replace(file.name, path)
    return path
