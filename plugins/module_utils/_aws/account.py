# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What holds for a whole account in a region, whoever makes something there: public access, encryption, metadata."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws import shapes
from ansible_collections.iworkz.platform.plugins.module_utils._aws.context import Context
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State, covers

BLOCK = "PublicAccessBlockConfiguration"


class Setting(Resource):
    """A setting that every account has: it is changed, but neither made nor deleted."""

    service = "ec2"
    singleton = True
    taggable = False
    # New public access to images is blocked within ten minutes.
    timeout = 900

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._wanted: Mapping[str, Any] = {}

    def told(self) -> State:
        """The setting as it is."""
        raise NotImplementedError

    def put(self, desired: State, current: State) -> None:
        raise NotImplementedError

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        return {self.kind: self.told()}

    def owns(self, state: State) -> bool:
        return False

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        self._wanted = desired
        self.put(desired, current)

    def ready(self, state: State) -> bool:
        return covers(state, self._wanted)


class PublicAccessBlock(Setting):
    """s3control:GetPublicAccessBlock, PutPublicAccessBlock: of all buckets, in every region."""

    service = "s3control"
    kind = option = "public_access_block"
    create_operation = "PutPublicAccessBlock"

    @property
    def shape(self) -> Any:
        return shapes.input_shape(self.client, self.create_operation).members[BLOCK]

    def validate(self, item: dict[str, Any]) -> list[str]:
        return shapes.errors_in(self.shape, item)

    def told(self) -> State:
        asked = {"AccountId": self.context.account_id}
        found = answered(self.client.get_public_access_block, f"NoSuch{BLOCK}", **asked) or {BLOCK: {}}
        return {shapes.xform_name(name): found[BLOCK].get(name, False) for name in self.shape.members}

    def put(self, desired: State, current: State) -> None:
        """What is left out would be switched off."""
        block = shapes.to_api(self.shape, {**current, **desired})
        self.client.put_public_access_block(AccountId=self.context.account_id, **{BLOCK: block})


class EbsEncryption(Setting):
    """ec2:GetEbsEncryptionByDefault, EnableEbsEncryptionByDefault, DisableEbsEncryptionByDefault."""

    kind = option = "ebs_encryption"
    create_operation = "EnableEbsEncryptionByDefault"
    extra = frozenset({"ebs_encryption_by_default"})

    def told(self) -> State:
        return {"ebs_encryption_by_default": self.client.get_ebs_encryption_by_default()["EbsEncryptionByDefault"]}

    def put(self, desired: State, current: State) -> None:
        if desired["ebs_encryption_by_default"]:
            self.client.enable_ebs_encryption_by_default()
        else:
            self.client.disable_ebs_encryption_by_default()


class SnapshotPublicAccess(Setting):
    """ec2:GetSnapshotBlockPublicAccessState, EnableSnapshotBlockPublicAccess."""

    kind = option = "snapshot_public_access"
    create_operation = "EnableSnapshotBlockPublicAccess"

    def told(self) -> State:
        return {"state": self.client.get_snapshot_block_public_access_state()["State"]}

    def put(self, desired: State, current: State) -> None:
        self.client.enable_snapshot_block_public_access(**self.parameters(desired, self.create_operation))


class ImagePublicAccess(Setting):
    """ec2:GetImageBlockPublicAccessState, EnableImageBlockPublicAccess."""

    kind = option = "image_public_access"
    create_operation = "EnableImageBlockPublicAccess"

    def told(self) -> State:
        state = self.client.get_image_block_public_access_state()["ImageBlockPublicAccessState"]
        return {"image_block_public_access_state": state}

    def put(self, desired: State, current: State) -> None:
        self.client.enable_image_block_public_access(**self.parameters(desired, self.create_operation))


class MetadataDefaults(Setting):
    """ec2:GetInstanceMetadataDefaults, ModifyInstanceMetadataDefaults: of new instances that say nothing themselves."""

    kind = option = "instance_metadata_defaults"
    create_operation = "ModifyInstanceMetadataDefaults"

    def told(self) -> State:
        found = self.snake("GetInstanceMetadataDefaults", (), self.client.get_instance_metadata_defaults())
        return dict(found["account_level"])

    def put(self, desired: State, current: State) -> None:
        self.client.modify_instance_metadata_defaults(**self.parameters(desired, self.create_operation))


ADAPTERS = (PublicAccessBlock, EbsEncryption, SnapshotPublicAccess, ImagePublicAccess, MetadataDefaults)
