# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What an account does with things of which their maker said nothing: part of item 2.2.1.2.

A bucket or volume that somebody makes by hand has no role that protects it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
SHARED = "block-all-sharing"
IMAGES = "block-new-sharing"
GLOBAL_REGION = "us-east-1"

Item = dict[str, Any]


def defaults(world: World) -> Item:
    """``public_access``: what S3 blocks in all regions; ``regions``: by region ``ebs_encrypted``, ``snapshots``,
    ``images`` and ``http_tokens`` (s3control:GetPublicAccessBlock, ec2:GetEbsEncryptionByDefault,
    GetSnapshotBlockPublicAccessState, GetImageBlockPublicAccessState, GetInstanceMetadataDefaults)."""
    block = answered(
        world.client("s3control").get_public_access_block,
        "NoSuchPublicAccessBlockConfiguration",
        AccountId=world.platform.account_id,
    ) or {"PublicAccessBlockConfiguration": {}}
    platform = world.platform
    return {
        "public_access": {name: block["PublicAccessBlockConfiguration"].get(name, False) for name in BLOCKS},
        "regions": {
            region: _in_region(world, region)
            for region in dict.fromkeys((platform.region, platform.recovery_region, GLOBAL_REGION))
        },
    }


def _in_region(world: World, region: str) -> Item:
    ec2 = world.client("ec2", region)
    return {
        "ebs_encrypted": ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"],
        "snapshots": ec2.get_snapshot_block_public_access_state()["State"],
        "images": ec2.get_image_block_public_access_state()["ImageBlockPublicAccessState"],
        "http_tokens": ec2.get_instance_metadata_defaults()["AccountLevel"].get("HttpTokens", "no-preference"),
    }


def breaches(found: Item) -> Iterator[Breach]:
    if off := [name for name, on in found["public_access"].items() if not on]:
        yield Breach("data_encryption.account_public_buckets", {"settings": ", ".join(off)})
    for region, one in found["regions"].items():
        where = {"region": region}
        if not one["ebs_encrypted"]:
            yield Breach("data_encryption.account_volumes", where)
        if one["snapshots"] != SHARED:
            yield Breach("data_encryption.account_snapshots", {**where, "state": one["snapshots"]})
        if one["images"] != IMAGES:
            yield Breach("data_encryption.account_images", {**where, "state": one["images"]})
        if one["http_tokens"] != "required":
            yield Breach("data_encryption.account_metadata", {**where, "tokens": one["http_tokens"]})
