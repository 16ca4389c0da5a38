"""The conference that is always live."""

import pytest

from tests.support.sandbox_driver import Driver, member_ids


def test_conference_is_always_live(plivo: Driver) -> None:
    """The conference called sandbox is live with two members, afresh after it was hung up."""
    assert plivo.get("Conference/")["conferences"] == ["sandbox"]
    plivo.wait(30)
    conference = plivo.get("Conference/sandbox/")
    assert (conference["conference_member_count"], conference["conference_run_time"]) == ("2", "30")
    before = member_ids(plivo)
    for path in ("Conference/sandbox/", "Conference/"):
        plivo.delete(path, status=204)
        assert plivo.get("Conference/sandbox/")["conference_run_time"] == "0"
    assert before == member_ids(plivo) == ["17", "18"]
    plivo.get("Conference/other/", 404)
    plivo.wait(25 * 3600)
    assert plivo.get("Conference/sandbox/")["conference_run_time"] == "0"


@pytest.mark.parametrize(("action", "field", "message"), [("Mute/", "muted", "muted"), ("Deaf/", "deaf", "deaf")])
def test_members_are_muted_and_deafened(plivo: Driver, action: str, field: str, message: str) -> None:
    """One, some or all members are muted or made deaf, and back."""
    one, two = member_ids(plivo)
    expected = {one: [True, False], f"{one},{two}": [True, True], "all": [True, True]}
    for named, states in expected.items():
        reply = plivo.post(f"Conference/sandbox/Member/{named}/{action}", status=202)
        assert (reply["message"], reply["member_id"]) == (message, f"{one},{two}" if named == "all" else named)
        members = plivo.get("Conference/sandbox/")["members"]
        assert [member[field] for member in members] == states
        plivo.delete(f"Conference/sandbox/Member/{named}/{action}", status=204)
        assert not any(member[field] for member in plivo.get("Conference/sandbox/")["members"])


@pytest.mark.parametrize(
    ("action", "body"), [("Play/", {"url": "https://example.com/a.mp3"}), ("Speak/", {"text": "hi"})]
)
def test_members_hear_something(plivo: Driver, action: str, body: dict[str, str]) -> None:
    """Playing and speaking to a member start and stop; the member must be there."""
    one, _ = member_ids(plivo)
    plivo.post(f"Conference/sandbox/Member/{one}/{action}", body, 202)
    plivo.delete(f"Conference/sandbox/Member/{one}/{action}", status=204)
    plivo.post(f"Conference/sandbox/Member/0/{action}", body, 404)
    plivo.post(f"Conference/other/Member/{one}/{action}", body, 404)


def test_members_leave_and_come_back(plivo: Driver) -> None:
    """A member that was kicked or hung up dials in again at once: another call under the same id."""
    plivo.post("Conference/sandbox/Member/17/Mute/", status=202)
    plivo.wait(30)
    for action in ("Kick/", ""):
        before = plivo.get("Conference/sandbox/")["members"]
        left = plivo.send("POST" if action else "DELETE", f"Conference/sandbox/Member/17/{action}")
        assert left.status_code == (202 if action else 204)
        one, two = plivo.get("Conference/sandbox/")["members"]
        assert (one["member_id"], one["muted"], one["join_time"], two) == ("17", False, "0", before[1])
        assert one["call_uuid"] != before[0]["call_uuid"]
    plivo.delete("Conference/sandbox/Member/17,18/", status=204)
    assert member_ids(plivo) == ["17", "18"]


def test_subaccounts_have_their_own_conference(plivo: Driver) -> None:
    """Each account has its conference."""
    created = plivo.post("Subaccount/", {"name": "branch"})
    branch = plivo.as_account(created["auth_id"], created["auth_token"])
    branch.post("Conference/sandbox/Member/all/Mute/")
    assert not any(member["muted"] for member in plivo.get("Conference/sandbox/")["members"])
