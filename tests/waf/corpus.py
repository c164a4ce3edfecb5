"""Requests that a web application firewall must stop, and such as it must not: `requests/*.yml`."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.iworkz.platform.plugins.module_utils._waf.request import Request

DIRECTORY = Path(__file__).parent / "requests"
HOST = "api.iworkz.jp"
BROWSER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
REPEATED = re.compile(r"\{(.)\*(\d+)\}")


@dataclass(frozen=True)
class Sample:
    """``managed`` are AWS's rules that match, by group; ``stopped_by`` our rule that blocks (empty: it must pass)."""

    name: str
    kind: str
    attack: bool
    stopped_by: str
    managed: dict[str, list[str]]
    request: Request


def load() -> list[Sample]:
    """All of the corpus, attacks first, in the order of the files."""
    return [
        Sample(
            one["name"],
            one["kind"],
            file == "attacks",
            one.get("stopped_by", ""),
            one.get("managed", {}),
            _request(one),
        )
        for file in ("attacks", "benign")
        for one in yaml.safe_load((DIRECTORY / f"{file}.yml").read_text(encoding="utf-8"))
    ]


def _request(told: dict[str, Any]) -> Request:
    body = _body(told)
    headers = {"Host": told.get("host", HOST), "User-Agent": BROWSER, "Accept": "*/*", **told.get("headers", {})}
    if body:
        headers["Content-Length"] = str(len(body))
    return Request(
        told.get("method", "GET"),
        _repeated(told["target"]),
        tuple((name, _repeated(value)) for name, value in headers.items()),
        body,
        told.get("address", "203.0.113.10"),
        told.get("country", "JP"),
    )


def _body(told: dict[str, Any]) -> bytes:
    if "body_base64" in told:
        return base64.b64decode(told["body_base64"])
    if "padding" in told:
        padding = told["padding"]
        padded = {**json.loads(told["body"]), padding["field"]: padding["text"] * padding["times"]}
        return json.dumps(padded, ensure_ascii=False).encode()
    return told.get("body", "").encode() * told.get("times", 1)


def _repeated(text: str) -> str:
    return REPEATED.sub(lambda found: found[1] * int(found[2]), text)
