# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What both regions' stores hold as definitions: secrets with their versions, and buckets with their copies."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _at_rest, _bucket_copies
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import Item, Kind, Pair
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_operations import aliases, key_name
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

CURRENT = "AWSCURRENT"
IN_SYNC = "InSync"
OWN_KEY = "a key of ours in the region"
THREADS = 8
NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


def secrets(home: World, there: World) -> Pair:
    """The platform's secrets that no service owns; what a service owns it makes anew."""
    ours = home.once(_secrets)
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        statuses = dict(zip(ours, pool.map(lambda name: _status(home, there, ours[name]), ours), strict=True))
    copies = there.once(_secrets)
    return (
        {name: {**_secret(home, one), "replication": IN_SYNC} for name, one in ours.items()},
        {
            name: {**_secret(there, one), "replication": statuses.get(name, "of another origin")}
            for name, one in copies.items()
            if one.get("PrimaryRegion") == home.platform.region
        },
    )


def buckets(home: World, there: World) -> Pair:
    """Each bucket of the home region beside the one that it is copied to. Whether it is copied is 6.1.1.3's."""
    known = home.once(_bucket_copies.copies)
    here = {name: one for name, one in known.items() if one["region"] == home.platform.region}
    targets = {
        name: rule["Destination"]["Bucket"].rpartition(":")[2] for name, one in here.items() for rule in one["rules"]
    }
    return (
        {name: _bucket(home, name) for name in here},
        {name: _bucket(there, target) for name, target in targets.items() if target in known},
    )


def _secrets(world: World) -> dict[str, Item]:
    """As secretsmanager:ListSecrets has them, by name."""
    pages = world.client("secretsmanager").get_paginator("list_secrets").paginate()
    return {
        one["Name"]: one
        for page in pages
        for one in page["SecretList"]
        if "OwningService" not in one
        and (one["Name"].startswith(f"{world.platform.prefix}/") or world.platform.owns(from_list(one.get("Tags"))))
    }


def _status(home: World, there: World, secret: Mapping[str, Any]) -> str:
    """What the original says of its replica (secretsmanager:DescribeSecret)."""
    told = home.client("secretsmanager").describe_secret(SecretId=secret["ARN"]).get("ReplicationStatus", ())
    replica = next((one for one in told if one["Region"] == there.platform.region), None)
    if replica is None:
        return "none"
    why = f" ({replica['StatusMessage']})" if replica["Status"] != IN_SYNC and "StatusMessage" in replica else ""
    return f"{replica['Status']}{why}"


def _secret(world: World, secret: Mapping[str, Any]) -> Item:
    versions = secret.get("SecretVersionsToStages", {})
    current = next((version for version, stages in versions.items() if CURRENT in stages), "none")
    return {"version": current, "key": _key(world, secret.get("KmsKeyId"))}


def _bucket(world: World, name: str) -> Item:
    """s3:GetPublicAccessBlock, GetBucketOwnershipControls."""
    client = world.client("s3")
    known = world.once(_at_rest.buckets)[name]["encryption"]
    block = (answered(client.get_public_access_block, NO_BLOCK, Bucket=name) or {}).get(
        "PublicAccessBlockConfiguration", {}
    )
    owned = answered(client.get_bucket_ownership_controls, "OwnershipControlsNotFoundError", Bucket=name)
    (rule,) = owned["OwnershipControls"]["Rules"] if owned else [{"ObjectOwnership": "ObjectWriter"}]
    return {
        "encryption": known["SSEAlgorithm"],
        "key": _key(world, known.get("KMSMasterKeyID")),
        "versions": world.once(_bucket_copies.copies)[name]["versioned"],
        "public access": "blocked" if block and all(block.values()) else "possible",
        "ownership": rule["ObjectOwnership"],
    }


def _key(world: World, key: str | None) -> str:
    """All replicas of a kind have one key, whichever encrypts the originals: that it is ours is what is compared."""
    name = key_name(world, key)
    return OWN_KEY if name in world.once(aliases).values() else name


KINDS = (Kind("secret", secrets), Kind("bucket", buckets))
