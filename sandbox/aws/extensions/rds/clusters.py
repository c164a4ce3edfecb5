"""Multi-AZ DB clusters for PostgreSQL, which the platform itself does not use.

Behind one stand a writer and one reader, where RDS has two: the writer's endpoint stays in a failover, the reader
endpoint leads to whichever server is the standby. Clusters of other engines (Aurora) are moto's, without servers.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.backends import get_backend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.rds import servers

KIND = "rds.cluster"
MEMBERS = {"a": "instance-1", "b": "instance-2"}


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
@operation("rds", "CreateDBCluster")
def create(call: Call) -> dict[str, Any]:
    output = call.moto()
    if call.params["Engine"] != "postgres" or call.planes is None:
        return output
    identifier = output["DBCluster"]["DBClusterIdentifier"]
    cluster = call.backend().clusters[identifier]
    password = call.params.get("MasterUserPassword") or servers.random_password()
    if cluster.manage_master_user_password:
        servers.set_secret(cluster, password)
    zone, secondary, *_rest = cluster.availability_zones
    until = servers.create_plane(
        call,
        _place(identifier),
        {
            "port": cluster.port,
            "zone": zone,
            "secondary_zone": secondary,
            "parameters": servers.parameters(call, None),
            "master": {"username": cluster.master_username, "password": password},
            "database": call.params.get("DatabaseName"),
        },
    )
    call.begin(KIND, identifier, "creating", until=until)
    return _described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html
@operation("rds", "DescribeDBClusters")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    planes = servers.describe(call, [_place(cluster["DBClusterIdentifier"]) for cluster in output["DBClusters"]])
    for cluster in output["DBClusters"]:
        identifier = cluster["DBClusterIdentifier"]
        cluster["Status"] = call.state(KIND, identifier, settled=cluster["Status"])
        if plane := planes.get(_place(identifier)):
            _overlay(cluster, plane)
    return output


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_FailoverDBCluster.html
@operation("rds", "FailoverDBCluster")
def failover(call: Call) -> dict[str, Any]:
    identifier = call.params["DBClusterIdentifier"].lower()
    plane = servers.describe(call, [_place(identifier)]).get(_place(identifier))
    if plane is None:
        return call.moto()
    cluster = _described(call, identifier)["DBCluster"]
    if cluster["Status"] != "available" or not plane["facts"]["in_sync"]:
        raise AwsError("InvalidDBClusterStateFault", f"DB cluster {identifier} is not in a state to fail over.")
    (reader,) = [one["DBInstanceIdentifier"] for one in cluster["DBClusterMembers"] if not one["IsClusterWriter"]]
    if call.params.get("TargetDBInstanceIdentifier", reader) != reader:
        raise AwsError("InvalidDBInstanceState", f"Only {reader} can be promoted.")
    call.begin(KIND, identifier, "failing-over", until=servers.act(call, _place(identifier), "reboot", failover=True))
    return _described(call, identifier)


# https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBCluster.html
@operation("rds", "DeleteDBCluster")
def delete(call: Call) -> dict[str, Any]:
    identifier = call.params["DBClusterIdentifier"].lower()
    if not servers.describe(call, [_place(identifier)]):
        return call.moto()
    if call.backend().clusters[identifier].deletion_protection:
        raise AwsError("InvalidParameterCombination", "Cannot delete protected Cluster, please disable protection.")
    final = call.params.get("FinalDBSnapshotIdentifier")
    if bool(final) == call.params.get("SkipFinalSnapshot", False):
        raise AwsError("InvalidParameterCombination", "Specify either FinalDBSnapshotIdentifier or SkipFinalSnapshot.")
    end = partial(_remove, call.account, call.region, identifier, final)
    call.begin(KIND, identifier, "deleting", then=end, until=servers.delete(call, _place(identifier), final))
    return _described(call, identifier)


def _remove(account: str, region: str, identifier: str, final: str | None) -> None:
    get_backend("rds")[account][region].delete_db_cluster(identifier, final)


def _place(identifier: str) -> str:
    """The cluster's plane, beside those of instances: their names have no dots."""
    return f"{identifier}.cluster"


def _overlay(cluster: dict[str, Any], plane: dict[str, Any]) -> None:
    """Show where the servers are, and which one writes."""
    endpoint = plane["endpoints"]["endpoint"]
    readers = [node for node in plane["nodes"] if node["role"] == "standby"]
    cluster["Endpoint"], cluster["Port"] = endpoint["address"], endpoint["port"]
    cluster["ReaderEndpoint"] = readers[0]["address"] if readers else endpoint["address"]
    cluster["MultiAZ"] = True
    cluster["DBClusterMembers"] = [
        {
            "DBInstanceIdentifier": f"{cluster['DBClusterIdentifier']}-{MEMBERS[node['name'].rsplit('-', 1)[-1]]}",
            "IsClusterWriter": node["role"] == "primary",
            "DBClusterParameterGroupStatus": "in-sync",
            "PromotionTier": 1,
        }
        for node in plane["nodes"]
    ]


def _described(call: Call, identifier: str) -> dict[str, Any]:
    (cluster,) = call.ask("rds", "DescribeDBClusters", DBClusterIdentifier=identifier)["DBClusters"]
    return {"DBCluster": cluster}
