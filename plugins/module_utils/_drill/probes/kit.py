# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probes of a run: made from what AWS and Secrets Manager say, started, watched and stopped together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._drill.context import Context, StepFailed
from ansible_collections.iworkz.platform.plugins.module_utils._drill.instances import CANARY_SECRET
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.amqp import AmqpCanary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.canary import Canary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.postgres import PostgresCanary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.process import Probe
from ansible_collections.iworkz.platform.plugins.module_utils._drill.probes.redis import RedisCanary
from ansible_collections.iworkz.platform.plugins.module_utils._drill.scenario import Store, Variant
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, rabbitmq, redis, secrets

with suppress(ImportError):  # postgres.require() says so
    import psycopg

QUEUE_SECRET = "{prefix}/mq/{canary}"
ATTEMPT_SECONDS = 2
# A peer that is gone without a word is noticed after so many unanswered probes, a second apart.
KEEPALIVE = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 3}


class Kit(Protocol):
    """Makes canaries and probes; tests have one that needs no store."""

    def canary(self, context: Context, store: Store, identifier: str, variant: Variant) -> Canary:
        """Raises what the lookups of endpoint and credentials raise."""

    def probe(self, store: Store, canary: Canary, rate: float, directory: Path, identifier: str) -> Probe: ...


class StoreKit:
    """The real ones."""

    def canary(self, context: Context, store: Store, identifier: str, variant: Variant) -> Canary:
        return _CANARIES[store](context, identifier, variant)

    def probe(self, store: Store, canary: Canary, rate: float, directory: Path, identifier: str) -> Probe:
        return Probe(store, canary, rate, directory / f"acks.{store}.{identifier}")


def stop(probes: Sequence[Probe]) -> None:
    for probe in probes:
        probe.stop()


def _postgres(context: Context, identifier: str, variant: Variant) -> Canary:
    postgres.require()
    site = context.site
    user = postgres.credentials(context.clients, CANARY_SECRET.format(prefix=site.names["prefix"], canary=site.canary))
    pooler = site.reach["pooler"]
    parameters = postgres.parameters(
        pooler["host"],
        int(pooler["port"]),
        user.username,
        user.password,
        site.canary,
        site.reach["ca_bundle"] or None,
        application_name="iworkz.drill",
        connect_timeout=ATTEMPT_SECONDS,
    )
    return PostgresCanary(
        lambda: psycopg.connect(**{**parameters, **KEEPALIVE}, autocommit=True), identifier, variant.synchronous_commit
    )


def _redis(context: Context, identifier: str, _variant: Variant) -> Canary:
    site = context.site
    group = redis.replication_group(context.clients, site.names["cache"])
    if group is None:
        raise StepFailed(f"there is no replication group {site.names['cache']}")
    found: Mapping[str, Any] = group
    user = f"{site.names['prefix']}-{site.canary}"
    return RedisCanary(
        lambda: redis.connect(
            found,
            user,
            lambda: redis.iam_token(context.clients, found, user),
            ca_bundle=site.reach["ca_bundle"] or None,
            retry=False,
            timeout=ATTEMPT_SECONDS,
        ),
        site.canary,
        identifier,
    )


def _amqp(context: Context, identifier: str, _variant: Variant) -> Canary:
    site = context.site
    broker = rabbitmq.broker(context.clients, site.names["broker"])
    secret = QUEUE_SECRET.format(prefix=site.names["prefix"], canary=site.canary)
    credentials = secrets.read(context.client("secretsmanager"), secret)
    if broker is None or credentials is None:
        raise StepFailed(f"there is no broker {site.names['broker']} with a secret {secret}")
    found, user = broker, credentials
    return AmqpCanary(
        lambda: rabbitmq.amqp(found, user, site.canary, site.reach["ca_bundle"] or None), site.canary, identifier
    )


_CANARIES: Mapping[Store, Callable[[Context, str, Variant], Canary]] = {
    "postgres": _postgres,
    "redis": _redis,
    "amqp": _amqp,
}
