"""Lists: what separates the items of a text, what joins them on the wire, and what a wrong one is told by."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.datatypes import Shape
from app.datatypes.files import Upload
from app.datatypes.lists import MOST_DESTINATIONS, MOST_ITEMS
from app.datatypes.readers import reader_for
from tests.support.patience import patient

URL_A, URL_B = "https://a.example/x,y;z?u=http://c.example/", "http://b.example/"


def read(value: object, **shape: Any) -> Any:
    """Read a value as a List of this shape."""
    return reader_for(Shape.model_validate({"name": "arg", "type": "List", **shape}))(value)


@pytest.mark.parametrize(
    "value",
    [
        ["1", "2"],
        '["1", "2"]',
        "1<2",
        " 1 < 2 ",
        "1,2",
        "1, 2",
        "1;2",
        "1\n2",
        "1\r\n2\r\n",
        "1\r2",
        "1,\n2;",
        [1, 2],
        "[1, 2]",
        " [1, 2]",
        "1<<2<",
        ["1", None, "", 2],
    ],
)
def test_a_text_comes_apart_at_the_joint_a_comma_a_semicolon_and_a_line_break(value: object) -> None:
    assert read(value, join="<") == "1<2"


@pytest.mark.parametrize("value", [["1", "2"], '["1", "2"]', "1,2", "1;2", "1\n2", [1, 2, ""], ["1", None, "2"]])
def test_without_a_joint_it_is_an_array(value: object) -> None:
    assert read(value) == ["1", "2"]


def test_a_list_of_one_may_come_without_its_array() -> None:
    assert read(14155550100, join="<", format="phone") == "14155550100"
    assert read("+1 415 555 0100", format="phone") == ["14155550100"]


def test_the_items_of_an_array_are_taken_whole() -> None:
    assert read(["a,b", "c;d\ne"]) == ["a,b", "c;d\ne"]


@patient
@given(st.lists(st.text("0123456789abc .", min_size=1).map(str.strip).filter(bool), min_size=1), st.data())
def test_any_mixture_of_separators_gives_the_items_that_were_joined(items: list[str], data: st.DataObject) -> None:
    separators = st.sampled_from([",", ";", "\n", "\r\n", "<", ", ", " ;\n"])
    text = items[0] + "".join(data.draw(separators) + item for item in items[1:])
    assert read(text, join="<") == "<".join(items)
    assert read(json.dumps(items), join="<") == "<".join(items)


@pytest.mark.parametrize(
    "value",
    [
        [URL_A, URL_B],
        f"{URL_A},{URL_B}",
        f"{URL_A}, {URL_B}",
        f"{URL_A};{URL_B}",
        f"{URL_A}\n{URL_B}\n",
        f" {URL_A} ,\r\n {URL_B}",
        f"{URL_A},HTTP{URL_B.removeprefix('http')}",
    ],
)
def test_lists_of_urls_split_only_before_the_next_url(value: object) -> None:
    first, second = read(value, format="url")
    assert (first, second.lower()) == (URL_A, URL_B)


@pytest.mark.parametrize(
    "value", [f"{URL_A} {URL_B}", "https://a.example/ b", "https://a.example/\nb", "a.example,https://b.example/"]
)
def test_what_is_no_list_of_urls_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r'(?s)^item 1 ".*": is not a URL'):
        read(value, format="url")


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@a.example;transport=tls",
        "sip:alice@a.example;transport=tls;lr<sip:bob@b.example",
        "14155550100;sip:bob@b.example;user=phone;14155550101",
        "sip:bob@b.example,14155550100",
    ],
)
def test_the_parameters_of_a_sip_address_stay_with_it(text: str) -> None:
    items = read(text, join="<", format="phone").split("<")
    assert ["sip" in item or item.isdigit() for item in items] == [True] * len(items)
    assert "".join(items).replace(";", "") == text.replace(";", "").replace("<", "").replace(",", "")


@pytest.mark.parametrize("format_name", ["phone", "recipient"])
def test_a_destination_that_is_given_twice_is_one(format_name: str) -> None:
    value = ["+1 (415) 555-0100", "14155550101", "0014155550100", 14155550101, "14155550102"]
    assert read(value, join="<", format=format_name) == "14155550100<14155550101<14155550102"


def test_what_is_no_destination_may_be_there_twice() -> None:
    assert read("a,a", join=",") == "a,a"
    assert read(["14155550100", "+14155550100"], format="number") == ["14155550100", "14155550100"]


@pytest.mark.parametrize(
    ("shape", "value", "reason"),
    [
        ({"join": "<"}, ["ok", "a<b"], "item 2 \"a<b\": contains '<', which separates the items"),
        ({"join": ","}, ["a,b"], "item 1 \"a,b\": contains ',', which separates the items"),
        (
            {"join": ",", "format": "url"},
            ["http://a/,"],
            "item 1 \"http://a/,\": contains ',', which separates the items",
        ),
        (
            {"join": "<", "format": "phone"},
            "14155550100<nobody",
            'item 2 "nobody": is not a phone number, it has letters',
        ),
        ({"options": ["sms"]}, ["sms", "fax"], 'item 2 "fax": must be one of sms'),
        ({"options": ["sms"]}, ["sms", True], 'item 2 "true": must be one of sms'),
        ({}, ["ok", {"a": 1}], "item 2: must be text, not an object"),
        ({}, ["ok", ["a"]], "item 2: must be text, not a list"),
        ({}, {"a": 1}, "must be a list, or one text"),
        ({}, Upload("a.txt", "text/plain", b"14155550100"), "must be a list, or one text"),
        ({}, "[1, 2", "is not valid JSON: .* at line 1, column 6"),
        ({"required": True}, [], "needs at least one item"),
        ({"required": True}, " , ,", "needs at least one item"),
        ({"join": "<"}, ["", None], "needs at least one item"),
    ],
)
def test_a_list_that_is_refused(shape: dict[str, Any], value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        read(value, **shape)


def test_several_wrong_items_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r'^item 1 "a": .*; item 3 "b": ') as refused:
        read(["a", "14155550100", "b"], format="recipient")
    assert "not read" not in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        ["x" * 1_000_000],
        ["x"] * MOST_ITEMS,
        ",".join(["nobody"] * MOST_ITEMS),
        ",".join(["nobody"] * 100_000),
        "\n" * 1_000_000,
        "," * 1_000_000,
        "\n," * 500_000 + "http://a b",
        "http://a/ http://b/ " * 50_000,
        ["\ud83d" * 1_000_000] * 10,
        [1] * 1_000_000,
    ],
    ids=range(10),
)
@pytest.mark.parametrize(
    "shape", [{"format": "phone", "join": "<"}, {"format": "url"}, {"options": ["a"], "join": ","}]
)
def test_a_huge_list_is_refused_in_few_words(shape: dict[str, Any], value: object) -> None:
    try:
        items = read(value, **shape)
    except ValueError as error:
        assert len(str(error)) < 2000  # noqa: PT017  # some of them are empty lists, which one shape takes
    else:
        assert items == []


def test_as_many_destinations_as_plivo_takes_and_no_more() -> None:
    destinations = [str(14155000000 + number) for number in range(MOST_DESTINATIONS + 1)]
    most = destinations[:-1]
    assert read([*most, *most, "+" + most[0]], join="<", format="recipient") == "<".join(most)
    with pytest.raises(ValueError, match=r"^has more than 1000 destinations, which is what Plivo takes at a time$"):
        read(destinations, join="<", format="recipient")
