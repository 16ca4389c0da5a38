"""AgentFlow: flows are drawn, published, paused and resumed. No call or message ever enters one."""

from typing import Any

from app.sandbox.engine import resources
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Refusal, Reply
from app.sandbox.engine.request import Handler, Handlers, Request
from app.sandbox.engine.tables import Record

_COLLECTION = ACCOUNT + "/AgentFlow/"
_ITEM = _COLLECTION + "{agent_uuid}/"


def _create(request: Request) -> Reply:
    _check(request)
    resource = request.catalog.resources[_COLLECTION]
    item_id, record = resources.add(request, resource)
    record.fields.update(state="DRAFT", version=1)
    return resources.reply_created(request, resource, item_id, record)


def _update(request: Request) -> Reply:
    _check(request)
    return resources.update(request, request.catalog.resources[_COLLECTION])


def _check(request: Request) -> None:
    """Look at what is drawn.

    Raises:
        Refusal: 422, a node hangs in the air.
    """
    nodes, connections = request.parameters.get("nodes") or [], request.parameters.get("connections") or []
    joined = {
        str(connection.get(end)).partition(".")[0]
        for connection in connections
        for end in ("source", "target")
        if isinstance(connection, dict)
    }
    loose = [str(node.get("id")) for node in nodes if isinstance(node, dict) and str(node.get("id")) not in joined]
    if loose:
        names = ", ".join(loose)
        raise Refusal(422, f"These nodes are not referenced by any connection and would not be saved: {names}.")


def _enter(state: str) -> Handler:
    """Put a flow into a state."""

    def handle(request: Request) -> Reply:
        resources.require_parent(request)
        record: Any = request.table(_COLLECTION, Record).get(request.path["agent_uuid"])
        record.fields["state"] = state
        return request.answer(202)

    return handle


HANDLERS: Handlers = {
    ("POST", _COLLECTION): _create,
    ("POST", _ITEM): _update,
    ("POST", _ITEM + "Publish/"): _enter("ACTIVE"),
    ("POST", _ITEM + "Pause/"): _enter("PAUSED"),
    ("POST", _ITEM + "Resume/"): _enter("ACTIVE"),
}
