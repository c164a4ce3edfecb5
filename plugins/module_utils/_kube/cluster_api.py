# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The API of an EKS cluster by its name, with tokens that AWS credentials sign."""

from __future__ import annotations

import threading
import time

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._kube import connection
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

TOKEN_SECONDS = 600.0
"""A token is good for fifteen minutes from its signing."""


class Token:
    """Bearer tokens of a cluster: one serves for ten minutes, or until it is refused."""

    def __init__(self, clients: Clients, cluster: str) -> None:
        self._clients = clients
        self._cluster = cluster
        self._lock = threading.Lock()
        self._signed = ("", 0.0)

    def __call__(self, refused: bool) -> str:
        with self._lock:
            token, at = self._signed
            if refused:
                # The credentials that signed it may have run out, too.
                self._clients.renew()
            if refused or not token or time.monotonic() - at > TOKEN_SECONDS:
                token = connection.token(self._clients.client("sts"), self._cluster)
                self._signed = (token, time.monotonic())
            return token


def api_of(clients: Clients, name: str) -> Api:
    """Raises ReconcileError when there is no such cluster, or none that can be reached yet (eks:DescribeCluster)."""
    eks = clients.client("eks")
    try:
        cluster = connection.from_description(eks.describe_cluster(name=name)["cluster"])
    except eks.exceptions.ResourceNotFoundException:
        cluster = None
    if cluster is None:
        raise ReconcileError(f"there is no cluster {name}, or it has no endpoint yet")
    return Api(cluster, Token(clients, name))
