"""A token confirms the call that was shown, of the same account, for ten minutes, and nothing else."""

from typing import Any

import pytest

from app.mcp.confirm import LIFETIME, ConfirmationError, Confirmations
from app.secret_box import SecretBox

ARGS: dict[str, Any] = {"destination": ["14155550123"], "text": "Hi", "src": "14155550100"}
CALL = ("MAX", "sendMessage", ARGS)


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def confirmations(clock: Clock) -> Confirmations:
    return Confirmations(SecretBox(["a"]), clock)


def test_a_token_gives_the_key_of_its_call_every_time(confirmations: Confirmations) -> None:
    token = confirmations.issue(*CALL)
    key = confirmations.key_of(token, *CALL)
    assert key.startswith("mcp-")
    assert confirmations.key_of(token, *CALL) == key


def test_each_preview_is_a_call_of_its_own(confirmations: Confirmations) -> None:
    keys = {confirmations.key_of(confirmations.issue(*CALL), *CALL) for _ in range(2)}
    assert len(keys) == 2


def test_the_order_of_args_makes_no_difference(confirmations: Confirmations) -> None:
    token = confirmations.issue(*CALL)
    assert confirmations.key_of(token, "MAX", "sendMessage", dict(reversed(ARGS.items())))


@pytest.mark.parametrize(
    "other",
    [("MAY", "sendMessage", ARGS), ("MAX", "makeCall", ARGS), ("MAX", "sendMessage", {**ARGS, "text": "Ho"})],
)
def test_another_call_is_not_confirmed(confirmations: Confirmations, other: tuple[str, str, dict[str, Any]]) -> None:
    with pytest.raises(ConfirmationError, match="other arguments"):
        confirmations.key_of(confirmations.issue(*CALL), *other)


def test_an_old_token_confirms_nothing(confirmations: Confirmations, clock: Clock) -> None:
    token = confirmations.issue(*CALL)
    clock.now += LIFETIME
    assert confirmations.key_of(token, *CALL)
    clock.now += 1
    with pytest.raises(ConfirmationError, match="too old"):
        confirmations.key_of(token, *CALL)


@pytest.mark.parametrize("token", ["", "true", "yes", "AAAA", "é", "x" * 10_000])
def test_what_was_not_handed_out_confirms_nothing(confirmations: Confirmations, token: str) -> None:
    with pytest.raises(ConfirmationError, match="was not handed out"):
        confirmations.key_of(token, *CALL)


def test_a_changed_token_and_one_of_other_secrets_confirm_nothing(confirmations: Confirmations) -> None:
    token = confirmations.issue(*CALL)
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    other = Confirmations(SecretBox(["b"])).issue(*CALL)
    for forged in (changed, other):
        with pytest.raises(ConfirmationError):
            confirmations.key_of(forged, *CALL)
