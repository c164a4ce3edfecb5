"""The configuration of Alertmanager: the Secret that the operator reads, for the Alertmanager of the machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sandbox.planes.engines.observation.secrets import Secrets
from sandbox.planes.engines.observation.snapshot import Object, name, space
from sandbox.stand_in import SECRET, access_key

CREDENTIALS = {"AWS_ACCESS_KEY_ID": access_key("alerts"), "AWS_SECRET_ACCESS_KEY": SECRET}
"""For receivers of SNS."""
GOSSIP = 9094
ROOT = "/etc/alertmanager"
KEY = "alertmanager.yaml"


def files(alertmanager: Object, secrets: Secrets, directory: Path) -> dict[Path, str]:
    """{file: content}; the configuration is `directory / KEY`, the others are what it refers to.

    KeyError where the Secret or what it mounts is not there, ValueError where it is no YAML.
    """
    spec, namespace = alertmanager["spec"], space(alertmanager)
    held = secrets.secret(namespace, spec.get("configSecret") or f"alertmanager-{name(alertmanager)}")
    found = {directory / "config" / key: text for key, text in held.items() if key != KEY}
    for kind, of in (("secrets", secrets.secret), ("configMaps", secrets.config_map)):
        for called in spec.get(kind) or ():
            place = directory / kind.lower() / called
            found |= {place / key: text for key, text in of(namespace, called).items()}
    try:
        configuration = yaml.safe_load(held[KEY].replace(f"{ROOT}/", f"{directory}/"))
    except yaml.YAMLError as error:
        raise ValueError(f"{KEY} is no YAML: {error}") from error
    for webhook in _webhooks(configuration or {}):
        # Newer than the machine's Alertmanager.
        path = webhook.pop("url_file", None)
        if path is not None:
            webhook["url"] = found[Path(path)].strip()
    return {**found, directory / KEY: json.dumps(configuration, ensure_ascii=False, indent=1)}


def command(alertmanager: Object, directory: Path, address: str, port: int) -> tuple[str, ...]:
    spec = alertmanager["spec"]
    return (
        "/usr/bin/prometheus-alertmanager",
        f"--config.file={directory / KEY}",
        f"--storage.path={directory / 'data'}",
        f"--data.retention={spec.get('retention', '120h')}",
        f"--web.listen-address={address}:{port}",
        *((f"--web.external-url={spec['externalUrl']}",) if spec.get("externalUrl") else ()),
        "--web.route-prefix=/",
        # A cluster of one: without, its state is not "ready".
        f"--cluster.listen-address={address}:{GOSSIP}",
        f"--cluster.advertise-address={address}:{GOSSIP}",
        "--log.level=warn",
    )


def _webhooks(configuration: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for receiver in configuration.get("receivers") or ():
        yield from receiver.get("webhook_configs") or ()
