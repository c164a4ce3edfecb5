"""How kubectl reaches a cluster of the sandbox as its administrator."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from sandbox.planes.client import PlaneError, Planes
from sandbox.settings import SandboxError, Settings

KIND = "kubernetes"
PREFIX = "sandbox-"
"""What the names of contexts begin with."""


def kubeconfig(settings: Settings, cluster: str | None) -> str:
    """A kubeconfig (JSON, which is YAML) of a cluster: of the only one when none is named.

    cluster: its name, or `<region>/<name>`. SandboxError without one, or while it is being made.
    """
    planes = Planes(settings.planes_socket)
    try:
        key = _key(list(planes.describe_all(KIND)), cluster)
        found = planes.ask(KIND, key, "credentials")
    except PlaneError as error:
        raise SandboxError(str(error)) from error
    name = PREFIX + key.rpartition("/")[2]
    authority = base64.b64encode(found["ca"].encode()).decode()
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [
            {"name": name, "cluster": {"server": found["server"], "certificate-authority-data": authority}},
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "users": [{"name": name, "user": {"token": found["token"]}}],
    }
    return json.dumps(document, indent=2) + "\n"


def write(path: Path, text: str) -> None:
    """Write a kubeconfig for its owner only; SandboxError instead of overwriting somebody else's."""
    if path.exists() and not _is_ours(path):
        raise SandboxError(f"{path} holds contexts that are not the sandbox's: give another --file")
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    temporary.replace(path)


def _key(keys: list[str], cluster: str | None) -> str:
    found = [key for key in keys if cluster in (None, key, key.rpartition("/")[2])]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(keys)) or "none"
    raise SandboxError(f"{'name one of the clusters' if found else 'there is no such cluster'}; there are: {known}")


def _is_ours(path: Path) -> bool:
    try:
        contexts: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["contexts"]
        return all(context["name"].startswith(PREFIX) for context in contexts)
    except (ValueError, KeyError, TypeError):
        return False
