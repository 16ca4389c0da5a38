"""Applications at Plivo as holders of answers: each request that makes, changes or deletes one says what it points at.

An answer lives until its application is pointed elsewhere or deleted. Where two requests change one application at
once, nobody knows which came last at Plivo: the answers of both stay until the next change.
"""

from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from secrets import token_urlsafe

from app import json_text
from app.answers.host import AnswerHost
from app.answers.lasting import LastingAnswer
from app.datatypes.credentials import Credentials
from app.errors import Fate, StoreUnavailable, UpstreamError
from app.plivo import Send, UpstreamReply, UpstreamRequest
from app.storage import StoreError

APPLICATIONS = "/v1/Account/{auth_id}/Application/"
"""How the path begins of every request that is about applications."""

_NOT_NOTED = (
    "The store that keeps the answers of applications cannot be reached. Nothing was sent; try again later, or give "
    "the URL of a page of yours instead."
)


@dataclass(eq=False)
class _Change:
    """A change of an application that is under way.

    Attributes:
        is_alone: no other change of it has been under way meanwhile.
    """

    is_alone: bool


class ApplicationSend:
    """Sends requests about applications.

    Args:
        answers: what they may point at.
        send: sends requests.
    """

    def __init__(self, answers: AnswerHost, send: Send) -> None:
        self._answers = answers
        self._lasting = answers.lasting
        self._send = send
        self._under_way: dict[str, list[_Change]] = {}

    async def send(self, request: UpstreamRequest, credentials: Credentials, /, *, deadline: float) -> UpstreamReply:
        """Send a request, and let end what no application points at any more.

        Args:
            request: what to send.
            credentials: whose it is.
            deadline: the event loop's time at which to give up.

        Raises:
            StoreUnavailable: it cannot be noted what the application points at; nothing was sent.
            UpstreamError: see :meth:`app.plivo.client.Plivo.send`.
        """
        if request.is_read or not self._answers.is_reachable:
            return await self._send(request, credentials, deadline=deadline)
        below = APPLICATIONS.replace("{auth_id}", credentials.auth_id)
        app_id = request.path.removeprefix(below).strip("/")
        if not app_id:
            return await self._create(request, credentials, deadline)
        holder = _holder(credentials, app_id)
        if request.method == "DELETE":
            reply = await self._send(request, credentials, deadline=deadline)
            await self._quietly(self._lasting.release(holder))
            return reply
        return await self._update(request, credentials, deadline, holder)

    async def _create(self, request: UpstreamRequest, credentials: Credentials, deadline: float) -> UpstreamReply:
        new = _present(await self._answers_in(request))
        if not new:
            return await self._send(request, credentials, deadline=deadline)
        nameless = f"application to be {token_urlsafe(12)}"
        with _noted():
            await self._lasting.add(nameless, new)
        try:
            reply = await self._send(request, credentials, deadline=deadline)
        except UpstreamError as error:
            if error.fate is not Fate.UNKNOWN:
                await self._quietly(self._lasting.remove(nameless, new))
            raise
        if app_id := _app_id_in(reply):
            await self._quietly(self._named(nameless, _holder(credentials, app_id), new))
        return reply

    async def _named(self, nameless: str, holder: str, new: Mapping[str, LastingAnswer]) -> None:
        await self._lasting.add(holder, new)
        await self._lasting.release(nameless)

    async def _update(
        self, request: UpstreamRequest, credentials: Credentials, deadline: float, holder: str
    ) -> UpstreamReply:
        answers = await self._answers_in(request)
        if not answers:
            return await self._send(request, credentials, deadline=deadline)
        new = _present(answers)
        with self._changing(holder) as change:
            with _noted():
                added = await self._lasting.add(holder, new) if new else {}
            try:
                reply = await self._send(request, credentials, deadline=deadline)
            except UpstreamError as error:
                if error.fate is not Fate.UNKNOWN and change.is_alone:
                    await self._quietly(self._lasting.remove(holder, added))
                raise
            if change.is_alone:
                await self._quietly(self._lasting.replace(holder, answers))
        return reply

    @contextmanager
    def _changing(self, holder: str) -> Iterator[_Change]:
        others = self._under_way.setdefault(holder, [])
        change = _Change(is_alone=not others)
        for other in others:
            other.is_alone = False
        others.append(change)
        try:
            yield change
        finally:
            others.remove(change)
            if not others:
                del self._under_way[holder]

    async def _answers_in(self, request: UpstreamRequest) -> dict[str, LastingAnswer | None]:
        """Return the lasting answers that a request's pages for calls lead to, None for what leads elsewhere."""
        with _noted():
            return {
                name: await self._answers.lasting_at(value) if isinstance(value, str) else None
                for name, value in (request.json or {}).items()
                if name.endswith("answer_url")
            }

    async def _quietly(self, noting: Awaitable[object]) -> None:
        """Note what has happened; the engine tells of trouble, and an answer stays longer than it need."""
        with suppress(StoreError):
            await noting


@contextmanager
def _noted() -> Iterator[None]:
    """Turn trouble with the store into the error that callers get."""
    try:
        yield
    except StoreError as error:
        raise StoreUnavailable(_NOT_NOTED) from error


def _present(answers: Mapping[str, LastingAnswer | None]) -> dict[str, LastingAnswer]:
    return {name: answer for name, answer in answers.items() if answer is not None}


def _holder(credentials: Credentials, app_id: str) -> str:
    return f"application {credentials.auth_id} {app_id}"


def _app_id_in(reply: UpstreamReply) -> str | None:
    try:
        told = json_text.parse(reply.body)
    except ValueError:
        return None
    app_id = told.get("app_id") if isinstance(told, dict) else None
    return None if app_id is None else str(app_id)
