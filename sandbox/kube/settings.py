"""What a cluster is told of itself when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Settings:
    """`version` is major.minor; `extra` is what else the settings file says (account, AWS endpoint, ...)."""

    name: str = "sandbox"
    version: str = "1.34"
    issuer: str = "https://kubernetes.default.svc"
    region: str = "ap-northeast-1"
    zones: tuple[str, ...] = ("ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d")
    service_cidr: str = "172.20.0.0/16"
    pod_cidr: str = "10.64.0.0/12"
    extra: dict[str, Any] = field(default_factory=dict)
