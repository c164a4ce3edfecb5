"""The Pod Security Standards, baseline and restricted, as the admission plugin of that name judges pods.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.kube.defaults import containers

Object = dict[str, Any]
LABEL = "pod-security.kubernetes.io/"
_ADDED = frozenset(
    (
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    )
)
_SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    )
)
_VOLUMES = frozenset(
    (
        "name",
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
        "image",
    )
)


def violations(level: str, spec: Object) -> list[str]:
    """What a PodSpec does that a level (privileged, baseline, restricted) doesn't allow."""
    if level not in ("baseline", "restricted"):
        return []
    return [*_baseline(spec), *(_restricted(spec) if level == "restricted" else ())]


def _context(holder: Object) -> Object:
    return holder.get("securityContext") or {}


def _failing(spec: Object, wrong: Callable[[Object], Any]) -> str:
    """The containers at fault, as the plugin names them."""
    names = [each.get("name", "") for _, each in containers(spec) if wrong(each)]
    listed = ", ".join(f'"{name}"' for name in names)
    return f"container{'s' if len(names) > 1 else ''} {listed}" if names else ""


def _baseline(spec: Object) -> Iterator[str]:
    shared = [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if shared:
        yield f"host namespaces ({', '.join(f'{key}=true' for key in shared)})"
    found = _failing(spec, lambda each: _context(each).get("privileged"))
    if found:
        yield f"privileged ({found} must not set securityContext.privileged=true)"
    found = _failing(spec, lambda each: set((_context(each).get("capabilities") or {}).get("add") or ()) - _ADDED)
    if found:
        yield f"non-default capabilities ({found} must not include them in securityContext.capabilities.add)"
    volumes = [each["name"] for each in spec.get("volumes") or () if "hostPath" in each]
    if volumes:
        yield "hostPath volumes ({})".format(", ".join(f'volume "{name}"' for name in volumes))
    found = _failing(spec, lambda each: any(port.get("hostPort") for port in each.get("ports") or ()))
    if found:
        yield f"hostPort ({found} uses hostPorts)"
    found = _failing(spec, lambda each: _context(each).get("procMount", "Default") != "Default")
    if found:
        yield f"procMount ({found} must not set securityContext.procMount)"
    unconfined = {"type": "Unconfined"}
    found = _failing(spec, lambda each: _context(each).get("seccompProfile") == unconfined)
    if _context(spec).get("seccompProfile") == unconfined or found:
        yield f'seccompProfile ({found or "pod"} must not set securityContext.seccompProfile.type to "Unconfined")'
    forbidden = [each["name"] for each in _context(spec).get("sysctls") or () if each["name"] not in _SYSCTLS]
    if forbidden:
        yield f"forbidden sysctls ({', '.join(forbidden)})"


def _restricted(spec: Object) -> Iterator[str]:
    pod = _context(spec)
    found = _failing(spec, lambda each: _context(each).get("allowPrivilegeEscalation") is not False)
    if found:
        yield f"allowPrivilegeEscalation != false ({found} must set securityContext.allowPrivilegeEscalation=false)"
    found = _failing(spec, lambda each: "ALL" not in ((_context(each).get("capabilities") or {}).get("drop") or ()))
    if found:
        yield f'unrestricted capabilities ({found} must set securityContext.capabilities.drop=["ALL"])'
    bound = {"NET_BIND_SERVICE"}
    found = _failing(spec, lambda each: set((_context(each).get("capabilities") or {}).get("add") or ()) - bound)
    if found:
        yield f'unrestricted capabilities ({found} must not add others than "NET_BIND_SERVICE")'
    types = [each["name"] for each in spec.get("volumes") or () if set(each) - _VOLUMES]
    if types:
        yield "restricted volume types ({})".format(", ".join(f'volume "{name}"' for name in types))
    found = _failing(spec, lambda each: not _context(each).get("runAsNonRoot", pod.get("runAsNonRoot")))
    if found:
        yield f"runAsNonRoot != true (pod or {found} must set securityContext.runAsNonRoot=true)"
    found = _failing(spec, lambda each: _context(each).get("runAsUser", pod.get("runAsUser")) == 0)
    if found:
        yield f"runAsUser=0 (pod or {found} must not set runAsUser=0)"
    profile = pod.get("seccompProfile") or {}
    found = _failing(
        spec,
        lambda each: (
            (_context(each).get("seccompProfile") or profile).get("type") not in ("RuntimeDefault", "Localhost")
        ),
    )
    if found:
        wanted = '"RuntimeDefault" or "Localhost"'
        yield f"seccompProfile (pod or {found} must set securityContext.seccompProfile.type to {wanted})"
