"""The parameters of Redis 7 as ElastiCache lists them, and their values in a parameter group."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call

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


def groups(call: Call) -> dict[str, Any]:
    """Parameter groups by name: {"shown": as described, "values": what was set}."""
    return call.store("elasticache.parameter_groups")


def values_of(call: Call, group: str) -> dict[str, str]:
    """All parameters that have a value in a group, be it set or the default."""
    defaults = {name: p["ParameterValue"] for name, p in PARAMETERS.items() if "ParameterValue" in p}
    return defaults | (groups(call)[group]["values"] if group in groups(call) else {})
