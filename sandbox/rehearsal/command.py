"""`python -m sandbox rehearse`: fill a launched sandbox, or leave alone what was filled before."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import redis
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.rehearsal import caches, consents, documents, images, indices, registers, relational, vault
from sandbox.rehearsal.account import DOCUMENTS, VAULT_KEY, Account
from sandbox.rehearsal.employers import deliver
from sandbox.rehearsal.employers.generate import generate
from sandbox.rehearsal.making import Tables
from sandbox.rehearsal.rows import rows
from sandbox.settings import SandboxError, Settings

SESSIONS = 4
WAITS = "waits for the role data_protection"


def rehearse(settings: Settings) -> Iterator[tuple[str, str]]:
    """What was looked at, and whether it is `changed`, `unchanged` or waits for something.

    SandboxError when the sandbox is down, or phase 1 has not been applied.
    """
    account = Account(settings)
    try:
        with ThreadPoolExecutor(SESSIONS) as pool:
            made = rows()
            changed = pool.map(lambda service: _relational(account, service, made[service]), made)
            yield from zip((f"PostgreSQL of {service}" for service in made), map(_told, changed), strict=True)
        yield from _encrypted(account)
        said = consents.write(account)
        yield "PostgreSQL of identity, consent", WAITS if said is None else _told(said)
        for service in caches.DAYS:
            cache = account.cache(service)
            yield f"Redis of {service}", _told(caches.fill(cache, service))
            caches.look_up(cache, service)
        yield f"OpenSearch, {indices.ALIAS}", _told(indices.index(account))
        yield "ECR", _told(images.push(account.client("ecr")))
    except (psycopg.Error, redis.RedisError, BotoCoreError, OSError) as error:
        raise SandboxError(f"{error}: is the sandbox up?") from error
    except ClientError as error:
        raise SandboxError(f"{error}: apply phase 1 first") from error


def _relational(account: Account, service: str, tables: Tables) -> bool:
    with account.migrations(service) as connection:
        return relational.load(connection, service, tables)


def _encrypted(account: Account) -> Iterator[tuple[str, str]]:
    """What needs the bucket of documents or the vault's key, which the role data_protection makes in phase 1."""
    yield f"S3, {DOCUMENTS}", _told(documents.upload(account.client("s3"), DOCUMENTS))
    yield "PostgreSQL of document", _told(_relational(account, "document", documents.rows()))
    with account.migrations("compliance") as connection:
        kms = account.client("kms")
        held = relational.load(connection, "compliance", vault.rows(), lambda it: vault.sealed(it, kms, VAULT_KEY))
        yield "PostgreSQL of compliance, My Numbers", _told(held)
        written = registers.write(connection)
        yield "PostgreSQL of compliance, registers", WAITS if written is None else _told(written)
        yield "PostgreSQL of compliance, employers", _told(_employers(connection))


def _employers(connection: psycopg.Connection[Any]) -> bool:
    """Known by its program, which takes longer to run than to read."""
    files = sorted(Path(deliver.__file__).parent.glob("*.*"))
    content = "".join(file.read_text(encoding="utf-8") for file in files)
    return relational.once(connection, "employment", content, lambda: deliver.load(connection, generate().tables))


def _told(changed: bool) -> str:
    return "changed" if changed else "unchanged"
