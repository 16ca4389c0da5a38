"""Which product answers what."""

import pytest

from app.sandbox.data.operations import EVENT_CALLBACKS, STATUSES
from app.sandbox.data.traits import TRAITS
from app.sandbox.handlers import assemble
from app.sandbox.products import calls
from tests.support.sandbox_driver import blocks


def test_an_operation_has_one_handler() -> None:
    """Two products that claim the same operation are a mistake, whatever their order."""
    with pytest.raises(ValueError, match=r"calls: another product answers .*/Call/"):
        assemble((calls, calls))


def test_tables_name_real_paths() -> None:
    """What is special about a path is said of a path that exists."""
    paths = {(block.request.method, block.request.path) for block in blocks().values()}
    account = "/v1/Account/{auth_id}"
    assert set(assemble()) <= paths
    assert paths >= EVENT_CALLBACKS
    assert {(method, account + path) for method, path in STATUSES} <= paths
    items = {path.rstrip("/").rpartition("/")[0] + "/" for method, path in paths if method == "GET"}
    assert {account + path for path in TRAITS} <= items
