# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listeners of load balancers, with the certificates that they offer."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm_common import ISSUED, KEY_TYPES
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.elbv2_common import (
    ATTRIBUTES,
    attribute_errors,
    attribute_list,
    attributes,
    load_balancers,
    tags_of,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

CERTIFICATES = "certificates"
MODIFIED = frozenset({"protocol", "ssl_policy", "default_actions"})
MOST_BYTES = 1024
"""Of the body of a fixed response."""


class Listener(Resource):
    """DescribeLoadBalancers, DescribeListeners, DescribeListenerCertificates, DescribeListenerAttributes, DescribeTags,
    acm:ListCertificates; CreateListener, ModifyListener, AddListenerCertificates, RemoveListenerCertificates,
    ModifyListenerAttributes, AddTags, RemoveTags, DeleteListener.

    ``load_balancer`` is the name of its load balancer, with ``port`` it is the listener's own. ``certificates`` are
    ARNs or hosts; for a host it is the issued one of this region that lasts longest. The first is the default.
    ``attributes`` as for load balancers.
    """

    service = "elbv2"
    kind = "listener"
    option = "listeners"
    key = "load_balancer"
    create_operation = "CreateListener"
    extra = frozenset({"load_balancer", CERTIFICATES, ATTRIBUTES})
    filled = frozenset({"load_balancer_arn"})
    unordered = frozenset({CERTIFICATES})
    depends_on = ("load_balancer",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._issued: list[dict[str, Any]] | None = None

    def key_of(self, item: dict[str, Any]) -> str | None:
        return f"{item['load_balancer']} {item['port']}" if {"load_balancer", "port"} <= item.keys() else None

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = [*super().validate(item), *attribute_errors(item)]
        if (item.get("protocol") in ("HTTPS", "TLS")) != bool(item.get(CERTIFICATES)):
            errors.append(f"{CERTIFICATES}: a listener for HTTPS or TLS has some, and no other has")
        for action in item.get("default_actions") or []:
            size = len((action.get("fixed_response_config") or {}).get("message_body", "").encode())
            if size > MOST_BYTES:
                errors.append(f"default_actions: the message body has {size} bytes, {MOST_BYTES} are allowed")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        if CERTIFICATES in desired:
            resolved = (self._certificate(one, strict) for one in desired[CERTIFICATES])
            desired[CERTIFICATES] = list(dict.fromkeys(resolved))
        return desired

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        names = None if keys is None else {key.split(" ")[0] for key in keys}
        owners = [
            (name, one["LoadBalancerArn"])
            for name, one in load_balancers(self.context).items()
            if names is None or name in names
        ]
        listed = self.context.each(lambda owner: self._listed(*owner), owners)
        found = {f"{name} {one['Port']}": (name, one) for every in listed for name, one in every}
        wanted = {key: one for key, one in found.items() if keys is None or key in keys}
        states = dict(zip(wanted, self.context.each(lambda one: self._state(*one), wanted.values()), strict=True))
        tags = tags_of(self.client, [state["_arn"] for state in states.values()])
        return {key: {**state, "tags": tags[state["_arn"]]} for key, state in states.items()}

    def create(self, key: str, desired: State) -> None:
        owner = load_balancers(self.context).get(desired["load_balancer"])
        if owner is None:
            raise ReconcileError(f"load balancer {desired['load_balancer']} does not exist: declare it, too")
        certificates = desired.get(CERTIFICATES, [])
        made = self.client.create_listener(
            **self.parameters(desired, "CreateListener"),
            LoadBalancerArn=owner["LoadBalancerArn"],
            Tags=self.tag_list(desired),
            **({"Certificates": _listed(certificates[:1])} if certificates else {}),
        )["Listeners"][0]
        self._offer(made["ListenerArn"], certificates, certificates[:1])
        self._modify(made["ListenerArn"], desired)

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        arn = current["_arn"]
        changes = self.parameters(desired, "ModifyListener", *MODIFIED) if MODIFIED & set(fields) else {}
        certificates, offered = desired.get(CERTIFICATES, []), current[CERTIFICATES]
        if certificates and current["_default"] not in certificates:
            # It is not one of those that can be taken away: another takes its place.
            changes["Certificates"] = _listed(certificates[:1])
            offered = [one for one in offered if one not in (current["_default"], certificates[0])] + certificates[:1]
        if changes:
            self.client.modify_listener(ListenerArn=arn, **changes)
        if CERTIFICATES in fields:
            self._offer(arn, certificates, offered)
        if ATTRIBUTES in fields:
            self._modify(arn, desired)
        if "tags" in fields:
            self.retag(arn, current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_listener(ListenerArn=current["_arn"])

    def forget(self) -> None:
        super().forget()
        self._issued = None

    def _offer(self, arn: str, certificates: list[str], offered: list[str]) -> None:
        calls = (
            (self.client.add_listener_certificates, [one for one in certificates if one not in offered]),
            (self.client.remove_listener_certificates, [one for one in offered if one not in certificates]),
        )
        for call, changed in calls:
            if changed:
                call(ListenerArn=arn, Certificates=_listed(changed))

    def _modify(self, arn: str, desired: State) -> None:
        if desired.get(ATTRIBUTES):
            self.client.modify_listener_attributes(ListenerArn=arn, Attributes=attribute_list(desired))

    def _certificate(self, name: str, strict: bool) -> str:
        if name.startswith("arn:"):
            return name
        if self._issued is None:
            self._issued = self.context.pages(
                "acm", "list_certificates", "CertificateSummaryList",
                CertificateStatuses=[ISSUED], Includes={"keyTypes": KEY_TYPES},
            )  # fmt: skip
        wanted = {name.lower(), f"*.{name.lower().partition('.')[2]}"}
        found = [
            one for one in self._issued if wanted & {each.lower() for each in one["SubjectAlternativeNameSummaries"]}
        ]
        if found:
            return str(max(found, key=lambda one: (one["NotAfter"], one["CertificateArn"]))["CertificateArn"])
        if strict:
            raise ReconcileError(f"ACM has no issued certificate for {name} in {self.context.region}: apply it first")
        return name

    def _listed(self, name: str, arn: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (name, one) for one in self.context.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)
        ]

    def _state(self, name: str, told: dict[str, Any]) -> State:
        arn = told["ListenerArn"]
        certificates = self._offered(arn) if told["Protocol"] in ("HTTPS", "TLS") else []
        known = self.snake("DescribeListeners", ("Listeners",), told)
        return {
            **{key: value for key, value in known.items() if key in MODIFIED},
            "load_balancer": name,
            "port": told["Port"],
            CERTIFICATES: sorted(one["CertificateArn"] for one in certificates),
            ATTRIBUTES: attributes(self.client.describe_listener_attributes(ListenerArn=arn)),
            "_arn": arn,
            "_default": next((one["CertificateArn"] for one in certificates if one.get("IsDefault")), None),
        }

    def _offered(self, arn: str) -> list[dict[str, Any]]:
        return self.context.pages("elbv2", "describe_listener_certificates", "Certificates", ListenerArn=arn)


def _listed(arns: list[str]) -> list[dict[str, str]]:
    return [{"CertificateArn": arn} for arn in arns]
