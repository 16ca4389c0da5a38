"""Messages and calls that come in, to a number that the account rents, as its application says."""

from dataclasses import replace
from functools import partial

from app.protocol.xml.document import Element, XmlError, parse
from app.sandbox.callbacks import Answer
from app.sandbox.engine.notation import money
from app.sandbox.engine.replies import Json, Refusal
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Record
from app.sandbox.outside import MESSAGING, Outside
from app.sandbox.products import call_table, messages, numbers
from app.sandbox.products.call_life import HANGS_UP_AFTER, Call, CallState, Ending
from app.sandbox.products.message_life import Message
from app.sandbox.repeats import REPEATS_AFTER

_APPLICATIONS = "/v1/Account/{auth_id}/Application/"


def application_of(request: Request, number: str) -> Json:
    """Return the application that a number is linked to.

    Raises:
        Refusal: 404, nobody rents the number; 409, it has no application.
    """
    rented = request.find(request.table(numbers.RENTED, Record), number)
    if rented is None:
        raise Refusal(404, f"to: this account does not rent {number}; buy it, or take one that getRentedNumbers lists")
    app_id = str(rented.fields.get("application") or "").rstrip("/").rpartition("/")[2]
    application = request.find(request.table(_APPLICATIONS, Record), app_id)
    if application is None:
        raise Refusal(409, f"to: {number} has no application; link one to it (updateNumber, appId)")
    return application.fields


def receive_call(request: Request, caller: str, number: str, session_uuid: str | None = None) -> str:
    """Let a call come in and return its uuid.

    Args:
        request: whose account it is; its parameters are those of the application.
        caller: who calls.
        number: where to.
        session_uuid: the masking session that connects it; None: the application says what happens.
    """
    ending = Ending(request.now + HANGS_UP_AFTER, CallState.COMPLETED, 4000, "Normal Hangup", "Caller")
    call = Call(
        request.owner(), caller, number, "", None, request.now, request.now, request.now, ending, direction="inbound"
    )
    call_uuid = call_table.add(request, call)
    request.announce("call", call_uuid)
    if session_uuid is not None:
        replace(request, path={**request.path, "session_uuid": session_uuid}).announce("masked", call_uuid)
    return call_uuid


def call_parameters(application: Json) -> Json:
    """Return an application's URLs under the names that the parameters of a call have."""
    fallback = {"fallback_url": "fallback_answer_url", "fallback_method": "fallback_method"}
    same = {name: name for name in ("answer_url", "answer_method", "hangup_url", "hangup_method")}
    return {name: application.get(theirs) for name, theirs in (same | fallback).items()}


def receive_message(outside: Outside, request: Request, application: Json, text: str) -> str:
    """Let a message come in and return its uuid.

    Args:
        outside: tells the application of it.
        request: whose account it is; its parameters are those of the message (``from``, ``to``, ``type``).
        application: that of the number.
        text: what it says.
    """
    given, message_uuid = request.parameters, request.state.uuid()
    units = messages.units_of(given["type"], text)
    message = Message(
        request.owner(),
        given["from"],
        given["to"],
        given["type"],
        units,
        None,
        request.now,
        received="received",
        text=text,
    )
    messages.table(request).put(message_uuid, message)
    outside.timelines.note(message.owner, message_uuid, "received", text=text)
    if url := application.get("message_url"):
        told = {
            "MessageUUID": message_uuid,
            "From": message.from_number,
            "To": message.to_number,
            "Text": text if message.kind == "sms" else None,
            "Body": None if message.kind == "sms" else text,
            "Type": message.kind,
            "Units": units,
            "TotalRate": money(0),
            "TotalAmount": money(0),
            "MessageIntent": "",
            "PowerpackUUID": "",
        }
        method = application.get("message_method")
        outside.spawn(partial(_tell, outside, request, (message_uuid, message), (url, method), told))
    return message_uuid


async def _tell(
    outside: Outside,
    request: Request,
    received: tuple[str, Message],
    target: tuple[str, str | None],
    told: Json,
) -> None:
    message_uuid, message = received
    for pause in (0.0, *REPEATS_AFTER):
        await outside.timers.at(outside.state.clock() + pause)
        answer = await outside.ask((message.owner, message_uuid), *target, told, MESSAGING)
        if answer is not None and answer.ok:
            message.received = "delivered"
            for reply in _replies(outside, received, answer):
                _send(outside, request, received, reply)
            return
    message.received = "undelivered"


def _replies(outside: Outside, received: tuple[str, Message], answer: Answer) -> list[Element]:
    """Return the messages that shall be sent in return; most answers hold none."""
    if "xml" not in answer.content_type:
        return []
    message_uuid, message = received
    try:
        page = parse(answer.body)
    except XmlError as error:
        outside.timelines.note(message.owner, message_uuid, "invalid XML", reason=str(error))
        return []
    return [element for element in page.children if element.name == "Message"]


def _send(outside: Outside, request: Request, received: tuple[str, Message], element: Element) -> None:
    message_uuid, message = received
    try:
        messages.send_element(request, element, source=message.to_number, destination=message.from_number)
    except Refusal as refusal:
        outside.timelines.note(message.owner, message_uuid, "refused", reason=refusal.error)
    else:
        outside.timelines.note(message.owner, message_uuid, "replied", text=element.text)
