"""Orders of who tries things out: let something come in, act for the other side of a call, move time, break things.

``POST /control/…`` below the sandbox's address, with JSON and the account's Basic credentials. Errors have Plivo's
shape, ``{"api_id", "error"}``; the text begins with the field that is wrong. ``GET /control/timeline/{uuid}`` shows
what happened to a message or call, ``GET /control/faults`` what is broken now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from app.sandbox.engine.catalog import Catalog
from app.sandbox.engine.replies import Json, Refusal, Reply
from app.sandbox.engine.request import Request
from app.sandbox.engine.router import Router
from app.sandbox.engine.state import MAIN_ACCOUNT, State
from app.sandbox.faults import STAGES
from app.sandbox.inbound import application_of, call_parameters, receive_call, receive_message
from app.sandbox.line import Line
from app.sandbox.live import Live
from app.sandbox.order import Order
from app.sandbox.products import call_table, masking
from app.sandbox.products.call_life import CallState
from app.sandbox.watch import Watch

CONTROL = "control"
"""First segment of the paths."""

MOST_CONTROL_BYTES = 64 * 1024
"""Bytes of an order."""

MOST_SECONDS = 366 * 24 * 3600
"""Seconds by which the clock may be moved at one time."""

MOST_SPEECH = 1000
"""Characters that are said at one time."""

_KEYS = frozenset("0123456789*#ABCD")


class Control:
    """Carries out orders.

    Args:
        state: what is remembered.
        catalog: the manifest's resources.
        router: its operations.
        live: what goes on by itself.
        watch: shows what happens.
        seed: fills an empty state again.
    """

    def __init__(
        self, state: State, catalog: Catalog, router: Router, live: Live, watch: Watch, seed: Callable[[], None]
    ) -> None:
        self._state = state
        self._catalog = catalog
        self._router = router
        self._live = live
        self.watch = watch
        self._seed = seed
        self._turn = asyncio.Lock()
        self._orders: Mapping[tuple[str, ...], Callable[[Order], Awaitable[Json]]] = {
            ("messages", "inbound"): self._receive_message,
            ("calls", "inbound"): self._receive_call,
            ("faults",): self._set_faults,
            ("reset",): self._reset,
            ("time",): self._move_clock,
        }
        self._call_orders: Mapping[str, Callable[[Order, Line], Awaitable[Json]]] = {
            "answer": self._pick_up,
            "hangup": self._hang_up,
            "digits": self._press,
            "speech": self._say,
            "machine": self._find_machine,
        }

    async def answer(self, account: str, method: str, segments: list[str], content: bytes) -> Reply:
        """Carry out an order.

        Args:
            account: who gives it.
            method: of HTTP.
            segments: of the path, after ``control``.
            content: the body.

        Raises:
            Refusal: the order is none, or cannot be carried out now.
        """
        match segments:
            case ["timeline", key]:
                _need(method, "GET")
                return self._reply({"timeline": self.watch.picture.timeline(account, key)})
            case ["faults"] if method == "GET":
                return self._reply({**self._faults(), "stages": STAGES})
            case ["calls", call_uuid, action] if action in self._call_orders:
                _need(method, "POST")
                order = Order(account, content)
                line = self._line(account, call_uuid)
                return self._reply(await self._call_orders[action](order, line))
            case _ if tuple(segments) in self._orders:
                _need(method, "POST")
                return self._reply(await self._orders[tuple(segments)](Order(account, content)))
        orders = ["/".join(path) for path in self._orders] + [f"calls/{{uuid}}/{each}" for each in self._call_orders]
        raise Refusal(404, f"there is no such order; there are {', '.join(orders)}")

    def _reply(self, told: Json) -> Reply:
        return Reply(200, {"api_id": self._state.uuid(), **told})

    # What comes in

    async def _receive_message(self, order: Order) -> Json:
        order.only("from", "to", "text", "type")
        caller, number, text = order.phone("from"), order.phone("to"), order.text("text")
        kind = order.text("type", "sms")
        if kind not in ("sms", "mms", "whatsapp"):
            raise Refusal(400, "type: must be sms, mms or whatsapp")
        application = application_of(self._request(order.account, {}), number)
        request = self._request(order.account, {"from": caller, "to": number, "type": kind})
        message_uuid = receive_message(self._live.outside, request, application, text)
        return {"message": "message received", "message_uuid": message_uuid}

    async def _receive_call(self, order: Order) -> Json:
        order.only("from", "to")
        caller, number = order.phone("from"), order.phone("to")
        request = self._request(order.account, {})
        if (session_uuid := masking.session_of(request, caller, number)) is not None:
            call_uuid = receive_call(request, caller, number, session_uuid)
        else:
            parameters = call_parameters(application_of(request, number))
            call_uuid = receive_call(self._request(order.account, parameters), caller, number)
        return {"message": "call received", "call_uuid": call_uuid}

    def _request(self, account: str, parameters: Json) -> Request:
        template = call_table.COLLECTION
        block = self._router.operations["POST", template].blocks[-1]
        path = {"auth_id": account}
        return Request(self._state, self._catalog, template, block, path, parameters, account, self._state.clock())

    # The other side of a call

    def _line(self, account: str, call_uuid: str) -> Line:
        line = self._live.lines.get(call_uuid)
        if line is None or account not in (MAIN_ACCOUNT, line.call.owner):
            raise Refusal(404, "there is no such call, or it is over")
        return line

    async def _pick_up(self, order: Order, line: Line) -> Json:
        order.only()
        if line.is_in_progress:
            raise Refusal(409, "the call was answered before")
        line.pick_up()
        return {"message": "call answered"}

    async def _hang_up(self, order: Order, line: Line) -> Json:
        order.only()
        line.hang_up(source="Callee" if line.call.direction == "outbound" else "Caller")
        return {"message": "call hung up"}

    async def _press(self, order: Order, line: Line) -> Json:
        order.only("digits")
        digits = order.text("digits")
        if set(digits) - _KEYS:
            raise Refusal(400, "digits: must be keys of a telephone: 0 to 9, * and #")
        _need_in_progress(line)
        line.press(digits)
        return {"message": "digits pressed"}

    async def _say(self, order: Order, line: Line) -> Json:
        order.only("speech")
        speech = order.text("speech")
        if len(speech) > MOST_SPEECH:
            raise Refusal(400, f"speech: may have {MOST_SPEECH} characters at most")
        _need_in_progress(line)
        line.say(speech)
        return {"message": "speech heard"}

    async def _find_machine(self, order: Order, line: Line) -> Json:
        order.only()
        await line.found_machine()
        return {"message": "machine found"}

    # The world

    async def _set_faults(self, order: Order) -> Json:
        _need_main(order)
        self._live.faults.by_stage = order.faults()
        return {"message": "faults set", **self._faults()}

    def _faults(self) -> Json:
        return {"faults": self._live.faults.shown()}

    async def _reset(self, order: Order) -> Json:
        _need_main(order)
        order.only()
        async with self._turn:
            await self._live.restart()
            self._state.clear()
            self._state.ahead, self._state.spent = 0.0, 0
            self._seed()
            self.watch.begin_anew()
        return {"message": "sandbox reset"}

    async def _move_clock(self, order: Order) -> Json:
        _need_main(order)
        order.only("advance")
        seconds = order.number("advance", least=0, most=MOST_SECONDS)
        async with self._turn:
            await self._live.outside.advance(seconds)
        return {"message": "clock moved", "ahead": self._state.ahead}


def _need(method: str, wanted: str) -> None:
    if method != wanted:
        raise Refusal(405, f"method {method} not allowed", {"Allow": wanted})


def _need_main(order: Order) -> None:
    if order.account != MAIN_ACCOUNT:
        raise Refusal(403, "only the main account may order this: it concerns all")


def _need_in_progress(line: Line) -> None:
    if not line.is_in_progress:
        state = line.call.state(line.now)
        hint = "; answer it first" if state in (CallState.QUEUED, CallState.RINGING) else ""
        raise Refusal(409, f"the call is {state}, nobody is on the line{hint}")
