"""Which credentials Plivo has accepted: remembered by hash, never more than so many."""

import gc
from typing import Any

import pytest

from app.datatypes.credentials import Credentials
from app.plivo import proven
from app.plivo.proven import ProvenPairs

OWNER = Credentials("MA1", "the token of the owner")
WRONG = Credentials("MA1", "a token of somebody else's making")


def test_a_pair_is_proven_by_itself_alone() -> None:
    pairs = ProvenPairs()
    assert OWNER not in pairs
    pairs.add(OWNER)
    assert OWNER in pairs
    for other in (WRONG, Credentials("MA2", OWNER.auth_token), Credentials("MA1", OWNER.auth_token + "x")):
        assert other not in pairs


def test_turns_are_the_pairs_own_until_it_is_proven_and_the_accounts_from_then_on() -> None:
    pairs = ProvenPairs()
    before, is_proven = pairs.account_of(OWNER)
    assert not is_proven
    assert pairs.account_of(WRONG) != (before, False)
    pairs.add(OWNER)
    # By the same name: what was counted before counts on.
    assert pairs.account_of(OWNER) == (before, True)
    assert pairs.account_of(WRONG)[0] != before
    pairs.add(WRONG)  # a second token of the account's
    assert pairs.account_of(WRONG) == (before, True)


def test_processes_mean_the_same_whatever_they_know() -> None:
    knowing, other = ProvenPairs(), ProvenPairs()
    knowing.add(OWNER)
    assert knowing.account_of(OWNER)[0] == other.account_of(OWNER)[0]


def test_a_token_that_is_no_longer_accepted_no_longer_stands_for_the_account() -> None:
    pairs = ProvenPairs()
    for pair in (OWNER, WRONG):
        pairs.add(pair)
    pairs.discard(OWNER)
    pairs.discard(OWNER)
    assert OWNER not in pairs
    assert pairs.account_of(OWNER)[1] is False
    assert pairs.account_of(WRONG)[0] != pairs.account_of(OWNER)[0]


def test_those_that_were_not_used_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proven, "MOST", 3)
    pairs = ProvenPairs()
    pairs.add(OWNER)
    for number in range(100):
        pairs.add(Credentials(f"MB{number}", "token"))
        assert pairs.account_of(OWNER)[1]  # it is used
    assert pairs.remembered == 3
    assert Credentials("MB0", "token") not in pairs
    assert Credentials("MB99", "token") in pairs
    assert len(pairs._pairs) == 3


def test_no_token_is_kept() -> None:
    pairs = ProvenPairs()
    pairs.add(OWNER)
    pairs.account_of(WRONG)
    kept: list[Any] = [pairs]
    for thing in kept:
        if isinstance(thing, dict | list | tuple | set) or thing is pairs:
            kept.extend(each for each in gc.get_referents(thing) if each not in kept and not isinstance(each, type))
    texts = [thing for thing in kept if isinstance(thing, str | bytes)]
    assert OWNER.auth_id in texts
    assert not any("token" in str(text) for text in texts)
