"""The launched sandbox's stores, found and opened as a service would: over the AWS APIs, with secrets and tokens."""

from __future__ import annotations

import hashlib
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3
import psycopg
import redis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from sandbox.settings import SandboxError, Settings

PREFIX = "iworkz-sandbox"
ACCOUNT = "123456789012"
REGION = "ap-northeast-1"
DOCUMENTS = f"{PREFIX}-documents-{ACCOUNT}"
VAULT_KEY = f"alias/{PREFIX}-my-number"
SECONDS = 30


class Account:
    """Every method raises SandboxError where phase 1 has not been applied."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: Any = boto3.Session("sandbox", "the-emulator-takes-any-key", region_name=REGION)

    def client(self, service: str) -> Any:
        """A boto3 client."""
        return self._session.client(service, endpoint_url=self._settings.url)

    @property
    def _ca(self) -> str:
        return str(self._settings.planes_directory / "ca.pem")

    @cached_property
    def _database(self) -> Mapping[str, Any]:
        with _applied(f"{PREFIX}-postgres"):
            found = self.client("rds").describe_db_instances(DBInstanceIdentifier=f"{PREFIX}-postgres")
            return dict(found["DBInstances"][0]["Endpoint"])

    def migrations(self, service: str) -> psycopg.Connection[Any]:
        """A session in a service's database, as the role of its migrations."""
        return self.session(service, f"{service}-migrate")

    def session(self, service: str, user: str) -> psycopg.Connection[Any]:
        """A session in a service's database, as the user of a secret."""
        name = f"{PREFIX}/postgres/{user}"
        with _applied(name):
            secret = json.loads(self.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])
        return psycopg.connect(
            host=self._database["Address"],
            port=self._database["Port"],
            user=secret["username"],
            password=secret["password"],
            dbname=service.replace("-", "_"),
            sslmode="verify-full",
            sslrootcert=self._ca,
            application_name="sandbox rehearsal",
            connect_timeout=SECONDS,
        )

    @cached_property
    def _cache(self) -> Mapping[str, Any]:
        with _applied(f"{PREFIX}-redis"):
            found = self.client("elasticache").describe_replication_groups(ReplicationGroupId=f"{PREFIX}-redis")
            return dict(found["ReplicationGroups"][0]["NodeGroups"][0]["PrimaryEndpoint"])

    def cache(self, service: str) -> redis.Redis:
        """Redis as the user of a service, who may touch the keys that begin with its name."""
        user = f"{PREFIX}-{service}"
        client = self.client("elasticache")
        request = {
            "method": "GET",
            "url": f"https://{PREFIX}-redis/?{urlencode({'Action': 'connect', 'User': user})}",
            "headers": {},
            "body": {},
            "context": {},
        }
        token = client._request_signer.generate_presigned_url(
            request, "connect", expires_in=900, region_name=REGION, signing_name="elasticache"
        ).removeprefix("https://")
        return redis.Redis(
            host=self._cache["Address"],
            port=self._cache["Port"],
            username=user,
            password=token,
            ssl=True,
            ssl_ca_certs=self._ca,
            socket_timeout=SECONDS,
            protocol=2,
        )

    @cached_property
    def _search(self) -> str:
        with _applied(f"{PREFIX}-search"):
            found = self.client("opensearch").describe_domain(DomainName=f"{PREFIX}-search")["DomainStatus"]
            return f"https://{found['Endpoints']['vpc']}"

    @cached_property
    def _searcher(self) -> ReadOnlyCredentials:
        role = f"arn:aws:iam::{ACCOUNT}:role/{PREFIX}-search-admin"
        given = self.client("sts").assume_role(RoleArn=role, RoleSessionName="rehearsal")["Credentials"]
        return ReadOnlyCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def search(self, method: str, path: str, lines: Sequence[Mapping[str, Any]] = ()) -> Any:
        """A call of OpenSearch, its body one JSON document per line. Returns the decoded answer, None for 404."""
        data = "".join(f"{json.dumps(line, ensure_ascii=False, default=str)}\n" for line in lines).encode()
        kind = "application/x-ndjson" if len(lines) > 1 else "application/json"
        signed = AWSRequest(method, f"{self._search}{path}", data=data, headers={"Content-Type": kind})
        signed.headers["X-Amz-Content-SHA256"] = hashlib.sha256(data).hexdigest()
        SigV4Auth(self._searcher, "es", REGION).add_auth(signed)
        request = Request(str(signed.url), data or None, dict(signed.headers.items()), method=method)
        try:
            with urlopen(request, timeout=SECONDS, context=ssl.create_default_context(cafile=self._ca)) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            if error.code == 404:
                return None
            raise SandboxError(f"{method} {path} of OpenSearch: {error.code} {error.read().decode()[:200]}") from error


@contextmanager
def _applied(what: str) -> Iterator[None]:
    """Says what is to be applied where a resource is not there."""
    try:
        yield
    except (ClientError, KeyError) as error:
        raise SandboxError(f"{what} is not there ({error}): apply phase 1 first") from error
