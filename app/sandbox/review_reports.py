"""What becomes of registrations, verifications and Verify sessions, told to the URLs that requests about them name.

Plivo's documentation has the parameters of Verify sessions and of toll-free verifications. Of the others it has the
statuses only; their parameters are called as in the records here.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from app.protocol.signatures import Version
from app.sandbox.chronicle import Happening, recount
from app.sandbox.data.traits import REVIEW, SESSION_LIFE
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.paths import ACCOUNT
from app.sandbox.engine.replies import Json
from app.sandbox.engine.request import Request
from app.sandbox.engine.tables import Record
from app.sandbox.outside import MESSAGING, VOICE, Outside
from app.sandbox.products.message_life import CODES, DELIVERED_AFTER, SENT_AFTER
from app.sandbox.repeats import report

_RINGS_AFTER, _ANSWERED_AFTER, _SAID_AFTER = 1.0, 3.0, 8.0
"""Seconds until the phone rings, is answered, and the code was said, where a code is sent by voice."""

Stage = tuple[float, Json]
"""How many seconds after the request something is told, and what."""

Stages = Callable[[Request, str, Record | None], list[Stage]]


@dataclass(frozen=True)
class Kind:
    """One kind of report.

    Attributes:
        collection: where the record is that it is about; empty: it is gone.
        stages: what is told, and when.
        url: the parameter, or the record's field, that names who hears of it; the method's is called alike.
        versions: the signatures that it carries.
        repeats: whether it is repeated until it is answered 200.
    """

    collection: str
    stages: Stages
    url: str = "url"
    versions: tuple[Version, ...] = MESSAGING
    repeats: bool = True

    async def follow(self, outside: Outside, key: str, request: Request) -> None:
        """Tell each stage in its time, as long as the record is there and not under review anew."""
        # Looking alone shall keep no record alive.
        place = "/".join(request.below_account(self.collection)) if self.collection else ""
        record: Record | None = request.state.rows(place).get(key)
        fields = record.fields if record is not None else {}
        method_name = self.url.removesuffix("url") + "method"
        url = request.parameters.get(self.url) or fields.get(self.url)
        method = request.parameters.get(method_name) or fields.get(method_name)
        stages = self.stages(request, key, record)
        if not url:
            return
        since = record.since if record is not None else None

        def happenings() -> list[Happening]:
            if request.state.rows(place).get(key) is not record:
                return []
            if record is not None and record.since not in (since, None):
                return []
            # Who was verified does not expire.
            is_settled = record is not None and record.since is None and since is not None
            return [
                Happening(request.now + after, number, str(number))
                for number, (after, _) in enumerate(stages)
                if not is_settled or after < SESSION_LIFE
            ]

        async def tell(happening: Happening) -> None:
            about, told = (request.account if record is None else record.owner, key), stages[int(happening.name)][1]
            if self.repeats:
                await report(outside, about, (url, method), told)
            else:
                await outside.ask(about, url, method, told, self.versions)

        await recount(outside, happenings, tell, since=request.now)


def _statuses(*stages: tuple[float, str], **names: str) -> Stages:
    """Return stages that say the status, and these fields of the record (or values of the path) under these names."""

    def of(request: Request, key: str, record: Record | None) -> list[Stage]:
        known: Mapping[str, Any] = {**request.path, **(record.fields if record is not None else {}), "key": key}
        told = {name: known.get(field) for name, field in names.items()}
        return [(after, {**told, "status": status}) for after, status in stages]

    return of


def _verify_session(request: Request, key: str, record: Record | None) -> list[Stage]:
    if record is None:
        return []
    fields, attempt = record.fields, record.fields["attempt_details"][0]
    outcome = attempt["status"]
    told = {
        "SessionUUID": key,
        "SessionStatus": "in-progress",
        "AttemptUUID": attempt["attempt_uuid"],
        "AttemptSequence": 1,
        "Channel": fields["channel"],
        "ChannelErrorCode": None,
        "Recipient": fields["recipient"],
        "RequestTime": timestamp(request.now, "microseconds"),
    }
    if fields["channel"] == "voice":
        course = [(_RINGS_AFTER, "ringing"), (_ANSWERED_AFTER, "in-progress"), (_SAID_AFTER, "completed")]
        if outcome != "delivered":
            course = [*course[:1], (_ANSWERED_AFTER, "failed")]
    else:
        course = [(0.0, "queued"), (SENT_AFTER, "sent"), (DELIVERED_AFTER, outcome)]
        if outcome == "failed":
            course = [course[0], (SENT_AFTER, outcome)]
    stages = [(after, {**told, "ChannelStatus": status}) for after, status in course]
    _, last = stages[-1]
    if outcome != "delivered":
        last["ChannelErrorCode"] = CODES[outcome][0]
    return [*stages, (SESSION_LIFE, {**last, "SessionStatus": "expired"})]


def _caller_name(request: Request, key: str, _: Record | None) -> list[Stage]:
    cnam = request.parameters.get("cnam")
    told = {"number": key, "cnam": cnam}
    return [(REVIEW, {**told, "status": "success"})] if cnam else []


def _caller_reputation(_: Request, key: str, __: Record | None) -> list[Stage]:
    states = ((0.0, "PENDING"), (REVIEW, "ACTIVE"))
    return [(after, {"number": key, "caller_reputation_status": state}) for after, state in states]


_TENDLC = ACCOUNT + "/10dlc/"
_CAMPAIGNS = _TENDLC + "Campaign/"
_NUMBERS = _CAMPAIGNS + "{campaign_id}/Number/"
_TOLLFREE, _COMPLIANCE = ACCOUNT + "/TollfreeVerification/", ACCOUNT + "/PhoneNumber/Compliance/"
_NUMBER = ACCOUNT + "/Number/"

_REGISTERED = ((0.0, "created"), (REVIEW, "registered"))
_LINKED = _statuses((0.0, "created"), (REVIEW, "success"), campaign_id="campaign_id", number="key")

_BRAND = Kind(_TENDLC + "Brand/", _statuses(*_REGISTERED, brand_id="key"))
_CAMPAIGN = Kind(_CAMPAIGNS, _statuses(*_REGISTERED, campaign_id="key", brand_id="brand_id"))
_VERIFICATION = Kind(
    _TOLLFREE,
    _statuses((0.0, "SUBMITTED"), (REVIEW, "APPROVED"), uuid="key", number="number", error_message="error_message"),
    url="callback_url",
    repeats=False,
)
_NUMBER_COMPLIANCE = Kind(
    _COMPLIANCE,
    _statuses((0.0, "submitted"), (REVIEW, "accepted"), compliance_id="key"),
    url="callback_url",
    versions=VOICE,
    repeats=False,
)

KINDS: Mapping[tuple[str, str], tuple[Kind, ...]] = {
    ("POST", _TENDLC + "Brand/"): (_BRAND,),
    ("POST", _CAMPAIGNS): (_CAMPAIGN,),
    ("POST", _CAMPAIGNS + "Import/"): (_CAMPAIGN,),
    ("POST", _NUMBERS): (Kind(_NUMBERS, _LINKED),),
    ("DELETE", _NUMBERS + "{number}/"): (Kind("", _LINKED),),
    ("POST", _TOLLFREE): (_VERIFICATION,),
    ("POST", _TOLLFREE + "{uuid}/"): (_VERIFICATION,),
    ("POST", _COMPLIANCE): (_NUMBER_COMPLIANCE,),
    ("PATCH", _COMPLIANCE + "{compliance_id}/"): (_NUMBER_COMPLIANCE,),
    ("POST", _NUMBER + "{number}/"): (
        Kind(_NUMBER, _caller_name, url="cnam_callback_url", versions=VOICE, repeats=False),
        Kind(_NUMBER, _caller_reputation, url="caller_reputation_callback_url", versions=VOICE, repeats=False),
    ),
    ("POST", ACCOUNT + "/Verify/Session/"): (Kind(ACCOUNT + "/Verify/Session/", _verify_session),),
}
"""Operation → the reports on what it begins."""


def reports_on(request: Request) -> list[Callable[[Outside, str, Request], Coroutine[Any, Any, None]]]:
    """Return what follows the record that a request has made or changed, for each URL that may hear of it."""
    return [kind.follow for kind in KINDS.get((request.block.request.method, request.template), ())]
