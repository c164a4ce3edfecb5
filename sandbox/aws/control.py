"""The control API under /_sandbox/: JSON over HTTP on the same port as the AWS APIs. README.md documents it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import moto

from sandbox.aws import token_keys
from sandbox.aws.extensions import extended
from sandbox.aws.protocol import Response

if TYPE_CHECKING:
    from sandbox.aws.app import Application

PREFIX = "/_sandbox/"

Args = Mapping[str, str]
Route = Callable[["Application", Args, Any], Any]


def respond(application: Application, method: str, path: str, args: Args, body: bytes) -> Response:
    """The answer to a request; 404 for an unknown path, 400 with the reason for a document that is not understood."""
    route = ROUTES.get((method, path.removeprefix(PREFIX)))
    if route is None:
        known = sorted(f"{verb} {PREFIX}{name}" for verb, name in ROUTES)
        return json_response({"error": f"{method} {path} is unknown", "known": known}, 404)
    try:
        return json_response(route(application, args, json.loads(body) if body else None))
    except (KeyError, TypeError, ValueError) as error:
        return json_response({"error": f"{type(error).__name__}: {error}"}, 400)


def json_response(document: Any, status: int = 200) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(document).encode())


def _health(application: Application, args: Args, document: Any) -> Any:
    return {
        "status": "degraded" if application.unsaved else "ok",
        "unsaved": application.unsaved,
        "pid": os.getpid(),
        "moto": moto.__version__,
        "state": str(application.store.path.parent.parent),
        "uptime_seconds": round(time.time() - application.started, 1),
        "extended": extended(),
    }


def _calls(application: Application, args: Args, document: Any) -> Any:
    return application.log.since(int(args.get("since", 0)))


def _reset_calls(application: Application, args: Args, document: Any) -> Any:
    application.log.reset()
    return {"status": "ok"}


def _unsupported(application: Application, args: Args, document: Any) -> Any:
    return {"unsupported": application.log.unsupported()}


def _reset(application: Application, args: Args, document: Any) -> Any:
    application.reset()
    return {"status": "ok"}


def _save(application: Application, args: Args, document: Any) -> Any:
    application.save()
    return {"status": "ok"}


def _describe_faults(application: Application, args: Args, document: Any) -> Any:
    return application.faults.describe()


def _add_faults(application: Application, args: Args, document: Any) -> Any:
    application.faults.configure(document)
    return application.faults.describe()


def _clear_faults(application: Application, args: Args, document: Any) -> Any:
    application.faults.clear()
    return application.faults.describe()


def _transitions(application: Application, args: Args, document: Any) -> Any:
    seconds = {str(kind): float(value) for kind, value in (document or {}).items()}
    with application.lock:
        application.store.transitions.seconds.update(seconds)
        return application.store.transitions.seconds


def _token_keys(application: Application, args: Args, document: Any) -> Any:
    with application.lock:
        return token_keys.key_set(args["region"])


def _authorization(application: Application, args: Args, document: Any) -> Any:
    application.enforced = bool(document["enforced"])
    return {"enforced": application.enforced}


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "health"): _health,
    ("GET", "calls"): _calls,
    ("POST", "calls/reset"): _reset_calls,
    ("GET", "unsupported"): _unsupported,
    ("POST", "reset"): _reset,
    ("POST", "save"): _save,
    ("GET", "faults"): _describe_faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "authorization"): _authorization,
    ("GET", "token_keys"): _token_keys,
    ("GET", "transitions"): _transitions,
    ("POST", "transitions"): _transitions,
}
