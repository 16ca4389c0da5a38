"""Plain questions lead to the right block. The questions were written before the search."""

import json
from pathlib import Path

import pytest

from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.manifest.search import BlockSearch
from app.mcp.tools import CURATED

BLOCKS = load_manifest(METADATA).blocks
SEARCH = BlockSearch(BLOCKS.values(), CURATED)
QUESTIONS: list[tuple[str, str]] = [
    (question, block) for question, block in json.loads((Path(__file__).parent / "questions.json").read_text())
]


def found(query: str, limit: int = 5) -> list[str]:
    return [block.name for block in SEARCH.find(query, BLOCKS.values(), limit)]


def test_57_of_60_questions_find_their_block_among_the_first_five() -> None:
    missed = [(question, block) for question, block in QUESTIONS if block not in found(question)]
    assert len(QUESTIONS) == 60
    assert len(missed) <= 3, missed


@pytest.mark.parametrize("query", ["hang up a call", "forward call", "check if number is mobile"])
def test_what_a_plain_ranking_of_words_missed_comes_first(query: str) -> None:
    assert (
        found(query, 1)
        == {
            "hang up a call": ["hangupSingleCall"],
            "forward call": ["transferCall"],
            "check if number is mobile": ["lookupNumber"],
        }[query]
    )


@pytest.mark.parametrize(
    ("query", "block"),
    [
        ("tell Anna by text that dinner is at eight", "sendMessage"),
        ("I need a phone number in Spain", "searchNewNumbers"),
        ("the user typed 482911, is that the right code", "validateVerifySession"),
    ],
)
def test_what_people_said_otherwise(query: str, block: str) -> None:
    assert block in found(query)


def test_a_wrong_name_leads_to_what_it_is_about() -> None:
    assert SEARCH.nearest("sendSms", BLOCKS.values(), 1) == [BLOCKS["sendMessage"]]


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_every_block_is_found_by_its_own_title(block: Block) -> None:
    assert block.name in found(block.title)


def test_a_question_in_no_known_words_finds_nothing() -> None:
    assert found("zzyzx qwfp") == []


def test_without_words_the_blocks_come_in_their_own_order() -> None:
    assert found("  the ", 3) == list(BLOCKS)[:3]


def test_only_what_may_be_found_is_found() -> None:
    numbers = [block for block in BLOCKS.values() if block.group == "Numbers"]
    assert {block.group for block in SEARCH.find("call", numbers, 50)} == {"Numbers"}


def test_what_is_deprecated_comes_after_what_replaced_it() -> None:
    ranked = found("list addresses for compliance applications", 50)
    assert ranked.index("getComplianceApplications") < ranked.index("getAddresses")
