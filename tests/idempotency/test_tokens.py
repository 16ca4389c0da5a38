"""Whose key it is: what is done with a token that nobody has seen Plivo accept costs no other token its key.

An authId is no secret, so whoever knows one can use any key of the account with a token of their own making.
"""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from app.datatypes.credentials import Credentials
from app.errors import IdempotencyConflict, OutcomeUnknown
from app.idempotency import KeyName
from app.idempotency.sealing import seal_for
from tests.support.keyed import (
    ACCOUNT,
    BLOCK,
    KEY,
    REPEATED,
    REPLY,
    REQUEST,
    TOKEN,
    Sender,
    api_error,
    failing_at,
    process,
    timeout,
    until,
)
from tests.support.stores import Place, in_loop, opened

WRONG = "a token that opens nothing"
HOUR = 3600.0


@pytest.mark.parametrize("same_process", [True, False], ids=["same process", "other process"])
@pytest.mark.parametrize("step", ["turn", "answer"])
@in_loop
async def test_a_key_in_flight_under_a_wrong_token_is_the_owners_all_the_same(
    place: Place, step: str, *, same_process: bool
) -> None:
    wrong, send = Sender(api_error(401)), Sender()
    getattr(wrong, step).clear()
    async with process(place) as one, process(place) as other:
        blocking = one.begin(wrong, token=WRONG)
        await until(lambda: wrong.waiting > 0 if step == "turn" else wrong.sent > 0)
        owner = one if same_process else other
        assert await owner.ask(send) == REPLY
        getattr(wrong, step).set()
        await asyncio.gather(blocking, return_exceptions=True)
        assert await owner.ask(send) == REPEATED
    assert send.sent == 1


@pytest.mark.parametrize("knows_token", [True, False], ids=["known owner", "owner not known yet"])
@in_loop
async def test_an_unknown_outcome_under_a_wrong_token_is_that_tokens_alone(place: Place, *, knows_token: bool) -> None:
    wrong, send = Sender(timeout()), Sender()
    async with process(place, knows_token=knows_token) as one:
        await asyncio.gather(one.ask(wrong, token=WRONG), return_exceptions=True)
        assert await one.ask(send) == REPLY
        assert await one.ask(send) == REPEATED
        with pytest.raises(OutcomeUnknown):
            await one.ask(wrong, token=WRONG)
    assert (wrong.sent, send.sent) == (1, 1)


@in_loop
async def test_a_claim_of_a_killed_process_under_a_wrong_token_holds_nobody_up(place: Place) -> None:
    wrong, send = Sender(), Sender()
    wrong.turn.clear()
    async with process(place, before=failing_at("free")) as killed:
        blocking = killed.begin(wrong, token=WRONG)
        await until(lambda: wrong.waiting > 0)
        blocking.cancel()
        await asyncio.gather(blocking, return_exceptions=True)
    async with process(place) as one:
        assert await one.ask(send, within=0.5) == REPLY


@in_loop
async def test_a_401_leaves_nothing_of_a_key(place: Place) -> None:
    seal = seal_for(Credentials(ACCOUNT, WRONG), BLOCK, KEY, REQUEST)
    name = KeyName(seal.name, seal.token, is_proven=False)
    send = Sender(api_error(401))
    send.answer.clear()
    async with process(place) as one, opened(place) as keys:
        asking = one.begin(send, token=WRONG)
        await until(lambda: send.sent > 0)
        assert await keys.read(name) is not None
        send.answer.set()
        await asyncio.gather(asking, return_exceptions=True)
        assert await keys.read(name) is None


@pytest.mark.parametrize("state", ["claimed", "sending", "done", "unknown"])
@in_loop
async def test_a_key_of_the_owner_is_a_conflict_for_every_other_token(place: Place, state: str) -> None:
    send, other_send = Sender(*([timeout()] if state == "unknown" else [])), Sender()
    if state in ("claimed", "sending"):
        (send.turn if state == "claimed" else send.answer).clear()
    async with process(place) as one, process(place) as other:
        first = one.begin(send)
        await until(lambda: send.waiting > 0 if state == "claimed" else send.sent > 0)
        if state in ("done", "unknown"):
            await asyncio.gather(first, return_exceptions=True)
        for each in (one, other):
            with pytest.raises(IdempotencyConflict):
                await each.ask(other_send, token=WRONG)
        send.turn.set()
        send.answer.set()
        await asyncio.gather(first, return_exceptions=True)
    assert (send.sent, other_send.sent) == (1, 0)


@in_loop
async def test_a_token_is_proven_by_the_very_request_that_succeeds(place: Place) -> None:
    """Nobody had seen it before; its key is one for all tokens from then on, in every process."""
    send, other_send = Sender(), Sender()
    async with process(place, knows_token=False) as one, process(place, knows_token=False) as other:
        assert await one.ask(send) == REPLY
        for each in (one, other):
            with pytest.raises(IdempotencyConflict):
                await each.ask(other_send, token=WRONG)
        assert await other.ask(send) == REPEATED
    assert (send.sent, other_send.sent) == (1, 0)


@in_loop
async def test_a_claim_that_nobody_has_proven_gives_way_to_one_that_is(place: Place) -> None:
    """Also where it was there first, as long as it has not been sent."""
    first, send = Sender(), Sender()
    first.turn.clear()
    async with process(place) as one, process(place) as other:
        waiting = one.begin(first, token=WRONG)
        await until(lambda: first.waiting > 0)
        assert await other.ask(send) == REPLY
        first.turn.set()
        with pytest.raises(IdempotencyConflict):
            await waiting
    assert (first.sent, send.sent) == (0, 1)


@in_loop
async def test_a_lapsed_claim_of_another_token_is_not_taken_over_past_the_owners(place: Place) -> None:
    wrong, send = Sender(), Sender()
    wrong.turn.clear()
    async with process(place, before=failing_at("free")) as killed:
        blocking = killed.begin(wrong, token=WRONG)
        await until(lambda: wrong.waiting > 0)
        blocking.cancel()
        await asyncio.gather(blocking, return_exceptions=True)
    wrong.turn.set()
    async with process(place) as one:
        assert await one.ask(send) == REPLY
        place.let_pass(HOUR)
        with pytest.raises(IdempotencyConflict):
            await one.ask(wrong, token=WRONG)
    assert wrong.sent == 0


@pytest.mark.parametrize("knowing", [0, 1, 2])
@in_loop
async def test_processes_that_know_a_token_and_processes_that_do_not_send_once(place: Place, knowing: int) -> None:
    send = Sender()
    send.answer.clear()
    async with AsyncExitStack() as stack:
        processes = [process(place, knows_token=number < knowing) for number in range(3)]
        group = [await stack.enter_async_context(each) for each in processes]
        requests = [group[number % 3].begin(send) for number in range(60)]
        await until(lambda: send.sent > 0)
        group[2].proven.add(Credentials(ACCOUNT, TOKEN))  # it learns meanwhile
        requests += [group[2].begin(send) for _ in range(20)]
        send.answer.set()
        replies = await asyncio.gather(*requests)
    assert send.sent == 1
    assert (replies.count(REPLY), replies.count(REPEATED)) == (1, 79)


@dataclass
class Sent:
    """A key that may have been sent under a token, as a test sees it."""

    owner: str
    is_proven: bool
    is_settled: bool = False


class History:
    """What became of keys, and whether it may."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Sent]] = defaultdict(dict)

    def begun(self, key: KeyName, owner: str) -> None:
        of_key = self.sent[key.name]
        assert key.token not in of_key, "sent twice under one token"
        assert not any(other.is_proven for other in of_key.values()), "sent although a proven token had it"
        of_key[key.token] = Sent(owner, key.is_proven)

    def ended(self, key: KeyName, owner: str, step: str) -> None:
        of_key = self.sent[key.name]
        own = of_key.get(key.token)
        if own is None or own.owner != owner or own.is_settled:
            return
        if step == "free":
            del of_key[key.token]
        else:
            own.is_settled = True
            own.is_proven = own.is_proven or step == "finish"


@pytest.mark.parametrize("seed", range(6))
@in_loop
async def test_whatever_the_order_a_key_of_a_proven_token_is_sent_under_no_other(place: Place, seed: int) -> None:
    """Two tokens, processes that know them and processes that do not, steps in any order."""
    chance = random.Random(seed)  # noqa: S311  # disorder, not a secret
    history = History()
    claims: list[tuple[KeyName, str]] = []
    async with AsyncExitStack() as stack:
        stores = [await stack.enter_async_context(opened(place)) for _ in range(2)]
        for number in range(400):
            store = chance.choice(stores)
            if len(claims) < 4 or chance.random() < 0.3:
                name, token = f"{number // 20}", chance.choice(["one", "two"])
                key = KeyName(name, token, is_proven=chance.random() < 0.4)
                if await store.claim(key, token.encode(), f"{number}", 30.0) is None:
                    claims.append((key, f"{number}"))
                continue
            key, owner = chance.choice(claims[-4:])
            step = chance.choice(["begin_sending", "begin_sending", "free", "finish", "set_unknown"])
            is_done = await getattr(store, step)(key, owner, *([b"reply"] if step == "finish" else []))
            if step != "begin_sending":
                history.ended(key, owner, step)
            elif is_done:
                history.begun(key, owner)
            if chance.random() < 0.05:
                place.let_pass(31)  # leases run out
    assert sum(len(of_key) for of_key in history.sent.values()) > 5
