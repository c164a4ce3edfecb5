# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A region's image registry as definitions: repositories, and the images that a start there would ask for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery import (
    Definitions,
    Item,
    Kind,
    Pair,
    flattened,
    of_both,
    words,
)
from ansible_collections.iworkz.platform.plugins.module_utils._checks._recovery_operations import key_name
from ansible_collections.iworkz.platform.plugins.module_utils._checks.ecr import NAMES_PER_CALL, repositories
from ansible_collections.iworkz.platform.plugins.module_utils._checks.finding import Breach, Unmet
from ansible_collections.iworkz.platform.plugins.module_utils._checks.world import World

THREADS = 8
COPY_TIME = timedelta(minutes=30)
"""Within which ECR says that it copies an image."""
WORKLOADS = (
    ("apps/v1", "deployments"),
    ("apps/v1", "statefulsets"),
    ("apps/v1", "daemonsets"),
    ("batch/v1", "cronjobs"),
    ("v1", "pods"),
)
LATEST = "latest"
CONTAINERS = ("initContainers", "containers")


def settings(world: World) -> Definitions:
    """Repositories (ecr:BatchGetRepositoryScanningConfiguration, GetLifecyclePolicy, GetRepositoryPolicy)."""
    client, same = world.client("ecr"), world.once(words)
    ours = world.once(repositories)
    scanned = _scanned(client, [one["repositoryName"] for one in ours])

    def definition(repository: Item) -> Item:
        name, encryption = repository["repositoryName"], repository["encryptionConfiguration"]
        lifecycle = answered(client.get_lifecycle_policy, "LifecyclePolicyNotFoundException", repositoryName=name)
        policy = answered(client.get_repository_policy, "RepositoryPolicyNotFoundException", repositoryName=name)
        documents = {
            "lifecycle": json.loads(lifecycle["lifecyclePolicyText"]) if lifecycle else None,
            "policy": same.plain(json.loads(policy["policyText"])) if policy else None,
        }
        return {
            "tags": repository["imageTagMutability"],
            "encryption": encryption["encryptionType"],
            "key": key_name(world, encryption.get("kmsKey")),
            "scan": scanned.get(name),
            **dict(flattened(documents)),
        }

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return dict(zip((one["repositoryName"] for one in ours), pool.map(definition, ours), strict=True))


def images(home: World, there: World) -> Pair:
    """The newest image of each repository, and those that workloads of the cluster use, by repository and digest. One
    that was pushed only now may be on its way.
    """
    held, copies = home.once(_held), there.once(_held)
    wanted = {(name, _newest(found)) for name, found in held.items() if found} | set(home.once(_used)[0])
    settled = home.now - COPY_TIME

    def judged(name: str, digest: str) -> bool:
        image = held.get(name, {}).get(digest)
        return image is not None and (digest in copies.get(name, {}) or image["imagePushedAt"] <= settled)

    known = [one for one in sorted(wanted) if judged(*one)]
    return _definitions(known, held), _definitions(known, copies)


def lost(home: World) -> list[Breach]:
    """Images that workloads use and that the registry no longer has: nothing could start again, in either region."""
    held = home.once(_held)
    used, untold = home.once(_used)
    return untold + [
        Breach("dr.image_gone", {"repository": name, "digest": digest})
        for name, digest in used
        if digest not in held.get(name, {})
    ]


def replicated(home: World, there: World) -> list[Breach]:
    """Whether everything that is pushed is copied there, and nothing from there (ecr:DescribeRegistry)."""
    region, account = home.platform.recovery_region, home.platform.account_id
    rules = _rules(home)
    covered = [
        [one["filter"] for one in rule.get("repositoryFilters", ())] or [""]
        for rule in rules
        if {"region": region, "registryId": account} in rule["destinations"]
    ]
    prefixes = tuple(prefix for filters in covered for prefix in filters)
    names = [one["repositoryName"] for one in home.once(repositories)]
    missed = [Breach("dr.not_copied", {"repository": name}) for name in names if not name.startswith(prefixes)]
    back = [one["region"] for rule in _rules(there) for one in rule["destinations"]]
    return missed + [Breach("dr.copied_on", {"region": region, "to": one}) for one in sorted(set(back))]


def _rules(world: World) -> list[Item]:
    found: list[Item] = world.client("ecr").describe_registry().get("replicationConfiguration", {}).get("rules", [])
    return found


def _scanned(client: Any, names: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(names), NAMES_PER_CALL):
        batch = names[start : start + NAMES_PER_CALL]
        answer = client.batch_get_repository_scanning_configuration(repositoryNames=batch)
        found |= {one["repositoryName"]: one["scanFrequency"] for one in answer["scanningConfigurations"]}
    return found


def _held(world: World) -> dict[str, dict[str, Item]]:
    """Images by repository and digest, as DescribeImages has them."""
    client = world.client("ecr")

    def of(name: str) -> dict[str, Item]:
        pages = client.get_paginator("describe_images").paginate(repositoryName=name)
        return {one["imageDigest"]: one for page in pages for one in page["imageDetails"]}

    names = [one["repositoryName"] for one in world.once(repositories)]
    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        return dict(zip(names, pool.map(of, names), strict=True))


def _newest(found: dict[str, Item]) -> str:
    return max(found.values(), key=lambda one: one["imagePushedAt"])["imageDigest"]


def _definitions(wanted: Iterable[tuple[str, str]], held: dict[str, dict[str, Item]]) -> Definitions:
    return {
        f"{name}@{digest}": {"tags": ", ".join(sorted(held[name][digest].get("imageTags", ())))}
        for name, digest in wanted
        if digest in held.get(name, {})
    }


def _used(world: World) -> tuple[list[tuple[str, str]], list[Breach]]:
    """Repository and digest of images of our own registry that workloads use, or why that is not known."""
    platform = world.platform
    try:
        reader = world.kubernetes
    except Unmet as unmet:
        return [], [unmet.breach]
    registry = f"{platform.account_id}.dkr.ecr.{platform.region}.amazonaws.com/"
    images = {
        container["image"]
        for version, plural in WORKLOADS
        for obj in reader.list(version, plural)
        for container in _containers(obj["spec"])
    }
    ours = (image.removeprefix(registry) for image in images if image.startswith(registry))
    return sorted({_identified(world, image) for image in ours}), []


def _identified(world: World, image: str) -> tuple[str, str]:
    """Repository and digest of an image; where it is named by a tag that no image has, that in place of the digest."""
    path, _at, digest = image.partition("@")
    name, _colon, tag = path.partition(":")
    held = world.once(_held).get(name, {})
    tagged = (key for key, one in held.items() if (tag or LATEST) in one.get("imageTags", ()))
    return name, digest or next(tagged, tag or LATEST)


def _containers(spec: Item) -> Iterator[Item]:
    """Of a pod, of what makes pods, or of what makes what makes them."""
    if "jobTemplate" in spec:
        yield from _containers(spec["jobTemplate"]["spec"])
    elif "template" in spec:
        yield from _containers(spec["template"]["spec"])
    else:
        yield from (one for kind in CONTAINERS for one in spec.get(kind, ()))


KINDS = (Kind("repository", of_both(settings)), Kind("image", images))
