"""Images of the registry: what the pipeline would have pushed. Each is a manifest with nothing in it, known by its
digest; inventories/sandbox declares the digests as releases."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sandbox.rehearsal.account import PREFIX

TAG = "rehearsal"
MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"


def manifest(name: str) -> str:
    """Of the image of a service or tool: always the same text."""
    empty = {"mediaType": EMPTY, "digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}", "size": 2}
    document = {
        "schemaVersion": 2,
        "mediaType": MEDIA_TYPE,
        "config": empty,
        "layers": [empty],
        "annotations": {"org.opencontainers.image.title": name},
    }
    return json.dumps(document, separators=(",", ":"))


def digest(name: str) -> str:
    return f"sha256:{hashlib.sha256(manifest(name).encode()).hexdigest()}"


def push(ecr: Any) -> bool:
    """An image to every repository that has none; whether there was one to push."""
    pages = ecr.get_paginator("describe_repositories").paginate()
    names = [one["repositoryName"] for page in pages for one in page["repositories"]]
    ours = [name for name in names if name.startswith(f"{PREFIX}/")]
    wanting = [name for name in ours if not ecr.list_images(repositoryName=name)["imageIds"]]
    for name in wanting:
        ecr.put_image(repositoryName=name, imageManifest=manifest(name.removeprefix(f"{PREFIX}/")), imageTag=TAG)
    return bool(wanting)
