"""One request as a handler sees it: checked parameters, path values, and on whose behalf it acts."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.manifest.model import Block
from app.sandbox.engine.catalog import Catalog
from app.sandbox.engine.examples import localised
from app.sandbox.engine.paths import is_parameter, resolve, segments_of
from app.sandbox.engine.replies import Json, Reply, invalid
from app.sandbox.engine.state import EVERYBODY, MAIN_ACCOUNT, State
from app.sandbox.engine.tables import SUBACCOUNTS, Owned, Record, RecordT, Table


@dataclass(frozen=True)
class Request:
    """Everything that a handler needs.

    Attributes:
        template: the path as in the manifest.
        block: the block that describes the operation.
        path: values of the path's parameters.
        parameters: the block's other parameters, checked, by Plivo's names.
        account: the account acted on; the main account sees what its subaccounts have.
        now: seconds since 1970; does not change during a request.
    """

    state: State
    catalog: Catalog
    template: str
    block: Block
    path: Mapping[str, str]
    parameters: Json
    account: str
    now: float

    def sees(self, record: Owned) -> bool:
        """Say whether the account may know of a record."""
        return self.may_see(record.owner)

    def may_see(self, owner: str) -> bool:
        """Say whether the account may know of what belongs to this one."""
        return self.account in (MAIN_ACCOUNT, owner) or owner == EVERYBODY

    def table(self, collection: str, kind: type[RecordT]) -> Table[RecordT]:
        """Return the table of a collection, whose template may name parameters of this path."""
        inner = any(is_parameter(segment) for segment in segments_of(collection) if segment != "{auth_id}")
        return self.state.table("/".join(self.below_account(collection)), kind, inner=inner)

    def below_account(self, collection: str) -> list[str]:
        """Return the segments of a collection's path after the account's; all of them where it names none."""
        segments = segments_of(resolve(collection, self.path))
        return segments[3:] if segments[1] == "Account" else segments

    def visible(self, table: Table[RecordT]) -> Iterator[tuple[str, RecordT]]:
        """Go through a table's records that the account may know of, newest first.

        The list parameter ``subaccount`` narrows it to what that subaccount has.
        """
        only = self.parameters.get("subaccount")
        rows = table.newest_first()
        if only or self.account != MAIN_ACCOUNT:
            return (row for row in rows if self.sees(row[1]) and (not only or row[1].owner == only))
        return rows

    def find(self, table: Table[RecordT], key: str) -> RecordT | None:
        """Return a record that the account may know of."""
        record = table.get(key)
        return record if record is not None and self.sees(record) else None

    def owner(self) -> str:
        """Return who a new record belongs to: the account, or the subaccount that was named.

        Raises:
            Refusal: there is no such subaccount.
        """
        named: str = self.parameters.get("subaccount") or self.account
        if named == self.account:
            return named
        subaccount = self.state.table(SUBACCOUNTS, Record).get(named)
        if subaccount is None or self.account != MAIN_ACCOUNT:
            raise invalid("subaccount", "there is no such subaccount")
        return named

    def name_of(self, owner: str) -> str | None:
        """Return the name of a subaccount, None for the main account."""
        subaccount = self.state.table(SUBACCOUNTS, Record).get(owner)
        return None if subaccount is None else str(subaccount.fields["name"])

    def uri(self, *segments: str) -> str:
        """Return a Plivo path below the account."""
        return "/".join(("/v1/Account", self.account, *segments, ""))

    def announce(self, what: str, key: str) -> None:
        """Tell whoever listens what happened, and to which record."""
        if self.state.listener is not None:
            self.state.listener(what, key, self)

    def example(self) -> Json:
        """Return a copy of the block's example with this account's paths and a new api_id."""
        copied: Json = localised(self.block.example, self.account)
        return {"api_id": self.state.uuid(), **{key: value for key, value in copied.items() if key != "api_id"}}

    def answer(self, status: int, /, **values: Any) -> Reply:
        """Return the block's example as a reply, with these values in it."""
        return Reply(status, {**self.example(), **values})


def sub_account_field(owner: str) -> str | None:
    """Return what items show as ``sub_account``: its path, null for the main account."""
    return None if owner == MAIN_ACCOUNT else f"/v1/Account/{MAIN_ACCOUNT}/Subaccount/{owner}/"


Handler = Callable[[Request], Reply]

Handlers = Mapping[tuple[str, str], Handler]
"""(Method, path template) → what answers it."""
