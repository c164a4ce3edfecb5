# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""AWS IAM: identity providers and managed policies."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, ClassVar

from ansible_collections.iworkz.platform.plugins.module_utils._aws import iam_document, tags
from ansible_collections.iworkz.platform.plugins.module_utils._aws.resource import Resource
from ansible_collections.iworkz.platform.plugins.module_utils._aws.tags import TagApi, from_list
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import State

MAX_VERSIONS = 5
"""Of a managed policy; the oldest has to go before a sixth can come."""


class IamResource(Resource):
    """IAM tags each type of resource by operations of its own."""

    service = "iam"
    tag_api: ClassVar[TagApi]

    def tag_list(self, desired: State) -> Any:
        return self.tag_api.form(desired["tags"])

    def retag(self, identifier: str, current: State, desired: State) -> None:
        tags.retag(self.client, self.tag_api, identifier, current["tags"], desired["tags"], self.context.purge_tags)


class OidcProvider(IamResource):
    """ListOpenIDConnectProviders, GetOpenIDConnectProvider; CreateOpenIDConnectProvider,
    AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider,
    UpdateOpenIDConnectProviderThumbprint, DeleteOpenIDConnectProvider.

    ``thumbprint_list`` need not be declared: IAM trusts well-known issuers by its own list of authorities.
    """

    kind = "oidc_provider"
    option = "oidc_providers"
    key = "url"
    create_operation = "CreateOpenIDConnectProvider"
    unordered = frozenset({"client_id_list", "thumbprint_list"})
    tag_api = TagApi("tag_open_id_connect_provider", "untag_open_id_connect_provider", "OpenIDConnectProviderArn")

    def validate(self, item: dict[str, Any]) -> list[str]:
        errors = super().validate(item)
        if not str(item.get("url")).startswith("https://"):
            errors.append("url must start with https://")
        return errors

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        arns = [
            one["Arn"]
            for one in self.context.pages("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")
        ]
        wanted = [arn for arn in arns if keys is None or _url(arn) in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        parameters = self.parameters(desired, "CreateOpenIDConnectProvider")
        self.client.create_open_id_connect_provider(**parameters, Tags=self.tag_list(desired))

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        arn = current["_arn"]
        if "client_id_list" in fields:
            have, want = set(current["client_id_list"]), set(desired["client_id_list"])
            for client_id in sorted(want - have):
                self.client.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client_id)
            for client_id in sorted(have - want):
                self.client.remove_client_id_from_open_id_connect_provider(
                    OpenIDConnectProviderArn=arn, ClientID=client_id
                )
        if "thumbprint_list" in fields:
            self.client.update_open_id_connect_provider_thumbprint(
                OpenIDConnectProviderArn=arn, ThumbprintList=desired["thumbprint_list"]
            )
        if "tags" in fields:
            self.retag(arn, current, desired)

    def delete(self, key: str, current: State) -> None:
        self.client.delete_open_id_connect_provider(OpenIDConnectProviderArn=current["_arn"])

    def _state(self, arn: str) -> tuple[str, State]:
        provider = self.client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        url = _url(arn)
        return url, {
            "url": url,
            "client_id_list": provider.get("ClientIDList", []),
            "thumbprint_list": provider.get("ThumbprintList", []),
            "tags": from_list(provider.get("Tags")),
            "_arn": arn,
        }


class ManagedPolicy(IamResource):
    """ListPolicies (the account's own), GetPolicy, GetPolicyVersion; CreatePolicy, CreatePolicyVersion,
    DeletePolicyVersion, DeletePolicy.

    ``policy_document`` is a document in the API's own form. A change makes a new default version and, where there
    are five already, drops the oldest.
    """

    kind = "policy"
    option = "policies"
    key = "policy_name"
    create_operation = "CreatePolicy"
    extra = frozenset({"policy_document"})
    filled = frozenset({"policy_document"})
    policies = frozenset({"policy_document"})
    immutable = frozenset({"path", "description"})
    tag_api = TagApi("tag_policy", "untag_policy", "PolicyArn")

    def validate(self, item: dict[str, Any]) -> list[str]:
        document = item.get("policy_document")
        return super().validate(item) + iam_document.errors_in("policy_document", document, iam_document.MANAGED_SIZE)

    def read(self, keys: Collection[str] | None) -> dict[str, State]:
        policies = self.context.pages("iam", "list_policies", "Policies", Scope="Local")
        wanted = [one["Arn"] for one in policies if keys is None or one["PolicyName"] in keys]
        return dict(self.context.each(self._state, wanted))

    def create(self, key: str, desired: State) -> None:
        self.client.create_policy(
            **self.parameters(desired, "CreatePolicy"),
            PolicyDocument=json.dumps(desired["policy_document"]),
            Tags=self.tag_list(desired),
        )

    def update(self, key: str, desired: State, current: State, fields: tuple[str, ...]) -> None:
        arn = current["_arn"]
        if "policy_document" in fields:
            self._drop_versions(arn, keep=MAX_VERSIONS - 1)
            document = json.dumps(desired["policy_document"])
            self.client.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=True)
        if "tags" in fields:
            self.retag(arn, current, desired)

    def delete(self, key: str, current: State) -> None:
        self._drop_versions(current["_arn"], keep=1)
        self.client.delete_policy(PolicyArn=current["_arn"])

    def _drop_versions(self, arn: str, keep: int) -> None:
        """Delete the oldest versions until ``keep`` are left, the default one among them."""
        versions = self.context.pages("iam", "list_policy_versions", "Versions", PolicyArn=arn)
        others = sorted((v for v in versions if not v["IsDefaultVersion"]), key=lambda version: version["CreateDate"])
        for version in others[: max(0, len(versions) - keep)]:
            self.client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])

    def _state(self, arn: str) -> tuple[str, State]:
        policy = self.client.get_policy(PolicyArn=arn)["Policy"]
        version = self.client.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        return policy["PolicyName"], {
            "policy_name": policy["PolicyName"],
            "path": policy["Path"],
            "description": policy.get("Description", ""),
            "policy_document": version["Document"],
            "tags": from_list(policy.get("Tags")),
            "_arn": arn,
        }


def _url(arn: str) -> str:
    """``arn:aws:iam::1:oidc-provider/host/path`` is the provider of ``https://host/path``."""
    return "https://" + arn.split(":oidc-provider/", 1)[1]
