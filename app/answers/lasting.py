"""How long lasting answers last: as long as somebody points at them.

Whoever points at one holds it: an application at Plivo, or a subscription that took an application's place and will
put its address back. What nobody holds any more has ended: its address leads nowhere, and what was kept for it stays
only as long as calls may still be in it.

A holder is on record before Plivo is told of an address, so that whoever dies in between leaves an answer too many, and
no application that points nowhere.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from app import json_text
from app.answers import AnswerStore

Held = dict[str, list[str]]
"""The ids of answers by the place that a holder has them in, such as ``answer_url``."""


@dataclass(frozen=True, slots=True)
class LastingAnswer:
    """An answer that stays until nobody holds it.

    Attributes:
        id: tells it from others.
        kept: the keys of what is kept in the store for it.
    """

    id: str
    kept: tuple[str, ...]


class LastingAnswers:
    """Knows who holds what.

    Args:
        store: where that is written down, beside the answers themselves.
        afterlife: seconds for which calls may still be in an answer that has ended.
    """

    def __init__(self, store: AnswerStore, *, afterlife: float) -> None:
        self._store = store
        self._afterlife = afterlife
        self._lock = asyncio.Lock()

    async def has_ended(self, answer_id: str) -> bool:
        """Say whether nobody holds an answer any more; raises StoreError, as all the others do."""
        return await self._store.get(_end_key(answer_id)) is not None

    async def add(self, holder: str, answers: Mapping[str, LastingAnswer]) -> dict[str, LastingAnswer]:
        """Note that a holder points at answers, or is about to, beside what it points at already.

        Returns:
            those that it did not hold before.
        """
        added: dict[str, LastingAnswer] = {}

        def add(held: Held) -> Held:
            added.update({place: answer for place, answer in answers.items() if answer.id not in held.get(place, [])})
            return held | {place: [*held.get(place, []), answer.id] for place, answer in added.items()}

        await self._change(holder, answers, add)
        return added

    async def replace(self, holder: str, answers: Mapping[str, LastingAnswer | None]) -> None:
        """Note that in these places a holder points at these answers, and at no others."""
        new = {place: answer for place, answer in answers.items() if answer}
        await self._change(
            holder, new, lambda held: held | {place: [a.id] if (a := answers[place]) else [] for place in answers}
        )

    async def remove(self, holder: str, answers: Mapping[str, LastingAnswer]) -> None:
        """Note that a holder does not point at answers after all: nobody has their addresses, and none need be shut."""

        def remove(held: Held) -> Held:
            gone = {(place, answer.id) for place, answer in answers.items()}
            return {place: [one for one in ids if (place, one) not in gone] for place, ids in held.items()}

        await self._change(holder, {}, remove, shuts=False)

    async def release(self, holder: str) -> None:
        """Note that a holder points at nothing any more."""
        await self._change(holder, {}, lambda _: {})

    async def _change(
        self, holder: str, new: Mapping[str, LastingAnswer], change: Callable[[Held], Held], *, shuts: bool = True
    ) -> None:
        async with self._lock:
            key = _holder_key(holder)
            record = await self._store.get(key)
            before: Held = {} if record is None else json_text.parse(record)
            after = {place: ids for place, ids in change(before).items() if ids}
            if after == before:
                return
            known = _ids(before)
            for answer in new.values():
                if answer.id not in known:
                    await self._begin(answer, key)
            if after:
                await self._store.put(key, json_text.render(after), None)
            else:
                await self._store.drop(key)
            for answer_id in known - _ids(after):
                await self._leave(answer_id, key, shuts=shuts)

    async def _begin(self, answer: LastingAnswer, holder: str) -> None:
        key = _answer_key(answer.id)
        record = await self._store.get(key)
        if record is None:
            for kept in answer.kept:
                await self._keep(kept, None)
            await self._store.drop(_end_key(answer.id))
        holders = {holder} if record is None else {holder, *json_text.parse(record)["holders"]}
        await self._store.put(key, json_text.render({"holders": sorted(holders), "kept": answer.kept}), None)

    async def _leave(self, answer_id: str, holder: str, *, shuts: bool) -> None:
        key = _answer_key(answer_id)
        record = await self._store.get(key)
        if record is None:
            return
        answer = json_text.parse(record)
        answer["holders"] = [one for one in answer["holders"] if one != holder]
        if answer["holders"]:
            await self._store.put(key, json_text.render(answer), None)
            return
        if shuts:
            await self._store.put(_end_key(answer_id), b"1", None)
        for kept in answer["kept"]:
            await self._keep(kept, self._afterlife)
        await self._store.drop(key)

    async def _keep(self, key: str, lifetime: float | None) -> None:
        sealed = await self._store.get(key)
        if sealed is not None:
            await self._store.put(key, sealed, lifetime)


def _ids(held: Held) -> set[str]:
    return {answer_id for ids in held.values() for answer_id in ids}


def _holder_key(holder: str) -> str:
    return f"holder:{sha256(holder.encode()).hexdigest()}"


def _answer_key(answer_id: str) -> str:
    return f"lasting:{answer_id}"


def _end_key(answer_id: str) -> str:
    return f"ended:{answer_id}"
