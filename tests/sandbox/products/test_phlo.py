"""PHLO: the example's can be run."""

from tests.support.sandbox_driver import AUTH, Driver


def test_phlo(plivo: Driver) -> None:
    """The example's PHLO is run with whatever parameters, its node and members are steered."""
    phlo, node = "a3c5e7f1-2b4d-4a6c-8e0f-1d3b5a7c9e02", "6f8d1b3a-5c7e-4f90-a1b2-c3d4e5f60718"
    assert plivo.get(f"/v1/phlo/{phlo}/")["phlo_id"] == phlo
    run = plivo.post(f"/v1/account/{AUTH[0]}/phlo/{phlo}/", {"anything": 1}, 201)
    assert run["message"] == "PHLO run started"
    assert plivo.get(f"/v1/phlo/{phlo}/runs/{run['phlo_run_id']}")["call_uuids"] == []
    assert plivo.get(f"/v1/phlo/{phlo}/multi_party_call/{node}/")["node_id"] == node
    call = {"action": "call", "trigger_source": "14155550100", "to": "14155550123", "role": "agent"}
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/{node}/", call)
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/{node}/members/14155550123/", {"action": "hold"})
    plivo.get("/v1/phlo/0/", 404)
    plivo.post(f"/v1/account/{AUTH[0]}/phlo/0/", {}, 404)
    plivo.post(f"/v1/phlo/{phlo}/multi_party_call/0/", call, 404)
