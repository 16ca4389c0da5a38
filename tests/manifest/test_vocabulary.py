"""The words of the manifest: what people read in forms and menus, and find blocks by."""

import re
from collections.abc import Iterator

import pytest

from app.datatypes import Shape
from app.manifest import METADATA, load_manifest
from app.manifest.model import Block
from app.protocol.voices import LANGUAGES, VOICE_NAMES

MANIFEST = load_manifest(METADATA)
BLOCKS = MANIFEST.blocks

QUESTIONS = {
    "hang up": "hangupSingleCall",
    "otp": "createVerifySession",
    "one-time password": "validateVerifySession",
    "mobile or landline": "lookupNumber",
    "sms": "sendMessage",
    "balance": "getAccountDetails",
    "text to speech": "playText",
    "count segments": "previewMessage",
    "call log": "getCallsDetails",
    "area code": "searchNewNumbers",
    "hide number": "createMaskingSession",
    "caller name": "updateNumber",
    "softphone": "createEndpoint",
    "pbx": "createSipTrunk",
    "speech to text": "createTranscription",
    "10dlc": "createCampaign",
    "who is calling": "lookupCallerName",
    "ai agent": "createAgentFlow",
}
"""What people type, and a block that they mean by it."""

CODES = {"errorCode", "hangupCauseCode", "terminationCauseCode", "otp", "firstPartyPin", "secondPartyPin", "shortcode"}

every_block = pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)


def shapes_of(block: Block) -> Iterator[Shape]:
    def walk(shapes: tuple[Shape, ...]) -> Iterator[Shape]:
        for shape in shapes:
            yield shape
            yield from walk(shape.structure)

    yield from walk(block.args)


@pytest.mark.parametrize(("words", "name"), QUESTIONS.items())
def test_plain_words_lead_to_a_block(words: str, name: str) -> None:
    assert words in BLOCKS[name].keywords


@every_block
def test_titles_and_labels_are_words_for_people(block: Block) -> None:
    """A capital first, no identifier in it, no full stop behind it."""
    for text in (block.title, *(shape.label for shape in shapes_of(block))):
        assert text[0].isupper() or text[0].isdigit(), text
        assert not re.search(r"[a-z][A-Z]|_", re.sub("WhatsApp|WebSocket|AgentFlow", "", text)), text
        assert not text.endswith("."), text
    assert all(keyword == keyword.lower() for keyword in block.keywords)


@every_block
def test_a_number_with_a_unit_says_so_in_its_label(block: Block) -> None:
    for shape in shapes_of(block):
        unit = re.search(r"\b(milliseconds|seconds)\b", shape.info)
        if shape.type == "Number" and unit:
            short = {"milliseconds": "ms"}.get(unit[1], unit[1])
            assert re.search(rf"\b({short}|{unit[1]})\b", shape.label), (shape.name, shape.label)


@every_block
def test_codes_are_text(block: Block) -> None:
    """A zero in front of a code or a PIN is part of it."""
    assert {arg.type for arg in block.args if arg.name in CODES} <= {"String"}


@every_block
def test_secrets_and_addresses_have_their_format(block: Block) -> None:
    for shape in shapes_of(block):
        if re.search(r"password$", shape.name):
            assert shape.format == "secret", shape.name
        if re.search(r"email$", shape.name, re.IGNORECASE):
            assert shape.format == "email", shape.name
        if shape.name in ("fromNumber", "toNumber", "numberStartsWith", "startsWith", "virtualNumber"):
            assert shape.format in ("number", "phone", "sender"), shape.name


@every_block
def test_a_hint_names_only_blocks_that_there_are(block: Block) -> None:
    known = BLOCKS.keys() | {arg.name for other in BLOCKS.values() for arg in other.args}
    assert {word for word in re.findall(r"\b[a-z]+[A-Z]\w+", block.not_found_hint) if word not in known} == set()


def test_a_call_that_goes_on_and_its_record_know_each_other() -> None:
    assert "getSingleLiveCallDetails" in BLOCKS["getSingleCallDetails"].not_found_hint
    assert "getSingleCallDetails" in BLOCKS["getSingleLiveCallDetails"].not_found_hint
    assert {"getSingleLiveCallDetails", "getSingleCallDetails"} <= set(
        re.findall(r"\w+", BLOCKS["makeCall"].description)
    )


def test_every_country_language_and_voice_has_its_name() -> None:
    named = [arg for block in BLOCKS.values() for arg in block.args if arg.format in ("country", "language", "voice")]
    assert len(named) > 20
    for arg in named:
        assert list(arg.option_labels) == list(arg.options), arg.name
    (land,) = (arg for arg in BLOCKS["searchNewNumbers"].args if arg.name == "countryIso")
    assert (land.option_labels["DE"], land.option_labels["US"]) == ("Germany", "United States")


@pytest.mark.parametrize("name", ["playText", "playTextToParticipant"])
def test_the_voices_of_speak_can_be_chosen(name: str) -> None:
    """What XML's Speak knows, the blocks that speak know too."""
    offered = {arg.name: set(arg.options) for arg in BLOCKS[name].args}
    assert offered["voice"] >= set(VOICE_NAMES)
    assert offered["language"] >= set(LANGUAGES)


def test_every_datatype_in_use_is_described() -> None:
    used = {shape.type for block in BLOCKS.values() for shape in shapes_of(block)} | {"credentials"}
    assert used <= {note.name for note in MANIFEST.datatypes}
    assert all(note.description and note.example is not None for note in MANIFEST.datatypes)
