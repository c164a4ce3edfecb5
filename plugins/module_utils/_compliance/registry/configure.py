# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From the parameters of the module ``compliance_engine`` to its result: all of it is done, or nothing.

Whatever can be wrong is found before the first write. The artefact goes to the bucket before the registry is changed,
in one transaction: when that fails, nothing refers to the artefact.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from operator import eq
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._aws.service import result
from ansible_collections.iworkz.platform.plugins.module_utils._aws.session import Clients
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import evaluate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance import pack as packs
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.artefact import ArtefactError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.functions import Situation
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.problem import PackError
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry import migrate
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.options import problems
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.published import Published
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.registry import Registry, connect
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.registry.settings import KINDS, Kind
from ansible_collections.iworkz.platform.plugins.module_utils._compliance.signing import SignatureError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.adapter import InvalidInput, ReconcileError
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.engine import Outcome
from ansible_collections.iworkz.platform.plugins.module_utils._reconcile.plan import Change, State, plan
from ansible_collections.iworkz.platform.plugins.module_utils._stores import postgres, secrets


def run(params: Mapping[str, Any], check_mode: bool, clock: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Reconcile and report, as the service modules do (``_aws/service.py``).

    :raises ReconcileError: with nothing changed.
    """
    began = clock()
    wrong = problems(params)
    if wrong:
        raise InvalidInput(wrong)
    clients = Clients(params)
    try:
        if params["pack"]:
            evaluate.require()
        pack = packs.load(params["pack"]) if params["pack"] else None
        published = Published(clients, params, pack)
        outcome = Outcome(changes=_configure(clients, params, published, check_mode))
    except (PackError, ArtefactError, SignatureError) as error:
        raise ReconcileError(str(error)) from error
    for change in outcome.changes:
        if change.after is not None:
            outcome.resources.setdefault(change.kind, {})[change.key] = change.after
    outcome.elapsed = round(clock() - began, 1)
    return result(outcome, dict(sorted(clients.calls.items())))


def _configure(clients: Clients, params: Mapping[str, Any], published: Published, check_mode: bool) -> list[Change]:
    if check_mode and _unreachable(clients, params):
        return _changes(None, params, published)
    who = clients.caller()["arn"]
    place = (clients, params["instance"], params["secret"], params["ca_bundle"])
    with connect(*place, who=who, database=params["database"]) as registry:
        changes = _changes(registry, params, published)
        if check_mode:
            return changes
        # Tests take a minute, in which nobody should have to wait for this transaction.
        published.publish(registry, changes)
        with registry.transaction():
            changes = _changes(registry, params, published)
            migrate.apply(registry, migrate.pending(registry))
            for change in changes:
                _apply(registry, change, published)
        return changes


def _unreachable(clients: Clients, params: Mapping[str, Any]) -> bool:
    """Whether instance or user are yet to be made, as in check mode on an empty account."""
    found = postgres.instance(clients, params["instance"])
    user = secrets.read(clients.client("secretsmanager"), params["secret"])
    return found is None or "Endpoint" not in found or user is None


def _changes(registry: Registry | None, params: Mapping[str, Any], published: Published) -> list[Change]:
    """What is to be done, the schema first.

    :param registry: None while there is none.

    Raises PackError for overrides that the pack refuses, those that are in force already among them.
    """
    changes = [_schema(registry)]
    there = registry if registry is not None and registry.exists else None
    if published.pack is not None:
        changes += plan("pack", published.read(there), {published.pack.id: published.desired()})
    for kind in KINDS:
        current = kind.read(there) if there is not None else {}
        declared = params[kind.option]
        desired: dict[str, State] = {item[kind.key]: dict(item) for item in declared or []}
        if kind.option == "overrides" and published.pack is not None:
            kept = {} if params["purge"] and declared is not None else current
            values = {name: row["value"] for name, row in {**kept, **desired}.items()}
            published.pack.compiler(Situation(published.pack.as_of), values)
        if declared is not None:
            purge = list(current) if params["purge"] else []
            changes += plan(kind.name, current, desired, equal={"value": eq}, purge=purge)
    return changes


def _schema(registry: Registry | None) -> Change:
    names = [path.name for path in migrate.known()]
    done = list(migrate.applied(registry)) if registry is not None else []
    if registry is not None:
        migrate.pending(registry)
    current = {"compliance": {"migrations": done}} if done else {}
    (change,) = plan("schema", current, {"compliance": {"migrations": names}})
    return change


def _apply(registry: Registry, change: Change, published: Published) -> None:
    if change.kind == "pack":
        published.apply(registry, change)
    elif change.kind != "schema":
        _KINDS[change.kind].apply(registry, change)


_KINDS: dict[str, Kind] = {kind.name: kind for kind in KINDS}
