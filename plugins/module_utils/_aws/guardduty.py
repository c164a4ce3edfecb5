# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon GuardDuty: the detector of a region, its features, and where its findings are kept."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.regional import Switch, by_name
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_map
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Equal, State

PUBLISHING = "publishing"
S3 = "S3"


class Detector(Switch):
    """ListDetectors, GetDetector, ListPublishingDestinations, DescribePublishingDestination; CreateDetector,
    UpdateDetector, CreatePublishingDestination, UpdatePublishingDestination, TagResource, UntagResource,
    DeleteDetector.

    ``publishing`` is ``{destination_arn, kms_key_arn}``, the bucket that findings are exported to.
    """

    service = "guardduty"
    kind = "detector"
    option = "detector"
    create_operation = "CreateDetector"
    extra = frozenset({PUBLISHING})
    filled = frozenset({"enable"})
    references: ClassVar[dict[str, str]] = {f"{PUBLISHING}.kms_key_arn": "kms_key"}

    @property
    def equal(self) -> dict[str, Equal]:
        # AWS tells of features besides, some of which are always on.
        return {**super().equal, "features": by_name}

    def normalise(self, desired: State) -> State:
        desired.setdefault("enable", True)
        return desired

    def on(self) -> State | None:
        ids = self.context.pages("guardduty", "list_detectors", "DetectorIds")
        if not ids:
            return None
        (identifier,) = ids  # a region has one at the most
        found = self.client.get_detector(DetectorId=identifier)
        destination = self._destination(identifier)
        return {
            "enable": found["Status"] == "ENABLED",
            "finding_publishing_frequency": found.get("FindingPublishingFrequency"),
            "features": self.snake("GetDetector", (), {"Features": found.get("Features", [])})["features"],
            PUBLISHING: self.snake("DescribePublishingDestination", (), destination)["destination_properties"]
            if destination
            else {},
            "tags": from_map(found.get("Tags")),
            "_id": identifier,
            "_arn": self.context.arn("guardduty", f"detector/{identifier}"),
            "_destination": destination.get("DestinationId"),
        }

    def create(self, key: str, desired: State) -> None:
        made = self.client.create_detector(**self.parameters(desired, "CreateDetector"), Tags=self.tag_list(desired))
        if PUBLISHING in desired:
            self._publish(made["DetectorId"], None, desired[PUBLISHING])

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        settings = self.parameters(desired, "UpdateDetector", *fields)
        if settings:
            self.client.update_detector(DetectorId=current["_id"], **settings)
        if PUBLISHING in fields:
            self._publish(current["_id"], current["_destination"], desired[PUBLISHING])
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_detector(DetectorId=current["_id"])

    def _publish(self, detector: str, destination: str | None, wanted: dict[str, str]) -> None:
        properties = {"DestinationArn": wanted["destination_arn"], "KmsKeyArn": wanted["kms_key_arn"]}
        if destination:
            self.client.update_publishing_destination(
                DetectorId=detector, DestinationId=destination, DestinationProperties=properties
            )
        else:
            self.client.create_publishing_destination(
                DetectorId=detector, DestinationType=S3, DestinationProperties=properties
            )

    def _destination(self, detector: str) -> dict[str, Any]:
        """Where findings are exported to, as DescribePublishingDestination has it; empty for nowhere."""
        found = self.context.pages("guardduty", "list_publishing_destinations", "Destinations", DetectorId=detector)
        for one in found:
            if one["DestinationType"] == S3:
                described: dict[str, Any] = self.client.describe_publishing_destination(
                    DetectorId=detector, DestinationId=one["DestinationId"]
                )
                return described
        return {}


ADAPTERS = (Detector,)
