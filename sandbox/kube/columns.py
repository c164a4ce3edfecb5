"""Cells of kubectl's tables that take more than a JSONPath: functions of (object, seconds of the epoch)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.kube.scale import as_text

Object = dict[str, Any]
COLUMNS: dict[str, Callable[[Object, float], Any]] = {}


def _column(function: Callable[[Object, float], Any]) -> Callable[[Object, float], Any]:
    COLUMNS[function.__name__] = function
    return function


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def _duration(seconds: float) -> str:
    """As kubectl has it: 90s, 5m30s, 3h2m, 2d1h, 400d."""
    whole = max(0, int(seconds))
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if whole < 120:
        return f"{whole}s"
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"


def age_of(time: str | None, now: float) -> str:
    return _duration(now - _seconds(time)) if time else "<unknown>"


def _spec(obj: Object) -> Object:
    return obj.get("spec") or {}


def _status(obj: Object) -> Object:
    return obj.get("status") or {}


def _joined(values: Iterable[Any]) -> str:
    return ",".join(str(each) for each in values) or "<none>"


def _containers(obj: Object) -> list[Object]:
    spec = _spec(obj)
    return ((spec.get("template") or {}).get("spec") or spec).get("containers") or []


for _name, _part, _key in (
    ("updated_replicas", "status", "updatedReplicas"),
    ("available_replicas", "status", "availableReplicas"),
    ("current_replicas", "status", "replicas"),
    ("ready_replicas", "status", "readyReplicas"),
):
    COLUMNS[_name] = lambda obj, now, part=_part, key=_key: (obj.get(part) or {}).get(key, 0)  # type: ignore[misc]
COLUMNS.update(
    age=lambda obj, now: age_of(obj["metadata"].get("creationTimestamp"), now),
    data=lambda obj, now: len(obj.get("data") or ()) + len(obj.get("binaryData") or ()),
    secrets=lambda obj, now: len(obj.get("secrets") or ()),
    webhooks=lambda obj, now: len(obj.get("webhooks") or ()),
    containers=lambda obj, now: _joined(each["name"] for each in _containers(obj)),
    images=lambda obj, now: _joined(each.get("image", "") for each in _containers(obj)),
    selector=lambda obj, now: as_text(_spec(obj).get("selector")) or "<none>",
    pod_selector=lambda obj, now: as_text(_spec(obj).get("podSelector")) or "<none>",
    selector_map=lambda obj, now: _joined(f"{k}={v}" for k, v in sorted((_spec(obj).get("selector") or {}).items())),
    replicas_ready=lambda obj, now: f"{_status(obj).get('readyReplicas', 0)}/{_spec(obj).get('replicas', 0)}",
    active=lambda obj, now: len(_status(obj).get("active") or ()),
    global_default=lambda obj, now: bool(obj.get("globalDefault")),
    access_modes=lambda obj, now: _joined(
        "".join(letter for letter in mode if letter.isupper()).replace("RWOP", "RWOP")
        for mode in _spec(obj).get("accessModes") or ()
    ),
    role=lambda obj, now: f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}",
    users=lambda obj, now: _subjects(obj, "User"),
    groups=lambda obj, now: _subjects(obj, "Group"),
    service_accounts=lambda obj, now: _subjects(obj, "ServiceAccount"),
    min_available=lambda obj, now: _spec(obj).get("minAvailable", "N/A"),
    max_unavailable=lambda obj, now: _spec(obj).get("maxUnavailable", "N/A"),
    hosts=lambda obj, now: _joined(rule.get("host", "*") for rule in _spec(obj).get("rules") or ()).replace(
        "<none>", "*"
    ),
    ingress_ports=lambda obj, now: "80, 443" if _spec(obj).get("tls") else "80",
    owner=lambda obj, now: _joined(
        f"{each['kind'].lower()}/{each['name']}"
        for each in obj["metadata"].get("ownerReferences") or ()
        if each.get("controller")
    ),
    node_selector=lambda obj, now: _joined(
        f"{key}={value}"
        for key, value in (_spec(obj).get("template", {}).get("spec", {}).get("nodeSelector") or {}).items()
    ),
    scale_target=lambda obj, now: "{kind}/{name}".format(**_spec(obj)["scaleTargetRef"]),
    slice_ports=lambda obj, now: _joined(each.get("port", "*") for each in obj.get("ports") or ()),
    slice_endpoints=lambda obj, now: _joined(
        address for each in obj.get("endpoints") or () for address in each["addresses"]
    ),
    last_seen=lambda obj, now: age_of(
        obj.get("lastTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp"), now
    ),
    first_seen=lambda obj, now: age_of(
        obj.get("firstTimestamp") or obj.get("eventTime") or obj["metadata"].get("creationTimestamp"), now
    ),
    involved=lambda obj, now: (
        f"{obj['involvedObject'].get('kind', '').lower()}/{obj['involvedObject'].get('name', '')}"
    ),
    last_schedule=lambda obj, now: (
        age_of(_status(obj)["lastScheduleTime"], now) if _status(obj).get("lastScheduleTime") else "<none>"
    ),
    internal_ip=lambda obj, now: _address(obj, "InternalIP"),
    external_ip=lambda obj, now: _address(obj, "ExternalIP"),
    quota_requests=lambda obj, now: _quota(obj, False),
    quota_limits=lambda obj, now: _quota(obj, True),
    readiness_gates=lambda obj, now: _joined(each["conditionType"] for each in _spec(obj).get("readinessGates") or ()),
)


def _subjects(obj: Object, kind: str) -> str:
    chosen = [each for each in obj.get("subjects") or () if each["kind"] == kind]
    return ", ".join(f"{each['namespace']}/{each['name']}" if "namespace" in each else each["name"] for each in chosen)


def _address(node: Object, kind: str) -> str:
    return next((each["address"] for each in _status(node).get("addresses") or () if each["type"] == kind), "<none>")


def _quota(obj: Object, limits: bool) -> str:
    hard, used = _status(obj).get("hard") or _spec(obj).get("hard") or {}, _status(obj).get("used") or {}
    chosen = [name for name in sorted(hard) if name.startswith("limits.") == limits]
    return ", ".join(f"{name}: {used.get(name, 0)}/{hard[name]}" for name in chosen)


@_column
def endpoints(obj: Object, now: float) -> str:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for address in subset.get("addresses") or ()
        for port in subset.get("ports") or ()
    ]
    return ",".join(found[:3]) + (f" + {len(found) - 3} more..." if len(found) > 3 else "") or "<none>"


@_column
def containers_ready(obj: Object, now: float) -> str:
    ready = sum(bool(each.get("ready")) for each in _status(obj).get("containerStatuses") or ())
    return f"{ready}/{len(_containers(obj))}"


@_column
def pod_status(obj: Object, now: float) -> str:
    """The reason nearest to the containers, as kubectl's printer finds it."""
    status = _status(obj)
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    reason: str = status.get("reason") or status.get("phase", "Unknown")
    for each in reversed(status.get("containerStatuses") or ()):
        state = each.get("state") or {}
        for kind in ("waiting", "terminated"):
            if (state.get(kind) or {}).get("reason"):
                reason = state[kind]["reason"]
    return reason


@_column
def restarts(obj: Object, now: float) -> int:
    return sum(each.get("restartCount", 0) for each in _status(obj).get("containerStatuses") or ())


@_column
def node_status(obj: Object, now: float) -> str:
    ready = next((each for each in _status(obj).get("conditions") or () if each["type"] == "Ready"), None)
    text = "Unknown" if ready is None else "Ready" if ready["status"] == "True" else "NotReady"
    return f"{text},SchedulingDisabled" if _spec(obj).get("unschedulable") else text


@_column
def node_roles(obj: Object, now: float) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = obj["metadata"].get("labels") or {}
    return _joined(sorted(key.removeprefix(prefix) for key in labels if key.startswith(prefix)))


@_column
def external(obj: Object, now: float) -> str:
    spec = _spec(obj)
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName"))
    found = list(spec.get("externalIPs") or ())
    if spec.get("type") == "LoadBalancer":
        found += [each.get("hostname") or each.get("ip") for each in _balancers(obj)]
        return ",".join(found) or "<pending>"
    return _joined(found)


def _balancers(obj: Object) -> list[Object]:
    return (_status(obj).get("loadBalancer") or {}).get("ingress") or []


@_column
def addresses(obj: Object, now: float) -> str:
    return ",".join(each.get("hostname") or each.get("ip", "") for each in _balancers(obj))


@_column
def ports(obj: Object, now: float) -> str:
    return _joined(
        f"{each['port']}{':' + str(each['nodePort']) if each.get('nodePort') else ''}/{each.get('protocol', 'TCP')}"
        for each in _spec(obj).get("ports") or ()
    )


@_column
def targets(obj: Object, now: float) -> str:
    current = {
        (each.get("resource") or {}).get("name"): (each.get("resource") or {}).get("current") or {}
        for each in _status(obj).get("currentMetrics") or ()
    }
    cells = []
    for metric in _spec(obj).get("metrics") or ():
        source = metric.get(metric["type"][:1].lower() + metric["type"][1:]) or {}
        target, name = source.get("target") or {}, source.get("name", metric["type"].lower())
        if "averageUtilization" in target:
            now_at = current.get(name, {}).get("averageUtilization")
            shown = "<unknown>" if now_at is None else f"{now_at}%"
            cells.append(f"{name}: {shown}/{target['averageUtilization']}%")
        else:
            cells.append(f"<unknown>/{target.get('averageValue') or target.get('value')}")
    return ", ".join(cells) or "<none>"


@_column
def job_status(obj: Object, now: float) -> str:
    conditions = {each["type"] for each in _status(obj).get("conditions") or () if each["status"] == "True"}
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    return next(
        (each for each in ("Complete", "Failed", "Suspended", "FailureTarget") if each in conditions), "Running"
    )


@_column
def completions(obj: Object, now: float) -> str:
    wanted = _spec(obj).get("completions")
    return f"{_status(obj).get('succeeded', 0)}/{1 if wanted is None else wanted}"


@_column
def duration(obj: Object, now: float) -> str:
    status = _status(obj)
    if not status.get("startTime"):
        return ""
    end = _seconds(status["completionTime"]) if status.get("completionTime") else now
    return _duration(end - _seconds(status["startTime"]))
