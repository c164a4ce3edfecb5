"""Serve the API of one cluster: `python -m sandbox.kube --data DIR --host A --port P --certificate C --key K
--settings FILE`, until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import logging
from pathlib import Path
from socket import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from sandbox.kube.access.gate import Gate
from sandbox.kube.api import Api
from sandbox.kube.controllers import Manager, manage
from sandbox.kube.http import app
from sandbox.kube.resources import Registry
from sandbox.kube.settings import Settings
from sandbox.kube.store import Store

GRACE_SECONDS = 2
"""How long answers that are under way may take at the end; watches never come to one by themselves."""


def read(path: Path) -> Settings:
    """Settings of a JSON file; those the emulator has no field for are kept as `extra`."""
    given: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    names = {each.name for each in dataclasses.fields(Settings)} - {"extra"}
    fields: dict[str, Any] = {"extra": {}}
    for key, value in given.items():
        target = fields if key in names else fields["extra"]
        target[key] = tuple(value) if key == "zones" else value
    return Settings(**fields)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("sandbox.kube")
    parser.add_argument("--data", type=Path, required=True, help="directory of what is kept")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--key", type=Path, required=True)
    parser.add_argument("--settings", type=Path, required=True, help="JSON: name, version, issuer, aws_endpoint ...")
    return parser.parse_args()


def build(data: Path, settings: Settings, store: Store) -> tuple[ASGIApp, Manager]:
    """The application of a cluster, and its controllers, which are to run beside it."""
    api = Api(store, Registry(), settings=settings)
    gate = Gate(api, data)
    return app(api, gate.authenticate, gate.authorize), manage(api)


async def serve(server: uvicorn.Server, manager: Manager, sockets: list[socket] | None = None) -> None:
    """Until the server is told to exit; an error of the controllers' manager ends it, too."""
    async with asyncio.TaskGroup() as tasks:
        managing = tasks.create_task(manager.run())
        await server.serve(sockets)
        managing.cancel()


def main() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    options = arguments()
    options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.closing(Store(options.data / "objects.sqlite")) as store:
        application, manager = build(options.data, read(options.settings), store)
        config = uvicorn.Config(
            application,
            host=options.host,
            port=options.port,
            ssl_certfile=options.certificate,
            ssl_keyfile=options.key,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        asyncio.run(serve(uvicorn.Server(config), manager))


if __name__ == "__main__":
    main()
