# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The servers behind an instance: itself and the replicas that follow it in its region."""

from __future__ import annotations

from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._queries.session import Server
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres


def servers(clients: Any, identifier: str, ca_bundle: str | None) -> tuple[Server, list[Server]]:
    """The instance and its replicas (rds:DescribeDBInstances, secretsmanager:GetSecretValue).

    :raises ReconcileError: when there is no such instance, it keeps no secret, or a replica has no endpoint yet.
    """
    found = postgres.instance(clients, identifier)
    if found is None:
        raise ReconcileError(f"there is no DB instance {identifier}: declare it with aws_rds first")
    user = postgres.master_of(clients, found)
    replicas = []
    for name in found.get("ReadReplicaDBInstanceIdentifiers", []):
        # One in another region is named by its ARN; this region's reads are not its.
        if not name.startswith("arn:"):
            replica = postgres.instance(clients, name)
            if replica is not None:
                replicas.append(Server(replica, user, ca_bundle))
    return Server(found, user, ca_bundle), replicas
