"""ResourceQuotas: what is used, and the refusal of what would be too much."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from sandbox.kube.controllers.base import Controller
from sandbox.kube.controllers.objects import Object, finished, name, namespace
from sandbox.kube.controllers.requests import Amounts, of_pod
from sandbox.kube.controllers.world import Key, World
from sandbox.kube.errors import forbidden
from sandbox.kube.quantity import canonical, parse
from sandbox.kube.resources import Resource

QUOTAS = "resourcequotas"
ZERO = Decimal(0)
COUNTED = (
    "pods",
    "services",
    "configmaps",
    "secrets",
    "replicationcontrollers",
    "resourcequotas",
    "persistentvolumeclaims",
)
MANDATORY = ("requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "cpu", "memory")
"""What every container must declare where a quota limits it."""


def usage(resource: str, obj: Object) -> Amounts:
    """What an object counts for, by the keys of a quota."""
    if resource == "pods" and finished(obj):
        return {}
    used: Amounts = {f"count/{resource}": Decimal(1)}
    if resource in COUNTED:
        used[resource] = Decimal(1)
    if resource == "pods":
        requested = of_pod(obj["spec"])
        used |= {f"requests.{key}": value for key, value in requested.items()}
        used |= {key: value for key, value in requested.items() if key in ("cpu", "memory", "ephemeral-storage")}
        used |= {f"limits.{key}": value for key, value in of_pod(obj["spec"], "limits").items()}
    elif resource == "services" and obj["spec"].get("type") in ("LoadBalancer", "NodePort"):
        used["services.nodeports"] = Decimal(len(obj["spec"].get("ports") or ()))
        if obj["spec"]["type"] == "LoadBalancer":
            used["services.loadbalancers"] = Decimal(1)
    elif resource == "persistentvolumeclaims":
        used["requests.storage"] = parse(str(obj["spec"]["resources"]["requests"]["storage"]))
    return used


def shown(key: str, amount: Decimal) -> str:
    """A quantity: memory and storage in Ki, Mi ... where it is a whole number of these."""
    if key.endswith(("memory", "storage")) and amount and amount % 1024 == 0:
        return canonical(f"{amount // 1024:f}Ki")
    return canonical(f"{amount:f}")


class Quotas(Controller):
    """Without scopes: a quota that has some limits nothing."""

    resource = QUOTAS
    watches = ("*",)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._charged: dict[Key, Amounts] = {}
        self._used: dict[str, Amounts] = {}
        """By object, and by namespace."""
        world.api.validators.append(self.admit)

    def keys(self, resource: str, kind: str, obj: Object) -> Iterable[Key]:
        space = namespace(obj)
        if not space:
            return ()
        key = Key(resource, space, name(obj))
        before = self._charged.pop(key, {})
        after = usage(resource, obj) if kind != "DELETED" else {}
        if after:
            self._charged[key] = after
        if before != after:
            totals = self._used.setdefault(space, {})
            for each in before.keys() | after.keys():
                totals[each] = totals.get(each, ZERO) + after.get(each, ZERO) - before.get(each, ZERO)
        elif resource != QUOTAS:
            return ()
        return [Key(QUOTAS, space, name(each)) for each in self.world.all(QUOTAS, space)]

    def reconcile(self, key: Key) -> float | None:
        quota = self.world.get(*key)
        if quota is not None and not _scoped(quota):
            hard, used = quota["spec"].get("hard") or {}, self._used.get(key.namespace, {})
            counted = {each: shown(each, used.get(each, ZERO)) for each in hard}
            self.world.set_status(QUOTAS, quota, {"hard": hard, "used": counted})
        return None

    def admit(self, resource: Resource, obj: Object, old: Object | None, user: object) -> None:
        """ApiError 403 when a new object would exceed a quota of its namespace."""
        quotas = self.world.all(QUOTAS, namespace(obj)) if old is None and resource.namespaced else []
        if not quotas:
            return
        called, asked = obj["metadata"].get("name", ""), usage(resource.name, obj)
        used = self._used.get(namespace(obj), {})
        for quota in quotas:
            hard = {} if _scoped(quota) else quota["spec"].get("hard") or {}
            missing = [each for each in MANDATORY if each in hard and resource.name == "pods" and each not in asked]
            if missing:
                raise forbidden(resource, called, f"failed quota: {name(quota)}: must specify {','.join(missing)}")
            over = [
                each
                for each in sorted(hard)
                if each in asked and used.get(each, ZERO) + asked[each] > parse(str(hard[each]))
            ]
            if over:
                requested = ",".join(f"{each}={shown(each, asked[each])}" for each in over)
                present = ",".join(f"{each}={shown(each, used.get(each, ZERO))}" for each in over)
                limited = ",".join(f"{each}={hard[each]}" for each in over)
                why = f"requested: {requested}, used: {present}, limited: {limited}"
                raise forbidden(resource, called, f"exceeded quota: {name(quota)}, {why}")


def _scoped(quota: Object) -> bool:
    return bool(quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"))
