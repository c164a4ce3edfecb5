# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PrometheusRule objects of what services promise and what they stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.iworkz.platform.plugins.module_utils._slo import alerting, platform, recording
from ansible_collections.iworkz.platform.plugins.module_utils._slo.objectives import (
    EVALUATION_SECONDS,
    Promise,
    promises,
)
from ansible_collections.iworkz.platform.plugins.module_utils._slo.texts import Texts

Group = dict[str, Any]
PERIOD_INTERVAL = "1m"


def objects(
    services: Sequence[Mapping[str, Any]],
    slos: Mapping[str, Any],
    teams: Sequence[Mapping[str, Any]],
    alarms: Mapping[str, Any],
    runbooks: str,
    dead_letters: str,
    canary: str,
    namespace: str,
) -> list[dict[str, Any]]:
    """One PrometheusRule per service, and those of the platform.

    :param services: ``platform_services``; the others are the variables of their names.
    :raises ValueError: for declarations that do not fit each other.
    """
    texts, made = Texts(runbooks), promises(services, slos, teams)
    found = {f"slo-{promise.service}": groups(promise, texts) for promise in made}
    found["platform-stores"] = [group("platform:stores", platform.stores(alarms, dead_letters, canary, texts))]
    found["platform-edge"] = [group("platform:edge", platform.edge(alarms, texts))]
    found["platform-watch"] = [
        group("platform:watch", platform.watch(texts)),
        group("platform:outage", [alerting.outage(made, texts)]),
    ]
    return [_object(name, namespace, own) for name, own in found.items()]


def groups(promise: Promise, texts: Texts) -> list[Group]:
    """The groups of one service. Rules of a group are evaluated in turn, so alerts see what was just recorded."""
    return [
        group(f"slo:{promise.service}", [*recording.frequent(promise), *alerting.alerts(promise, texts)]),
        group(f"slo:{promise.service}:period", recording.periodic(promise), PERIOD_INTERVAL),
    ]


def group(name: str, rules: list[recording.Rule], interval: str = f"{EVALUATION_SECONDS}s") -> Group:
    return {"name": name, "interval": interval, "rules": rules}


def _object(name: str, namespace: str, own: list[Group]) -> dict[str, Any]:
    labels = {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": "rules",
        "app.kubernetes.io/part-of": "iworkz",
        "app.kubernetes.io/managed-by": "iworkz.platform",
        "platform.iworkz.jp/component": "monitoring",
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"groups": own},
    }
