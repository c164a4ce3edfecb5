# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What scenarios ask of the platform before they disturb it. Reads only; each answer is a list of breaches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import error_code
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._drill import instances
from ansible_collections.iworkz.platform.plugins.module_utils._drill.actions import name, stores
from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, StepFailed, explain
from ansible_collections.iworkz.platform.plugins.module_utils._drill.signature import Signature
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres

with suppress(ImportError):  # the module's action says so
    import psycopg
    from botocore.exceptions import BotoCoreError, ClientError

Ask = Callable[..., list[Breach]]


@dataclass(frozen=True)
class Check:
    ask: Ask
    signature: Signature


CHECKS: dict[str, Check] = {}


def check(ask: Ask) -> Ask:
    CHECKS[ask.__name__] = Check(ask, Signature.of(ask))
    return ask


def answered(context: Context, named: str, params: dict[str, Any]) -> list[Breach]:
    """Ask one; what could not be read is a breach as well."""
    try:
        return CHECKS[named].ask(context, **params)
    except (BotoCoreError, ClientError, ReconcileError, StepFailed, OSError, LookupError, psycopg.Error) as error:
        return [Breach("drill.unreadable", {"check": named, "error": explain(error)})]


@check
def database_available(context: Context, *, database: str, region: str = "") -> list[Breach]:
    found = instances.existing(context, database, region or context.site.region)
    status = found["DBInstanceStatus"]
    return [] if status == "available" else [Breach("drill.not_available", {"resource": database, "status": status})]


@check
def standby_present(context: Context, *, database: str) -> list[Breach]:
    """A standby in another zone, in step."""
    found = instances.existing(context, database, context.site.region)
    if found.get("MultiAZ") and instances.standby_in_step(found, instances.replication(context, found)):
        return []
    return [Breach("drill.no_standby", {"database": database})]


@check
def replicas_in_step(context: Context, *, database: str) -> list[Breach]:
    """Every replica that RDS lists streams, and nothing that streams lags beyond the limit."""
    found = instances.existing(context, database, context.site.region)
    seen = instances.replication(context, found)
    limit = context.site.limits.lag_seconds
    missing = len(found.get("ReadReplicaDBInstanceIdentifiers", [])) + seen.wants_synchronous - seen.streaming
    breaches = []
    if missing > 0:
        breaches.append(Breach("drill.replica_absent", {"database": database, "missing": missing}))
    for each in seen.followers:
        if each.streaming and not each.within(limit):
            lag = max(each.seconds, each.silent)
            breaches.append(Breach("drill.lagging", {"replica": each.name, "lag": round(lag, 1), "limit": limit}))
    return breaches


@check
def backup_fresh(context: Context, *, database: str) -> list[Breach]:
    """The newest point the database can be restored to is young enough."""
    found = instances.existing(context, database, context.site.region)
    limit = context.site.limits.backup_age_minutes
    latest = found.get("LatestRestorableTime")
    if latest is None:
        return [Breach("drill.no_backup", {"database": database})]
    minutes = (context.clock.now() - latest).total_seconds() / 60
    if minutes > limit:
        return [Breach("drill.backup_old", {"database": database, "minutes": round(minutes), "limit": limit})]
    return []


@check
def recovery_replica_present(context: Context, *, database: str, region: str) -> list[Breach]:
    found = postgres.instance(context, database, region)
    if found is None or not found.get("ReadReplicaSourceDBInstanceIdentifier"):
        return [Breach("drill.no_recovery_replica", {"database": database, "region": region})]
    status = found["DBInstanceStatus"]
    return [] if status == "available" else [Breach("drill.not_available", {"resource": database, "status": status})]


@check
def pooler_reachable(context: Context) -> list[Breach]:
    """A query as the canary tenant through the pooler is answered."""
    pooler = context.site.reach["pooler"]
    try:
        with closing(
            instances.connect(context.clients, context.site, pooler["host"], int(pooler["port"]))
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        where = f"{pooler['host']}:{pooler['port']}"
        return [Breach("drill.pooler_unreachable", {"pooler": where, "error": explain(error)})]
    return []


@check
def record_present(context: Context, *, record: str, domain: str, database: str) -> list[Breach]:
    """The name that the drill repoints is there, and leads to the primary."""
    found = name.record_set(context, name.zone_id(context, domain), record)
    values = [each["Value"].rstrip(".") for each in found["ResourceRecords"]]
    address = instances.existing(context, database, context.site.region)["Endpoint"]["Address"]
    if values == [address]:
        return []
    return [Breach("drill.record_elsewhere", {"record": record, "value": ", ".join(values), "database": database})]


@check
def cache_ready(context: Context, *, cache: str) -> list[Breach]:
    """The replication group is available, fails over by itself, and has a replica to fail over to."""
    group = stores.replication_group(context, cache)
    breaches = []
    if group["Status"] != "available":
        breaches.append(Breach("drill.not_available", {"resource": cache, "status": group["Status"]}))
    replicas = len(stores.node_group_of(group).get("NodeGroupMembers", [])) - 1
    if group.get("AutomaticFailover") != "enabled" or replicas < 1:
        breaches.append(Breach("drill.no_cache_replica", {"cache": cache}))
    return breaches


@check
def broker_ready(context: Context, *, broker: str) -> list[Breach]:
    client = context.client("mq")
    state = client.describe_broker(BrokerId=stores.broker_id(context, broker))["BrokerState"]
    return [] if state == stores.RUNNING else [Breach("drill.not_available", {"resource": broker, "status": state})]


@check
def recovery_network(context: Context, *, region: str) -> list[Breach]:
    """The recovery region has a network of the platform."""
    filters = [{"Name": f"tag:{tag}", "Values": [value]} for tag, value in context.site.tags.items()]
    if context.client("ec2", region).describe_vpcs(Filters=filters)["Vpcs"]:
        return []
    return [Breach("drill.recovery_lacks", {"what": "VPC", "region": region})]


@check
def recovery_key(context: Context, *, alias: str, region: str) -> list[Breach]:
    """The recovery region has an enabled key of this alias."""
    client = context.client("kms", region)
    try:
        enabled = client.describe_key(KeyId=alias)["KeyMetadata"]["Enabled"]
    except client.exceptions.ClientError as error:
        if error_code(error) != "NotFoundException":
            raise
        enabled = False
    return [] if enabled else [Breach("drill.recovery_lacks", {"what": alias, "region": region})]
