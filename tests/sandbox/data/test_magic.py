"""Magic numbers."""

import gc

import pytest

from app.sandbox.data.magic import FAULTS, OUTCOMES
from app.sandbox.engine.replies import Refusal
from tests.support.sandbox_driver import ANSWER, Driver


@pytest.mark.parametrize("status", [400, 403, 429, 500])
def test_refusal_numbers(plivo: Driver, status: int) -> None:
    """A refusal number is answered with its status, as a destination and in a path."""
    number = f"15005550{status}"
    call = {"from": "14155550100", "to": f"14155550123<{number}", "answer_url": ANSWER}
    for method, path, body in (
        ("POST", "Message/", {"src": "14155550100", "dst": number, "text": "hi"}),
        ("POST", "Call/", call),
        ("POST", f"PhoneNumber/{number}/", {}),
    ):
        response = plivo.send(method, path, json=body)
        assert response.status_code == status
        assert set(response.json()) == {"api_id", "error"}
        assert response.headers.get("retry-after") == ("1" if status == 429 else None)
    assert plivo.get("Message/")["objects"] == []


@pytest.mark.parametrize("number", sorted(FAULTS))
def test_no_refusal_is_kept(plivo: Driver, number: str) -> None:
    """A refusal is gone when it was sent: one that is raised again would gather a traceback each time."""
    for _ in range(3):
        plivo.send("POST", "Message/", json={"src": "14155550100", "dst": number, "text": "hi"})
    gc.collect()
    assert not [kept for kept in gc.get_objects() if isinstance(kept, Refusal)]


def test_magic_numbers_are_described() -> None:
    """Every magic number has its line for the README."""
    assert all(OUTCOMES.values())
    assert all(fault.description for fault in FAULTS.values())
