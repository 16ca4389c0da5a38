"""Where Plivo is told to send its events: an application's addresses are pointed at a subscription, and put back.

What is about to be replaced is written down before it is replaced, so that it is known whatever happens in between.
A number whose application serves other numbers or endpoints too is given a copy of it: the others keep theirs.

An address that is another subscription's is remembered as any other, and what comes to the newer one is handed on to
the older. When the older is deleted, the newer remembers what the older had replaced.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from app.datatypes.credentials import Credentials
from app.errors import ApiError, ConnectorError, InvalidFields
from app.events.subscription import Attachment

AskPlivo = Callable[[Credentials, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
"""Calls a block: credentials, name, args → Plivo's reply; raises ConnectorError."""

MESSAGES, HANG_UPS, ANSWERS = "message", "hangup", "answer"
ADDRESSES = (MESSAGES, HANG_UPS)
"""What is always pointed at a subscription: ``{name}_url`` and ``{name}_method`` of an application."""

MOST_SEARCHED = 10_000
"""Numbers, and endpoints, among which others that share an application are looked for; of more it counts as shared."""

_NOT_FOUND = 404
_COPIED = {
    "answer_url": "answerUrl",
    "answer_method": "answerMethod",
    "fallback_answer_url": "fallbackAnswerUrl",
    "fallback_method": "fallbackMethod",
    "hangup_url": "hangupUrl",
    "hangup_method": "hangupMethod",
    "message_url": "messageUrl",
    "message_method": "messageMethod",
    "log_incoming_messages": "logIncomingMessages",
    "public_uri": "publicUri",
}


class Attacher:
    """Changes applications and numbers at Plivo.

    Args:
        ask: calls blocks.
    """

    def __init__(self, ask: AskPlivo) -> None:
        self._ask = ask

    async def plan(
        self,
        credentials: Credentials,
        address: str,
        *,
        app_id: str | None,
        number: str | None,
        name: str,
        takes_calls: bool,
    ) -> Attachment:
        """Look at what is there, and return what is to be changed; only a copy of an application is made by now.

        Args:
            credentials: whose account.
            address: of the subscription.
            app_id: the application that is to be attached.
            number: or the number whose application is.
            name: of an application that has to be made.

        Args:
            credentials: whose account.
            address: of the subscription.
            app_id: the application that is to be attached.
            number: or the number whose application is.
            name: of an application that has to be made.
            takes_calls: the subscription says what calls that come in do.

        Raises:
            InvalidFields: the number or the application does not exist.
            ConnectorError: Plivo does not answer.
        """
        kinds = (*ADDRESSES, ANSWERS) if takes_calls else ADDRESSES
        if app_id is not None:
            application = await self._read(credentials, "getSingleApplication", "appId", app_id)
            return Attachment(app_id=app_id, fields=_changes(application, address, kinds))
        record = await self._read(credentials, "getRentedNumber", "number", str(number))
        old = str(record.get("application") or "").rstrip("/").rpartition("/")[2] or None
        application = await self._read(credentials, "getSingleApplication", "appId", old) if old else {}
        fields = _changes(application, address, kinds)
        if old is not None and not await self._is_shared(credentials, old, str(number)):
            return Attachment(app_id=old, fields=fields, number=number)
        copied = {arg: application[field] for field, arg in _COPIED.items() if application.get(field) not in (None, "")}
        pointed = {f"{kind}Url": address for kind in kinds} | {f"{kind}Method": "POST" for kind in kinds}
        made = await self._ask(credentials, "createApplication", {"appName": name, **copied, **pointed})
        return Attachment(app_id=str(made["app_id"]), fields=fields, number=number, number_app=old, created=True)

    async def carry_out(self, credentials: Credentials, plan: Attachment) -> None:
        """Make the changes of a plan.

        Raises:
            ConnectorError: Plivo did not, or nobody knows; ``fate`` says which.
        """
        if plan.created:
            await self._ask(credentials, "updateNumber", {"number": plan.number, "appId": plan.app_id})
        else:
            new = {field: new for field, (new, _) in plan.fields.items()}
            await self._ask(credentials, "updateApplication", {"appId": plan.app_id, **_as_args(new)})

    async def undo(self, credentials: Credentials, done: Attachment) -> dict[str, Any]:
        """Put back what was there, where what is there now is still ours; return what was and was not put back.

        Raises:
            ConnectorError: Plivo did not; doing it again goes on where it stopped.
        """
        if done.created:
            return await self._undo_copy(credentials, done)
        try:
            application = await self._ask(credentials, "getSingleApplication", {"appId": done.app_id})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
            return {"put_back": {}, "left_alone": {"application": "it does not exist any more"}}
        back: dict[str, str] = {}
        left: dict[str, str] = {}
        for kind in _kinds(done.fields):
            url, method = f"{kind}_url", f"{kind}_method"
            if application.get(url) != done.fields[url][0]:
                left[url] = f"it was changed meanwhile to {application.get(url) or 'nothing'}"
                continue
            if kind == ANSWERS and not done.fields[url][1]:
                left[url] = "there was none before, and Plivo takes none away"
                continue
            back[url] = done.fields[url][1]
            if done.fields[method][1]:
                back[method] = done.fields[method][1]
        if back:
            await self._ask(credentials, "updateApplication", {"appId": done.app_id, **_as_args(back)})
        return {"put_back": {name: value or None for name, value in back.items()}, "left_alone": left}

    async def _undo_copy(self, credentials: Credentials, done: Attachment) -> dict[str, Any]:
        back: dict[str, Any] = {}
        left: dict[str, str] = {}
        try:
            record = await self._ask(credentials, "getRentedNumber", {"number": done.number})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
            left["number"] = "it is not rented any more"
        else:
            if str(record.get("application") or "").rstrip("/").endswith(f"/{done.app_id}"):
                await self._ask(credentials, "updateNumber", {"number": done.number, "appId": done.number_app})
                back["application"] = done.number_app
            else:
                left["application"] = "the number was given another application meanwhile"
        if await self._is_shared(credentials, done.app_id, str(done.number)):
            left["copy"] = f"the application {done.app_id}, made for this subscription, serves others by now"
            return {"put_back": back, "left_alone": left}
        try:
            await self._ask(credentials, "deleteApplication", {"appId": done.app_id, "cascade": False})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                left["copy"] = f"the application {done.app_id}, made for this subscription, could not be deleted"
        return {"put_back": back, "left_alone": left}

    async def _read(self, credentials: Credentials, block: str, arg: str, value: str) -> dict[str, Any]:
        try:
            return await self._ask(credentials, block, {arg: value})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
            raise InvalidFields({arg: "does not exist in this account"}) from None

    async def _is_shared(self, credentials: Credentials, app_id: str, number: str) -> bool:
        for block in ("getRentedNumbers", "getEndpoints"):
            found = await self._ask(credentials, block, {"maxItems": MOST_SEARCHED})
            items = found.get("objects") or []
            if len(items) >= MOST_SEARCHED:
                return True
            for item in items:
                is_its = str(item.get("application") or "").rstrip("/").endswith(f"/{app_id}")
                if is_its and str(item.get("number")) != number:
                    return True
        return False


def shown(attachment: Attachment | None) -> dict[str, Any] | None:
    """Return what is told of an attachment: what was changed, and what was there before."""
    if attachment is None:
        return None
    return {
        "app_id": attachment.app_id,
        "number": attachment.number,
        "copied_from": attachment.number_app if attachment.created else None,
        "replaced": {name: before or None for name, (_, before) in attachment.fields.items() if name.endswith("_url")},
    }


def what_was_done(error: ConnectorError, done: str) -> ConnectorError:
    """Add to an error what was done before it happened."""
    error.details["done"] = done
    return error


def _changes(application: Mapping[str, Any], address: str, kinds: Iterable[str]) -> dict[str, tuple[str, str]]:
    return {
        name: (new, str(application.get(name) or ""))
        for kind in kinds
        for name, new in ((f"{kind}_url", address), (f"{kind}_method", "POST"))
    }


def _kinds(fields: Iterable[str]) -> list[str]:
    return [name.removesuffix("_url") for name in fields if name.endswith("_url")]


def _as_args(fields: Mapping[str, str]) -> dict[str, str | None]:
    """Return Plivo's fields as args; an empty text empties the field."""
    return {_COPIED[name]: value or None for name, value in fields.items()}
