"""PHLO: the one of the manifest's example can be shown and run, and so can its node; nothing comes of it."""

from app.sandbox.engine.replies import Json, Reply, not_found
from app.sandbox.engine.request import Handlers, Request
from app.sandbox.engine.tables import Record

_PHLOS = "/v1/phlo/"
_RUNS = _PHLOS + "{phlo_id}/runs/"
_NODES = _PHLOS + "{phlo_id}/{node_type}/"


def _run(request: Request) -> Reply:
    if request.table(_PHLOS, Record).get(request.path["phlo_id"]) is None:
        raise not_found()
    phlo_id, run_id = request.path["phlo_id"], request.state.uuid()
    nothing: Json = {"call_uuids": [], "message_uuids": [], "recording_ids": []}
    fields = {"phlo_id": phlo_id, "run_id": run_id, **nothing}
    request.table(_RUNS, Record).put(run_id, Record(request.account, fields))
    return request.answer(201, phlo_id=phlo_id, phlo_run_id=run_id)


def _act(request: Request) -> Reply:
    """Steer a node or a member of it; any member will do, since nobody is called."""
    path = request.path
    node_type = path.get("node_type", "multi_party_call")
    if request.state.table(f"v1/phlo/{path['phlo_id']}/{node_type}", Record, inner=True).get(path["node_id"]) is None:
        raise not_found()
    return request.answer(202)


HANDLERS: Handlers = {
    ("POST", "/v1/account/{auth_id}/phlo/{phlo_id}/"): _run,
    ("POST", "/v1/phlo/{phlo_id}/multi_party_call/{node_id}/"): _act,
    ("POST", _NODES + "{node_id}/members/{member_id}/"): _act,
}
