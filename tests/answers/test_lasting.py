"""How long answers of applications last, on both stores."""

from contextlib import aclosing

import pytest

from app.answers import AnswerStore, open_answers
from app.answers.host import CALL_LIFETIME, AnswerHost
from app.answers.lasting import LastingAnswer
from app.datatypes.answers import HostedAnswer
from app.secret_box import SecretBox
from tests.answers.test_host import FILLED, LARGE, SMALL, URL
from tests.support.stores import Place, in_loop

SIZES = pytest.mark.parametrize(
    "answer", [SMALL, LARGE, FILLED], ids=["in the address", "in the store", "with large variables"]
)


class Hosting:
    """A host, and the addresses of answers that it gave."""

    def __init__(self, store: AnswerStore) -> None:
        self.host = AnswerHost(SecretBox(["key"]), store, public_url=URL)

    async def new(self, answer: HostedAnswer) -> tuple[str, LastingAnswer]:
        url = await self.host.url_of(HostedAnswer(answer.steps, answer.variables, is_lasting=True))
        lasting = await self.host.lasting_at(url)
        assert lasting is not None
        return url, lasting

    async def opens(self, url: str) -> bool:
        return await self.host.page_at(url.rpartition("/")[2], {}) is not None


@SIZES
@in_loop
async def test_it_lasts_while_somebody_holds_it(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        url, lasting = await hosting.new(answer)
        await hosting.host.lasting.add("one", {"answer_url": lasting})
        await hosting.host.lasting.add("two", {"answer_url": lasting})
        await hosting.host.lasting.release("one")
        assert await hosting.opens(url)
        await hosting.host.lasting.release("two")
        assert not await hosting.opens(url)
        await hosting.host.lasting.add("three", {"answer_url": lasting})
        assert await hosting.opens(url)


@SIZES
@in_loop
async def test_what_somebody_took_hold_of_outlives_the_day(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        url, lasting = await hosting.new(answer)
        await hosting.host.lasting.add("one", {"answer_url": lasting})
    place.let_pass(10 * CALL_LIFETIME)
    async with aclosing(place.open()) as engine:
        assert await Hosting(open_answers(engine)).opens(url)


@pytest.mark.parametrize("answer", [LARGE, FILLED], ids=["in the store", "with large variables"])
@in_loop
async def test_nothing_is_kept_for_what_nobody_took_hold_of(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        url, _ = await Hosting(open_answers(engine)).new(answer)
    place.let_pass(CALL_LIFETIME + 1)
    async with aclosing(place.open()) as engine:
        assert not await Hosting(open_answers(engine)).opens(url)


@SIZES
@in_loop
async def test_one_takes_the_place_of_another_in_its_place_only(place: Place, answer: HostedAnswer) -> None:
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        lasting = hosting.host.lasting
        (first, one), (second, two), (third, three) = [await hosting.new(answer) for _ in range(3)]
        await lasting.add("app", {"answer_url": one, "fallback_answer_url": two})
        await lasting.replace("app", {"answer_url": three})
        assert [await hosting.opens(url) for url in (first, second, third)] == [False, True, True]
        await lasting.replace("app", {"answer_url": None, "message_url": None})
        assert [await hosting.opens(url) for url in (first, second, third)] == [False, True, False]


@in_loop
async def test_what_was_not_taken_after_all_goes_and_nothing_else(place: Place) -> None:
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        lasting = hosting.host.lasting
        (first, one), (second, two) = await hosting.new(SMALL), await hosting.new(LARGE)
        assert await lasting.add("app", {"answer_url": one}) == {"answer_url": one}
        assert await lasting.add("app", {"answer_url": one}) == {}
        added = await lasting.add("app", {"answer_url": two})
        await lasting.remove("app", added)
    place.let_pass(CALL_LIFETIME + 1)
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        assert [await hosting.opens(url) for url in (first, second)] == [True, False]


@SIZES
@in_loop
async def test_a_call_in_an_answer_that_ends_goes_on(place: Place, answer: HostedAnswer) -> None:
    menu = HostedAnswer([{"gather": [*answer.steps], "name": "choice"}, {"speak": "Bye"}], answer.variables)
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        url, lasting = await hosting.new(menu)
        await hosting.host.lasting.add("app", {"answer_url": lasting})
        page = await hosting.host.page_at(url.rpartition("/")[2], {})
        assert page is not None
        await hosting.host.lasting.release("app")
        action = page.decode().partition('action="')[2].partition('"')[0]
        said = await hosting.host.page_at(action.rpartition("/")[2], {"Digits": "1"})
    assert said is not None
    assert b"Bye" in said


@in_loop
async def test_an_address_that_leads_to_no_such_answer(place: Place) -> None:
    async with aclosing(place.open()) as engine:
        hosting = Hosting(open_answers(engine))
        calls = await hosting.host.url_of(SMALL)
        for url in (calls, f"{URL}/answer/x", f"{URL}/answer/", "https://theirs.example/answer", ""):
            assert await hosting.host.lasting_at(url) is None


@in_loop
async def test_who_calls_while_the_store_is_down_hears_the_answer(place: Place) -> None:
    async with aclosing(place.open()) as engine:
        url, _ = await Hosting(open_answers(engine)).new(SMALL)
    place.break_down()
    try:
        async with aclosing(place.open()) as engine:
            assert await Hosting(open_answers(engine)).opens(url)
    finally:
        place.mend()
