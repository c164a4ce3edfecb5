"""Between Python dictionaries and HTTP, for every protocol AWS speaks.

Requests are parsed and results serialised with moto's model-driven parsers and serialisers; moto's own answers are
parsed with botocore's response parsers. Shapes are botocore's, exactly as a boto3 client would pass and see them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from botocore.awsrequest import HeadersDict
from botocore.parsers import ResponseParser, create_parser
from botocore.serialize import create_serializer
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request
from moto.core.serialize import SerializationContext, get_serializer_class

from sandbox.aws.identify import Target


@dataclass
class Response:
    """A HTTP response held in memory."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


class AwsError(Exception):
    """An error an AWS operation answers.

    `code` is the error code or the name of the exception shape in the service's model, which also gives the HTTP
    status unless `status` is given. `members` are further members of that shape.
    """

    def __init__(self, code: str, message: str = "", status: int | None = None, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        for name, value in members.items():
            setattr(self, name, value)


class UnsupportedError(Exception):
    """The sandbox lacks an operation, or what a request asks of it; the message says what."""


def parse_request(request: Request, target: Target) -> dict[str, Any]:
    """The parameters of a request, as given to the boto3 method; absent ones are absent."""
    parser = PROTOCOL_PARSERS[target.protocol](target.model)
    return dict(
        parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.get_data(parse_form_data=False),
                "url_path": request.path,
                "url_params": target.uri_params,
            }
        )
        or {}
    )


def build_request(environ: dict[str, Any], target: Target, params: dict[str, Any]) -> Request:
    """A request for an operation with parameters as boto3 takes them, signed as another request was."""
    prepared = create_serializer(target.protocol, include_validation=False).serialize_to_request(params, target.model)
    body = prepared["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    body = body if isinstance(body, bytes) else body.encode()
    path, _, query = prepared["url_path"].partition("?")
    query = "&".join(part for part in (query, urlencode(prepared["query_string"], doseq=True)) if part)
    credential = f"Credential={target.access_key}/20200101/{target.region}/{target.model.service_model.signing_name}"
    request = Request.from_values(
        method=prepared["method"],
        base_url=f"http://{environ['HTTP_HOST']}",
        path=path,
        query_string=query,
        headers={**prepared["headers"], "Authorization": f"AWS4-HMAC-SHA256 {credential}/aws4_request, SignedHeaders="},
        data=body,
    )
    request.environ["RAW_URI"] = f"{path}?{query}" if query else path
    request.environ["sandbox.body"] = body
    return request


def serialise(target: Target, result: dict[str, Any] | AwsError) -> Response:
    """A result (botocore's output shape as a dict) or an error in the protocol of the request."""
    request_id = str(uuid.uuid4())
    serializer = get_serializer_class(target.service, target.protocol)(
        target.model, context=SerializationContext(request_id)
    )
    serialised = serializer.serialize(result)
    status = serialised["status_code"]
    if isinstance(result, AwsError) and result.status:
        status = result.status
    body = serialised["body"]
    headers = [(name, str(value)) for name, value in serialised["headers"].items()]
    headers.append(("x-amz-request-id" if target.service == "s3" else "x-amzn-RequestId", request_id))
    return Response(status, headers, body if isinstance(body, bytes) else body.encode())


def parse_response(target: Target, response: Response) -> dict[str, Any]:
    """The output of an answer; raises the AwsError it carries."""
    parsed = _parser(target.protocol).parse(
        {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body},
        target.model.output_shape,
    )
    parsed.pop("ResponseMetadata", None)
    if response.status >= 300:
        error = parsed.get("Error", {})
        raise AwsError(error.get("Code") or str(response.status), error.get("Message") or "", response.status)
    return dict(parsed)


def error_code(target: Target, response: Response) -> str:
    """The error code of an answer, "" when it is none."""
    if response.status < 400:
        return ""
    try:
        parse_response(target, response)
    except AwsError as error:
        return error.code
    return str(response.status)


@cache
def _parser(protocol: str) -> ResponseParser:
    return create_parser(protocol)
