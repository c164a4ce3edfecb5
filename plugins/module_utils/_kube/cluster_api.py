# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API of an EKS cluster by its name, with tokens that AWS credentials sign."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import Reader
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError


def api_of(clients: Clients, name: str) -> Api:
    """Raises ReconcileError when there is no such cluster, or none that can be reached yet (eks:DescribeCluster)."""
    cluster = _reachable(clients, name)
    if cluster is None:
        raise ReconcileError(f"there is no cluster {name}, or it has no endpoint yet")
    return Api(cluster, _token(clients, name))


def reader_of(clients: Clients, name: str) -> Reader | None:
    """Reads of one cluster; None when there is none, or none that can be reached yet (eks:DescribeCluster)."""
    cluster = _reachable(clients, name)
    return Reader(cluster, _token(clients, name)) if cluster else None


def _reachable(clients: Clients, name: str) -> connection.Cluster | None:
    eks = clients.client("eks")
    try:
        return connection.from_description(eks.describe_cluster(name=name)["cluster"])
    except eks.exceptions.ResourceNotFoundException:
        return None


def _token(clients: Clients, name: str) -> connection.Token:
    # The client is asked for each time, for renewing replaces it.
    return connection.Token(lambda: connection.token(clients.client("sts"), name), clients.renew)
