"""What makes pods, scales them and keeps them: selectors, strategies, budgets."""

from __future__ import annotations

from sandbox.kube.checks.faults import Causes, Object, forbidden, invalid, required
from sandbox.kube.errors import Cause
from sandbox.kube.selectors import matches

_STATEFUL_MUTABLE = frozenset(
    (
        "replicas",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
        "ordinals",
    )
)


def template(obj: Object, old: Object | None) -> Causes:
    """Deployments, ReplicaSets, StatefulSets and DaemonSets: the selector chooses the template's pods."""
    spec = obj["spec"]
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is not None:
        labels = (template.get("metadata") or {}).get("labels") or {}
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
        elif not matches(selector, labels):
            yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy != "Always":
        where = "spec.template.spec.restartPolicy"
        yield Cause("FieldValueNotSupported", where, f'Unsupported value: "{policy}": supported values: "Always"')
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling:
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden("spec.strategy.rollingUpdate", why)
    elif rolling and all(str(rolling.get(key)).rstrip("%") == "0" for key in ("maxSurge", "maxUnavailable")):
        why = "may not be 0 when `maxSurge` is 0"
        yield invalid("spec.strategy.rollingUpdate.maxUnavailable", rolling["maxUnavailable"], why)


def deployment(obj: Object, old: Object | None) -> Causes:
    yield from template(obj, old)
    spec = obj["spec"]
    if spec.get("progressDeadlineSeconds", 600) <= spec.get("minReadySeconds", 0):
        why = "must be greater than minReadySeconds"
        yield invalid("spec.progressDeadlineSeconds", spec["progressDeadlineSeconds"], why)


def stateful_set(obj: Object, old: Object | None) -> Causes:
    yield from template(obj, old)
    if old is not None and any(
        obj["spec"].get(key) != old["spec"].get(key)
        for key in {*obj["spec"], *old["spec"]}.difference(_STATEFUL_MUTABLE)
    ):
        listed = ", ".join(f"'{key}'" for key in sorted(_STATEFUL_MUTABLE))
        yield forbidden("spec", f"updates to statefulset spec for fields other than {listed} are forbidden")


def job(obj: Object, old: Object | None) -> Causes:
    yield from _job_template(obj["spec"], "spec")


def _job_template(spec: Object, path: str) -> Causes:
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy not in ("Never", "OnFailure"):
        where = f"{path}.template.spec.restartPolicy"
        yield required(where, 'valid values: "OnFailure", "Never"')
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")


def cron_job(obj: Object, old: Object | None) -> Causes:
    name = obj["metadata"].get("name", "")
    if len(name) > 52:
        yield invalid("metadata.name", name, "must be no more than 52 characters")
    yield from _job_template((obj["spec"].get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")


def autoscaler(obj: Object, old: Object | None) -> Causes:
    spec = obj["spec"]
    low, high = spec.get("minReplicas", 1), spec.get("maxReplicas")
    if high is not None and low > high:
        yield invalid("spec.maxReplicas", high, "must be greater than or equal to `minReplicas`")
    for index, metric in enumerate(spec.get("metrics") or ()):
        kind = metric.get("type", "")
        source = kind[:1].lower() + kind[1:]
        if source not in metric:
            yield required(f"spec.metrics[{index}].{source}", "must populate information for the given metric source")
            continue
        target = metric[source].get("target") or {}
        field = {"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}.get(
            target.get("type", "")
        )
        if field and field not in target:
            yield required(f"spec.metrics[{index}].{source}.target.{field}", "must set the target's amount")


def disruption_budget(obj: Object, old: Object | None) -> Causes:
    spec = obj.get("spec") or {}
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
