"""Tokens of `aws eks get-token`: a presigned GetCallerIdentity, replayed at the AWS emulator, and access entries.

https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from __future__ import annotations

import base64
import calendar
import http.client
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from sandbox.kube.access.users import Grant, User, with_authenticated
from sandbox.stand_in import API_SERVER

PREFIX = "k8s-aws-v1."
HEADER = "x-k8s-aws-id"
LONGEST = 4096
LIFETIME = 900
"""Seconds after X-Amz-Date, whatever X-Amz-Expires says: as EKS's authenticator has it."""
AHEAD = 300
"""Seconds a clock may be ahead: more, and STS calls a signature not yet current."""
_PARAMETERS = frozenset({"action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires",
                         "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"})  # fmt: skip
_STS = re.compile(r"sts(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_TIMEOUT = 10
_STS_XML = "{https://sts.amazonaws.com/doc/2011-06-15/}"


class Refusal(Exception):
    """Why a token is not accepted. The client is told `Unauthorized` only, as on EKS."""


@dataclass(frozen=True)
class Presigned:
    """A request to STS that a token carries; `expires` in seconds of the epoch."""

    query: str
    access_key: str
    expires: float


@dataclass(frozen=True)
class Identity:
    """Who signed: `arn` as STS tells it, `principal` the user's or role's own."""

    arn: str
    account: str
    user_id: str
    session: str
    access_key: str

    @property
    def principal(self) -> str:
        return canonical(self.arn)


@dataclass(frozen=True)
class AccessEntry:
    """What EKS has of a principal; `username` may be a template."""

    username: str
    groups: tuple[str, ...]
    grants: tuple[Grant, ...]


def read(token: str, endpoint: str, now: float) -> Presigned:
    """What a token carries; `Refusal` unless it is nothing but a fresh GetCallerIdentity with the signed header."""
    url = _url(token)
    own = urllib.parse.urlsplit(endpoint)
    if not ((url.scheme, url.netloc) == (own.scheme, own.netloc) or url.scheme == "https"):
        raise Refusal(f'unexpected scheme "{url.scheme}" in pre-signed URL')
    if url.netloc != own.netloc and not _STS.fullmatch(url.netloc):
        raise Refusal(f'unexpected hostname "{url.netloc}" in pre-signed URL')
    if url.path not in ("", "/"):
        raise Refusal("unexpected path in pre-signed URL")
    try:
        pairs = urllib.parse.parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise Refusal("malformed query parameter") from None
    given = {name.lower(): value for name, value in pairs}
    unknown = given.keys() - _PARAMETERS
    if unknown:
        raise Refusal(f'non-whitelisted query parameter "{min(unknown)}"')
    if len(given) != len(pairs):
        raise Refusal("query parameter with multiple values not supported")
    if given.get("action") != "GetCallerIdentity":
        raise Refusal("unexpected action parameter in pre-signed URL")
    if HEADER not in given.get("x-amz-signedheaders", "").lower().split(";"):
        raise Refusal(f"client did not sign the {HEADER} header in the pre-signed URL")
    if not given.get("x-amz-signature"):
        raise Refusal("the pre-signed URL has no signature")
    lifetime = given.get("x-amz-expires", "")
    if not lifetime.isascii() or not lifetime.isdigit() or int(lifetime) > LIFETIME:
        raise Refusal("invalid X-Amz-Expires parameter in pre-signed URL")
    signed = _date(given.get("x-amz-date", ""))
    if now > signed + LIFETIME:
        raise Refusal("X-Amz-Date parameter is expired (15 minute expiration)")
    if signed > now + AHEAD:
        raise Refusal("Signature not yet current")
    return Presigned(url.query, given.get("x-amz-credential", "").split("/")[0], signed + LIFETIME)


def canonical(arn: str) -> str:
    """The ARN of a principal without its path, of a session its role's: what STS and access entries have in common."""
    head, _, path = arn.partition("/")
    names = path.split("/")
    if head.endswith(":assumed-role"):
        return head.replace(":sts:", ":iam:").removesuffix("assumed-role") + f"role/{names[0]}"
    return f"{head}/{names[-1]}" if path else arn


def user_of(identity: Identity, entry: AccessEntry) -> User:
    """The Kubernetes user an access entry makes of who signed."""
    values = {
        "SessionName": identity.session.replace("@", "-"),
        "SessionNameRaw": identity.session,
        "AccountID": identity.account,
        "AccessKeyID": identity.access_key,
    }
    name = entry.username or identity.arn
    for key, value in values.items():
        name = name.replace("{{" + key + "}}", value)
    extra = {
        "accessKeyId": identity.access_key,
        "arn": identity.arn,
        "canonicalArn": identity.principal,
        "principalId": identity.user_id,
        "sessionName": identity.session,
        "sigs.k8s.io/aws-iam-authenticator/principalId": identity.user_id,
    }
    uid = f"aws-iam-authenticator:{identity.account}:{identity.user_id}"
    groups = with_authenticated(entry.groups)
    return User(name, uid, groups, tuple((key, (value,)) for key, value in extra.items()), entry.grants)


class Emulator:
    """The AWS emulator at `endpoint`; OSError when it can't be asked. No other host ever is, whatever a token says."""

    def __init__(self, endpoint: str, cluster: str, region: str) -> None:
        self.endpoint, self._cluster, self._region = endpoint.rstrip("/"), cluster, region

    def caller(self, presigned: Presigned) -> Identity:
        """Who signed; `Refusal` when STS doesn't accept it."""
        # moto takes a presigned GET of / for one of S3's unless a header, too, says that it is for STS.
        headers = {HEADER: self._cluster, "Authorization": _authorization(presigned.access_key, self._region, "sts")}
        status, body = self._get(f"/?{presigned.query}", headers)
        if status != 200:
            raise Refusal(f"error from AWS (expected 200, got {status}). Body: {body.decode(errors='replace')}")
        found = {tag: ElementTree.fromstring(body).findtext(f".//{_STS_XML}{tag}") or ""
                 for tag in ("Arn", "Account", "UserId")}  # fmt: skip
        user_id, _, session = found["UserId"].partition(":")
        return Identity(found["Arn"], found["Account"], user_id, session, presigned.access_key)

    def access_entry(self, principal: str) -> AccessEntry | None:
        """The access entry of a principal (`canonical`), None when there is none."""
        base = f"/clusters/{urllib.parse.quote(self._cluster, safe='')}/access-entries"
        for arn in self._pages(base, "accessEntries"):
            if canonical(arn) == principal:
                path = f"{base}/{urllib.parse.quote(arn, safe='')}"
                entry = self._read(path)["accessEntry"]
                policies = self._pages(f"{path}/access-policies", "associatedAccessPolicies")
                return AccessEntry(
                    entry.get("username", ""), tuple(entry.get("kubernetesGroups") or ()), tuple(map(_grant, policies))
                )
        return None

    def _pages(self, path: str, key: str) -> list[Any]:
        found: list[Any] = []
        more = ""
        while True:
            page = self._read(f"{path}?nextToken={urllib.parse.quote(more)}" if more else path)
            found += page[key]
            more = page.get("nextToken") or ""
            if not more:
                return found

    def _read(self, path: str) -> dict[str, Any]:
        status, body = self._get(path, {"Authorization": _authorization(API_SERVER, self._region, "eks")})
        if status != 200:
            raise OSError(f"EKS answered {status}: {body.decode(errors='replace')}")
        document: dict[str, Any] = json.loads(body)
        return document

    def _get(self, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        request = urllib.request.Request(self.endpoint + path, headers=headers)
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except http.client.HTTPException as error:
            raise OSError(f"no answer of HTTP from {self.endpoint}: {error!r}") from error


def _authorization(access_key: str, region: str, service: str) -> str:
    """Says which service a request is for, and from whom; the emulator looks at no signature."""
    scope = f"{access_key}/{time.strftime('%Y%m%d', time.gmtime())}/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def _url(token: str) -> urllib.parse.SplitResult:
    encoded = token.removeprefix(PREFIX)
    if len(token) > LONGEST or "=" in encoded:
        raise Refusal("token is too large" if len(token) > LONGEST else "illegal base64 data")
    try:
        decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4), b"-_", validate=True)
        text = decoded.decode("ascii")
        if not text.isprintable() or " " in text:
            raise Refusal("invalid character in pre-signed URL")
        return urllib.parse.urlsplit(text)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _date(text: str) -> float:
    try:
        return float(calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ")))
    except ValueError:
        raise Refusal("X-Amz-Date parameter must be present in pre-signed URL") from None


def _grant(association: dict[str, Any]) -> Grant:
    scope = association["accessScope"]
    namespaces = tuple(scope.get("namespaces") or ()) if scope["type"] == "namespace" else None
    return Grant(association["policyArn"].rpartition("/")[2], namespaces)
