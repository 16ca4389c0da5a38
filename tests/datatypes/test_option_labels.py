"""Options that have names of their own: what people call them leads to the value that Plivo wants."""

import pytest

from app.datatypes.readers import reader_for
from app.manifest import METADATA, load_manifest
from app.manifest.model import Arg

BLOCKS = load_manifest(METADATA).blocks


def arg(block: str, name: str) -> Arg:
    return next(arg for arg in BLOCKS[block].args if arg.name == name)


@pytest.mark.parametrize(
    ("block", "name", "said", "meant"),
    [
        ("searchNewNumbers", "countryIso", "Germany", "DE"),
        ("searchNewNumbers", "countryIso", " united KINGDOM ", "GB"),
        ("getPricing", "countryIso", "Turkey", "TR"),
        ("getPricing", "countryIso", "Ivory Coast", "CI"),
        ("getMessages", "destinationCountryIso2", "India", "IN"),
        ("playText", "voice", "Joanna", "Polly.Joanna"),
        ("playText", "language", "Danish", "da-DK"),
    ],
)
def test_a_name_is_refused_with_the_value_that_it_stands_for(block: str, name: str, said: str, meant: str) -> None:
    """Also where the list is open: no value is ever changed into another without a word."""
    assert arg(block, name).open
    with pytest.raises(ValueError, match=f"did you mean {meant}\\?$"):
        reader_for(arg(block, name))(said)


def test_values_of_an_open_list_pass_as_they_did() -> None:
    read = reader_for(arg("searchNewNumbers", "countryIso"))
    assert [read(text) for text in ("de", "US", "ZZ")] == ["DE", "US", "ZZ"]
    assert reader_for(arg("playText", "voice"))("Polly.Somebody") == "Polly.Somebody"


def test_every_country_language_and_voice_has_its_name() -> None:
    named = [arg for block in BLOCKS.values() for arg in block.args if arg.format in ("country", "language", "voice")]
    assert len(named) > 20
    for each in named:
        assert list(each.option_labels) == list(each.options), each.name
