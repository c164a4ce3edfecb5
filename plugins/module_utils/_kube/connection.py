# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How an EKS cluster is reached: endpoint and authority as EKS tells them, and a token that AWS credentials sign."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SIGNATURE_SECONDS = 60
"""How long the signature itself is good for."""
TOKEN_SECONDS = 600.0
"""For how long one token is used: EKS takes it for fifteen minutes from its signing."""
TOKEN_PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"


@dataclass(frozen=True)
class Cluster:
    """A cluster whose API can be reached. ``authority`` is the CA in PEM, ``issuer`` the OIDC issuer of its tokens."""

    name: str
    arn: str
    version: str
    endpoint: str
    authority: str
    issuer: str


def clusters(eks: Any, owns: Callable[[Mapping[str, str]], bool]) -> list[dict[str, Any]]:
    """All clusters of the region whose tags are ``owns``'s, as DescribeCluster tells them."""
    pages = eks.get_paginator("list_clusters").paginate()
    found = [eks.describe_cluster(name=name)["cluster"] for page in pages for name in page["clusters"]]
    return [described for described in found if owns(described.get("tags", {}))]


def from_description(described: Mapping[str, Any]) -> Cluster | None:
    """One cluster of DescribeCluster's answer; None while it has no endpoint (creating, failed)."""
    if not described.get("endpoint") or not described.get("certificateAuthority", {}).get("data"):
        return None
    return Cluster(
        described["name"],
        described["arn"],
        described["version"],
        described["endpoint"],
        base64.b64decode(described["certificateAuthority"]["data"]).decode(),
        described["identity"]["oidc"]["issuer"],
    )


def token(sts: Any, cluster: str) -> str:
    """What ``aws eks get-token`` makes: a presigned GetCallerIdentity that also signs the cluster's name. No call."""
    url: str = sts._request_signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"{sts.meta.endpoint_url}/?Action=GetCallerIdentity&Version=2011-06-15",
            "headers": {CLUSTER_HEADER: cluster},
            "body": {},
            "context": {},
        },
        "GetCallerIdentity",
        expires_in=SIGNATURE_SECONDS,
        region_name=sts.meta.region_name,
        signing_name="sts",
    )
    return TOKEN_PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


class Token:
    """Bearer tokens of a cluster: one serves for ten minutes, or until it is refused. For any thread.

    :param sign: makes a token, see ``token``.
    :param renew: reads the credentials that sign again; they may have run out with the token that was refused.
    """

    def __init__(self, sign: Callable[[], str], renew: Callable[[], None] = lambda: None) -> None:
        self._sign = sign
        self._renew = renew
        self._lock = threading.Lock()
        self._signed = ("", 0.0)

    def __call__(self, refused: bool = False) -> str:
        with self._lock:
            signed, at = self._signed
            if refused:
                self._renew()
            if refused or not signed or time.monotonic() - at > TOKEN_SECONDS:
                signed = self._sign()
                self._signed = (signed, time.monotonic())
            return signed
