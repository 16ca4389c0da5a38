"""What is sealed opens for who has the key, for its purpose, unchanged; and a key is made once."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ConfigurationError
from app.secret_box import SealError, SecretBox, open_secret_box


@given(st.binary(max_size=300))
def test_what_was_sealed_comes_back(content: bytes) -> None:
    box = SecretBox(["one"])
    assert box.open(box.seal(content, "p"), "p") == content
    assert box.open_text(box.seal_text(content, "p"), "p") == content


def test_the_first_key_seals_and_all_open() -> None:
    old, rotated, other = SecretBox(["old"]), SecretBox(["new", "old"]), SecretBox(["other"])
    assert rotated.open(old.seal(b"x", "p"), "p") == b"x"
    for closed, box in ((rotated.seal(b"x", "p"), old), (old.seal(b"x", "p"), other)):
        with pytest.raises(SealError):
            box.open(closed, "p")


@given(st.data())
def test_one_bit_less_and_it_stays_closed(data: st.DataObject) -> None:
    box = SecretBox(["k"])
    sealed = bytearray(box.seal(b"content", "p"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealError):
        box.open(bytes(sealed), "p")


@pytest.mark.parametrize("text", ["", "x", "????", "é", "A" * 15, "A" * 5000])
def test_what_was_never_sealed_stays_closed(text: str) -> None:
    with pytest.raises(SealError):
        SecretBox(["k"]).open_text(text, "p")


def test_another_purpose_does_not_open() -> None:
    box = SecretBox(["k"])
    with pytest.raises(SealError):
        box.open(box.seal(b"x", "answer"), "subscription")


def test_a_key_is_made_once_beside_the_store_for_its_owner_only(tmp_path: Path) -> None:
    store = tmp_path / "data" / "connector.db"
    with ThreadPoolExecutor(8) as threads:
        boxes = list(threads.map(lambda _: open_secret_box(None, store, is_shared=False), range(8)))
    sealed = boxes[0].seal(b"x", "p")
    assert [box.open(sealed, "p") for box in boxes] == [b"x"] * 8
    (made,) = store.parent.iterdir()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_machines_that_share_need_a_key_that_is_set() -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        open_secret_box(None, None, is_shared=True)
    assert open_secret_box("a, b", None, is_shared=True).open(SecretBox(["b"]).seal(b"x", "p"), "p") == b"x"


@pytest.mark.parametrize("empty", ["", " ", ","])
def test_an_empty_key_is_refused(empty: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        open_secret_box(empty, None, is_shared=False)
    (tmp_path / "secret.key").write_text("\n")
    with pytest.raises(ConfigurationError, match="empty"):
        open_secret_box(None, tmp_path / "connector.db", is_shared=False)
