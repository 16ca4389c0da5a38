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
    ("number", "state", "code"), [("15005550003", "failed", "300"), ("15005550004", "undelivered", "80")]
)
def test_message_outcomes(plivo: Driver, number: str, state: str, code: str) -> None:
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
    assert plivo.post("Message/", body, 422)["error"] == "src is identical to src in dst"
    many = "<".join(str(14155560000 + position) for position in range(1001))
    for wrong in ("<", many):
        assert plivo.post("Message/", {**body, "dst": wrong}, 400)["error"].startswith("dst parameter is invalid. ")
    plivo.get("Message/0/", 404)


@pytest.mark.parametrize(
    ("text", "kind", "status"),
    [
        ("x" * 1600, "sms", 202),
        ("x" * 1601, "sms", 400),
        ("€" * 801, "sms", 400),
        ("ж" * 737, "sms", 202),
        ("ж" * 738, "sms", 400),
        ("ж" * 4096, "whatsapp", 202),
        ("ж" * 4097, "whatsapp", 400),
    ],
)
def test_length_of_a_text(plivo: Driver, text: str, kind: str, status: int) -> None:
    """A text may have 1600 characters of the SMS alphabet or 737 of any, in WhatsApp 4096 (Plivo's documentation)."""
    body = {"src": "14155550100", "dst": "14155550123", "text": text, "type": kind}
    reply = plivo.post("Message/", body, status)
    assert status == 202 or reply["error"].startswith("text parameter is invalid. It has ")


def test_wrong_and_repeated_destinations(plivo: Driver) -> None:
    """Each destination counts once, however it is written; those that are no numbers are named, the rest is sent."""
    body = {"src": "14155550100", "dst": "+1 (415) 555-0123<14155550123< 1111111<447400900123<me", "text": "hi"}
    reply = plivo.post("Message/", body, 202)
    assert reply["invalid_number"] == ["1111111", "me"]
    sent = [plivo.get(f"Message/{uuid}/")["to_number"] for uuid in reply["message_uuid"]]
    assert sent == ["14155550123", "447400900123"]
    error = plivo.post("Message/", {**body, "dst": "1111111<me"}, 400)["error"]
    assert error == "'1111111' is not a valid phone number."


@pytest.mark.parametrize(
    ("source", "status"), [("Acme Health 1", 202), ("Joe's Pizza", 202), ("Acme Health 12", 400), ("!!!", 400)]
)
def test_sender_ids(plivo: Driver, source: str, status: int) -> None:
    """What Plivo strips from a sender id does not count towards its eleven characters."""
    plivo.post("Message/", {"src": source, "dst": "447400900123", "text": "hi"}, status)


def test_record_has_what_the_sdks_read(plivo: Driver) -> None:
    """What the SDKs of other languages read of a record is there."""
    (uuid,) = send(plivo, log="number_only", dlt_entity_id="17", dlt_template_category="transactional")
    plivo.wait(2)
    record = plivo.get(f"Message/{uuid}/")
    assert (record["error_code"], record["error_message"]) == ("000", "")
    assert (record["log"], record["dlt_entity_id"], record["dlt_template_id"]) == ("number_only", "17", "")
    assert (record["carrier_fees"], record["carrier_fees_rate"]) == ("0.00000", "0.00000")
    assert (record["is_domestic"], record["destination_network"]) == (True, "Sandbox Mobile")
    (abroad,) = send(plivo, "447400900123")
    assert plivo.get(f"Message/{abroad}/")["is_domestic"] is False


def test_media_of_a_message(plivo: Driver) -> None:
    """A message carries ten media at most; they are listed, shown and deleted."""
    urls = [f"https://example.com/{number}.png" for number in range(11)]
    body = {"src": "14155550100", "dst": "14155550123", "type": "mms"}
    (uuid,) = plivo.post("Message/", {**body, "media_urls": urls[:10]}, 202)["message_uuid"]
    shown = plivo.get(f"Message/{uuid}/Media/")["objects"]
    assert [media["content_type"] for media in shown] == ["image/png"] * 10
    one = plivo.get(f"Message/{uuid}/Media/{shown[3]['media_id']}/")
    assert (one["media_url"], one["message_uuid"]) == (shown[3]["media_url"], uuid)
    plivo.get(f"Message/{uuid}/Media/0/", 404)
    plivo.delete(f"Message/{uuid}/Media/", status=204)
    assert plivo.get(f"Message/{uuid}/Media/")["objects"] == []
    plivo.post("Message/", {**body, "media_urls": urls}, 400)


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
