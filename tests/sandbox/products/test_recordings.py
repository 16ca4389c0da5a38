"""Recordings of calls and conferences, and what was said in them."""

from tests.support.sandbox_driver import ANSWER, Driver, dial


def test_recording_of_a_call(plivo: Driver) -> None:
    """A recording is listed once it was stopped, and can be deleted."""
    uuid = dial(plivo)
    started = plivo.post(f"Call/{uuid}/Record/", {"file_format": "wav", "callback_url": ANSWER}, 202)
    recording_id = started["recording_id"]
    plivo.wait(10)
    plivo.get(f"Recording/{recording_id}/", 404)
    plivo.delete(f"Call/{uuid}/Record/", status=204)
    plivo.wait(100)
    recording = plivo.get(f"Recording/{recording_id}/")
    assert (recording["recording_duration_ms"], recording["recording_format"]) == ("10000.00000", "wav")
    assert (recording["call_uuid"], recording["recording_url"]) == (uuid, started["url"])
    assert started["url"].endswith(f"{recording_id}.wav")
    assert [item["recording_id"] for item in plivo.get("Recording/", call_uuid=uuid)["objects"]] == [recording_id]
    assert plivo.get("Recording/", call_uuid="0")["objects"] == []
    plivo.delete(f"Recording/{recording_id}/", status=204)
    plivo.get(f"Recording/{recording_id}/", 404)


def test_recording_ends_with_its_limit_or_its_call(plivo: Driver) -> None:
    """A recording ends after a minute, or its time limit, or with the call."""
    uuid = dial(plivo, "15005550005")
    for body in ({}, {"time_limit": 5}, {"time_limit": 1000}):
        plivo.post(f"Call/{uuid}/Record/", body, 202)
    plivo.wait(90)
    plivo.delete(f"Call/{uuid}/", status=204)
    lengths = [item["recording_duration_ms"] for item in plivo.get("Recording/")["objects"]]
    assert lengths == ["90000.00000", "60000.00000", "5000.00000"]


def test_recording_of_a_conference(plivo: Driver) -> None:
    """A conference's recording ends when it is stopped, or with the conference."""
    for end in ("Conference/sandbox/Record/", "Conference/sandbox/"):
        started = plivo.post("Conference/sandbox/Record/", status=202)
        assert started["message"] == "conference recording started"
        plivo.wait(5)
        plivo.delete(end, status=204)
        recording = plivo.get(f"Recording/{started['recording_id']}/")
        assert (recording["conference_name"], recording["recording_type"]) == ("sandbox", "conference")
        assert recording["recording_duration_ms"] == "5000.00000"


def test_transcription_life(plivo: Driver) -> None:
    """A recording is transcribed within two seconds."""
    plivo.post("Conference/sandbox/Record/")
    plivo.wait(10)
    plivo.delete("Conference/sandbox/Record/")
    recording = plivo.get("Recording/")["objects"][0]["recording_id"]
    plivo.get(f"Transcription/{recording}/", 404)
    assert plivo.post(f"Transcription/{recording}/", status=201)["message"] == "transcription in progress"
    assert plivo.get(f"Transcription/{recording}/")["status"] == "in-progress"
    plivo.wait(2)
    done = plivo.get(f"Transcription/{recording}/")
    assert (done["status"], done["recording_duration_ms"]) == ("success", 10000)
    assert done["transcription"]
    plivo.delete(f"Transcription/{recording}/", status=202)
    plivo.post("Transcription/0/", status=404)
