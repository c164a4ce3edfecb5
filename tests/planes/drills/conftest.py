"""One platform for all tests of drills; each finds it with its standby in step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.planes.conftest import PlanesSandbox
from tests.planes.drills.support import Drilled, discard, make, remove_replica, replicate


@pytest.fixture(scope="package")
def platform(planes_sandbox: PlanesSandbox) -> Iterator[Drilled]:
    made = make(planes_sandbox)
    yield made
    discard(made)


@pytest.fixture
def drilled(platform: Drilled) -> Drilled:
    platform.await_in_step()
    return platform


@pytest.fixture(scope="module")
def replica(platform: Drilled) -> Iterator[None]:
    """In the recovery region; the tests that ask for it come last in their module."""
    replicate(platform)
    yield
    remove_replica(platform)
