"""Where Plivo is told to send its events: an application's addresses are pointed at a subscription, and put back.

What is about to be replaced is written down before it is replaced, so that it is known whatever happens in between.
A number whose application serves other numbers or endpoints too is given a copy of it: the others keep theirs. A copy
is known by its name, too: whoever died when it was made and not yet written down left it to be found.

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
        takes_calls: bool,
    ) -> Attachment:
        """Look at what is there, and return what is to be changed; nothing is by now.

        Args:
            credentials: whose account.
            address: of the subscription.
            app_id: the application that is to be attached.
            number: or the number whose application is.
            takes_calls: the subscription says what calls that come in do.

        Raises:
            InvalidFields: the number or the application does not exist.
            ConnectorError: Plivo does not answer.
        """
        kinds = (*ADDRESSES, ANSWERS) if takes_calls else ADDRESSES
        if app_id is not None:
            application = await self._read(credentials, "getSingleApplication", "appId", app_id)
            return Attachment(app_id, _changes(application, address, kinds), is_planned=True)
        record = await self._read(credentials, "getRentedNumber", "number", str(number))
        old = _application_of(record)
        application = await self._read(credentials, "getSingleApplication", "appId", old) if old else {}
        fields = _changes(application, address, kinds)
        if old is not None and not await self._is_shared(credentials, old, str(number)):
            return Attachment(old, fields, number, is_planned=True)
        return Attachment(None, fields, number, number_app=old, created=True, is_planned=True)

    async def copy(self, credentials: Credentials, plan: Attachment, name: str) -> str:
        """Return the app_id of the copy that a plan wants: one that is there already, or a new one.

        Args:
            credentials: whose account.
            plan: of a subscription whose application has to be made.
            name: of that application, and of no other.

        Raises:
            ConnectorError: Plivo did not make it, or nobody knows; ``fate`` says which.
        """
        if made := await self._copies(credentials, name):
            return made[0]
        old = plan.number_app
        application = await self._ask(credentials, "getSingleApplication", {"appId": old}) if old else {}
        copied = {arg: application[field] for field, arg in _COPIED.items() if application.get(field) not in (None, "")}
        pointed = _as_args({field: new for field, (new, _) in plan.fields.items()})
        new = await self._ask(credentials, "createApplication", {"appName": name, **copied, **pointed})
        return str(new["app_id"])

    async def carry_out(self, credentials: Credentials, plan: Attachment) -> None:
        """Make the changes of a plan, whose copy is there by now; doing it again changes nothing more.

        Raises:
            ConnectorError: Plivo did not, or nobody knows; ``fate`` says which.
        """
        if plan.created:
            await self._ask(credentials, "updateNumber", {"number": plan.number, "appId": plan.app_id})
        else:
            new = {field: new for field, (new, _) in plan.fields.items()}
            await self._ask(credentials, "updateApplication", {"appId": plan.app_id, **_as_args(new)})

    async def undo(self, credentials: Credentials, done: Attachment, name: str) -> dict[str, Any]:
        """Put back what was there, where what is there now is still ours; return what was and was not put back.

        Args:
            credentials: whose account.
            done: what was changed, or was about to be.
            name: of the copy that was made, if one was.

        Raises:
            ConnectorError: Plivo did not; doing it again goes on where it stopped.
        """
        if done.created:
            return await self._undo_copy(credentials, done, name)
        try:
            application = await self._ask(credentials, "getSingleApplication", {"appId": done.app_id})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
            return {"put_back": {}, "left_alone": {"application": "it does not exist any more"}}
        back: dict[str, str] = {}
        left: dict[str, str] = {}
        is_changed = False
        for kind in _kinds(done.fields):
            url, method = f"{kind}_url", f"{kind}_method"
            now, (ours, before) = str(application.get(url) or ""), done.fields[url]
            if now not in (ours, before):
                left[url] = f"it was changed meanwhile to {now or 'nothing'}"
                continue
            if kind == ANSWERS and not before:
                left[url] = "there was none before, and Plivo takes none away"
                continue
            is_changed = is_changed or now == ours
            back[url] = before
            if done.fields[method][1]:
                back[method] = done.fields[method][1]
        if is_changed:
            await self._ask(credentials, "updateApplication", {"appId": done.app_id, **_as_args(back)})
        return {"put_back": {name: value or None for name, value in back.items()}, "left_alone": left}

    async def _undo_copy(self, credentials: Credentials, done: Attachment, name: str) -> dict[str, Any]:
        back: dict[str, Any] = {}
        left: dict[str, str] = {}
        copies = {*await self._copies(credentials, name), *([done.app_id] if done.app_id else [])}
        try:
            record = await self._ask(credentials, "getRentedNumber", {"number": done.number})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
            left["number"] = "it is no longer rented"
        else:
            now = _application_of(record)
            if now in copies:
                await self._ask(credentials, "updateNumber", {"number": done.number, "appId": done.number_app})
            if now in copies or now == done.number_app:
                back["application"] = done.number_app
            else:
                left["application"] = "the number was given another application meanwhile"
        for copy in sorted(copies):
            if not await self._is_deleted(credentials, copy, str(done.number)):
                left["copy"] = f"the application {copy}, made for this subscription, is used by others now"
        return {"put_back": back, "left_alone": left}

    async def _is_deleted(self, credentials: Credentials, copy: str, number: str) -> bool:
        """Delete a copy unless others use it, and say whether it is gone."""
        if await self._is_shared(credentials, copy, number):
            return False
        try:
            await self._ask(credentials, "deleteApplication", {"appId": copy, "cascade": False})
        except ApiError as error:
            if error.http_status != _NOT_FOUND:
                raise
        return True

    async def _copies(self, credentials: Credentials, name: str) -> list[str]:
        """Return the app_ids of applications of a name; there should be one at most."""
        found = await self._ask(credentials, "getApplications", {"appName": name})
        applications = found.get("objects") or []
        return [str(one["app_id"]) for one in applications if one.get("app_name") == name]

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
                if _application_of(item) == app_id and str(item.get("number")) != number:
                    return True
        return False


def _application_of(number: Mapping[str, Any]) -> str | None:
    """Return the app_id of the application that a number has."""
    return str(number.get("application") or "").rstrip("/").rpartition("/")[2] or None


def shown_attachment(attachment: Attachment | None) -> dict[str, Any] | None:
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
