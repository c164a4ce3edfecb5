"""Custom resources that an operator only has to find right: they are ready as soon as it runs."""

from __future__ import annotations

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import leaving, with_condition
from sandbox.kube.controllers.world import Key

FLUX_SOURCE = ("source-controller", "Succeeded", "stored artifact: the sandbox's own (sandbox/kube/charts)")
SECRET_STORE = ("external-secrets", "Valid", "store validated")
ISSUER = ("cert-manager", "IsReady", "the sandbox issues placeholders only")
READY = {
    "helmrepositories.source.toolkit.fluxcd.io": FLUX_SOURCE,
    "secretstores.external-secrets.io": SECRET_STORE,
    "clustersecretstores.external-secrets.io": SECRET_STORE,
    "issuers.cert-manager.io": ISSUER,
    "clusterissuers.cert-manager.io": ISSUER,
}
"""Resource: (the operator, the reason and the message of Ready)."""


class Operated(Controller):
    resources = watches = tuple(READY)
    waits_for = tuple({operator for operator, _, _ in READY.values()})

    def reconcile(self, key: Key) -> float | None:
        found = self.world.get(*key)
        operator, reason, message = READY[key.resource]
        if found is None or leaving(found) or found["spec"].get("suspend") or not self.world.operator(operator):
            return None
        status, generation = found.get("status") or {}, found["metadata"]["generation"]
        why = (reason, message)
        conditions = with_condition(
            status.get("conditions"), self.world.now, "Ready", True, *why, observedGeneration=generation
        )
        kept = {"observedGeneration": generation} if key.resource.endswith("fluxcd.io") else {}
        self.world.set_status(key.resource, found, {**status, **kept, "conditions": conditions})
        return None
