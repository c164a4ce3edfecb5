"""PersistentVolumeClaims: bound at once, to a volume that is made for them where no other is asked for."""

from __future__ import annotations

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, leaving, name, namespace
from sandbox.kube.controllers.world import Key

VOLUMES = "persistentvolumes"


class Claims(Controller):
    resource = "persistentvolumeclaims"

    def reconcile(self, key: Key) -> float | None:
        claim = self.world.get(*key)
        if claim is None or leaving(claim) or (claim.get("status") or {}).get("phase") == "Bound":
            return None
        volume = self._volume(claim)
        if self.world.get(VOLUMES, "", name(volume)) is None:
            made = self.world.create(volume)
            self.world.set_status(VOLUMES, made, {"phase": "Bound"})
        spec = {**claim["spec"], "volumeName": name(volume)}
        status = {
            "phase": "Bound",
            "accessModes": spec.get("accessModes", []),
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
        }
        self.world.replace(self.resource, claim, {"spec": spec, "status": status})
        return None

    @staticmethod
    def _volume(claim: Object) -> Object:
        spec, uid = claim["spec"], claim["metadata"]["uid"]
        bound = {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "name": name(claim),
            "namespace": namespace(claim),
            "uid": uid,
        }
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": spec.get("volumeName") or f"pvc-{uid}"},
            "spec": {
                "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                "accessModes": spec.get("accessModes", []),
                "persistentVolumeReclaimPolicy": "Delete",
                "storageClassName": spec.get("storageClassName", ""),
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": f"vol-{uid.replace('-', '')[:17]}"},
                "claimRef": bound,
            },
        }
