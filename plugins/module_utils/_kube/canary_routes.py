# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The VirtualServices that lead to one service, and what its canary gets of them."""

from __future__ import annotations

from ansible_collections.iworkz.platform.plugins.module_utils._kube import canary, rollout
from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError, Objects
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout_api import Api
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import ReconcileError

API = "networking.istio.io/v1"


class Routes:
    """Read anew whenever they are asked for, as somebody else may change them meanwhile.

    :param manager: field manager that applied them.
    """

    def __init__(self, api: Api, service: Name, manager: str) -> None:
        self._api, self._service, self._manager = api, service, manager
        self._host = f"{service.name}.{service.namespace}.svc.cluster.local"

    def require(self) -> None:
        """Raises ReconcileError where a canary could not be led any requests."""
        routes = self._found()
        missing = {canary.STABLE, canary.CANARY} - canary.subsets(self._list("destinationrules"), self._host)
        why = ""
        if not routes:
            why = f"no VirtualService leads to {self._host}"
        elif missing:
            why = f"no DestinationRule of {self._host} has the subset {', '.join(sorted(missing))} by {canary.TRACK}"
        elif others := [str(Name.of(route)) for route in routes if self._fields(route) is None]:
            why = f"VirtualService {', '.join(others)} is not as {self._manager} has applied it"
        if why:
            raise ReconcileError(f"Nothing was changed. {why}: apply the role istio first")

    def shares(self) -> set[int]:
        """The canary's percentages: one when all is well, none without a route. Raises KubernetesError."""
        return canary.shares(self._found(), self._host)

    def lead(self, weight: int) -> bool:
        """Give the canary this percentage of all requests; whether that is a change. Raises KubernetesError."""
        changed = False
        for route in self._found():
            fields = self._fields(route)
            if fields is None or canary.shares([route], self._host) == {weight}:
                continue
            body = rollout.applied(route, fields)
            body["spec"] = canary.weighted(body["spec"], self._host, weight)
            name = Name.of(route)
            path = f"/apis/{API}/namespaces/{name.namespace}/virtualservices/{name.name}"
            self._api.apply(path, body, self._manager)
            changed = True
        return changed

    def _found(self) -> Objects:
        return [route for route in self._list("virtualservices") if canary.shares([route], self._host)]

    def _list(self, plural: str) -> Objects:
        try:
            return self._api.list(f"/apis/{API}/namespaces/{self._service.namespace}/{plural}")[0]
        except KubernetesError as error:
            if error.code == 404:  # a cluster without the mesh
                return []
            raise

    def _fields(self, route: rollout.Object) -> rollout.Object | None:
        """Fields that the manager owns, None unless the routes themselves are among them."""
        fields = rollout.applied_fields(route, self._manager)
        return fields if fields and "f:http" in fields.get("f:spec", {}) else None
