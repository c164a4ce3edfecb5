"""Settings of an account in a region: whether images and snapshots may be public, and what new instances answer.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html
"""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

KEPT = "ec2.account"
IMAGES, SNAPSHOTS, METADATA = "images", "snapshots", "metadata"
UNBLOCKED = "unblocked"
UNSET = "no-preference"


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetImageBlockPublicAccessState.html
@operation("ec2", "GetImageBlockPublicAccessState")
def image_block(call: Call) -> dict[str, Any]:
    """Accounts that are younger than October 2023 start with it."""
    state = call.store(KEPT).get(IMAGES, "block-new-sharing")
    return {"ImageBlockPublicAccessState": state, "ManagedBy": "account"}


@operation("ec2", "EnableImageBlockPublicAccess")
def block_images(call: Call) -> dict[str, Any]:
    state = call.store(KEPT)[IMAGES] = call.params["ImageBlockPublicAccessState"]
    return {"ImageBlockPublicAccessState": state}


@operation("ec2", "DisableImageBlockPublicAccess")
def unblock_images(call: Call) -> dict[str, Any]:
    call.store(KEPT)[IMAGES] = UNBLOCKED
    return {"ImageBlockPublicAccessState": UNBLOCKED}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSnapshotBlockPublicAccessState.html
@operation("ec2", "GetSnapshotBlockPublicAccessState")
def snapshot_block(call: Call) -> dict[str, Any]:
    return {"State": call.store(KEPT).get(SNAPSHOTS, UNBLOCKED), "ManagedBy": "account"}


@operation("ec2", "EnableSnapshotBlockPublicAccess")
def block_snapshots(call: Call) -> dict[str, Any]:
    state = call.store(KEPT)[SNAPSHOTS] = call.params["State"]
    return {"State": state}


@operation("ec2", "DisableSnapshotBlockPublicAccess")
def unblock_snapshots(call: Call) -> dict[str, Any]:
    call.store(KEPT)[SNAPSHOTS] = UNBLOCKED
    return {"State": UNBLOCKED}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetInstanceMetadataDefaults.html
@operation("ec2", "GetInstanceMetadataDefaults")
def metadata_defaults(call: Call) -> dict[str, Any]:
    """Nothing is told of a setting that has no preference."""
    return {"AccountLevel": {**call.store(KEPT).get(METADATA, {}), "ManagedBy": "account"}}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataDefaults.html
@operation("ec2", "ModifyInstanceMetadataDefaults")
def modify_metadata_defaults(call: Call) -> dict[str, Any]:
    kept = call.store(KEPT).setdefault(METADATA, {})
    for name in ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags"):
        wanted = call.params.get(name)
        if wanted in (UNSET, -1):
            kept.pop(name, None)
        elif wanted is not None:
            kept[name] = wanted
    return {"Return": True}


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeClientVpnEndpoints.html
@operation("ec2", "DescribeClientVpnEndpoints")
def client_vpn_endpoints(call: Call) -> dict[str, Any]:
    """None: CreateClientVpnEndpoint is not implemented."""
    return {"ClientVpnEndpoints": []}
