"""Images of ECR: known by what is in them, copied to other regions as they are pushed, and scanned.

moto makes up digests, keeps a replication configuration without copying anything, and scans no image by itself. A copy
is made with the call that pushes; into a repository that isn't there ECR's own defaults, and without the tag where the
repository lets no tag be moved and another image has it. Nothing is copied on from there. Enhanced scanning finds
nothing: there is nothing in these images.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced.html
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

from sandbox.aws.call import AwsError, Call
from sandbox.aws.extensions import operation

SCANNED = ("SCAN_ON_PUSH", "CONTINUOUS_SCAN")
ACTIVE = {"status": "ACTIVE", "description": "Continuous scan is selected for image."}
NOTHING: dict[str, int] = {}


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
@operation("ecr", "PutImage")
def put_image(call: Call) -> dict[str, Any]:
    repository = _repository(call)
    digest = f"sha256:{hashlib.sha256(call.params['imageManifest'].encode()).hexdigest()}"
    if call.params.get("imageDigest", digest) != digest:
        message = f"The provided digest does not match that of the manifest, {digest}"
        raise AwsError("ImageDigestDoesNotMatchException", message)
    output = call.moto({**call.params, "imageDigest": digest})
    image = next(one for one in repository.images if one.get_image_digest() == digest)
    for region in _destinations(call):
        _copy(call, region, image)
    return output


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageReplicationStatus.html
@operation("ecr", "DescribeImageReplicationStatus")
def describe_image_replication_status(call: Call) -> dict[str, Any]:
    """Of what was pushed before there was a replication it tells nothing."""
    name, wanted = call.params["repositoryName"], call.params["imageId"]
    digest = _repository(call)._get_image(wanted.get("imageTag"), wanted.get("imageDigest")).get_image_digest()
    there = [
        region
        for region in _destinations(call)
        if any(one.get_image_digest() == digest for one in _images(call, region))
    ]
    statuses = [{"region": region, "registryId": call.account, "status": "COMPLETE"} for region in there]
    return {"repositoryName": name, "imageId": {**wanted, "imageDigest": digest}, "replicationStatuses": statuses}


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html
@operation("ecr", "DescribeImages")
def describe_images(call: Call) -> dict[str, Any]:
    output = call.moto()
    if _scanned(call):
        for image in output["imageDetails"]:
            image |= {"imageScanStatus": ACTIVE, "imageScanFindingsSummary": {"findingSeverityCounts": NOTHING}}
    return output


# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImageScanFindings.html
@operation("ecr", "DescribeImageScanFindings")
def describe_image_scan_findings(call: Call) -> dict[str, Any]:
    try:
        return call.moto()
    except AwsError as error:
        if error.code != "ScanNotFoundException" or not _scanned(call):
            raise
    return {
        "registryId": call.account,
        "repositoryName": call.params["repositoryName"],
        "imageId": call.params["imageId"],
        "imageScanStatus": ACTIVE,
        "imageScanFindings": {"enhancedFindings": [], "findingSeverityCounts": NOTHING},
    }


def _repository(call: Call) -> Any:
    name = call.params["repositoryName"]
    found = call.backend().repositories.get(name)
    if found is None:
        message = f"The repository with name '{name}' does not exist in the registry with id '{call.account}'"
        raise AwsError("RepositoryNotFoundException", message)
    return found


def _scanned(call: Call) -> bool:
    enhanced = call.backend().registry_scanning_configuration["scanType"] == "ENHANCED"
    return enhanced and _repository(call).scanning_config["scanFrequency"] in SCANNED


def _destinations(call: Call) -> Iterator[str]:
    """Regions that the repository's images are copied to; other accounts would have to allow it, and don't."""
    name = call.params["repositoryName"]
    for rule in call.backend().replication_config["rules"]:
        filters = rule.get("repositoryFilters")
        if not filters or any(name.startswith(one["filter"]) for one in filters):
            yield from (one["region"] for one in rule["destinations"] if one["registryId"] == call.account)


def _images(call: Call, region: str) -> list[Any]:
    repository = call.backend(region=region).repositories.get(call.params["repositoryName"])
    return repository.images if repository else []


def _copy(call: Call, region: str, image: Any) -> None:
    name = call.params["repositoryName"]
    if name not in call.backend(region=region).repositories:
        call.ask("ecr", "CreateRepository", region=region, repositoryName=name)
    repository = call.backend(region=region).repositories[name]
    tag = image.image_tag
    holder = next((one for one in repository.images if tag in one.image_tags), None)
    twin = next((one for one in repository.images if one.get_image_digest() == image.get_image_digest()), None)
    if holder is not None and holder is not twin:
        if repository.is_tag_immutable():
            tag = None
        else:
            holder.remove_tag(tag)
    if twin is None:
        twin = copy.deepcopy(image)
        twin.image_tag, twin.image_tags = None, []
        repository.images.append(twin)
    if tag is not None:
        twin.update_tag(tag)
