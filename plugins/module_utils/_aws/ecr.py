# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Amazon ECR: the registry's scanning and replication, and repositories."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import answered
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

NAMES_PER_CALL = 100
NO_POLICY = ("LifecyclePolicyNotFoundException", "RepositoryPolicyNotFoundException")


class Registry(Resource):
    """Get- and PutRegistryScanningConfiguration, DescribeRegistry, PutReplicationConfiguration."""

    service = "ecr"
    kind = "registry"
    option = "registry"
    singleton = True
    taggable = False
    create_operation = "PutRegistryScanningConfiguration"
    extra = frozenset({"replication_configuration"})

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        scanning = self.client.get_registry_scanning_configuration()["scanningConfiguration"]
        state = self.snake("GetRegistryScanningConfiguration", ("scanningConfiguration",), scanning)
        replication = self.client.describe_registry().get("replicationConfiguration", {"rules": []})
        state["replication_configuration"] = self.snake("DescribeRegistry", ("replicationConfiguration",), replication)
        return {self.kind: {"rules": [], **state}}

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if {"scan_type", "rules"} & set(fields):
            self.client.put_registry_scanning_configuration(**self.parameters(desired, self.create_operation))
        if "replication_configuration" in fields:
            self.client.put_replication_configuration(
                **self.parameters(desired, "PutReplicationConfiguration", *self.extra)
            )


class Repository(Resource):
    """DescribeRepositories in batches of names, the lifecycle policy and the repository policy one by one (the API
    has no bulk read for them); CreateRepository, PutImageTagMutability, PutImageScanningConfiguration,
    PutLifecyclePolicy, SetRepositoryPolicy, DeleteRepository.

    ``lifecycle_policy`` and ``policy`` are documents in the API's own form.
    """

    service = "ecr"
    kind = "repository"
    option = "repositories"
    key = "repository_name"
    create_operation = "CreateRepository"
    extra = frozenset({"lifecycle_policy", "policy"})
    policies = frozenset({"policy"})
    immutable = frozenset({"encryption_configuration"})
    references: ClassVar = {"encryption_configuration.kms_key": "kms_key"}
    protected = True

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        found = self._all() if keys is None else self._named(sorted(keys))
        return dict(self.context.each(self._state, found))

    def create(self, key: str, desired: State) -> None:
        self.client.create_repository(**self.parameters(desired, "CreateRepository"), tags=self.tag_list(desired))
        self._put_documents(key, desired, tuple(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        if "image_tag_mutability" in fields:
            self.client.put_image_tag_mutability(**self.parameters(desired, "PutImageTagMutability"))
        if "image_scanning_configuration" in fields:
            self.client.put_image_scanning_configuration(**self.parameters(desired, "PutImageScanningConfiguration"))
        if "tags" in fields:
            self.retag(current["_arn"], current, desired)
        self._put_documents(key, desired, fields)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_repository(repositoryName=key, force=True)

    def _put_documents(self, key: str, desired: State, fields: Collection[str]) -> None:
        if "lifecycle_policy" in fields:
            self.client.put_lifecycle_policy(
                repositoryName=key, lifecyclePolicyText=json.dumps(desired["lifecycle_policy"])
            )
        if "policy" in fields:
            self.client.set_repository_policy(repositoryName=key, policyText=json.dumps(desired["policy"]))

    def _all(self) -> list[dict[str, Any]]:
        return self.context.pages("ecr", "describe_repositories", "repositories")

    def _named(self, names: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(names), NAMES_PER_CALL):
            batch = names[start : start + NAMES_PER_CALL]
            try:
                found += self.client.describe_repositories(repositoryNames=batch)["repositories"]
            except self.client.exceptions.RepositoryNotFoundException:
                # One missing name fails the whole batch, without saying which: read the list instead.
                return [repository for repository in self._all() if repository["repositoryName"] in names]
        return found

    def _state(self, repository: dict[str, Any]) -> tuple[str, State]:
        name = repository["repositoryName"]
        state = self.snake("DescribeRepositories", ("repositories",), repository)
        state["tags"] = from_list(self.client.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"])
        state["_arn"] = repository["repositoryArn"]
        for field, read, text in (
            ("lifecycle_policy", self.client.get_lifecycle_policy, "lifecyclePolicyText"),
            ("policy", self.client.get_repository_policy, "policyText"),
        ):
            found = answered(read, *NO_POLICY, repositoryName=name)
            if found is not None:
                state[field] = json.loads(found[text])
        return name, state


ADAPTERS = (Registry, Repository)
