"""What an engine is: the code that makes, changes and watches the servers of one kind of plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from sandbox.planes.host import Host

State = Literal["creating", "available", "modifying", "failed", "deleting"]
BUSY: tuple[State, ...] = ("creating", "modifying", "deleting")


class Endpoint(TypedDict):
    address: str
    port: int


class Node(TypedDict):
    """A server of a plane. `name` is that of its program, from which `describe` adds `pid` and `running`."""

    name: str
    role: str
    zone: str
    address: str
    port: int


class Refused(Exception):
    """A request that can't be done, found out before anything was changed: the plane keeps its state."""


@dataclass
class Plane:
    """What stands behind one resource. All of it is JSON and kept across restarts."""

    kind: str
    key: str
    """`<region>/<identifier of the resource>`."""
    spec: dict[str, Any] = field(default_factory=dict)
    """What `create` was given; one that was interrupted is deleted and done again."""
    state: State = "creating"
    error: str = ""
    """Why the last job failed."""
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    """What describe calls return, by name. Set before the long work of `create`."""
    nodes: list[Node] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    """What the engine keeps."""

    @property
    def name(self) -> str:
        """Unique, and fit for the name of a file or program: `postgres-ap-northeast-1-main`."""
        return f"{self.kind}-{self.key}".replace("/", "-")

    def document(self) -> dict[str, Any]:
        return asdict(self)


Action = Callable[..., None]
Question = Callable[..., dict[str, Any]]


class Engine:
    """One kind of plane.

    The methods that get a plane run in that plane's own thread, one at a time; only questions may run beside them. An
    exception of a job makes the plane `failed` with the exception's text; `Refused` leaves its state as it was.
    """

    kind: str

    def __init__(self, host: Host) -> None:
        self.host = host
        self.actions: dict[str, Action] = {}
        """{name: method(plane, **params)}, for `act`."""
        self.questions: dict[str, Question] = {}
        """{name: method(plane, **params) -> dict}, for `ask`: quick ones (< 1 s)."""

    def start(self) -> None:
        """Run once after the daemon has started, in a thread of its own, beside the resuming planes."""

    def create(self, plane: Plane, spec: dict[str, Any]) -> None:
        """Make the servers; returns when they answer."""
        raise NotImplementedError

    def delete(self, plane: Plane) -> None:
        """Stop and remove the servers, also half made ones. Links on the plane's addresses, the addresses and the
        directory are removed afterwards (`Host.forget`)."""
        raise NotImplementedError

    def resume(self, plane: Plane) -> None:
        """Start what does not run, after a restart of the sandbox or only of the daemon; links are open again."""
        raise NotImplementedError

    def watch(self, plane: Plane) -> None:
        """Look after an available plane; called every 0.3 s while it has nothing else to do."""

    def facts(self, plane: Plane) -> dict[str, Any]:
        """What `describe` adds; from memory, as it is asked often."""
        return {}
