"""Settings bound what agents reach; headers narrow it and never widen it."""

import pytest

from app.errors import ConfigurationError, InvalidFields
from app.manifest import METADATA, load_manifest
from app.mcp import Reach

MANIFEST = load_manifest(METADATA)
GROUPS = list(MANIFEST.groups())
BLOCKS = MANIFEST.blocks


def test_groups_are_read_in_any_capitals() -> None:
    reach = Reach.of_settings(" calls, MESSAGES ,", read_only=False, known=GROUPS)
    assert reach.groups == frozenset({"Calls", "Messages"})
    assert reach.holds(BLOCKS["makeCall"])
    assert not reach.holds(BLOCKS["buyNumber"])


def test_a_wrong_group_in_the_settings_names_the_groups_and_not_the_value() -> None:
    with pytest.raises(ConfigurationError, match=r"^MCP_GROUPS: 1 of these names are not groups; .*Calls") as raised:
        Reach.of_settings("Calls,s3cret", read_only=False, known=GROUPS)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("setting", "header", "left"),
    [
        (None, None, None),
        (None, "Calls", {"Calls"}),
        ("Calls,Messages", None, {"Calls", "Messages"}),
        ("Calls,Messages", "messages,Numbers", {"Messages"}),
        ("Calls", "Numbers", set()),
    ],
)
def test_headers_narrow_groups(setting: str | None, header: str | None, left: set[str] | None) -> None:
    reach = Reach.of_settings(setting, read_only=False, known=GROUPS)
    assert reach.narrowed(header, None, GROUPS).groups == left


@pytest.mark.parametrize("setting", [True, False])
@pytest.mark.parametrize(("header", "narrows"), [(None, False), ("true", True), ("1", True), ("False", False)])
def test_a_header_makes_a_connection_read_only_but_not_writable(
    header: str | None,
    setting: bool,  # noqa: FBT001  # a table's column
    narrows: bool,  # noqa: FBT001  # as above
) -> None:
    reach = Reach(read_only=setting).narrowed(None, header, GROUPS)
    assert reach.read_only is (setting or narrows)


def test_headers_that_cannot_be_read_are_all_told() -> None:
    with pytest.raises(InvalidFields) as raised:
        Reach().narrowed("Nope", "maybe", GROUPS)
    assert raised.value.details["fields"] == ["X-MCP-Groups", "X-MCP-Readonly"]


def test_read_only_leaves_what_changes_nothing_and_costs_nothing() -> None:
    reach = Reach(read_only=True)
    left = {block.name for block in BLOCKS.values() if reach.holds(block)}
    assert {"getMessages", "previewMessage", "getAccountDetails"} <= left
    assert not left & {"sendMessage", "hangupSingleCall", "lookupNumber", "createApplication"}
