"""Roles for tokens of identity providers: the token is verified with the keys of the EKS cluster that issued it.

Other issuers' keys are not asked for: nothing here leaves the machine.
"""

from __future__ import annotations

import re
import time
from typing import Any

import jwt

from sandbox.aws.call import AwsError, Call
from sandbox.aws.documents import as_list, policy_of
from sandbox.aws.extensions import operation
from sandbox.aws.extensions.eks import servers
from sandbox.aws.extensions.eks.models import Cluster
from sandbox.aws.extensions.sts import trust

ISSUER = re.compile(r"https://oidc\.eks\.([a-z0-9-]+)\.amazonaws\.com/id/[0-9A-F]+")
ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
LONGEST = 3600


# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
@operation("sts", "AssumeRoleWithWebIdentity")
def assume_role(call: Call) -> dict[str, Any]:
    params = call.params
    token = params["WebIdentityToken"]
    claims = _claims(token)
    provider = _provider(call, str(claims.get("iss", "")))
    audiences = as_list(claims.get("aud"))
    if not set(audiences) & set(provider.client_id_list):
        raise _rejected("Incorrect token audience")
    _refuse_expired(claims)
    _verify(call, token, str(claims["iss"]), audiences)
    role = _role(call, params["RoleArn"])
    context = {
        f"{provider.url}:sub".lower(): [str(claims.get("sub", ""))],
        f"{provider.url}:aud".lower(): [str(audience) for audience in audiences],
    }
    if role is None or not trust.allows(policy_of(role.assume_role_policy_document), provider.arn, context):
        raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    if params.get("DurationSeconds", 0) > int(role.max_session_duration or LONGEST):
        message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", message, 400)
    output = call.moto()
    output["AssumedRoleUser"]["AssumedRoleId"] = f"{role.id}:{params['RoleSessionName']}"
    found = {"SubjectFromWebIdentityToken": claims["sub"], "Audience": audiences[0], "Provider": provider.arn}
    return {**output, **found}


def _claims(token: str) -> dict[str, Any]:
    """What a token says, not verified."""
    try:
        return dict(jwt.decode(token, options={"verify_signature": False}))
    except jwt.InvalidTokenError as error:
        message = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        raise _rejected(message) from error


def _provider(call: Call, issuer: str) -> Any:
    """IAM's identity provider of an issuer."""
    url = issuer.removeprefix("https://")
    for provider in call.backend("iam").open_id_providers.values():
        if provider.url == url:
            return provider
    raise _rejected(f"No OpenIDConnect provider found in your account for {issuer}")


def _refuse_expired(claims: dict[str, Any]) -> None:
    expires, now = float(claims.get("exp", 0)), time.time()
    if expires < now:
        raise AwsError(
            "ExpiredTokenException",
            f"Token expired: current date/time {now:.0f} must be before the expiration date/time {expires:.0f}",
        )


def _verify(call: Call, token: str, issuer: str, audiences: list[str]) -> None:
    """Check the signature with the key of the cluster that the issuer is of."""
    wanted = jwt.get_unverified_header(token).get("kid")
    keys = [key for key in _keys(call, issuer) if wanted in (None, key.get("kid"))]
    if not keys:
        raise _rejected("Couldn't retrieve verification key from your identity provider")
    try:
        jwt.decode(token, jwt.PyJWK(keys[0]), algorithms=ALGORITHMS, audience=audiences, issuer=issuer)
    except jwt.InvalidTokenError as error:
        raise _rejected(f"The ID Token provided could not be validated: {error}") from error


def _keys(call: Call, issuer: str) -> list[dict[str, Any]]:
    """The JWKS of an EKS cluster; [] of any other issuer, and of a cluster that has no API server."""
    found = ISSUER.fullmatch(issuer)
    if not found:
        return []
    region = found[1]
    known: dict[str, Cluster] = call.store("eks.clusters", region)
    for cluster in known.values():
        if cluster.description["identity"]["oidc"]["issuer"] == issuer:
            keys: list[dict[str, Any]] = (servers.facts(call, cluster.name, region).get("keys") or {}).get("keys", [])
            return keys
    return []


def _role(call: Call, arn: str) -> Any:
    """moto's role of an ARN, None without one."""
    return next((role for role in call.backend("iam").roles.values() if role.arn == arn), None)


def _rejected(message: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message)
