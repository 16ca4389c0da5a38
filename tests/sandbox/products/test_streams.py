"""Audio streams of a call."""

from tests.support.sandbox_driver import Driver


def test_stream_life(plivo: Driver) -> None:
    """A stream needs a live call, is stopped, and never outlasts its call."""
    body = {"from": "14155550100", "to": "14155550123", "answer_url": "https://example.com/", "time_limit": 600}
    call = f"Call/{plivo.post('Call/', body)['request_uuid']}/"
    streams = f"{call}Stream/"
    plivo.post(streams, {"service_url": "wss://example.com/a"}, 404)
    plivo.wait(5)
    one, two, three = (
        plivo.post(streams, {"service_url": f"wss://example.com/{name}"}, 201)["stream_id"] for name in "abc"
    )
    assert "service_url" in plivo.post(streams, {"service_url": "https://example.com/a"}, 400)["error"]
    shown = plivo.get(f"{streams}{one}/")
    assert (shown["status"], shown["service_url"], shown["start_time"]) == ("initiated", "wss://example.com/a", None)
    plivo.wait(31)
    assert plivo.get(f"{streams}{one}/")["status"] == "in-progress"
    plivo.delete(f"{streams}{one}/", status=204)
    stopped = plivo.get(f"{streams}{one}/")
    assert (stopped["status"], stopped["bill_duration"], stopped["rounded_bill_duration"]) == ("stopped", 30, 60)
    plivo.delete(call)
    assert [item["status"] for item in plivo.get(streams)["objects"]] == ["stopped"] * 3
    plivo.delete(streams, status=204)
    assert {item["stream_id"] for item in plivo.get(streams)["objects"]} == {one, two, three}
    plivo.get(f"{streams}0/", 404)
    plivo.get("Call/0/Stream/", 404)
