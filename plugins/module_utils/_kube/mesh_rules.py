# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One rule of an AuthorizationPolicy: does it match a request?

https://istio.io/latest/docs/reference/config/security/authorization-policy/#Rule: a rule matches when a source of
``from`` sent the request, an operation of ``to`` is what it does, and every condition of ``when`` holds. What is absent
matches always. Conditions: https://istio.io/latest/docs/reference/config/security/conditions/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._kube import mesh_match as match
from ansible_collections.iworkz.platform.plugins.module_utils._kube.mesh_model import Request, Unjudged

Payload = Mapping[str, Any]
Predicate = Callable[[Request, Payload], bool]
Comparison = Callable[[str, Request, Payload], bool]
"""How a value of a policy is compared with a request that carries an accepted token's claims (or none)."""

SOURCE = {
    "principals": "source.principal",
    "requestPrincipals": "request.auth.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
    "trustDomains": "source.trustDomain",
    "ipBlocks": "source.ip",
    "remoteIpBlocks": "remote.ip",
}
"""Fields of a source, with the condition of ``when`` that says the same; ``notPrincipals`` and so on are theirs."""
OPERATION = {"hosts": "host", "ports": "destination.port", "methods": "method", "paths": "path"}

CONNECTION: dict[str, Comparison] = {
    "source.principal": lambda value, request, _claims: match.text(value, request.principal),
    "source.namespace": lambda value, request, _claims: match.namespace(value, request.principal),
    "source.trustDomain": lambda value, request, _claims: match.trust_domain(value, request.principal),
    "source.ip": lambda value, request, _claims: match.block(value, request.address),
    "remote.ip": lambda value, request, _claims: match.block(value, request.client_address or request.address),
    "destination.ip": lambda value, request, _claims: match.block(value, request.destination_address),
    "destination.port": lambda value, request, _claims: value == str(request.port),
    "connection.sni": lambda value, request, _claims: match.text(value, request.server_name),
}
HTTP: dict[str, Comparison] = {
    "host": lambda value, request, _claims: match.host(value, request.host),
    "method": lambda value, request, _claims: match.text(value, request.method),
    "path": lambda value, request, _claims: match.path(value, request.path),
    "request.auth.principal": lambda value, _request, claims: match.request_principal(value, claims),
    "request.auth.audiences": lambda value, _request, claims: match.claim(value, ["aud"], claims),
    "request.auth.presenter": lambda value, _request, claims: match.claim(value, ["azp"], claims),
}
HEADER = re.compile(r"request\.headers\[(.+)\]")
CLAIM = re.compile(r"request\.auth\.claims((?:\[[^\[\]]+\])+)")


class Rule:
    """A rule, read once and matched often.

    :param lenient: of a DENY policy. What cannot be judged of a connection, such as the path of one that isn't HTTP, is
        left out of a DENY rule and makes any other rule void, so that either lets less through
        (https://istio.io/latest/docs/concepts/security/#using-istio-authorization-on-plain-tcp-protocols).
    """

    def __init__(self, rule: Mapping[str, Any], policy_namespace: str, *, lenient: bool) -> None:
        """Raises Unjudged for a field or condition that is not known here."""
        _only(rule, {"from", "to", "when"})
        self._namespace = policy_namespace
        self._lenient = lenient
        self._http_only = False
        self._sources = [self._fields(each.get("source") or {}, SOURCE) for each in rule.get("from") or ()]
        self._operations = [self._fields(each.get("operation") or {}, OPERATION) for each in rule.get("to") or ()]
        self._conditions = [self._condition(each) for each in rule.get("when") or ()]

    def matches(self, request: Request, claims: Payload) -> bool:
        if self._http_only and not self._lenient and not request.http:
            return False
        return (
            (not self._sources or any(source(request, claims) for source in self._sources))
            and (not self._operations or any(operation(request, claims) for operation in self._operations))
            and all(condition(request, claims) for condition in self._conditions)
        )

    def _fields(self, fields: Mapping[str, Any], known: Mapping[str, str]) -> Predicate:
        """All fields of a source or operation must match; the values of one field are alternatives."""
        _only(fields, {*known, *map(negative, known)})
        parts = [
            self._predicate(attribute, fields.get(name) or (), fields.get(negative(name)) or ())
            for name, attribute in known.items()
            if fields.get(name) or fields.get(negative(name))
        ]
        return lambda request, claims: all(part(request, claims) for part in parts)

    def _condition(self, condition: Mapping[str, Any]) -> Predicate:
        _only(condition, {"key", "values", "notValues"})
        return self._predicate(condition["key"], condition.get("values") or (), condition.get("notValues") or ())

    def _predicate(self, attribute: str, values: Iterable[str], excluded: Iterable[str]) -> Predicate:
        compare = CONNECTION.get(attribute) or self._account_comparison(attribute)
        wanted, unwanted = tuple(values), tuple(excluded)
        if compare:
            http_only = False
        else:
            compare, http_only = _http_comparison(attribute), True
            self._http_only = True

        def holds(request: Request, claims: Payload) -> bool:
            if http_only and not request.http:
                return True
            if wanted and not any(compare(value, request, claims) for value in wanted):
                return False
            return not any(compare(value, request, claims) for value in unwanted)

        return holds

    def _account_comparison(self, attribute: str) -> Comparison | None:
        if attribute != "source.serviceAccount":
            return None
        return lambda value, request, _claims: match.account(value, request.principal, self._namespace)


def negative(name: str) -> str:
    """The field that excludes what another one names: notPaths of paths."""
    return f"not{name[0].upper()}{name[1:]}"


def _http_comparison(attribute: str) -> Comparison:
    if attribute in HTTP:
        return HTTP[attribute]
    if found := HEADER.fullmatch(attribute):
        header = found[1].lower()
        return lambda value, request, _claims: _header(value, request.headers.get(header))
    if found := CLAIM.fullmatch(attribute):
        names = found[1][1:-1].split("][")
        return lambda value, _request, claims: match.claim(value, names, claims)
    raise Unjudged(f"the condition {attribute} is not known here")


def _header(pattern: str, value: str | None) -> bool:
    """A header that is there, if empty, is present; one that is not there matches nothing."""
    return value is not None and (pattern == "*" or match.text(pattern, value))


def _only(mapping: Mapping[str, Any], known: Iterable[str]) -> None:
    if unknown := sorted(set(mapping) - set(known)):
        raise Unjudged(f"the fields {', '.join(unknown)} of a rule are not known here")
