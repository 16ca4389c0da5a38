"""Fixtures for tests that look at the wire: a recorder in Plivo's place, and the real service in front of it."""

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.patience import patient
from tests.support.recorder import Recorder

if TYPE_CHECKING:
    from tests.support.service import Service

settings.register_profile("patient", patient)
settings.load_profile("patient")

pytest_plugins = ["tests.support.left_out", "tests.support.node", "tests.support.redis_server", "tests.support.stores"]


def pytest_collection_finish() -> None:
    """Keep what collecting made out of every later collection of garbage.

    Services and the sandbox run in threads beside the tests: going through so many objects stops them all for half a
    second, longer than some of them wait for each other.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_recorder() -> Iterator[Recorder]:
    with Recorder() as recorder:
        yield recorder


@pytest.fixture
def recorder(shared_recorder: Recorder) -> Iterator[Recorder]:
    """What stands in for Plivo, with no requests yet and every answer a small JSON object."""
    shared_recorder.reset()
    yield shared_recorder
    shared_recorder.release()


@pytest.fixture(scope="session")
def connector(shared_recorder: Recorder) -> "Iterator[Service]":
    """The running service with default settings; its Plivo is the ``recorder``."""
    from tests.support.service import Service  # noqa: PLC0415  # tests of single modules need not load the whole service

    with Service(plivo_api_url=shared_recorder.url) as service:
        yield service
