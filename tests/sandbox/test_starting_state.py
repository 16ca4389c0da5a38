"""What a fresh sandbox has: everything that the manifest's examples name."""

import pytest

from tests.support.sandbox_driver import AUTH, Driver, blocks


def test_starting_state(plivo: Driver) -> None:
    """The manifest's example application, endpoint and carrier exist, and two numbers are rented."""
    plivo.get("Application/21000000000000001/")
    endpoint = plivo.get("Endpoint/32000000000000001/")
    assert endpoint["application"] == f"/v1/Account/{AUTH[0]}/Application/21000000000000001/"
    plivo.get("IncomingCarrier/19000000000000/")
    assert [item["number"] for item in plivo.get("Number/")["objects"]] == ["14155550100", "18005550100"]


NO_CALL = (404, "call not found")
REFUSED = {
    "buyPoolNumber": (400, "number 14155550100 is already rented"),
    "deleteBrand": (400, "brand BEXMPL1 still has campaigns"),
    # The examples of these name a live call, which the sandbox has under another id.
    "hangupCallRequest": (404, "call request not found"),
    **dict.fromkeys(("transferCall", "hangupSingleCall", "recordCall", "stopCallRecording", "playMusicFile"), NO_CALL),
    **dict.fromkeys(("stopPlayingMusicFile", "playText", "stopPlayingText", "sendDigits", "startStream"), NO_CALL),
    **dict.fromkeys(("getSingleLiveCallDetails", "getSingleQueuedCallDetails"), NO_CALL),
}
"""Block → how its example request is refused at the start, and rightly so."""


@pytest.mark.parametrize("name", sorted(blocks()))
def test_every_block_is_answered(plivo: Driver, name: str) -> None:
    """No block meets an internal error or an unknown path: it works, or Plivo's kind of error says why."""
    response = plivo.run(blocks()[name])
    expected = REFUSED.get(name)
    if expected is None:
        assert response.is_success, response.text
    else:
        assert (response.status_code, response.json()["error"]) == expected


def test_records_of_the_examples_are_too_old_for_lists() -> None:
    """What the manifest's examples name can be shown, but no list shows it."""
    plivo = Driver()
    for path, item in (
        ("Call/", "8f2b6c1e-4d3a-4b7f-9c55-1a6e0d9f7b21"),
        ("Message/", "5b0e0000-0000-4000-8000-000000000001"),
        ("Recording/", "0d8f4b1e-0000-4000-8000-000000000001"),
    ):
        plivo.get(f"{path}{item}/")
    assert plivo.get("Message/", message_time__lt="2030-01-01 00:00:00")["objects"] == []
    assert plivo.get("")["cash_credits"] == "100.00000"
