"""Which AWS operation a HTTP request asks for, by botocore's service models.

Shapes: `identify(request)` -> `Target`, or None when the request is not an AWS API call that botocore models
(browser form uploads to S3, moto's own paths). Loading a model costs 5 to 300 ms once per service.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel, ServiceModel
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

# Signature Version 4 names the signing name, which botocore's service name often is not. Several services can share
# one: the first whose model knows the operation is taken.
SERVICES_BY_SIGNING_NAME: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "airflow": ("mwaa",),
    "aoss": ("opensearchserverless",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "applicationinsights": ("application-insights",),
    "aps": ("amp",),
    "aws-marketplace": ("marketplace-catalog", "marketplace-entitlement", "meteringmarketplace"),
    "awsssoportal": ("sso",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime"),
    "cassandra": ("keyspaces",),
    "cloudcontrolapi": ("cloudcontrol",),
    "cloudhsm": ("cloudhsmv2", "cloudhsm"),
    "dynamodb": ("dynamodb", "dynamodbstreams"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "eventbridge": ("events",),
    "geo": ("location",),
    "iotdata": ("iot-data",),
    "kinesisanalytics": ("kinesisanalyticsv2", "kinesisanalytics"),
    "mobiletargeting": ("pinpoint",),
    "monitoring": ("cloudwatch",),
    "neptune-db": ("neptunedata",),
    "personalize": ("personalize", "personalize-events", "personalize-runtime"),
    "profile": ("customer-profiles",),
    "rds": ("rds", "neptune", "docdb"),
    "s3": ("s3control", "s3"),
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-metrics"),
    "servicecatalog": ("servicecatalog", "servicecatalog-appregistry"),
    "servicequotas": ("service-quotas",),
    "ses": ("ses", "sesv2"),
    "sso": ("sso-admin",),
    "sso-oauth": ("sso-oidc",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
    "timestream": ("timestream-write", "timestream-query"),
}

# Operations a client sends without a signature, by the Action of the form.
UNSIGNED_ACTIONS = {"AssumeRoleWithSAML": "sts", "AssumeRoleWithWebIdentity": "sts"}

PROTOCOLS = ("query", "ec2", "json", "rest-json", "rest-xml")
REST_PROTOCOLS = ("rest-json", "rest-xml")
S3CONTROL_PATH = "/v20180820/"
DEFAULT_REGION = "us-east-1"
DEFAULT_ACCESS_KEY = "AKIAEXAMPLE"

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]*/([^/]*)/([^/]*)/aws4_request")
_SIGV2_KEY = re.compile(r"AWS ([A-Za-z0-9]+):")

# Names of operations that change nothing: by prefix, and those the prefixes get wrong.
READ_PREFIXES = (
    "Describe", "List", "Get", "Head", "BatchGet", "BatchDescribe", "Lookup", "Search", "Simulate", "Validate",
    "Query", "Scan", "Filter", "Select", "Preview", "Estimate", "Check", "Discover", "Decode", "AssumeRole",
    "Encrypt", "Decrypt", "ReEncrypt", "Sign", "Verify", "GenerateDataKey", "GenerateMac", "GenerateRandom",
    "TestMetricFilter", "TestEventPattern", "StartQuery", "StopQuery", "BatchCheck",
)  # fmt: skip
MUTATING_READS = frozenset({"SignalResource", "SignUp", "VerifyEmailIdentity", "VerifyDomainIdentity",
                            "VerifyEmailAddress", "VerifyDomainDkim"})  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What one request asks for."""

    service: str
    """botocore's service name, e.g. "elbv2"."""
    operation: str
    region: str
    access_key: str
    protocol: str
    model: OperationModel = field(repr=False)
    uri_params: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def mutating(self) -> bool:
        return is_mutating(self.operation)


def is_mutating(operation: str) -> bool:
    """Whether an operation may change the account, judged by its name."""
    return operation in MUTATING_READS or not operation.startswith(READ_PREFIXES)


def identify(request: Request) -> Target | None:
    """The operation of a request, or None when no model of botocore's knows it."""
    signing_name, region, access_key = _credential(request)
    if not signing_name:
        signing_name = UNSIGNED_ACTIONS.get(request.values.get("Action", ""), "")
    for service in SERVICES_BY_SIGNING_NAME.get(signing_name, (signing_name,)):
        if service == "s3control" and not request.path.startswith(S3CONTROL_PATH):
            continue
        found = _match(service, request)
        if found:
            protocol, model, uri_params = found
            return Target(service, str(model.name), region, access_key, protocol, model, uri_params)
    return None


def target_of(service: str, operation: str, region: str, access_key: str) -> Target:
    """The target of an operation by its names."""
    model = get_service_model(service)
    protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
    protocol = next(name for name in (model.metadata["protocol"], *protocols) if name in PROTOCOLS)
    return Target(service, operation, region, access_key, protocol, model.operation_model(operation))


def credential_of(request: Request) -> tuple[str, str]:
    """(region, access key) a request is signed with; moto's defaults when it is not."""
    _, region, access_key = _credential(request)
    return region, access_key


def _credential(request: Request) -> tuple[str, str, str]:
    authorization = request.headers.get("Authorization", "")
    match = _CREDENTIAL.search(authorization) or _CREDENTIAL.search(
        f"Credential={request.args.get('X-Amz-Credential', '')}"
    )
    if match:
        access_key, region, signing_name = match.groups()
        return signing_name.lower(), region, access_key
    old = _SIGV2_KEY.search(authorization)
    if old or "AWSAccessKeyId" in request.args:
        return "s3", DEFAULT_REGION, old.group(1) if old else request.args["AWSAccessKeyId"]
    return "", DEFAULT_REGION, DEFAULT_ACCESS_KEY


def _match(service: str, request: Request) -> tuple[str, OperationModel, dict[str, Any]] | None:
    model = _service_model(service)
    if model is None:
        return None
    try:
        protocol = determine_request_protocol(model, request.content_type)
    except NotImplementedError:
        return None
    if protocol in REST_PROTOCOLS:
        try:
            operation, uri_params = get_service_router(service).match(request)
        except NotFound:
            return None
        return protocol, operation, uri_params
    if protocol == "json":
        prefix, _, name = request.headers.get("X-Amz-Target", "").rpartition(".")
        if prefix != model.metadata.get("targetPrefix"):
            return None
    else:
        name = request.values.get("Action", "")
        if request.values.get("Version", model.api_version) != model.api_version:
            return None
    return (protocol, model.operation_model(name), {}) if name in model.operation_names else None


def _service_model(service: str) -> ServiceModel | None:
    from botocore.exceptions import DataNotFoundError

    try:
        return get_service_model(service) if service else None
    except DataNotFoundError:
        return None
