"""Secrets that operators make: of ExternalSecrets and of Certificates. Their keys are right, their values empty.

A value that a Secret holds already stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, holds, leaving, name, namespace, reference, stamp, with_condition
from sandbox.kube.controllers.world import Key
from sandbox.kube.errors import ApiError

PLACEHOLDER = "sandbox.iworkz.jp/placeholder"
"""Annotation of a Secret whose values the sandbox doesn't know."""


class Synced(Controller):
    """Objects that have a Secret made, once the source they name is ready."""

    sources: ClassVar[dict[str, str]] = {}
    """Resources by the kinds of source."""
    reasons: ClassVar[tuple[str, str, str]] = ("", "", "")
    """Of Ready: the reason and the message when it is, the reason when it isn't."""

    def source(self, found: Object) -> tuple[str, str]:
        """(kind, name) of what it names."""
        raise NotImplementedError

    def secret(self, found: Object) -> Object | None:
        """{metadata, type, data} of the Secret wanted, None when it isn't this one's to make."""
        raise NotImplementedError

    def result(self, found: Object) -> Object:
        """What its status tells once it is ready."""
        raise NotImplementedError

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        return self.everything() if resource in self.sources.values() else super().keys(resource, kind, obj)

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        if found is None or leaving(found) or not self.world.operator(self.waits_for[0]):
            return None
        status = found.get("status") or {}
        trouble = self._unready(found) or self._keep(found)
        reason, message, failed = self.reasons
        why = (failed, trouble) if trouble else (reason, message)
        conditions = with_condition(status.get("conditions"), self.world.now, "Ready", not trouble, *why)
        result = {} if trouble or holds(found, "Ready") else self.result(found)
        self.world.set_status(self.resource, found, {**status, **result, "conditions": conditions})
        return self.world.timing.autoscaler if trouble else None

    def _unready(self, found: Object) -> str | None:
        kind, called = self.source(found)
        space = "" if kind.startswith("Cluster") else namespace(found)
        source = self.world.get(self.sources.get(kind, ""), space, called)
        if source is None:
            return f'{kind} "{called}" not found'
        return None if holds(source, "Ready") else f'{kind} "{called}" is not ready'

    def _keep(self, found: Object) -> str | None:
        """Let the Secret be as wanted; what keeps it from being so."""
        wanted = self.secret(found)
        if wanted is None:
            return None
        metadata = {"namespace": namespace(found), **wanted["metadata"]}
        metadata["annotations"] = {**metadata.get("annotations", {}), PLACEHOLDER: "true"}
        before = self.world.get("secrets", namespace(found), name(wanted))
        if before is None:
            try:
                self.world.create({"apiVersion": "v1", "kind": "Secret", **wanted, "metadata": metadata})
            except ApiError as error:
                return error.message
            return None
        held = before.get("data") or {}
        data = {key: held.get(key, value) for key, value in wanted["data"].items()}
        if data != held:
            self.world.replace("secrets", before, {"data": data})
        return None


class ExternalSecrets(Synced):
    resource = "externalsecrets.external-secrets.io"
    sources: ClassVar[dict[str, str]] = {
        "SecretStore": "secretstores.external-secrets.io",
        "ClusterSecretStore": "clustersecretstores.external-secrets.io",
        "Password": "passwords.generators.external-secrets.io",
    }
    watches = ("secrets", *sources.values())
    waits_for = ("external-secrets",)
    reasons = ("SecretSynced", "secret synced", "SecretSyncedError")

    def source(self, found: Object) -> tuple[str, str]:
        store = found["spec"].get("secretStoreRef") or {}
        return store.get("kind", "SecretStore"), store.get("name", "")

    def _unready(self, found: Object) -> str | None:
        """Generators are objects of the same namespace, and always ready."""
        made = [
            each["sourceRef"]["generatorRef"] for each in found["spec"].get("dataFrom") or () if "sourceRef" in each
        ]
        for one in made:
            if self.world.get(self.sources.get(one["kind"], ""), namespace(found), one["name"]) is None:
                return f'{one["kind"]} "{one["name"]}" not found'
        return None if made else super()._unready(found)

    def secret(self, found: Object) -> Object | None:
        target = found["spec"].get("target") or {}
        policy = target.get("creationPolicy", "Owner")
        called = target.get("name") or name(found)
        if policy == "None" or (policy == "Merge" and not self.world.get("secrets", namespace(found), called)):
            return None
        template = target.get("template") or {}
        keys = template.get("data") or [each["secretKey"] for each in found["spec"].get("data") or ()]
        metadata = {"name": called, **(template.get("metadata") or {})}
        metadata["labels"] = {**(metadata.get("labels") or {}), "reconcile.external-secrets.io/managed": "true"}
        if policy == "Owner":
            metadata["ownerReferences"] = [reference(found)]
        return {"metadata": metadata, "type": template.get("type", "Opaque"), "data": dict.fromkeys(keys, "")}

    def result(self, found: Object) -> Object:
        target = (found["spec"].get("target") or {}).get("name") or name(found)
        version = f"{found['metadata']['generation']}-sandbox"
        return {"refreshTime": stamp(self.world.now), "binding": {"name": target}, "syncedResourceVersion": version}


class Certificates(Synced):
    resource = "certificates.cert-manager.io"
    watches = ("secrets", "issuers.cert-manager.io", "clusterissuers.cert-manager.io")
    waits_for = ("cert-manager",)
    sources: ClassVar[dict[str, str]] = dict(zip(("Issuer", "ClusterIssuer"), watches[1:], strict=True))
    reasons = ("Ready", "Certificate is up to date and has not expired", "DoesNotExist")

    def source(self, found: Object) -> tuple[str, str]:
        issuer = found["spec"]["issuerRef"]
        return issuer.get("kind", "Issuer"), issuer["name"]

    def secret(self, found: Object) -> Object | None:
        metadata = {
            "name": found["spec"]["secretName"],
            "annotations": {"cert-manager.io/certificate-name": name(found)},
        }
        return {"metadata": metadata, "type": "kubernetes.io/tls", "data": {"tls.crt": "", "tls.key": "", "ca.crt": ""}}

    def result(self, found: Object) -> Object:
        return {"revision": 1}
