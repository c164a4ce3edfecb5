# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS Certificate Manager: certificates of a region, and the records by which their domains are proven."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm_common import (
    PENDING,
    described,
    key_of,
    names_of,
    validation_records,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm_validation import Validation, zone_of
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import named_zones
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

WILDCARD = "*."


class Certificate(Resource):
    """ListCertificates, DescribeCertificate, ListTagsForCertificate; RequestCertificate, UpdateCertificateOptions,
    AddTagsToCertificate, RemoveTagsFromCertificate, DeleteCertificate.

    A certificate is known by its names, for they can't be changed: other names are another certificate. It is always
    proven by DNS. ``wildcard: true`` says that names with ``*.`` are meant. ``purge`` leaves those that are in use.
    """

    service = "acm"
    kind = "certificate"
    option = "certificates"
    key = "domain_name"
    create_operation = "RequestCertificate"
    extra = frozenset({"wildcard"})
    immutable = frozenset({"key_algorithm"})

    def key_of(self, item: dict[str, Any]) -> str | None:
        return key_of(names_of(item)) if item.get("domain_name") else None

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if errors:
            return errors
        if item.get("validation_method", "DNS") != "DNS":
            errors.append("validation_method is DNS: what is proven by mail is not renewed by itself")
        wild = [name for name in names_of(item) if name.startswith(WILDCARD)]
        if wild and not item.get("wildcard"):
            errors.append(f"{', '.join(wild)}: whoever gets such a certificate is every host; say wildcard: true")
        return errors

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        desired = super().prepare(item, strict)
        desired.pop("wildcard", None)
        first, *others = names_of(item)
        if strict:
            zones = named_zones(self.context, None)
            outside = [name for name in (first, *others) if zone_of(name, zones) is None]
            if outside:
                raise ReconcileError(
                    f"no public hosted zone of this account holds {', '.join(outside)}, so nothing can prove that it "
                    "is ours, and no certificate was requested: declare the zone first"
                )
        return {**desired, "domain_name": first, "subject_alternative_names": [first, *others]}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = described(self.context, keys)
        tags = self.context.each(self._tags, [one["CertificateArn"] for one in found.values()])
        return {key: self._state(key, one, of) for (key, one), of in zip(found.items(), tags, strict=True)}

    def owns(self, state: State) -> bool:
        return super().owns(state) and not state["in_use_by"]

    def create(self, key: str, desired: State) -> None:
        _first, *others = desired["subject_alternative_names"]
        given = {**desired, "subject_alternative_names": others} if others else {
            name: value for name, value in desired.items() if name != "subject_alternative_names"
        }  # fmt: skip
        self.client.request_certificate(
            **{**self.parameters(given, self.create_operation), "ValidationMethod": "DNS"},
            # One for each request and its retries: to that of a certificate that failed ACM would answer with it again.
            IdempotencyToken=uuid.uuid4().hex,
            Tags=self.tag_list(desired),
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "options" in fields:
            shape = self.client.meta.service_model.operation_model("UpdateCertificateOptions").input_shape
            options = self.parameters(desired, self.create_operation, "options")["Options"]
            known = shape.members["Options"].members
            self.client.update_certificate_options(
                CertificateArn=current["certificate_arn"],
                Options={name: value for name, value in options.items() if name in known},
            )
        if "tags" in fields:
            self.retag(current["certificate_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_certificate(CertificateArn=current["certificate_arn"])

    def ready(self, state: State) -> bool:
        """Whether ACM has said what proves every name; waiting for the proof is the validation's business."""
        return state["status"] != PENDING or state["_records_known"]

    def _tags(self, arn: str) -> dict[str, str]:
        return from_list(self.client.list_tags_for_certificate(CertificateArn=arn).get("Tags"))

    def _state(self, key: str, certificate: dict[str, Any], tags: dict[str, str]) -> State:
        state = self.snake("DescribeCertificate", ("Certificate",), certificate)
        names = key.split(", ")
        bases = {name.removeprefix(WILDCARD) for name in names}
        return {
            "certificate_arn": state["certificate_arn"],
            "domain_name": names[0],
            "subject_alternative_names": names,
            "validation_method": "DNS",
            "key_algorithm": state["key_algorithm"].replace("-", "_"),
            "options": state.get("options", {}),
            "status": state["status"],
            "in_use_by": state.get("in_use_by", []),
            "renewal_eligibility": state["renewal_eligibility"],
            "not_after": state["not_after"].isoformat() if "not_after" in state else None,
            "tags": tags,
            "_records_known": len(validation_records(certificate)) == len(bases),
        }


ADAPTERS = (Certificate, Validation)
