"""Snapshots: moto says that those behind the images of others are the account's own."""

from __future__ import annotations

from typing import Any

from sandbox.aws.call import Call
from sandbox.aws.extensions import operation

OF_IMAGE = "Auto-created snapshot for AMI "


# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html
@operation("ec2", "DescribeSnapshots")
def describe(call: Call) -> dict[str, Any]:
    output = call.moto()
    if call.params.get("OwnerIds") == ["self"]:
        images = call.backend().amis
        output["Snapshots"] = [
            one
            for one in output["Snapshots"]
            if not one.get("Description", "").startswith(OF_IMAGE)
            or getattr(images.get(one["Description"].removeprefix(OF_IMAGE)), "owner_id", None) == call.account
        ]
    return output
