# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Checks of group 1.2.2, image registry: the repositories that carry the platform's tags."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._checks import _push
from ansible_collections.iworkz.platform.plugins.module_utils._checks._keys import data_key
from ansible_collections.iworkz.platform.plugins.module_utils._checks.engine import Breach, Finding, World, check

NO_REPOSITORY = Breach("ecr.no_repository", {})
NAMES_PER_CALL = 25
SCANNED = frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})
DONE = frozenset({"ACTIVE", "COMPLETE"})
INDICES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.index.v1+json",
    }
)
"""Lists of images for several processors: scanned through the images they list."""


def repositories(world: World) -> list[dict[str, Any]]:
    """The platform's repositories (ecr:DescribeRepositories, ListTagsForResource), as DescribeRepositories has them."""
    client = world.client("ecr")
    pages = client.get_paginator("describe_repositories").paginate()
    found = [repository for page in pages for repository in page["repositories"]]

    def is_ours(repository: dict[str, Any]) -> bool:
        tags = client.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
        return world.platform.owns(from_list(tags))

    return [repository for repository in found if is_ours(repository)]


@check("1.2.2.1")
def one_per_service(world: World, required: dict[str, Any]) -> Finding:
    key = world.once(data_key)
    prefix = f"{world.platform.name}-{world.platform.environment}"
    wanted = [f"{prefix}/{service['name']}" for service in world.platform.declared["services"]]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for repository in world.once(repositories):
        name = repository["repositoryName"]
        encryption = repository["encryptionConfiguration"]
        facts = observed[name] = {
            "tags": repository["imageTagMutability"],
            "encryption": encryption["encryptionType"],
            "key": encryption.get("kmsKey"),
        }
        if facts["tags"] != required["tag_mutability"]:
            breaches.append(Breach("ecr.mutable", {"repository": name, "mutability": facts["tags"]}))
        if key is None or facts["key"] != key:
            used = facts["key"] or facts["encryption"]
            breaches.append(Breach("ecr.other_key", {"repository": name, "key": used}))
    breaches += [Breach("ecr.missing", {"repository": name}) for name in wanted if name not in observed]
    if len(observed) < required["repositories"]:
        breaches.append(Breach("ecr.too_few", {"count": len(observed), "required": required["repositories"]}))
    return Finding(observed, tuple(breaches))


@check("1.2.2.2")
def scanned(world: World, required: dict[str, Any]) -> Finding:
    client = world.client("ecr")
    names = [repository["repositoryName"] for repository in world.once(repositories)]
    frequency: dict[str, str] = {}
    for start in range(0, len(names), NAMES_PER_CALL):
        answer = client.batch_get_repository_scanning_configuration(
            repositoryNames=names[start : start + NAMES_PER_CALL]
        )
        frequency |= {c["repositoryName"]: c["scanFrequency"] for c in answer["scanningConfigurations"]}
    scan_type = client.get_registry_scanning_configuration()["scanningConfiguration"]["scanType"]
    observed: dict[str, Any] = {"scan_type": scan_type, "repositories": {}}
    breaches: list[Breach] = []
    for name in names:
        facts = observed["repositories"][name] = {"frequency": frequency[name], **_latest(client, name)}
        if facts["frequency"] not in SCANNED:
            breaches.append(Breach("ecr.not_scanned", {"repository": name, "frequency": facts["frequency"]}))
        if facts["image"] is None:
            continue
        image = {"repository": name, "image": facts["image"]}
        if facts["scan"] not in DONE:
            breaches.append(Breach("ecr.image_not_scanned", {**image, "status": facts["scan"]}))
        if facts["critical"] > required["critical_findings"]:
            breaches.append(Breach("ecr.critical_findings", {**image, "count": facts["critical"]}))
    return Finding(observed, tuple(breaches) if names else (NO_REPOSITORY,))


def _latest(client: Any, repository: str) -> dict[str, Any]:
    """The scan of the newest image (ecr:DescribeImages, DescribeImageScanFindings); image None where there is none."""
    pages = client.get_paginator("describe_images").paginate(repositoryName=repository)
    images = [i for page in pages for i in page["imageDetails"] if i.get("imageManifestMediaType") not in INDICES]
    if not images:
        return {"image": None, "scan": None, "critical": 0}
    newest = max(images, key=lambda image: image["imagePushedAt"])
    digest = newest["imageDigest"]
    name = (newest.get("imageTags") or [digest])[0]
    try:
        answer = client.describe_image_scan_findings(repositoryName=repository, imageId={"imageDigest": digest})
    except client.exceptions.ScanNotFoundException:
        return {"image": name, "scan": "NONE", "critical": 0}
    counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
    return {"image": name, "scan": answer["imageScanStatus"]["status"], "critical": counts.get("CRITICAL", 0)}


@check("1.2.2.3")
def expiring(world: World, required: dict[str, Any]) -> Finding:
    client = world.client("ecr")
    declared = world.platform.declared["images"]["lifecycle_policy"]
    observed: dict[str, Any] = {}
    breaches: list[Breach] = []
    for repository in world.once(repositories):
        name = repository["repositoryName"]
        try:
            policy = json.loads(client.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])
        except client.exceptions.LifecyclePolicyNotFoundException:
            observed[name] = None
            breaches.append(Breach("ecr.no_lifecycle", {"repository": name}))
            continue
        observed[name] = {"rules": len(policy["rules"]), "as_declared": _by_priority(policy) == _by_priority(declared)}
        if not observed[name]["as_declared"]:
            breaches.append(Breach("ecr.lifecycle_differs", {"repository": name}))
    return Finding(observed, tuple(breaches) if observed else (NO_REPOSITORY,))


def _by_priority(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(policy["rules"], key=lambda rule: int(rule["rulePriority"]))


@check("1.2.2.4")
def only_ci_pushes(world: World, required: dict[str, Any]) -> Finding:
    ci = world.platform.declared["ci"]
    issuer = ci["issuer"].removeprefix("https://")
    provider = _provider(world, issuer)
    roles = _push_roles(world, provider["arn"], issuer, ci["audience"]) if provider else {}
    observed: dict[str, Any] = {
        "provider": provider,
        "roles": {arn: role["subjects"] for arn, role in roles.items()},
        "repositories": {},
    }
    breaches = _identity_breaches(ci, provider, roles)
    for repository in world.once(repositories):
        name, arn = repository["repositoryName"], repository["repositoryArn"]
        allowed = _allowed(world, name)
        observed["repositories"][name] = None if allowed is None else sorted(allowed)
        if allowed is None:
            breaches.append(Breach("ecr.push_not_denied", {"repository": name}))
            continue
        if others := sorted(allowed - roles.keys()):
            breaches.append(Breach("ecr.others_push", {"repository": name, "principals": ", ".join(others)}))
        if not any(_push.may_push(role["policies"], arn) for key, role in roles.items() if key in allowed):
            breaches.append(Breach("ecr.ci_cannot_push", {"repository": name}))
    if not observed["repositories"]:
        breaches.append(NO_REPOSITORY)
    return Finding(observed, tuple(breaches))


def _identity_breaches(ci: dict[str, Any], provider: dict[str, Any] | None, roles: dict[str, Any]) -> list[Breach]:
    if provider is None:
        return [Breach("ecr.no_provider", {"issuer": ci["issuer"]})]
    breaches = []
    if provider["audiences"] != [ci["audience"]]:
        audiences = ", ".join(provider["audiences"])
        breaches.append(Breach("ecr.provider_audience", {"audiences": audiences, "declared": ci["audience"]}))
    if not roles:
        breaches.append(Breach("ecr.no_push_role", {"issuer": ci["issuer"]}))
    declared = f"repo:{ci['repository']}:ref:refs/heads/{ci['branch']}"
    for arn, role in roles.items():
        if role["subjects"] is None:
            breaches.append(Breach("ecr.trust_open", {"role": arn}))
        elif others := sorted(set(role["subjects"]) - {declared}):
            params = {"role": arn, "subjects": ", ".join(others), "declared": declared}
            breaches.append(Breach("ecr.trust_others", params))
    return breaches


def _provider(world: World, issuer: str) -> dict[str, Any] | None:
    """The pipeline's identity provider (iam:ListOpenIDConnectProviders, GetOpenIDConnectProvider)."""
    client = world.client("iam")
    for one in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        if one["Arn"].split(":oidc-provider/", 1)[-1] == issuer:
            found = client.get_open_id_connect_provider(OpenIDConnectProviderArn=one["Arn"])
            return {"arn": one["Arn"], "audiences": sorted(found.get("ClientIDList", []))}
    return None


def _push_roles(world: World, provider: str, issuer: str, audience: str) -> dict[str, dict[str, Any]]:
    """The platform's roles that trust the provider, by ARN (iam:GetAccountAuthorizationDetails)."""
    pages = world.client("iam").get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
    found = {}
    for role in (role for page in pages for role in page["RoleDetailList"]):
        trust = role["AssumeRolePolicyDocument"]
        if world.platform.owns(from_list(role.get("Tags"))) and _push.trusts(trust, provider):
            subjects = _push.subjects(trust, provider, issuer, audience)
            found[role["Arn"]] = {
                "subjects": None if subjects is None else sorted(subjects),
                "policies": [policy["PolicyDocument"] for policy in role["RolePolicyList"]],
            }
    return found


def _allowed(world: World, repository: str) -> set[str] | None:
    """ARNs that the repository's policy lets push (ecr:GetRepositoryPolicy); None where it does not keep others out."""
    client = world.client("ecr")
    try:
        policy = client.get_repository_policy(repositoryName=repository)["policyText"]
    except client.exceptions.RepositoryPolicyNotFoundException:
        return None
    return _push.spared(json.loads(policy))
