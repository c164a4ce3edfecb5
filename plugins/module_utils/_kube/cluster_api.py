# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API of an EKS cluster by its name, with tokens that AWS credentials sign."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError


def api_of(clients: Clients, name: str) -> Api:
    """Raises ReconcileError when there is no such cluster, or none that can be reached yet (eks:DescribeCluster)."""
    eks = clients.client("eks")
    try:
        cluster = connection.from_description(eks.describe_cluster(name=name)["cluster"])
    except eks.exceptions.ResourceNotFoundException:
        cluster = None
    if cluster is None:
        raise ReconcileError(f"there is no cluster {name}, or it has no endpoint yet")
    # The client is asked for each time, for renewing replaces it.
    return Api(cluster, connection.Token(lambda: connection.token(clients.client("sts"), name), clients.renew))
