"""Cache parameter groups of Redis 7; moto has none."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.elasticache.tags import arn, forget, tag

FAMILIES = frozenset({"redis6.x", "redis7", "valkey7", "valkey8"})
PER_REQUEST = 20

# Name, default (`-` for none), data type, allowed values, change type, modifiable.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ParameterGroups.Engine.html
TABLE = """
acllog-max-len                   128          integer 1-10000        immediate        1
activedefrag                     no           string  yes,no         immediate        1
active-defrag-cycle-max          75           integer 1-75           immediate        1
active-defrag-cycle-min          5            integer 1-75           immediate        1
active-expire-effort             1            integer 1-10           immediate        1
activerehashing                  yes          string  yes,no         requires-reboot  1
appendfsync                      everysec     string  always,everysec,no immediate    0
appendonly                       no           string  yes,no         immediate        0
client-output-buffer-limit-normal-hard-limit 0 integer 0-            immediate        1
client-output-buffer-limit-pubsub-hard-limit 33554432 integer 0-     immediate        1
close-on-replica-write           yes          string  yes,no         immediate        1
cluster-allow-reads-when-down    no           string  yes,no         immediate        1
cluster-enabled                  no           string  yes,no         requires-reboot  1
cluster-require-full-coverage    no           string  yes,no         immediate        1
databases                        16           integer 1-1200000      requires-reboot  1
hash-max-listpack-entries        512          integer 0-             immediate        1
latency-tracking                 no           string  yes,no         immediate        1
lazyfree-lazy-eviction           no           string  yes,no         immediate        1
lazyfree-lazy-expire             no           string  yes,no         immediate        1
lazyfree-lazy-server-del         no           string  yes,no         immediate        1
lazyfree-lazy-user-del           no           string  yes,no         immediate        1
lfu-decay-time                   1            integer 0-             immediate        1
lfu-log-factor                   10           integer 1-             immediate        1
maxclients                       65000        integer 1-65000        requires-reboot  0
maxmemory-policy                 volatile-lru string  volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,noeviction immediate 1
maxmemory-samples                3            integer 1-             immediate        1
min-replicas-max-lag             10           integer 0-             immediate        1
min-replicas-to-write            0            integer 0-             immediate        1
notify-keyspace-events           -            string  -              immediate        1
repl-backlog-size                1048576      integer 16384-         immediate        1
reserved-memory-percent          25           integer 0-100          immediate        1
set-max-intset-entries           512          integer 0-             immediate        1
slowlog-log-slower-than          10000        integer -1-            immediate        1
slowlog-max-len                  128          integer 0-             immediate        1
tcp-keepalive                    300          integer 0-             immediate        1
timeout                          0            integer 0,20-          immediate        1
tracking-table-max-keys          1000000      integer 1-100000000    immediate        1
"""  # noqa: E501


def _parameter(line: str) -> dict[str, Any]:
    name, default, data_type, allowed, change, modifiable = line.split()
    parameter: dict[str, Any] = {
        "ParameterName": name,
        "Description": f"Redis parameter {name}.",
        "Source": "system",
        "DataType": data_type,
        "IsModifiable": modifiable == "1",
        "MinimumEngineVersion": "7.0.4",
        "ChangeType": change,
    }
    if default != "-":
        parameter["ParameterValue"] = default
    if allowed != "-":
        parameter["AllowedValues"] = allowed
    return parameter


PARAMETERS = {parameter["ParameterName"]: parameter for parameter in map(_parameter, TABLE.strip().splitlines())}


def value_of(call: Call, group: str, name: str) -> str | None:
    """A parameter's value in a group, be it set or the default."""
    own = _groups(call)[group]["values"] if group in _groups(call) else {}
    return own.get(name, PARAMETERS[name].get("ParameterValue"))


def exists(call: Call, group: str) -> bool:
    return group in _groups(call) or group.startswith("default.")


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateCacheParameterGroup.html
@operation("elasticache", "CreateCacheParameterGroup")
def create(call: Call) -> dict[str, Any]:
    name, family = call.params["CacheParameterGroupName"].lower(), call.params["CacheParameterGroupFamily"]
    if name in _groups(call):
        raise AwsError("CacheParameterGroupAlreadyExists", f"CacheParameterGroup {name} already exists.")
    if family not in FAMILIES:
        raise AwsError(
            "InvalidParameterValue", f"CacheParameterGroupFamily {family} is not a valid parameter group family."
        )
    _groups(call)[name] = {
        "shown": {
            "CacheParameterGroupName": name,
            "CacheParameterGroupFamily": family,
            "Description": call.params["Description"],
            "IsGlobal": False,
            "ARN": arn(call, "parametergroup", name),
        },
        "values": {},
    }
    tag(call, arn(call, "parametergroup", name), call.params.get("Tags", []))
    return {"CacheParameterGroup": _groups(call)[name]["shown"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameterGroups.html
@operation("elasticache", "DescribeCacheParameterGroups")
def describe(call: Call) -> dict[str, Any]:
    if "CacheParameterGroupName" in call.params:
        return {"CacheParameterGroups": [_group(call)["shown"]]}
    return {"CacheParameterGroups": [group["shown"] for group in _groups(call).values()]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheParameters.html
@operation("elasticache", "DescribeCacheParameters")
def describe_parameters(call: Call) -> dict[str, Any]:
    values = _group(call)["values"]
    listed = [
        {**parameter, "ParameterValue": values[name], "Source": "user"} if name in values else parameter
        for name, parameter in PARAMETERS.items()
    ]
    source = call.params.get("Source")
    found = [parameter for parameter in listed if source in (None, parameter["Source"])]
    start = int(call.params.get("Marker") or 0)
    end = start + int(call.params.get("MaxRecords") or 100)
    return {"Parameters": found[start:end], **({"Marker": str(end)} if end < len(found) else {})}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyCacheParameterGroup.html
@operation("elasticache", "ModifyCacheParameterGroup")
def modify(call: Call) -> dict[str, Any]:
    changes = call.params["ParameterNameValues"]
    if len(changes) > PER_REQUEST:
        raise AwsError("InvalidParameterValue", f"A maximum of {PER_REQUEST} parameters can be modified per request.")
    for change in changes:
        _check(change["ParameterName"], change["ParameterValue"])
    group = _group(call)
    group["values"] |= {change["ParameterName"]: change["ParameterValue"] for change in changes}
    return {"CacheParameterGroupName": group["shown"]["CacheParameterGroupName"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ResetCacheParameterGroup.html
@operation("elasticache", "ResetCacheParameterGroup")
def reset(call: Call) -> dict[str, Any]:
    group = _group(call)
    named = [change["ParameterName"] for change in call.params.get("ParameterNameValues", [])]
    for name in named or list(group["values"]):
        group["values"].pop(name, None)
    return {"CacheParameterGroupName": group["shown"]["CacheParameterGroupName"]}


# https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheParameterGroup.html
@operation("elasticache", "DeleteCacheParameterGroup")
def delete(call: Call) -> None:
    name = _group(call)["shown"]["CacheParameterGroupName"]
    if any(group.get("CacheParameterGroupName") == name for group in call.store("elasticache.groups").values()):
        raise AwsError(
            "InvalidCacheParameterGroupState", "One or more cache clusters are still members of this parameter group."
        )
    del _groups(call)[name]
    forget(call, arn(call, "parametergroup", name))


def _groups(call: Call) -> dict[str, Any]:
    return call.store("elasticache.parameter_groups")


def _group(call: Call) -> dict[str, Any]:
    name = call.params["CacheParameterGroupName"].lower()
    if name not in _groups(call):
        raise AwsError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    found: dict[str, Any] = _groups(call)[name]
    return found


def _check(name: str, value: str) -> None:
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise AwsError("InvalidParameterValue", f"Could not find parameter with name: {name}")
    if not parameter["IsModifiable"]:
        raise AwsError("InvalidParameterValue", f"The parameter {name} cannot be modified.")
    if not _accepts(parameter, value):
        raise AwsError(
            "InvalidParameterValue", f"The value {value} for {name} is not one of {parameter['AllowedValues']}."
        )


def _accepts(parameter: dict[str, Any], value: str) -> bool:
    allowed = parameter.get("AllowedValues")
    if allowed is None:
        return True
    if parameter["DataType"] == "string":
        return value in allowed.split(",")
    if not value.lstrip("-").isdigit():
        return False
    for part in allowed.split(","):
        low, dash, high = part[1:].partition("-")
        low = int(part[0] + low)
        if int(value) == low or (dash and low <= int(value) <= int(high or 2**63)):
            return True
    return False
