# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Validation by DNS: the records that prove a certificate's names, written where they belong, and the wait for ACM."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.acm_common import (
    ISSUED,
    PENDING,
    describe,
    described,
    key_of,
    names_of,
    validation_records,
)
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_common import named_zones, plain, zone_id
from ansible_collections.iworkz.platform.plugins.module_utils._aws.route53_records import suffixes
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError, TerminalState
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

TTL = 300


class Validation(Resource):
    """ListCertificates, DescribeCertificate, ListHostedZones, ListResourceRecordSets; ChangeResourceRecordSets.

    Of each declared certificate: ``proven``, whether all its records are in the zone, and ``status``, which is to be
    ISSUED. The records stay when it is: ACM renews a certificate only where it finds them.
    """

    service = "acm"
    kind = "certificate_validation"
    option = "certificates"
    key = "domain_name"
    create_operation = "RequestCertificate"
    taggable = False
    depends_on = ("certificate",)
    timeout = 1800
    poll_seconds = 15.0

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._awaited: dict[str, str] = {}
        """ARN by key: one that fails is no longer found by its names."""

    def key_of(self, item: dict[str, Any]) -> str | None:
        return key_of(names_of(item)) if item.get("domain_name") else None

    def validate(self, item: dict[str, Any]) -> list[str]:
        return []  # the certificate's adapter does

    def prepare(self, item: dict[str, Any], strict: bool) -> State:
        return {"proven": True, "status": ISSUED}

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = described(self.context, keys)
        for key, arn in self._awaited.items():
            if keys is None or key in keys:
                found[key] = describe(self.context, arn)
        zones = named_zones(self.context, None)
        places = {
            record["Name"]: zone
            for one in found.values()
            for record in validation_records(one)
            if (zone := zone_of(plain(record["Name"]), zones))
        }
        present = self._present(set(places.values()))
        return {key: self._state(one, places, present) for key, one in found.items()}

    def owns(self, state: State) -> bool:
        return False  # other certificates, of other regions even, may be proven by the same records

    def create(self, key: str, desired: State) -> None:
        current = self.read({key}).get(key)
        if current is None:
            raise ReconcileError("the certificate is not there: it could not be requested")
        self.update(key, desired, current, ("proven",))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        batches: dict[str, list[dict[str, Any]]] = {}
        for record, zone in current["_missing"]:
            made = {
                "Name": record["Name"],
                "Type": "CNAME",
                "TTL": TTL,
                "ResourceRecords": [{"Value": record["Value"]}],
            }
            batches.setdefault(zone, []).append({"Action": "UPSERT", "ResourceRecordSet": made})
        self._awaited[key] = current["_arn"]
        for zone, changes in batches.items():
            self.context.client("route53").change_resource_record_sets(
                HostedZoneId=zone, ChangeBatch={"Comment": f"Proof for {key}"[:256], "Changes": changes}
            )

    def ready(self, state: State) -> bool:
        if state["status"] not in (PENDING, ISSUED):
            raise TerminalState(f"ACM ended it as {state['status']} {state['_reason']}".rstrip())
        return bool(state["proven"] and state["status"] == ISSUED)

    def _present(self, zones: set[str]) -> set[tuple[str, str]]:
        """Name and value of every CNAME of the zones."""
        lists = self.context.each(
            lambda zone: self.context.pages(
                "route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone
            ),
            sorted(zones),
        )
        return {
            (plain(record["Name"]), plain(value["Value"]))
            for records in lists
            for record in records
            if record["Type"] == "CNAME"
            for value in record.get("ResourceRecords", [])
        }

    def _state(self, certificate: Mapping[str, Any], places: Mapping[str, str], present: set[tuple[str, str]]) -> State:
        records = validation_records(certificate)
        missing = [one for one in records if (plain(one["Name"]), plain(one["Value"])) not in present]
        return {
            "validation_records": [{"name": plain(one["Name"]), "value": plain(one["Value"])} for one in records],
            "proven": bool(records) and not missing,
            "status": certificate["Status"],
            "_arn": certificate["CertificateArn"],
            "_missing": [(one, places[one["Name"]]) for one in missing if one["Name"] in places],
            "_reason": certificate.get("FailureReason", ""),
        }


def zone_of(name: str, zones: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Id of the public zone with the longest name that a name ends in: the one that the public DNS asks."""
    held = {
        plain(zone["Name"]): zone_id(zone) for zone in zones.values() if not zone.get("Config", {}).get("PrivateZone")
    }
    return next((held[one] for one in suffixes(name.removeprefix("*.")) if one in held), None)
