"""How many connections a process may take that may open so many files."""

import subprocess
import sys

import pytest

from app.settings import Settings
from app.web.bounds import Bounds, within_open_files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")

CODE = """
import resource, sys
soft, hard = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
from app.settings import Settings
from app.web.bounds import Bounds, within_open_files
settings = within_open_files(Settings(_env_file=None))
bounds = Bounds.of(settings)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0], settings.max_connections, settings.plivo_max_connections,
      bounds.max_surplus)
"""


def limits_under(soft: int, hard: int) -> tuple[int, int, int, int]:
    """Return the soft limit after the start, and the connections in, out, and to be told that they are too many."""
    done = subprocess.run(  # noqa: S603  # ours
        [sys.executable, "-c", CODE, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    after, incoming, outgoing, surplus = map(int, done.stdout.split())
    return after, incoming, outgoing, surplus


def test_the_limit_is_raised_as_far_as_it_is_needed() -> None:
    after, incoming, outgoing, surplus = limits_under(256, 20_000)
    assert 256 < after < 20_000
    assert (incoming, outgoing) == (2000, 1000)
    assert after > incoming + outgoing + surplus


@pytest.mark.parametrize("hard", [140, 256, 1024, 3000])
def test_where_it_cannot_be_raised_fewer_connections_are_taken(hard: int) -> None:
    after, incoming, outgoing, surplus = limits_under(hard, hard)
    assert after == hard
    assert 0 < incoming < 2000
    assert outgoing > 0
    assert incoming + outgoing + surplus + 100 < hard


def test_settings_that_ask_for_little_stay_as_they_are() -> None:
    settings = Settings(_env_file=None, max_connections=5, plivo_max_connections=5)
    assert within_open_files(settings) is settings
    assert Bounds.of(settings).max_connections == 5
