# Copyright: (c) 2026, iWORKZ platform team
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines on their way to a file: made and written by a thread of their own, in order, while the next query runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Any

AHEAD = 8


class Lines:
    """A context; once it has ended, all is written. An error of the thread is raised by what is called next."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._pending: deque[Future[Any]] = deque()

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, kind: object, *_exception: object) -> None:
        self._pool.shutdown(cancel_futures=kind is not None)
        if kind is None:
            self._finish(0)

    def put(self, make: Callable[[], bytes]) -> None:
        """Write what ``make`` returns; wait when the file is ``AHEAD`` of these behind, so that memory stays small."""
        self._finish(AHEAD)
        self._submit(lambda: self._file.write(make()))

    def mark(self) -> Future[int]:
        """Where what is put next begins."""
        return self._submit(self._file.tell)

    def take_back(self, mark: Future[int]) -> None:
        """Remove what was put since."""
        self._submit(lambda: self._file.truncate(self._file.seek(mark.result())))

    def _submit(self, act: Callable[[], int]) -> Future[int]:
        self._pending.append(self._pool.submit(act))
        return self._pending[-1]

    def _finish(self, left: int) -> None:
        while len(self._pending) > left:
            self._pending.popleft().result()
