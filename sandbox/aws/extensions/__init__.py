"""Operations the sandbox answers itself, instead of moto or around it.

`sandbox/aws/extensions/<service>.py` (botocore's service name, "-" written as "_") holds them; it is imported at the
first call of that service. README.md of the sandbox shows how to write one.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.aws.call import Call

Handler = Callable[["Call"], "dict[str, Any] | None"]

_handlers: dict[tuple[str, str], Handler] = {}
_loaded: set[str] = set()


def operation(service: str, *names: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of operations (botocore's service name and CamelCase operation names)."""

    def register(handler: Handler) -> Handler:
        for name in names:
            if (service, name) in _handlers:
                raise ValueError(f"{service} {name} already has a handler, {_handlers[service, name].__qualname__}")
            _handlers[service, name] = handler
        return handler

    return register


def handler_of(service: str, name: str) -> Handler | None:
    """The handler of an operation, or None when moto answers it."""
    if service not in _loaded:
        module = f"{__name__}.{service.replace('-', '_')}"
        if importlib.util.find_spec(module):
            importlib.import_module(module)
        _loaded.add(service)
    return _handlers.get((service, name))


def extended() -> list[str]:
    """`service:Operation` of every handler loaded so far."""
    return sorted(f"{service}:{name}" for service, name in _handlers)
