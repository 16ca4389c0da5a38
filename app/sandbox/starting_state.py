"""What the main account has at the start, so that the first requests have something to work with.

What the manifest's examples name is there, under the very same ids, so example requests work; who deletes one of them
finds it there again as it was. Calls, messages and recordings of the examples are old ones, which can be shown but are
in no list any more; those that are live or queued in the examples are always there.
"""

from collections.abc import Callable
from typing import Any

from app.manifest.model import Block
from app.sandbox.engine.catalog import Catalog
from app.sandbox.engine.examples import localised
from app.sandbox.engine.notation import read_time, timestamp_like
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.request import Request
from app.sandbox.engine.router import Router
from app.sandbox.engine.state import EVERYBODY, MAIN_ACCOUNT, State
from app.sandbox.engine.tables import Record
from app.sandbox.engine.windows import DAY, OLDEST
from app.sandbox.products import (
    call_table,
    calls,
    messages,
    multiparty,
    numbers,
    participants,
    recordings,
    streams,
    verified_caller_ids,
    verify,
)
from app.sandbox.products.call_life import CallState

RENTED = ("18005550100", "14155550100")
"""Numbers that the main account rents from the start."""

AGE = OLDEST + 10 * DAY
"""How many seconds ago the calls, messages and recordings of the examples were: too long for any list."""

_LIVES = ("/Call/{", "/Conference/", "/Message/", "/MultiPartyCall/", "/Number/{", "/Recording/")
"""Item paths below the account's whose records are not made from an example item."""

_PUBLIC = ("/ComplianceDocumentType/", "/ComplianceRequirement/", "/v1/phlo/")
"""Item paths of what every account sees."""

TRUNK_CALLS = 3
"""Calls over a SIP trunk, an hour apart; the sandbox has no other way to make one."""


def seed_state(state: State, catalog: Catalog, router: Router) -> None:
    """Fill the main account."""
    for method, template in router.operations:
        resource = catalog.of_item(template)
        if method == "GET" and resource is not None and not template.removeprefix(ACCOUNT).startswith(_LIVES):
            request = _example(state, catalog, template, router.operations[method, template].blocks[-1])
            is_public = template.removeprefix(ACCOUNT).startswith(_PUBLIC)
            item = Record(EVERYBODY if is_public else MAIN_ACCOUNT, localised(resource.shape, MAIN_ACCOUNT))
            request.table(resource.collection, Record).put(request.path[resource.id_parameter], item)
    for (method, template), add in _ADDITIONS.items():
        if (operation := router.operations.get((method, template))) is not None:
            for block in operation.blocks:
                add(_example(state, catalog, template, block))
    state.seal()


def _example(state: State, catalog: Catalog, template: str, block: Block) -> Request:
    """Return a block's example request."""
    examples = {arg.wire_name: arg.example for arg in block.args if arg.required}
    path = {name: _text(examples.pop(name)) for name in block.request.path_parameters}
    path["auth_id"] = MAIN_ACCOUNT
    return Request(state, catalog, template, block, path, examples, MAIN_ACCOUNT, state.clock())


def _text(example: Any) -> str:
    return str(example[0] if isinstance(example, list) else example)


def _add_call(request: Request) -> None:
    match request.block.request.fixed.get("status"):
        case "live":
            call_table.seed_standing(request, request.path["call_uuid"], CallState.IN_PROGRESS)
        case "queued":
            call_table.seed_standing(request, request.path["call_uuid"], CallState.QUEUED)
        case _:
            calls.seed(request, request.path["call_uuid"], request.now - AGE)


def _add_queued_call(request: Request) -> None:
    call_table.seed_standing(request, request.path["request_uuid"], CallState.QUEUED)


def _add_stream(request: Request) -> None:
    streams.seed(request, request.path["stream_id"], request.now - AGE)


def _add_message(request: Request) -> None:
    messages.seed(request, request.path["message_uuid"], request.now - AGE)


def _add_message_with_media(request: Request) -> None:
    media = [key for key, _ in request.state.table("Media", Record).newest_first()]
    messages.seed(request, request.path["message_uuid"], request.now - AGE, *media)


def _add_recording(request: Request) -> None:
    recordings.seed(request, request.path["recording_id"], request.now - AGE)


def _add_multiparty_call(request: Request) -> None:
    example = request.block.example
    multiparty.seed(request, example["mpc_uuid"], example["call_uuid"])


def _add_code(request: Request) -> None:
    """Make the example's code the one that was sent."""
    session = request.state.table("Verify/Session", Record).get(request.path["session_uuid"])
    if session is not None:
        session.fields["otp"] = request.parameters["otp"]


def _add_verification(request: Request) -> None:
    """Let a code be outstanding: the example's, for the example's caller id."""
    for _, caller_id in request.state.table("VerifiedCallerId", Record).newest_first():
        fields = {**caller_id.fields, "otp": request.parameters["otp"]}
        verified_caller_ids.pending(request).put(request.path["verification_uuid"], Record(MAIN_ACCOUNT, fields))


def _add_trunk_calls(request: Request) -> None:
    table = request.state.table("Zentrunk/Call", Record)
    for call_uuid, call in list(table.newest_first()):
        table.drop(call_uuid)
        times = {name: read_time(call.fields[name]).timestamp() for name in _TRUNK_TIMES}
        for number in range(TRUNK_CALLS, 0, -1):
            later = request.now - number * 3600 - times["end_time"]
            moved = {name: timestamp_like(call.fields[name], time + later) for name, time in times.items()}
            uuid = call_uuid if number == 1 else request.state.uuid()
            table.put(uuid, Record(MAIN_ACCOUNT, {**call.fields, **moved, "call_uuid": uuid}))


def _rent(request: Request) -> None:
    for number in RENTED:
        numbers.rent(request, number)


_TRUNK_TIMES = ("initiation_time", "answer_time", "end_time")

_ADDITIONS: dict[tuple[str, str], Callable[[Request], None]] = {
    ("GET", ACCOUNT + "/Call/{call_uuid}/"): _add_call,
    ("DELETE", calls.REQUEST): _add_queued_call,
    ("GET", ACCOUNT + "/Call/{call_uuid}/Stream/{stream_id}/"): _add_stream,
    ("GET", ACCOUNT + "/Message/{message_uuid}/"): _add_message,
    ("GET", ACCOUNT + "/Message/{message_uuid}/Media/"): _add_message_with_media,
    ("GET", participants.PARTICIPANT): _add_multiparty_call,
    ("GET", ACCOUNT + "/Recording/{recording_id}/"): _add_recording,
    ("POST", ACCOUNT + "/Transcription/{recording_id}/"): _add_recording,
    ("POST", verify.ITEM): _add_code,
    ("POST", verified_caller_ids.VERIFY): _add_verification,
    ("GET", ACCOUNT + "/Zentrunk/Call/{call_uuid}/"): _add_trunk_calls,
    ("POST", numbers.BUY): _rent,
}
"""Operation → what its example request needs."""
