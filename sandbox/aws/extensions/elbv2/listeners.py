"""Listeners: certificates that exist and are told of by ACM as in use, attributes of their kind, short bodies."""

from __future__ import annotations

import re
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

MOST_BYTES = 1024
MOST_CERTIFICATES = 26
HTTP = re.compile(r"routing\.http\.(response|request)\.[a-z0-9_]+\.(header_value|header_name|enabled)")
TCP = {"tcp.idle_timeout.seconds"}
CERTIFIED = ("HTTPS", "TLS")


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
@operation("elbv2", "CreateListener")
def create(call: Call) -> dict[str, Any]:
    params = call.params
    _check(call, params)
    balancer = call.backend().load_balancers.get(params["LoadBalancerArn"])
    if balancer and any(int(one.port) == params["Port"] for one in balancer.listeners.values()):
        raise AwsError("DuplicateListener", "A listener already exists on this port for this load balancer")
    if params["Protocol"] in CERTIFIED and not params.get("Certificates"):
        raise AwsError("ValidationError", "A certificate must be specified for HTTPS listeners")
    answer = call.moto()
    listener = _listener(call, answer["Listeners"][0]["ListenerArn"])
    if listener.protocol in ("HTTP", "HTTPS"):
        listener.attributes = {"routing.http.response.server.enabled": "true"}
    _settle(call)
    return _shown(call, listener.arn)


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
@operation("elbv2", "ModifyListener")
def modify(call: Call) -> dict[str, Any]:
    listener = _listener(call, call.params["ListenerArn"])
    _check(call, call.params)
    others = [one for one in listener.certificates if one != listener.certificate]
    call.moto()
    if "Certificates" in call.params:
        # The default takes the place of the former one; moto forgets the others.
        listener.certificates = list(dict.fromkeys([listener.certificate, *others]))
    _settle(call)
    return _shown(call, listener.arn)


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListeners.html
@operation("elbv2", "DescribeListeners")
def describe(call: Call) -> dict[str, Any]:
    """Of the certificates the default only; an HTTP listener has neither these nor a policy."""
    found = []
    for told in call.moto()["Listeners"]:
        listener = _listener(call, told["ListenerArn"])
        own = {name: value for name, value in told.items() if name not in ("Certificates", "SslPolicy")}
        if listener.protocol in CERTIFIED:
            own |= {"SslPolicy": listener.ssl_policy, "Certificates": [{"CertificateArn": listener.certificate}]}
        found.append(own)
    return {"Listeners": found}


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteListener.html
@operation("elbv2", "DeleteListener")
def delete(call: Call) -> dict[str, Any]:
    answer = call.moto()
    _settle(call)
    return answer


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html
@operation("elbv2", "AddListenerCertificates", "RemoveListenerCertificates")
def certificates(call: Call) -> dict[str, Any]:
    listener = _listener(call, call.params["ListenerArn"])
    changed = [one["CertificateArn"] for one in call.params["Certificates"]]
    if call.operation == "AddListenerCertificates":
        _check(call, call.params)
        together = list(dict.fromkeys([*listener.certificates, *changed]))
        if len(together) > MOST_CERTIFICATES:
            raise AwsError("TooManyCertificates", "You've reached the limit on the number of certificates")
    else:
        if listener.certificate in changed:
            raise AwsError("OperationNotPermitted", "Default certificate cannot be removed from the listener")
        together = [one for one in listener.certificates if one not in changed]
    listener.certificates = together
    _settle(call)
    added = call.operation == "AddListenerCertificates"
    return {"Certificates": [{"CertificateArn": one, "IsDefault": False} for one in changed]} if added else {}


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html
@operation("elbv2", "DescribeListenerCertificates")
def describe_certificates(call: Call) -> dict[str, Any]:
    listener = _listener(call, call.params["ListenerArn"])
    told = [{"CertificateArn": one, "IsDefault": one == listener.certificate} for one in listener.certificates]
    return {"Certificates": told}


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html
@operation("elbv2", "ModifyListenerAttributes")
def modify_attributes(call: Call) -> dict[str, Any]:
    listener = _listener(call, call.params["ListenerArn"])
    for one in call.params["Attributes"]:
        key = one["Key"]
        if not (HTTP.fullmatch(key) if listener.protocol in ("HTTP", "HTTPS") else key in TCP):
            raise AwsError("InvalidConfigurationRequest", f"Listener attribute key '{key}' is not recognized")
    return call.moto()


def _listener(call: Call, arn: str) -> Any:
    for balancer in call.backend().load_balancers.values():
        if arn in balancer.listeners:
            return balancer.listeners[arn]
    raise AwsError("ListenerNotFound", f"Listener '{arn}' not found")


def _shown(call: Call, arn: str) -> dict[str, Any]:
    return call.ask("elbv2", "DescribeListeners", ListenerArns=[arn])


def _check(call: Call, params: dict[str, Any]) -> None:
    for action in params.get("DefaultActions", []):
        size = len(action.get("FixedResponseConfig", {}).get("MessageBody", "").encode())
        if size > MOST_BYTES:
            message = f"The message body has {size} bytes; it can have at most {MOST_BYTES}"
            raise AwsError("InvalidLoadBalancerAction", message)
    for one in params.get("Certificates", []):
        found = call.backend("acm")._certificates.get(one["CertificateArn"])
        if found is None or found.status != "ISSUED":
            raise AwsError("CertificateNotFound", f"Certificate '{one['CertificateArn']}' not found")


def _settle(call: Call) -> None:
    """Let ACM tell of the load balancers that offer a certificate."""
    users: dict[str, set[str]] = {}
    for balancer in call.backend().load_balancers.values():
        for listener in balancer.listeners.values():
            for arn in listener.certificates:
                users.setdefault(arn, set()).add(balancer.arn)
    for arn, bundle in call.backend("acm")._certificates.items():
        others = [user for user in bundle.in_use_by if ":elasticloadbalancing:" not in user]
        bundle.in_use_by = others + sorted(users.get(arn, set()))
