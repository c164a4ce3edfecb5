"""What the API answers when it refuses: metav1.Status with the reasons and codes of a real API server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sandbox.kube.resources import Resource


class Cause(NamedTuple):
    """One field at fault: reason (FieldValueInvalid ...), the path of the field, and what is wrong with it."""

    reason: str
    field: str
    message: str


class ApiError(Exception):
    """A refusal; `status()` is its body, `code` its HTTP status."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message
        self.details = details or {}
        self.retry_after = retry_after

    def status(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }
        details = dict(self.details)
        if self.retry_after is not None:
            details["retryAfterSeconds"] = self.retry_after
        if details:
            body["details"] = details
        return body


def _details(resource: Resource, name: str) -> dict[str, Any]:
    details = {"name": name, "kind": resource.plural}
    if resource.group:
        details["group"] = resource.group
    return details


def not_found(resource: Resource, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{resource.name} "{name}" not found', _details(resource, name))


def no_such_path() -> ApiError:
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(resource: Resource, name: str) -> ApiError:
    return ApiError(409, "AlreadyExists", f'{resource.name} "{name}" already exists', _details(resource, name))


def conflict(
    resource: Resource,
    name: str,
    why: str = "the object has been modified; please apply your changes to the latest version and try again",
) -> ApiError:
    message = f'Operation cannot be fulfilled on {resource.name} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def apply_conflict(conflicts: dict[str, list[str]]) -> ApiError:
    """Server-side apply of fields that others manage: paths by what tells of a manager."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager}", "field": path}
        for manager, paths in conflicts.items()
        for path in paths
    ]
    if len(causes) == 1:
        message = f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}"
    else:
        listed = (
            f"conflict{'s' if len(paths) > 1 else ''} with {manager}:\n" + "\n".join(f"- {path}" for path in paths)
            for manager, paths in conflicts.items()
        )
        message = f"Apply failed with {len(causes)} conflicts: " + "\n".join(listed)
    return ApiError(409, "Conflict", message, {"causes": causes})


def invalid(resource: Resource, name: str, causes: list[Cause]) -> ApiError:
    """422 with every field at fault."""
    faults = [f"{cause.field}: {cause.message}" for cause in causes]
    listed = faults[0] if len(faults) == 1 else f"[{', '.join(faults)}]"
    qualified = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    details = {"name": name, "kind": resource.kind, "causes": [cause._asdict() for cause in causes]}
    if resource.group:
        details["group"] = resource.group
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {listed}', details)


def forbidden(resource: Resource, name: str, why: str) -> ApiError:
    target = f'{resource.name} "{name}"' if name else resource.name
    return ApiError(403, "Forbidden", f"{target} is forbidden: {why}", _details(resource, name))


def unauthorized(message: str = "Unauthorized") -> ApiError:
    return ApiError(401, "Unauthorized", message)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def too_many(message: str, retry_after: int = 1) -> ApiError:
    return ApiError(429, "TooManyRequests", message, retry_after=retry_after)


def expired(message: str) -> ApiError:
    return ApiError(410, "Expired", message)


def method_not_allowed(message: str = "the server does not allow this method on the requested resource") -> ApiError:
    return ApiError(405, "MethodNotAllowed", message)


def unsupported(message: str) -> ApiError:
    return ApiError(415, "UnsupportedMediaType", message)


def internal(message: str) -> ApiError:
    return ApiError(500, "InternalError", f"Internal error occurred: {message}")


def no_container() -> ApiError:
    """What exec, attach, log and port-forward of a pod answer."""
    return bad_request("no container runs here: the sandbox emulates the Kubernetes API, not a kubelet")
