"""AgentFlow: drawn, published, paused, resumed."""

from tests.support.sandbox_driver import Driver

START = {"id": "start_1", "name": "Start", "type": "start"}
REPLY = {"id": "reply_1", "name": "Reply", "type": "send_sms"}
JOINED = [{"source": "start_1.Incoming SMS", "target": "reply_1.Input"}]


def test_agent_flow_life(plivo: Driver) -> None:
    """A flow is a draft until it is published, and can rest."""
    made = plivo.post("AgentFlow/", {"name": "desk", "nodes": [START, REPLY], "connections": JOINED}, 201)
    path = f"AgentFlow/{made['agent_uuid']}/"
    states = [plivo.get(path)["state"]]
    for action in ("Publish", "Pause", "Resume"):
        plivo.post(f"{path}{action}/", status=202)
        states.append(plivo.get(path)["state"])
    assert states == ["DRAFT", "ACTIVE", "PAUSED", "ACTIVE"]
    assert plivo.get("AgentFlow/", state="ACTIVE")["objects"][0]["agent_uuid"] == made["agent_uuid"]
    plivo.post(path, {"name": "other"}, 202)
    assert plivo.get(path)["name"] == "other"
    plivo.delete(path, status=204)
    plivo.get(path, 404)
    plivo.post(f"{path}Publish/", status=404)


def test_loose_nodes(plivo: Driver) -> None:
    """Nodes that no connection names are refused, in Plivo's words."""
    for path in ("AgentFlow/", "AgentFlow/c5a87d40-0000-4000-8000-000000000001/"):
        error = plivo.post(path, {"name": "desk", "nodes": [START, REPLY], "connections": []}, 422)["error"]
        assert error == ("These nodes are not referenced by any connection and would not be saved: start_1, reply_1.")
