"""Events for long: what the suite tries with a few, with hundreds of kills and ten thousand events. ``make endure``."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.connectors import Driver
from tests.support.recorder import Recorder
from tests.support.stores import Place
from tests.support.storm import Losses, Storm, connectors

pytestmark = pytest.mark.endurance

KILLS = int(os.environ.get("ENDURE_KILLS", "300"))
"""Of each store."""

NOTHING = Losses(lost=0, doubled=0, out_of_order=0)


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    with Driver(tmp_path_factory.mktemp("driver")) as running:
        yield running


def test_hundreds_of_kills(
    driver: Driver, tmp_path: Path, place: Place, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    with connectors(driver, tmp_path, place.url, recorder.url) as group:
        tally = asyncio.run(Storm(group, seed=2).run(KILLS))
    with capsys.disabled():
        print(f"\n{place.url.partition(':')[0]}: {tally}")  # noqa: T201  # this is what it is run for
    assert tally.delivered == tally.streamed == NOTHING
    assert tally.kills == KILLS
