"""The addresses of answers: sealed tokens that say which answer it is and how far a call has come in it."""

import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from app import json_text
from app.answers import AnswerStore
from app.answers.lasting import LastingAnswer, LastingAnswers
from app.datatypes.answers import HostedAnswer
from app.errors import NotConfigured, StoreUnavailable
from app.protocol.answers import Frame, Heard, State, Steps
from app.protocol.answers.flow import page
from app.secret_box import SealError, SecretBox
from app.storage import StoreError

CALL_LIFETIME = 24 * 3600.0
"""Seconds for which the answer of a call is there; that of an application stays as long as somebody holds it."""

_LONGEST_TOKEN = 1200
"""Characters of a token that travels in a URL; Plivo takes URLs of about 2,000. What is longer is kept in the store."""

_NOT_KEPT = (
    "The store that keeps long answers cannot be reached. Nothing was sent; try again later, make the answer shorter, "
    "or give the URL of a page of yours instead."
)

_PURPOSE, _KEPT, _KEPT_STATE, _HEARD = "answer", "kept answer", "kept state", "heard"


class AnswerHost:
    """Hosts answers.

    Args:
        box: seals addresses, and what is kept.
        store: keeps what is too large for an address.
        public_url: where Plivo reaches this service; None: nowhere.
        clock: seconds since 1970.

    Attributes:
        lasting: knows which lasting answers are still wanted.
    """

    def __init__(
        self,
        box: SecretBox,
        store: AnswerStore,
        *,
        public_url: str | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._box = box
        self._store = store
        self._public_url = public_url.rstrip("/") if public_url else None
        self._clock = clock
        self.lasting = LastingAnswers(store, afterlife=CALL_LIFETIME)

    @property
    def is_reachable(self) -> bool:
        """Whether Plivo can reach what is hosted."""
        return self._public_url is not None

    def require_url(self) -> None:
        """Make sure that Plivo can reach what is hosted.

        Raises:
            NotConfigured: PUBLIC_URL is not set.
        """
        if self._public_url is None:
            raise NotConfigured(
                "An answer is hosted here, and Plivo must reach it: set PUBLIC_URL to this service's own address, "
                "or give the URL of a page of yours instead."
            )

    async def url_of(self, answer: HostedAnswer) -> str:
        """Return the address of an answer; of a lasting one that is large somebody must take hold within a day.

        Raises:
            NotConfigured: there is none that Plivo could reach.
            StoreUnavailable: it cannot be kept.
        """
        self.require_url()
        state = State(values={f"vars.{name}": value for name, value in answer.variables.items()})
        expires = 0 if answer.is_lasting else int(self._clock() + CALL_LIFETIME)
        identity = {"l": token_urlsafe(12)} if answer.is_lasting else {}
        kept: dict[str, bytes] = {}
        token = self._sealed({"s": answer.steps, **identity}, state, expires)
        if len(token) > _LONGEST_TOKEN:
            key = token_urlsafe(24)
            kept[key] = self._box.seal(_packed(answer.steps), _KEPT)
            token = self._token({"k": key, **identity}, state, expires, kept)
        try:
            await self._keep(kept)
        except StoreError as error:
            raise StoreUnavailable(_NOT_KEPT) from error
        return f"{self._public_url}/answer/{token}"

    async def lasting_at(self, url: str) -> LastingAnswer | None:
        """Return the lasting answer that an address leads to; None where it leads to no such.

        Raises:
            StoreError: it is not known.
        """
        outer, content = await self._behind(self._token_in(url))
        return LastingAnswer(content["l"], _kept_keys(outer, content)) if "l" in content else None

    async def forget(self, url: str) -> None:
        """Keep nothing of an answer whose address nobody was given."""
        with suppress(StoreError):  # it is there for a day
            for key in _kept_keys(*await self._behind(self._token_in(url))):
                await self._store.drop(key)

    async def page_at(self, token: str, request: Mapping[str, str]) -> bytes | None:
        """Return the page at an address; None where there is none, or none any more.

        Args:
            token: the end of the address.
            request: the parameters of Plivo's request.

        Raises:
            StoreError: it is not known.
        """
        _, content = await self._behind(token)
        if not content or await self._has_ended(content):
            return None
        # Whoever is in an answer stays in it, though it ends meanwhile.
        expires = content["x"] or int(self._clock() + CALL_LIFETIME)
        source: dict[str, Any] = {name: content[name] for name in ("s", "k") if name in content}
        steps = await self._steps(source)
        if steps is None:
            return None
        kept: dict[str, bytes] = {}

        def go_on(state: State) -> str:
            return f"{self._public_url}/answer/{self._token(source, state, expires, kept)}"

        heard = Heard()
        written = page(steps, _state_in(content), request, go_on, heard)
        await self._keep(kept)
        if heard:
            await self._note(heard, request)
        return written

    async def heard_of(self, call_uuid: str) -> dict[str, Any]:
        """Return what the answers of a call have learned: ``digits``, ``speech``, ``recordings``."""
        try:
            return await self._kept(_heard_key(call_uuid), _HEARD) or {}
        except StoreError:
            return {}

    async def _note(self, heard: Heard, request: Mapping[str, str]) -> None:
        """Keep what was heard for whoever waits for it; where it cannot be kept, the call goes on."""
        calls = {request.get(name, "") for name in ("CallUUID", "RequestUUID", "ALegRequestUUID")} - {""}
        for call in calls:
            known = await self.heard_of(call)
            known["digits"] = {**known.get("digits", {}), **heard.digits}
            known["speech"] = {**known.get("speech", {}), **heard.speech}
            known["recordings"] = [*known.get("recordings", []), *heard.recordings]
            with suppress(StoreError):
                sealed = self._box.seal(_packed(known), _HEARD)
                await self._store.put(_heard_key(call), sealed, CALL_LIFETIME)

    async def _steps(self, source: Mapping[str, Any]) -> Steps | None:
        if "s" in source:
            steps: Steps = source["s"]
            return steps
        kept: Steps | None = await self._kept(source["k"], _KEPT)
        return kept

    async def _kept(self, key: str, purpose: str) -> Any:
        """Return what is kept under a key; None where nothing is, or nothing that can be opened."""
        sealed = await self._store.get(key)
        if sealed is None:
            return None
        try:
            return _unpacked(self._box.open(sealed, purpose))
        except (SealError, ValueError, zlib.error):
            return None

    def _token_in(self, url: str) -> str:
        """Return the end of an address of ours; empty, which opens nothing, where it is none."""
        prefix = f"{self._public_url}/answer/"
        return url.removeprefix(prefix) if self.is_reachable and url.startswith(prefix) else ""

    async def _behind(self, token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return what an address says itself, and what it leads to: which answer, and how far a call has come in it.

        Two empty ones where it leads nowhere.
        """
        try:
            said: dict[str, Any] = _unpacked(self._box.open_text(token, _PURPOSE))
        except (SealError, ValueError, zlib.error):
            return {}, {}
        content = await self._kept(said["c"], _KEPT_STATE) if "c" in said else said
        return (said, content) if content else ({}, {})

    async def _has_ended(self, content: Mapping[str, Any]) -> bool:
        if content["x"]:
            return bool(content["x"] < self._clock())
        if "l" not in content:
            return False
        try:
            return await self.lasting.has_ended(content["l"])
        except StoreError:
            return False  # somebody is on the line: rather the answer of before than none

    def _token(self, source: Mapping[str, Any], state: State, expires: int, kept: dict[str, bytes]) -> str:
        """Return the end of an address; what is too large for it is added to what must be kept before it is used."""
        token = self._sealed(source, state, expires)
        if len(token) <= _LONGEST_TOKEN:
            return token
        key = token_urlsafe(24)
        kept[key] = self._box.seal(_packed(_written(source, state, expires)), _KEPT_STATE)
        return self._box.seal_text(_packed({"c": key}), _PURPOSE)

    def _sealed(self, source: Mapping[str, Any], state: State, expires: int) -> str:
        return self._box.seal_text(_packed(_written(source, state, expires)), _PURPOSE)

    async def _keep(self, kept: Mapping[str, bytes]) -> None:
        for key, sealed in kept.items():
            await self._store.put(key, sealed, CALL_LIFETIME)


def _written(source: Mapping[str, Any], state: State, expires: int) -> dict[str, Any]:
    frames = [[frame.key, frame.index, frame.turn] for frame in state.frames]
    return {
        **source,
        "x": expires,
        "f": frames,
        "e": state.event,
        "t": state.tries,
        "p": state.pages,
        "v": state.values,
    }


def _kept_keys(outer: Mapping[str, Any], content: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(part[name] for part, name in ((content, "k"), (outer, "c")) if name in part)


def _packed(content: object) -> bytes:
    return zlib.compress(json_text.render(content))


def _unpacked(packed: bytes) -> Any:
    return json_text.parse(zlib.decompress(packed))


def _heard_key(call_uuid: str) -> str:
    return f"heard:{sha256(call_uuid.encode()).hexdigest()}"


def _state_in(content: Mapping[str, Any]) -> State:
    frames = tuple(Frame(key, index, turn) for key, index, turn in content["f"])
    return State(frames, content["e"], content["t"], content["p"], content["v"])
