"""The WSGI application: control API, or identify, disturb, answer (extension or moto), log."""

from __future__ import annotations

import functools
import gzip
import io
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from http.client import responses as PHRASES
from typing import TYPE_CHECKING, Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.request import Request
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.aws import authorization, background, control
from sandbox.aws.call import Call
from sandbox.aws.calllog import CallLog
from sandbox.aws.extensions import handler_of
from sandbox.aws.faults import Faults
from sandbox.aws.identify import Target, credential_of, identify
from sandbox.aws.protocol import AwsError, Response, UnsupportedError, error_code, serialise
from sandbox.aws.saver import Saver
from sandbox.aws.store import Store, backend_count
from sandbox.planes.client import Planes
from sandbox.stand_in import is_stand_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOT_IMPLEMENTED = "NotImplementedBySandbox"


class Application:
    def __init__(self, store: Store, log: CallLog, planes: Planes | None = None, *, kept: bool = True) -> None:
        """
        :param kept: whether the account is written to disk after every change; one that ends with its process needn't.
        """
        self.store = store
        self.log = log
        self.planes = planes
        self.faults = Faults()
        self.enforced = False
        """Whether policies of IAM decide over calls of users and roles; see authorization.py."""
        self.started = time.time()
        # moto's models are not thread-safe, and one call at a time also gives the saver a consistent account.
        self.lock = threading.RLock()
        self._saver = Saver(self.save) if kept else None
        self._saving = threading.Lock()
        self.unsaved: list[str] = []
        self._moto = DomainDispatcherApplication(_create_app)
        # It looks through moto's directories for every request, which is two fifths of a call's time.
        self._moto.get_backend_for_host = functools.cache(self._moto.get_backend_for_host)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = self._respond(environ)
        start_response(f"{response.status} {PHRASES.get(response.status, 'Unknown')}", response.headers)
        return [response.body]

    def save(self) -> None:
        """Write the account to disk. What could not be saved is logged, and in the health until it can be."""
        with self._saving:
            with self.lock:
                content, left_out = self.store.dumps()
            self.store.write(content)
        for reason in set(left_out) - set(self.unsaved):
            print(f"not saved: {reason}", file=sys.stderr, flush=True)
        self.unsaved = left_out

    def reset(self) -> None:
        """An empty account, no data planes, no faults, no call on record."""
        with self.lock:
            if self.planes:
                self.planes.reset()
            self.store.reset()
            self.faults.clear()
            self.enforced = False
            self.log.reset()
        if self._saver:
            self.save()

    def run_moto(self, request: Request, target: Target | None) -> Response:
        """moto's answer to a request; UnsupportedError when it has none."""
        environ = {key: value for key, value in request.environ.items() if not key.startswith("werkzeug.")}
        environ["wsgi.input"] = io.BytesIO(request.environ["sandbox.body"])
        environ["CONTENT_LENGTH"] = str(len(request.environ["sandbox.body"]))
        try:
            response = _run_wsgi(self._moto, environ)
        except NotImplementedError as error:
            raise UnsupportedError(str(error)) from error
        if target and target.service != "s3" and _is_no_answer(response):
            raise UnsupportedError("moto has no such path")
        return response

    def _respond(self, environ: WSGIEnvironment) -> Response:
        began = time.perf_counter()
        body = _read_body(environ)
        environ["sandbox.body"] = body
        environ["wsgi.input"] = io.BytesIO(body)
        request = Request(environ)
        if request.path.startswith(control.PREFIX):
            return control.respond(self, request.method, request.path, request.args, body)
        target = identify(request)
        delay, fault = self.faults.strike(target) if target else (0.0, None)
        if delay:
            time.sleep(delay)
        response = serialise(target, fault) if fault and target else self._answer(request, target)
        self._log(request, target, response, time.perf_counter() - began)
        return response

    def _answer(self, request: Request, target: Target | None) -> Response:
        with self.lock:
            self.store.transitions.settle()
            backends = backend_count()
            call = Call(self, request, target, _account_of(target.access_key)) if target else None
            noted = False
            try:
                if call and self.enforced:
                    authorization.authorize(call)
                noted = background.before(call) if call else False
                response = self.handle(request, target)
            except AwsError as error:
                assert target is not None, "only identified calls reach an extension"
                response = serialise(target, error)
            except UnsupportedError as error:
                response = self._unsupported(request, target, str(error))
            except Exception as error:
                traceback.print_exc()
                response = _failure(target, "InternalFailure", f"{type(error).__name__}: {error}", 500)
            noted = (background.after(call, response) if call else False) or noted
            if self._saver and (target is None or target.mutating or noted or backend_count() != backends):
                self._saver.changed()
            return response

    def handle(self, request: Request, target: Target | None) -> Response:
        """The answer of an extension or moto; AwsError or UnsupportedError when there is none."""
        handler = handler_of(target.service, target.operation) if target else None
        if handler is None or target is None:
            return self.run_moto(request, target)
        call = Call(self, request, target, _account_of(target.access_key))
        return serialise(target, handler(call) or {})

    def _unsupported(self, request: Request, target: Target | None, reason: str) -> Response:
        service, operation = (target.service, target.operation) if target else ("", f"{request.method} {request.path}")
        self.log.add_unsupported(service, operation, reason)
        return _failure(target, NOT_IMPLEMENTED, f"The sandbox does not implement {service} {operation}: {reason}", 501)

    def _log(self, request: Request, target: Target | None, response: Response, seconds: float) -> None:
        if target:
            entry: dict[str, Any] = {
                "service": target.service,
                "operation": target.operation,
                "region": target.region,
                "mutating": target.mutating,
                "error": error_code(target, response),
                "access_key": target.access_key,
            }
        else:
            region, access_key = credential_of(request)
            entry = {
                "service": request.path,
                "operation": "",
                "region": region,
                "mutating": request.method not in ("GET", "HEAD", "OPTIONS"),
                "error": "" if response.status < 400 else str(response.status),
                "access_key": access_key,
            }
        entry["stand_in"] = is_stand_in(entry["access_key"])
        self.log.add(**entry, status=response.status, milliseconds=round(seconds * 1000, 1))


def _create_app(backend: Any) -> Any:
    if backend is None:
        raise UnsupportedError("moto has no such service")
    return create_backend_app(backend)


def _failure(target: Target | None, code: str, message: str, status: int) -> Response:
    if target:
        return serialise(target, AwsError(code, message, status))
    return control.json_response({"__type": code, "message": message}, status)


def _account_of(access_key: str) -> str:
    from moto.iam.models import get_account_id_from

    return get_account_id_from(access_key) or DEFAULT_ACCOUNT_ID


def _is_no_answer(response: Response) -> bool:
    """moto's web framework found no path, or moto's handler no operation."""
    if response.status != HTTPStatus.NOT_FOUND:
        return False
    return not response.body or response.body.lstrip()[:14].lower() == b"<!doctype html"


def _read_body(environ: WSGIEnvironment) -> bytes:
    """The whole body, unzipped where a client has zipped it (PutMetricData and the like)."""
    if environ.get("wsgi.input_terminated"):
        body: bytes = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    zipped_by_client = environ.get("HTTP_CONTENT_ENCODING") == "gzip" and "/s3/aws4" not in environ.get(
        "HTTP_AUTHORIZATION", ""
    )
    if zipped_by_client:
        body = gzip.decompress(body)
        del environ["HTTP_CONTENT_ENCODING"]
    environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _run_wsgi(application: Any, environ: WSGIEnvironment) -> Response:
    response = Response(500)

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        response.status = int(status.split(" ", 1)[0])
        response.headers = list(headers)
        return _no_write

    chunks = application(environ, start_response)
    try:
        response.body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return response


def _no_write(data: bytes) -> None:
    raise NotImplementedError("WSGI's write() is not used by moto")
