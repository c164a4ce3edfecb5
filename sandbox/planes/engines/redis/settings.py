"""What a Redis server and a sentinel are started with. Pure: values in, text of a file out.

https://redis.io/docs/latest/operate/oss_and_stack/management/config-file/
https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SENTINEL_PORT = 26379
GROUP = "group"
"""What sentinels call the only primary they watch."""
OPERATOR = "sandbox-operator"
"""The user as whom replicas, sentinels and the engine sign in; not told by AWS's API, as ElastiCache's own isn't."""

SENTINELS = 3
QUORUM = 2
DOWN_AFTER_MS = 1_000
"""Half of it is too short on a busy machine: a sentinel needs that long to reach a new primary over TLS, and fails over
from it at once when it does not."""
STAGGER_MS = 100
"""How much later each sentinel finds the primary down than the one before, so that they don't vote for themselves."""
FAILOVER_TIMEOUT_MS = 3_000
# Milliseconds, set by SENTINEL DEBUG as the file can't hold them. With the default ping period of a second, a
# connection that was lost or not made is tried again too late; but only replicas that told of themselves within five
# ping periods can be promoted, and they are asked once a second.
TUNING = {"PING-PERIOD": 250, "ASK-PERIOD": 200, "INFO-PERIOD": 1_000, "PUBLISH-PERIOD": 500, "TILT-PERIOD": 5_000}

# Commands that no user of ElastiCache may give.
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/RestrictedCommands.html
RESTRICTED = (  # noqa: SIM905
    "-acl|deluser -acl|load -acl|save -acl|setuser -bgrewriteaof -bgsave -cluster|addslots -cluster|addslotsrange "
    "-cluster|bumpepoch -cluster|delslots -cluster|delslotsrange -cluster|failover -cluster|flushslots -cluster|forget "
    "-cluster|links -cluster|meet -cluster|setslot -config -debug -migrate -psync -replicaof -save -shutdown -slaveof "
    "-sync"
).split()

# Parameters that only ElastiCache has, that the sandbox decides, or (activedefrag) that Debian's Redis can't follow.
OWN = frozenset(
    {
        "activedefrag",
        "appendfsync",
        "appendonly",
        "close-on-replica-write",
        "cluster-allow-reads-when-down",
        "cluster-enabled",
        "cluster-require-full-coverage",
        "maxclients",
        "reserved-memory-percent",
    }
)
EMPTY = '""'
STATIC = frozenset({"databases"})
"""Read when a server starts."""
LIMIT = "client-output-buffer-limit-"


@dataclass(frozen=True)
class Tls:
    certificate: str
    key: str
    authority: str


@dataclass(frozen=True)
class Server:
    """One node."""

    directory: str
    address: str
    port: int
    secret: str
    """The operator's password."""
    tls: Tls | None


@dataclass(frozen=True)
class User:
    """A user of ElastiCache: who signs in by IAM needs no password here, as every signature is accepted."""

    name: str
    access: str
    """The access string, in Redis's own ACL syntax."""
    passwords: tuple[str, ...] = ()
    """SHA-256 of each, in hexadecimal; none means that no password is asked for."""

    def rules(self) -> list[str]:
        """The rules of ACL SETUSER that make the user exactly this."""
        secrets = [f"#{digest}" for digest in self.passwords] or ["nopass"]
        return ["reset", *secrets, *self.access.split(), *RESTRICTED]


def digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


def operator_rules(secret: str) -> list[str]:
    return ["reset", f"#{digest(secret)}", "on", "~*", "&*", "+@all"]


def acl_file(users: Sequence[User], secret: str) -> str:
    """The whole ACL file. Redis makes a default user who may do everything when the file names none."""
    lines = {OPERATOR: operator_rules(secret), **{user.name: user.rules() for user in users}}
    return "".join(f"user {name} {' '.join(rules)}\n" for name, rules in lines.items())


def parameters(values: Mapping[str, str]) -> dict[str, str]:
    """Parameters of a parameter group as Redis's own configuration takes them."""
    known = {name: value for name, value in values.items() if name not in OWN and not name.startswith(LIMIT)}
    for kind, soft in (("normal", "0 0"), ("pubsub", "8388608 60")):
        hard = values.get(f"{LIMIT}{kind}-hard-limit")
        if hard is not None:
            known["client-output-buffer-limit"] = (
                f"{known.get('client-output-buffer-limit', '')} {kind} {hard} {soft}".strip()
            )
    return known


def server_file(server: Server, values: Mapping[str, str], primary: tuple[str, int] | None) -> str:
    """redis.conf of a node, which follows `primary` unless it is the primary.

    ElastiCache has no append-only file; here it keeps the data across restarts of the sandbox.
    """
    lines = [
        *_listening(server, server.port),
        "appendonly yes",
        "appendfsync everysec",
        f"aclfile {server.directory}/users.acl",
        f"masteruser {OPERATOR}",
        f"masterauth {server.secret}",
        f"replica-announce-ip {server.address}",
        f"replica-announce-port {server.port}",
        "repl-diskless-sync-delay 0",
        'save ""',
        *(f"{name} {value or EMPTY}" for name, value in parameters(values).items()),
    ]
    if primary:
        lines.append(f"replicaof {primary[0]} {primary[1]}")
    return "\n".join(lines) + "\n"


def sentinel_file(
    server: Server,
    index: int,
    others: Sequence[str],
    primary: tuple[str, int],
    replicas: Sequence[tuple[str, int]],
) -> str:
    """sentinel.conf. All sentinels and nodes know each other from the start, so none has to be discovered.

    index: which of the sentinels it is, from 0. others: addresses of the other ones. Sentinel rewrites
    the file as it learns.
    """
    lines = [
        *_listening(server, SENTINEL_PORT),
        f"requirepass {server.secret}",
        f"sentinel myid {sentinel_id(server.address)}",
        f"sentinel announce-ip {server.address}",
        f"sentinel announce-port {SENTINEL_PORT}",
        f"sentinel sentinel-pass {server.secret}",
        f"sentinel monitor {GROUP} {primary[0]} {primary[1]} {QUORUM}",
        f"sentinel auth-user {GROUP} {OPERATOR}",
        f"sentinel auth-pass {GROUP} {server.secret}",
        f"sentinel down-after-milliseconds {GROUP} {DOWN_AFTER_MS + STAGGER_MS * index}",
        f"sentinel failover-timeout {GROUP} {FAILOVER_TIMEOUT_MS}",
        f"sentinel parallel-syncs {GROUP} 5",
        *(f"sentinel known-replica {GROUP} {address} {port}" for address, port in replicas),
        *(f"sentinel known-sentinel {GROUP} {other} {SENTINEL_PORT} {sentinel_id(other)}" for other in others),
    ]
    return "\n".join(lines) + "\n"


def sentinel_id(address: str) -> str:
    """The id of the sentinel at an address: any 40 hexadecimal digits will do."""
    return hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest()


def _listening(server: Server, port: int) -> list[str]:
    common = [f"bind {server.address}", f"dir {server.directory}", "daemonize no", "protected-mode no"]
    if server.tls is None:
        return [*common, f"port {port}"]
    return [
        *common,
        "port 0",
        f"tls-port {port}",
        f"tls-cert-file {server.tls.certificate}",
        f"tls-key-file {server.tls.key}",
        f"tls-ca-cert-file {server.tls.authority}",
        "tls-auth-clients no",
        "tls-replication yes",
        'tls-protocols "TLSv1.2 TLSv1.3"',
    ]
