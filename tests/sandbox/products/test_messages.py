"""The life of a message."""

import pytest

from tests.support.sandbox_driver import AUTH, Driver, send


def test_message_is_delivered(plivo: Driver) -> None:
    """A message is queued, sent after half a second, delivered after one and a half."""
    (uuid,) = send(plivo)
    states = []
    for seconds in (0, 0.6, 1.0, 3600):
        plivo.wait(seconds)
        states.append(plivo.get(f"Message/{uuid}/")["message_state"])
    assert states == ["queued", "sent", "delivered", "delivered"]


def test_message_record(plivo: Driver) -> None:
    """A message's record says from whom, to whom, when and for how much."""
    (uuid,) = send(plivo, "+447400900123", text="x" * 161)
    plivo.wait(2)
    record = plivo.get(f"Message/{uuid}/")
    assert record["from_number"] == "14155550100"
    assert record["to_number"] == "447400900123"
    assert record["destination_country_iso2"] == "GB"
    assert record["message_time"] == "2027-01-15 08:00:00+00:00"
    assert record["message_sent_time"] == "2027-01-15 08:00:00.500000+00:00"
    assert (record["units"], record["total_rate"], record["total_amount"]) == (2, "0.00550", "0.01100")
    assert record["resource_uri"] == f"/v1/Account/{AUTH[0]}/Message/{uuid}/"


def test_several_destinations(plivo: Driver) -> None:
    """Each destination gets a record of its own."""
    uuids = send(plivo, "14155550123<14155550124<14155550125")
    assert len(set(uuids)) == 3
    assert [item["message_uuid"] for item in plivo.get("Message/")["objects"]] == uuids[::-1]


@pytest.mark.parametrize(
    ("number", "state", "code"), [("15005550003", "failed", 300), ("15005550004", "undelivered", 80)]
)
def test_message_outcomes(plivo: Driver, number: str, state: str, code: int) -> None:
    """Outcome numbers make a message fail, or stay undelivered."""
    (uuid,) = send(plivo, number)
    assert plivo.get(f"Message/{uuid}/")["message_state"] == "queued"
    plivo.wait(2)
    record = plivo.get(f"Message/{uuid}/")
    assert (record["message_state"], record["error_code"]) == (state, code)
    assert record["error_message"]


def test_message_refusals(plivo: Driver) -> None:
    """A message to its own sender, or to nobody, is refused; an unknown one is not found."""
    body = {"src": "14155550100", "dst": "+14155550100", "text": "hi"}
    assert plivo.post("Message/", body, 400)["error"] == "dst is identical to src"
    plivo.post("Message/", {**body, "dst": "<"}, 400)
    plivo.get("Message/0/", 404)


def test_powerpack_and_media(plivo: Driver) -> None:
    """A powerpack stands in for the sender, media for the text."""
    body = {"powerpack_uuid": "p-1", "dst": "14155550123", "type": "mms", "media_urls": ["https://example.com/a.png"]}
    (uuid,) = plivo.post("Message/", body, 202)["message_uuid"]
    record = plivo.get(f"Message/{uuid}/")
    assert (record["powerpack_id"], record["from_number"], record["message_type"]) == ("p-1", "14155550100", "mms")


def test_message_filters(plivo: Driver) -> None:
    """Messages are filtered by state, number, and time."""
    send(plivo)
    plivo.wait(60)
    (late,) = send(plivo, "14155550199")

    def found(**filters: object) -> list[str]:
        return [item["message_uuid"] for item in plivo.get("Message/", **filters)["objects"]]

    assert found(message_state="queued") == [late]
    assert found(to_number="1415555019") == [late]
    assert found(message_time__gt="2027-01-15 08:00:30") == [late]
    assert found(message_time="2027-01-15 08:01:00") == [late]
    assert len(found(message_time__lte="2027-01-15 08:01")) == 2
    assert found(message_time__lt="2027-01-15 08:00:00") == []
    assert found(message_direction="inbound") == []
    assert plivo.get("Message/", 400, message_time__gt="yesterday")["error"].startswith("message_time__gt")
