"""The real PostgreSQL servers behind DB instances and snapshots, when the sandbox has data planes.

An instance `db` of a region is the plane `<region>/db` of the kind postgres. Without data planes everything here does
nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from moto.backends import get_backend

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions.rds.catalogue import PARAMETERS
from sandbox.planes.client import PlaneBusy, PlaneError, PlaneRefused, Planes, PlaneUnknown

INSTANCE = "postgres"
SNAPSHOT = "postgres_snapshot"


def key(region: str, identifier: str) -> str:
    return f"{region}/{identifier}"


def create(call: Call, database: Any, origin: dict[str, Any]) -> Callable[[], bool] | None:
    """Start making the servers of an instance; what tells whether they are there.

    origin: "master" and "database" for an empty one, or what else engine.Postgres.create() takes.
    """
    if call.planes is None:
        return None
    spec = {
        "port": database.port,
        "zone": database.availability_zone,
        "secondary_zone": secondary_zone(database) if database.multi_az else None,
        "parameters": parameters(call, database.db_parameter_group_name),
        "iam": bool(database.enable_iam_database_authentication),
        "backups": bool(database.backup_retention_period),
        **origin,
    }
    try:
        return create_plane(call, database.db_instance_identifier, spec)
    except AwsError:
        del call.backend().databases[database.db_instance_identifier]
        raise


def create_plane(call: Call, name: str, spec: dict[str, Any]) -> Callable[[], bool] | None:
    """Start making servers by engine.Postgres.create(); what tells whether they are there."""
    if call.planes is None:
        return None
    place = key(call.region, name)
    _do(call, lambda planes: planes.create(INSTANCE, place, spec))
    return partial(call.planes.settled, INSTANCE, place)


def act(call: Call, identifier: str, action: str, **params: Any) -> Callable[[], bool] | None:
    """Start an action of the servers; what tells whether it is done. InvalidDBInstanceState while another one runs."""
    if call.planes is None:
        return None
    place = key(call.region, identifier)
    _do(call, lambda planes: planes.act(INSTANCE, place, action, **params))
    return partial(call.planes.settled, INSTANCE, place)


def take_parameters(call: Call, identifier: str, group: str | None, *, at_once: bool) -> None:
    """Tell the servers the parameters of their group. at_once: those that need no restart, else with the next one."""
    if call.planes:
        place = key(call.region, identifier)
        values = parameters(call, group)
        _do(call, lambda planes: planes.ask(INSTANCE, place, "configure", parameters=values, at_once=at_once))


def delete(call: Call, identifier: str, final: str | None) -> Callable[[], bool] | None:
    """Start removing the servers, after the final snapshot if there is to be one; what tells whether they are gone."""
    if call.planes is None:
        return None
    place = key(call.region, identifier)
    snapshot = key(call.region, final) if final else None
    if snapshot:
        _do(call, lambda planes: planes.create(SNAPSHOT, snapshot, {"source": place}))
    return partial(_gone, call.planes, place, snapshot)


def _gone(planes: Planes, place: str, snapshot: str | None) -> bool:
    if snapshot and not planes.settled(SNAPSHOT, snapshot):
        return False
    try:
        planes.delete(INSTANCE, place)
    except PlaneError:
        return False
    return planes.settled(INSTANCE, place)


def create_snapshot(call: Call, name: str, spec: dict[str, str]) -> Callable[[], bool] | None:
    if call.planes is None:
        return None
    place = key(call.region, name)
    _do(call, lambda planes: planes.create(SNAPSHOT, place, spec))
    return partial(call.planes.settled, SNAPSHOT, place)


def delete_snapshot(call: Call, name: str) -> None:
    place = key(call.region, name)
    _do(call, lambda planes: planes.delete(SNAPSHOT, place))


def describe(call: Call, identifiers: list[str]) -> dict[str, dict[str, Any]]:
    """{identifier: its plane}; what has none is left out."""
    places = {key(call.region, identifier): identifier for identifier in identifiers}
    if call.planes is None or not places:
        return {}
    found: dict[str, dict[str, Any]] = {}
    _do(call, lambda planes: found.update(planes.describe_all(INSTANCE, *places)))
    return {places[place]: plane for place, plane in found.items()}


def describe_snapshot(call: Call, name: str) -> dict[str, Any] | None:
    found: list[dict[str, Any] | None] = [None]
    place = key(call.region, name)
    _do(call, lambda planes: found.append(planes.describe(SNAPSHOT, place)))
    return found[-1]


def overlay(instance: dict[str, Any], plane: dict[str, Any]) -> None:
    """Show in the description of an instance where its servers are and how they do."""
    facts = plane["facts"]
    if instance["DBInstanceStatus"] == "available":
        instance["DBInstanceStatus"] = "failed" if plane["state"] == "failed" else facts["status"] or "available"
    if "Endpoint" in instance and plane["endpoints"]:
        endpoint = plane["endpoints"]["endpoint"]
        instance["Endpoint"] |= {"Address": endpoint["address"], "Port": endpoint["port"]}
    if not facts:
        return
    instance["AvailabilityZone"] = facts["zone"]
    instance.pop("SecondaryAvailabilityZone", None)
    if facts["secondary_zone"]:
        instance["SecondaryAvailabilityZone"] = facts["secondary_zone"]
    if "StatusInfos" in instance and facts["replication"]["error"]:
        instance["StatusInfos"] = [
            {
                "StatusType": "read replication",
                "Normal": False,
                "Status": "error",
                "Message": facts["replication"]["error"],
            }
        ]


def is_in_sync(call: Call, identifier: str) -> bool:
    """Whether a failover to the standby can be asked for."""
    if call.planes is None:
        return True
    plane = describe(call, [identifier]).get(identifier)
    return bool(plane and plane["facts"] and plane["facts"]["in_sync"])


def parameters(call: Call, group: str | None) -> dict[str, str]:
    """Name to value of a DB parameter group, defaults of RDS included."""
    groups = call.backend().db_parameter_groups
    own = groups[group].parameters if group and group in groups else {}
    values = {name: own.get(name, parameter).get("ParameterValue") for name, parameter in PARAMETERS.items()}
    return {name: str(value) for name, value in values.items() if value is not None}


def utc(moment: datetime) -> datetime:
    """A time of a request or of moto, which may leave out that it is UTC."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def random_password() -> str:
    return secrets.token_urlsafe(24)


def set_secret(database: Any, password: str) -> None:
    """Put a password into the secret of the master user, where moto has the same one for everybody."""
    secret = database.master_user_secret.secret
    secret.secret_string = json.dumps({"username": database.master_username, "password": password})
    secret.versions[secret.default_version_id]["secret_string"] = secret.secret_string


def zones(database: Any) -> list[str]:
    """Those of its subnets; of the region's default network when it names no subnet group."""
    group = getattr(database, "db_subnet_group", None)
    if group:
        return sorted({subnet["SubnetAvailabilityZone"]["Name"] for subnet in group.subnets})
    ec2 = get_backend("ec2")[database.account_id][database.region]
    return sorted(zone.name for zone in ec2.describe_availability_zones())


def secondary_zone(database: Any) -> str:
    return next(zone for zone in zones(database) if zone != database.availability_zone)


def _do(call: Call, work: Callable[[Planes], object]) -> None:
    """Ask the data planes, when there are some. An instance from before there were any has no servers: so be it."""
    if call.planes is None:
        return
    try:
        work(call.planes)
    except PlaneUnknown:
        return
    except (PlaneBusy, PlaneRefused) as error:
        raise AwsError("InvalidDBInstanceState", f"The instance is busy: {error}") from error
    except PlaneError as error:
        raise AwsError("InternalFailure", str(error), 500) from error
