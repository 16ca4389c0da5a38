"""A request of Plivo's on its way in: verified, recognised, stored, and only then answered."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from app import json_text
from app.errors import NotFound, SignatureRejected, StoreUnavailable
from app.events import NewEvent
from app.events.context import Context
from app.events.normalise import Normaliser
from app.events.subscription import Subscription
from app.protocol.signatures import Rejected, verify
from app.protocol.signed_text import Request
from app.protocol.xml.characters import unwritable
from app.protocol.xml.document import Element, render, response
from app.storage import StoreError

_log = logging.getLogger(__name__)

_MAX_FIELDS = 1000
_MOST_BELOW = 20
_FIELDS = {
    "message.received": "message_url",
    "call.received": "answer_url",
    "call.ended": "hangup_url",
}
"""The address of an application that Plivo sends an event of what comes in to."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came.

    Attributes:
        path: what follows ``{PUBLIC_URL}/events/``, as it was written, with its query.
        headers: names in small letters.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Takes what Plivo sends.

    Args:
        context: where events are kept.
        normaliser: makes events of requests.
        verifies: forged requests are refused; off only for trying things out.
    """

    def __init__(self, context: Context, normaliser: Normaliser, *, verifies: bool) -> None:
        self._store = context.store
        self._contents = context.contents
        self._addresses = context.addresses
        self._clock = context.clock
        self._arrived = context.arrived
        self._normaliser = normaliser
        self._verifies = verifies

    async def receive(self, subscription_id: str, incoming: Incoming) -> bytes:
        """Store what a request tells, durably, and return the XML that answers it; empty where none is wanted.

        Raises:
            NotFound: there is no such subscription.
            SignatureRejected: it is not Plivo's, or a replay.
            StoreUnavailable: it could not be stored; Plivo shall send it again.
        """
        try:
            stored = await self._store.read_subscription(subscription_id)
            if stored is None:
                raise NotFound("There is no subscription of this name; it may have been deleted.")
            subscription = self._contents.open(stored)
            nonce = self._check(subscription, incoming)
            event = self._read(subscription, incoming, nonce)
            # Those below come first: the nonce is used up with the last, so that what died in between comes again.
            below = await self._below(subscription, event)
            for other in reversed(below):
                await self._keep(other, incoming)
            await self._keep(subscription, incoming, nonce)
        except StoreError as error:
            raise StoreUnavailable("The event could not be stored. Send it again later.") from error
        contents = [one.content for one in (subscription, *below)]
        reply = next((content.reply for content in contents if content.reply), None)
        page = next((content.answer_url for content in contents if content.answer_url), None)
        return xml_answer(event, reply, page)

    def _check(self, subscription: Subscription, incoming: Incoming) -> str:
        """Return the nonce of a request that is Plivo's."""
        if not self._verifies:
            return ""
        return checked_nonce(incoming, self._addresses, subscription.content.tokens, _place(subscription))

    async def _below(self, subscription: Subscription, event: NewEvent) -> list[Subscription]:
        """Return the subscriptions whose address was replaced by this one's: what comes in is theirs as well."""
        field = _FIELDS.get(event.type)
        found: list[Subscription] = []
        seen = {subscription.id}
        # A call of one's own is told where it was told to; only what comes in goes where the application says.
        if field is None or event.content["raw"].get("Direction", "inbound") != "inbound":
            return found
        while (attached := (found[-1] if found else subscription).content.attached) and len(found) < _MOST_BELOW:
            was = attached.fields.get(field, ("", ""))[1]
            other = was.removeprefix(self._addresses) if was.startswith(self._addresses) else None
            stored = await self._store.read_subscription(other) if other else None
            if stored is None or stored.id in seen or stored.account != subscription.stored.account:
                break
            seen.add(stored.id)
            found.append(self._contents.open(stored))
        return found

    async def _keep(self, subscription: Subscription, incoming: Incoming, nonce: str = "") -> None:
        content = subscription.content
        event = self._read(subscription, incoming, nonce)
        if not content.wants(event.type):
            return
        if not content.ordered:
            event = replace(event, lane=event.id)
        outcome = await self._store.receive(
            subscription.id,
            event,
            self._contents.seal_event(json_text.render(event.content)),
            nonce=nonce,
            now=self._clock(),
            delivers=content.delivers,
        )
        if outcome == "replayed":
            place = incoming.path.partition("?")[0]
            reason = f"its nonce was used before: a replay of {self._addresses}{place}"
            _refuse(_place(subscription), reason)
        if outcome == "stored" and content.delivers:
            self._arrived()

    def _read(self, subscription: Subscription, incoming: Incoming, nonce: str) -> NewEvent:
        return self._normaliser.read(
            params_of(incoming),
            subscription=subscription.id,
            account=subscription.stored.account,
            nonce=nonce,
            now=self._clock(),
        )


def params_of(incoming: Incoming) -> dict[str, Any]:
    """Return the parameters of a request: those of its body, and of its query where the body has not the same.

    Raises:
        SignatureRejected: the body cannot be read.
    """
    query = _form(incoming.path.partition("?")[2])
    if incoming.method == "GET" or not incoming.body:
        return query
    content_type = incoming.headers.get("content-type", "").lower()
    if "json" in content_type or ("form" not in content_type and incoming.body.lstrip().startswith(b"{")):
        try:
            content = json_text.parse(incoming.body)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise SignatureRejected("the body is not the JSON object that it should be")
        return query | content
    return query | _form(incoming.body.decode("utf-8", "replace"))


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS)
    except ValueError:
        raise SignatureRejected("it has more parameters than Plivo ever sends") from None
    params: dict[str, Any] = {}
    for name, value in pairs:
        if name in params:
            earlier = params[name]
            params[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
        else:
            params[name] = value
    return params


def checked_nonce(incoming: Incoming, addresses: str, tokens: Sequence[str], place: str) -> str:
    """Return the nonce of a request that Plivo has signed.

    Args:
        incoming: the request.
        addresses: what stands before its path in the URL that Plivo was given.
        tokens: auth tokens that it may be signed with.
        place: what it was sent to, as the log calls it.

    Raises:
        SignatureRejected: it is not Plivo's.
    """
    content_type = incoming.headers.get("content-type", "")
    request = Request(incoming.method, addresses + incoming.path, incoming.body, content_type)
    verdict = verify(request, incoming.headers, tokens)
    if isinstance(verdict, Rejected):
        _refuse(place, verdict.reason)
    return verdict.nonce


def _place(subscription: Subscription) -> str:
    return f"the subscription {subscription.id[:8]}…"


def _refuse(place: str, reason: str) -> NoReturn:
    """Reject a request, and say so in the log."""
    _log.warning("a request to %s was rejected: %s", place, reason)
    raise SignatureRejected(reason)


def xml_answer(event: NewEvent, reply: str | None = None, page: str | None = None) -> bytes:
    """Return the XML that answers a request; empty where none is wanted.

    Args:
        event: what it tells.
        reply: the text that answers an incoming message.
        page: the address of the page that says what an incoming call does.
    """
    if not event.needs_xml:
        return b""
    raw = event.content["raw"]
    src, dst = str(raw.get("To") or ""), str(raw.get("From") or "")
    # A sender that XML cannot carry has no number to answer to.
    if event.type == "message.received" and reply and src and dst and not unwritable(src + dst):
        return render(response(Element("Message", {"src": src, "dst": dst}, (reply,))))
    if event.type == "call.received" and page:
        return render(response(Element("Redirect", {"method": "POST"}, (page,))))
    return render(response())
