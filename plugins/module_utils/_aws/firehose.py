# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon Data Firehose: delivery streams into S3."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

DESTINATION = "extended_s3_destination_configuration"
ENCRYPTION = "delivery_stream_encryption_configuration_input"
NAMES_AT_ONCE = 100
ENCRYPTING = ("ENABLED", "ENABLING")


class DeliveryStream(Resource):
    """ListDeliveryStreams, DescribeDeliveryStream, ListTagsForDeliveryStream; CreateDeliveryStream, UpdateDestination,
    StartDeliveryStreamEncryption, TagDeliveryStream, UntagDeliveryStream, DeleteDeliveryStream.

    Only S3 is a destination here: ``extended_s3_destination_configuration``.
    """

    service = "firehose"
    kind = "delivery_stream"
    option = "delivery_streams"
    key = "delivery_stream_name"
    create_operation = "CreateDeliveryStream"
    immutable = frozenset({"delivery_stream_type"})
    references: ClassVar[dict[str, str]] = {
        f"{DESTINATION}.role_arn": "iam_role",
        f"{ENCRYPTION}.key_arn": "kms_key",
        f"{DESTINATION}.encryption_configuration.kms_encryption_config.awskms_key_arn": "kms_key",
    }

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if DESTINATION not in item:
            errors.append(f"{DESTINATION} is missing")
        other = sorted({name for name in item if name.endswith("destination_configuration")} - {DESTINATION})
        return errors + [f"{name} cannot be declared: the destination is {DESTINATION}" for name in other]

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        names = [name for name in self._names() if keys is None or name in keys]
        return dict(zip(names, self.context.each(self._state, names), strict=True))

    def create(self, key: str, desired: State) -> None:
        self.client.create_delivery_stream(
            **self.parameters(desired, "CreateDeliveryStream"), Tags=self.tag_list(desired)
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if DESTINATION in fields:
            self.client.update_destination(
                DeliveryStreamName=key,
                CurrentDeliveryStreamVersionId=current["_version"],
                DestinationId=current["_destination"],
                ExtendedS3DestinationUpdate=self.parameters(desired, "CreateDeliveryStream", DESTINATION)[
                    "ExtendedS3DestinationConfiguration"
                ],
            )
        if ENCRYPTION in fields:
            self.client.start_delivery_stream_encryption(
                DeliveryStreamName=key,
                DeliveryStreamEncryptionConfigurationInput=self.parameters(desired, "CreateDeliveryStream", ENCRYPTION)[
                    "DeliveryStreamEncryptionConfigurationInput"
                ],
            )
        if "tags" in fields:
            self.retag(key, current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_delivery_stream(DeliveryStreamName=key)

    def ready(self, state: State) -> bool:
        return bool(state["_status"] == "ACTIVE")

    def _names(self) -> list[str]:
        """There is no paginator for them."""
        names: list[str] = []
        while True:
            after = {"ExclusiveStartDeliveryStreamName": names[-1]} if names else {}
            answer = self.client.list_delivery_streams(Limit=NAMES_AT_ONCE, **after)
            names += answer["DeliveryStreamNames"]
            if not answer["HasMoreDeliveryStreams"]:
                return names

    def _state(self, name: str) -> State:
        found = self.client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        (destination,) = found["Destinations"]
        encryption = found.get("DeliveryStreamEncryptionConfiguration", {})
        described = destination.get("ExtendedS3DestinationDescription")
        path = ("DeliveryStreamDescription", "Destinations", "ExtendedS3DestinationDescription")
        return {
            "delivery_stream_name": name,
            "delivery_stream_type": found["DeliveryStreamType"],
            **({DESTINATION: self.snake("DescribeDeliveryStream", path, described)} if described else {}),
            # Of one that is off or failed, Firehose still tells the key.
            ENCRYPTION: (
                {"key_type": encryption["KeyType"], "key_arn": encryption.get("KeyARN")}
                if encryption.get("Status") in ENCRYPTING
                else {}
            ),
            "tags": from_list(self.client.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]),
            "_status": found["DeliveryStreamStatus"],
            "_version": found["VersionId"],
            "_destination": destination["DestinationId"],
        }


ADAPTERS = (DeliveryStream,)
