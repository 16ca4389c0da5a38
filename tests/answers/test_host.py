"""The addresses of answers, on both stores."""

from contextlib import aclosing
from hashlib import sha256
from typing import Any

import pytest
from lxml import etree

from app.answers import open_answers
from app.answers.host import CALL_LIFETIME, AnswerHost
from app.datatypes.answers import HostedAnswer
from app.errors import NotConfigured, StoreUnavailable
from app.secret_box import SecretBox
from app.storage import IN_MEMORY, StoreError, open_engine
from tests.support.stores import Place, in_loop

URL = "https://connector.example/base"
SMALL = HostedAnswer([{"speak": "Hello {{vars.name}}"}], {"name": "Ada"})
LARGE = HostedAnswer([{"speak": "".join(sha256(bytes([n])).hexdigest() for n in range(100))}], {})


HUGE = HostedAnswer([{"speak": sha256(bytes([n % 256, n // 256])).hexdigest() * 30} for n in range(450)], {})
FILLED = HostedAnswer([{"speak": "Hello {{vars.name}}"}], {"name": "Ada" + str(LARGE.steps)})


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def host(
    engine: Any, clock: Clock | None = None, keys: tuple[str, ...] = ("key",), url: str | None = URL
) -> AnswerHost:
    return AnswerHost(SecretBox(keys), open_answers(engine), public_url=url, clock=clock or Clock())


@pytest.mark.parametrize(
    "answer", [SMALL, LARGE, HUGE, FILLED], ids=["in the address", "in the store", "huge", "with large variables"]
)
@in_loop
async def test_an_answer_is_where_its_address_says(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        url = await host(engine).url_of(answer)
        assert url.startswith(f"{URL}/answer/")
        assert len(url) < 1500
        token = url.rpartition("/")[2]
        another_process = host(engine)
        page = await another_process.page_at(token, {})
        assert page is not None
        assert b"<Speak>" in page
        assert b"Hello Ada" in page or answer.variables == {}


@in_loop
async def test_a_call_may_learn_more_than_an_address_holds(place: Place) -> None:
    questions: list[dict[str, Any]] = [
        {"gather": [{"speak": "Next"}], "name": f"answer{n}", "input": "speech"} for n in range(40)
    ]
    said = [sha256(bytes([n])).hexdigest() * 4 for n in range(40)]
    async with aclosing(place.open()) as engine:
        token = (
            await host(engine).url_of(HostedAnswer([*questions, {"speak": "{{answer0}} {{answer39}}"}], {}))
        ).rpartition("/")[2]
        page = await host(engine).page_at(token, {})
        for speech in said:
            assert page is not None
            action = str(etree.fromstring(page)[0].get("action"))
            assert len(action) < 1500
            page = await host(engine).page_at(action.rpartition("/")[2], {"Speech": speech, "CallUUID": "call"})
        assert page is not None
        assert f"<Speak>{said[0]} {said[39]}</Speak>".encode() in page
        assert len((await host(engine).heard_of("call"))["speech"]) == 40


@in_loop
async def test_two_addresses_of_one_answer_have_nothing_in_common(place: Place) -> None:
    async with aclosing(place.open()) as engine:
        first, second = await host(engine).url_of(SMALL), await host(engine).url_of(SMALL)
        assert first != second
        assert b"Hello" not in place.contents() if place.url.startswith("redis") else True


@pytest.mark.parametrize("answer", [SMALL, LARGE], ids=["in the address", "in the store"])
@in_loop
async def test_what_is_forged_cut_or_of_another_key_is_nowhere(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        token = (await host(engine).url_of(answer)).rpartition("/")[2]
        for wrong in (token[:-1], token[1:], token[:-2] + "AA", "x", "", token + "A", "é", "A" * 5000):
            assert await host(engine).page_at(wrong, {}) is None
        assert await host(engine, keys=("other",)).page_at(token, {}) is None
        assert await host(engine, keys=("new", "key")).page_at(token, {}) is not None


@in_loop
async def test_a_calls_answer_is_there_for_a_day_and_an_applications_stays(place: Place) -> None:
    clock = Clock()
    async with aclosing(place.open()) as engine:
        hosting = host(engine, clock)
        call = (await hosting.url_of(SMALL)).rpartition("/")[2]
        lasting = (await hosting.url_of(HostedAnswer(SMALL.steps, SMALL.variables, is_lasting=True))).rpartition("/")[2]
        clock.now += CALL_LIFETIME - 1
        assert await hosting.page_at(call, {}) is not None
        clock.now += 2
        assert await hosting.page_at(call, {}) is None
        assert await hosting.page_at(lasting, {}) is not None


@in_loop
async def test_a_store_that_is_down_refuses_what_is_large_and_tells_of_what_was_kept(place: Place) -> None:
    async with aclosing(open_engine(IN_MEMORY)) as elsewhere:
        token = (await host(elsewhere).url_of(LARGE)).rpartition("/")[2]
    place.break_down()
    try:
        async with aclosing(place.open()) as engine:
            assert (await host(engine).url_of(SMALL)).startswith(URL)
            with pytest.raises(StoreUnavailable):
                await host(engine).url_of(LARGE)
            with pytest.raises(StoreError):
                await host(engine).page_at(token, {})
    finally:
        place.mend()


@in_loop
async def test_without_a_public_url_nothing_is_hosted(place: Place) -> None:
    async with aclosing(place.open()) as engine:
        with pytest.raises(NotConfigured) as raised:
            await host(engine, url=None).url_of(SMALL)
        assert "PUBLIC_URL" in str(raised.value.message)
