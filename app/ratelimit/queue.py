"""One account at one of Plivo's limits, in this process: the places that are taken, and those who wait for one.

A place is taken when a request leaves. It is free again ``window`` seconds after the answer came, or with the answer
where the limit is one of simultaneous requests. Those who wait get places in the order in which they asked; what a
refusal holds back (its lane) lets others pass.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from app.errors import RateLimited
from app.ratelimit.quotas import Rule

UNKNOWN_WAIT = 1.0
"""Seconds that a caller is told to wait where nobody knows: a place is free once some other request is answered."""

_SHORTEST_TIMER = 0.001
"""Seconds; timers have this precision, and must not fire again and again until a moment has come."""


@dataclass(slots=True, eq=False)
class Place:
    """The place of one request.

    Attributes:
        until: when it is free again, by the queue's clock.
        turn: when its calls or messages began to count, where they are paced.
        following: when the next ones may be made after them.
    """

    until: float
    turn: float = -inf
    following: float = inf


@dataclass(slots=True)
class Lease:
    """How long the places of queues may be used.

    Attributes:
        until: by their clock.
    """

    until: float = inf


FOREVER = Lease()


@dataclass(slots=True, eq=False)
class _Waiter:
    turn: asyncio.Future[Place]
    lane: str
    latest: float


class Queue:
    """The places of one account at one limit.

    Args:
        rule: what holds for them.
        clock: seconds, of any beginning; never goes back.
        lease: while it lasts, places are given out.

    Attributes:
        limit: how many places there are; what the rule says until it is set.
    """

    __slots__ = (
        "_clock",
        "_hold",
        "_lease",
        "_next_unit",
        "_opens",
        "_places",
        "_rule",
        "_timer",
        "_waiting",
        "_wakes_at",
        "limit",
    )

    def __init__(self, rule: Rule, clock: Callable[[], float], lease: Lease = FOREVER) -> None:
        self.limit = rule.limit
        self._rule = rule
        self._clock = clock
        self._lease = lease
        # How long a place is taken whose request is never answered.
        self._hold = rule.way + rule.window if rule.window else inf
        # Lists: they are short, and an empty deque takes ten times their memory.
        self._places: list[Place] = []
        self._waiting: list[_Waiter] = []
        self._opens: dict[str, float] = {}
        """By lane: when it is open again after a refusal."""
        self._next_unit = -inf
        self._wakes_at = inf
        self._timer: asyncio.TimerHandle | None = None

    @property
    def taken(self) -> int:
        """How many places are taken."""
        self._drop_free_places(self._clock())
        return len(self._places)

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    def set_limit(self, limit: int) -> None:
        """Change how many places there are, and give those that are free to those who wait."""
        self.limit = limit
        self._serve()

    def is_idle(self) -> bool:
        """Say whether nothing is remembered that still matters."""
        now = self._clock()
        self._drop_free_places(now)
        is_held = any(opens > now for opens in self._opens.values())
        return not (self._places or self._waiting or is_held or self._next_unit > now)

    def take_now(self, weight: int, lane: str) -> Place | None:
        """Take a place if there is one and nobody waits; this is the way of nearly every request.

        Args:
            weight: calls or messages that the request makes.
            lane: what would hold it back.
        """
        now = self._clock()
        places = self._places
        while places and places[0].until <= now:
            del places[0]
        if self._waiting or not self._has_room(now, lane):
            return None
        if not (weight and self._rule.pause):
            return self._add_place(now)
        if now < self._next_unit:
            return None
        place = self._add_place(now)
        place.turn, place.following = now, now + weight * self._rule.pause
        self._next_unit = place.following
        return place

    async def wait(self, weight: int, lane: str, patience: float) -> Place:
        """Wait for a place.

        Args:
            weight: calls or messages that the request makes.
            lane: what would hold it back.
            patience: seconds.

        Raises:
            RateLimited: the turn would come later: said at once where that is known, else when they are over.
        """
        now = self._clock()
        latest = now + patience
        if not (weight and self._rule.pause):
            return await self._stand_in_line(lane, latest)
        self._serve()
        turn = max(now, self._next_unit)
        if max(turn, self._expected_turn(now, lane)) > latest:
            raise RateLimited(max(turn, self._expected_turn(now, lane)) - now or UNKNOWN_WAIT)
        following = self._next_unit = turn + weight * self._rule.pause
        try:
            await asyncio.sleep(turn - now)
            place = await self._stand_in_line(lane, latest)
        except BaseException:
            self._give_back_pace(turn, following)
            raise
        place.turn, place.following = turn, following
        return place

    def push_back(self, lane: str, seconds: float) -> None:
        """Give a lane no turn for some seconds; those who cannot wait that long are told at once."""
        now = self._clock()
        opens = self._opens[lane] = max(self._opens.get(lane, now), now + seconds)
        for waiter in self._waiting:
            if waiter.lane == lane and waiter.latest < opens:
                _refuse(waiter, opens - now)
        self._serve()

    def depart(self, place: Place) -> None:
        """Count a place from now on: its request leaves only now."""
        place.until = self._clock() + self._hold

    def end(self, place: Place, arrivals: int) -> None:
        """Note that a place's request is over.

        Args:
            place: the place.
            arrivals: requests that Plivo may have counted, repetitions too; 0 gives the place back at once, and the
                time that was booked for its calls or messages.
        """
        if not arrivals:
            self._give_back_pace(place.turn, place.following)
        if self._rule.window and arrivals:
            place.until = min(place.until, self._clock() + self._rule.window)
            if arrivals > 1:
                self._places.extend(Place(place.until) for _ in range(arrivals - 1))
        elif place in self._places:
            self._places.remove(place)
        if self._waiting:
            self._serve()

    async def _stand_in_line(self, lane: str, latest: float) -> Place:
        self._serve()
        now = self._clock()
        # Whoever still waits has no room either, or a lane that is held back.
        if self._has_room(now, lane):
            return self._add_place(now)
        turn = self._expected_turn(now, lane)
        if turn > latest:
            raise RateLimited(turn - now or UNKNOWN_WAIT)
        loop = asyncio.get_running_loop()
        waiter = _Waiter(loop.create_future(), lane, latest)
        self._waiting.append(waiter)
        self._set_timer(now)
        giving_up = loop.call_later(latest - now, _refuse, waiter, self._rule.window or UNKNOWN_WAIT)
        try:
            return await waiter.turn
        except BaseException:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            # Cancelled after the turn had come.
            if waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
                self.end(waiter.turn.result(), 0)
            raise
        finally:
            giving_up.cancel()

    def _has_room(self, now: float, lane: str) -> bool:
        has_place = len(self._places) < self.limit and now < self._lease.until
        return has_place and (not self._opens or self._opens.get(lane, now) <= now)

    def _expected_turn(self, now: float, lane: str) -> float:
        """Return the earliest time at which one who asks now can have a turn."""
        opens = self._opens.get(lane, now)
        # A limit that is set for now may grow to what the rule says.
        limit = max(self.limit, self._rule.limit)
        rounds, ahead = divmod(self._waiting_before(opens, now), limit)
        free = limit - len(self._places)
        turn = now
        if ahead >= free:
            # What is not answered yet is answered now at the earliest.
            soonest = now + self._rule.window
            turn = sorted(min(place.until, soonest) for place in self._places)[ahead - free]
        return max(turn, opens) + rounds * self._rule.window

    def _waiting_before(self, opens: float, now: float) -> int:
        """Return how many wait who come before one whose lane opens then."""
        if not self._opens:
            return len(self._waiting)
        return sum(self._opens.get(waiter.lane, now) <= max(opens, now) for waiter in self._waiting)

    def _give_back_pace(self, turn: float, following: float) -> None:
        # Whoever booked after it has made plans.
        if self._next_unit == following:
            self._next_unit = turn

    def _serve(self) -> None:
        """Give free places to those who wait."""
        now = self._clock()
        self._drop_free_places(now)
        if self._opens:
            self._opens = {lane: opens for lane, opens in self._opens.items() if opens > now}
        still_waiting: list[_Waiter] = []
        for waiter in self._waiting:
            if waiter.turn.done():
                continue
            if self._has_room(now, waiter.lane):
                waiter.turn.set_result(self._add_place(now))
            else:
                still_waiting.append(waiter)
        self._waiting = still_waiting
        self._set_timer(now)

    def _set_timer(self, now: float) -> None:
        """See to it that those who wait are served when the next place is free, or the first lane is open."""
        if not self._waiting or now >= self._lease.until:
            return
        is_full = len(self._places) >= self.limit
        lane_opens = min(self._opens.get(waiter.lane, now) for waiter in self._waiting)
        at = max(lane_opens, min((place.until for place in self._places), default=inf) if is_full else now)
        if at == inf or self._wakes_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._wakes_at = at
        self._timer = asyncio.get_running_loop().call_later(max(at - now, _SHORTEST_TIMER), self._on_timer)

    def _on_timer(self) -> None:
        self._wakes_at = inf
        self._timer = None
        self._serve()

    def _drop_free_places(self, now: float) -> None:
        self._places = [place for place in self._places if place.until > now]

    def _add_place(self, now: float) -> Place:
        place = Place(now + self._hold)
        self._places.append(place)
        return place


def _refuse(waiter: _Waiter, retry_after: float) -> None:
    if not waiter.turn.done():
        waiter.turn.set_exception(RateLimited(retry_after))
