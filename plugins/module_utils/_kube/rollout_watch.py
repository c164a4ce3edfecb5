# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is known of Deployments at any moment: a list, a watch from there on, and a list again where it ends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection
from typing import Any, Protocol

from ansible_collections.iworkz.platform.plugins.module_utils._kube.reader import KubernetesError
from ansible_collections.iworkz.platform.plugins.module_utils._kube.rollout import Name

Objects = list[dict[str, Any]]


class Source(Protocol):
    """What a watch reads from: ``rollout_api.Api``."""

    def list(self, path: str) -> tuple[Objects, str]: ...
    def watch(self, path: str, version: str) -> Any: ...


class Watched:
    """The Deployments below a path, kept up to date by a thread until ``close``.

    A watch that the server ends is taken up where it ended. One that is dropped or refused, whose version is too old
    (410), or that told nothing, is begun anew with a list: where watching is not allowed at all, that polls.
    """

    def __init__(self, source: Source, path: str, names: Collection[Name], interval: float) -> None:
        self._source = source
        self._path = path
        self._names = frozenset(names)
        self._interval = interval
        self._known: dict[Name, dict[str, Any]] = {}
        self._news: queue.Queue[Any] = queue.Queue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="rollout-watch", daemon=True)

    def __enter__(self) -> Watched:
        self._thread.start()
        self._take(self._news.get())
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Return after the next news, or after so many seconds. Raises KubernetesError when the API stays away."""
        try:
            self._take(self._news.get(timeout=seconds))
            while True:
                self._take(self._news.get_nowait())
        except queue.Empty:
            return

    def get(self, name: Name) -> dict[str, Any] | None:
        """A Deployment as it was last seen, None when there is none."""
        return self._known.get(name)

    def put(self, thing: dict[str, Any]) -> None:
        """A Deployment as it is for certain, such as the answer to a change; older news of it are then ignored."""
        self._known[Name.of(thing)] = thing

    def _take(self, news: Any) -> None:
        if isinstance(news, Exception):
            raise news
        if isinstance(news, list):
            listed = {Name.of(thing): thing for thing in news}
            self._known = {name: self._newer(name, listed[name]) for name in self._names & listed.keys()}
        elif (name := Name.of(news["object"])) in self._names:
            if news["type"] == "DELETED":
                self._known.pop(name, None)
            else:
                self._known[name] = self._newer(name, news["object"])

    def _newer(self, name: Name, thing: dict[str, Any]) -> dict[str, Any]:
        known = self._known.get(name)
        if known is None or known["metadata"]["uid"] != thing["metadata"]["uid"]:
            return thing
        return max(known, thing, key=lambda one: (one["metadata"]["generation"], one is thing))

    def _follow(self) -> None:
        version = ""
        while not self._stop.is_set():
            try:
                if not version:
                    listed, version = self._source.list(self._path)
                    self._news.put(listed)
            except Exception as error:  # raised where the news are waited for
                self._news.put(error)
                return
            following = ""
            try:
                for event in self._source.watch(self._path, version):
                    following = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self._news.put(event)
                    if self._stop.is_set():
                        return
            except KubernetesError:
                following = ""
                self._stop.wait(self._interval)
            version = following
