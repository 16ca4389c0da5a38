"""What each element of a page does to a call. Nothing is heard: Speak and Play take no time, Wait takes its own."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from app.protocol.xml.document import Element, XmlError, parse
from app.sandbox import conference_room, dial, multiparty_room, stream_reports
from app.sandbox.callbacks import Answer
from app.sandbox.engine.notation import in_camel_case
from app.sandbox.engine.replies import Json, Refusal
from app.sandbox.line import DTMF, SPEECH, Jump, Line
from app.sandbox.page import follow, seconds
from app.sandbox.products import messages, recordings

MOST_PAGES = 200
"""Pages that a call visits before it is hung up."""

SPEAKS_FOR = 3.0
"""Seconds that somebody speaks into a recording, unless it is shorter."""

_FOR_EXAMPLES = ("example", "example.com", "example.net", "example.org", "invalid", "test")
"""Domains where nobody is, by RFC 2606: they are not asked."""

_CODES = {"Answer": 1, "Action": 2, "Transfer": 3, "Redirect": 4}
"""How an address was named → the last digit of Plivo's codes for what is wrong there."""


async def play(line: Line, first: Jump) -> None:
    """Do what the page at an address says, and the pages after it, until the call ends."""
    jump: Jump | None = first
    for _ in range(MOST_PAGES):
        if jump is None:
            line.hang_up(4010, "End Of XML Instructions", "Answer XML")
            return
        page = await _page(line, jump)
        if page is None:
            return
        jump = await _run(line, page.children)
        line.outside.state.settle()
    line.hang_up(4010, "End Of XML Instructions", "Answer XML")


async def _page(line: Line, jump: Jump) -> Element | None:
    """Return a page; None where there is none: the call was hung up, or goes on in silence."""
    is_answer = jump.kind == "Answer"
    answer = None if _is_example(jump.url) else await line.ask(jump.url, jump.method, jump.parameters)
    page = _read(line, answer, jump.kind)
    if page is None and is_answer:
        fallback = await line.fallback()
        answer, page = fallback or answer, _read(line, fallback, "Fallback")
    if page is not None:
        return page
    if answer is None and is_answer:
        # Who only tries a call out needs no page.
        line.note("silence", reason="the answer URL could not be reached; nothing is said until somebody hangs up")
    elif answer is None or not answer.ok:
        line.hang_up(7010 + _CODES[jump.kind], f"Error Reaching {jump.kind} URL", "Error")
    else:
        line.hang_up(8010 + _CODES[jump.kind], f"Invalid {jump.kind} XML", "Error")
    return None


def _is_example(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in _FOR_EXAMPLES)


def _read(line: Line, answer: Answer | None, kind: str) -> Element | None:
    if answer is None or not answer.ok:
        return None
    line.note("page", kind=kind, xml=answer.body.decode(errors="replace"))
    try:
        page = parse(answer.body)
    except XmlError as error:
        line.note("invalid XML", reason=str(error))
        return None
    if page.name != "Response":
        line.note("invalid XML", reason="a page begins with <Response>")
        return None
    return page


async def _run(line: Line, elements: list[Element]) -> Jump | None:
    """Do one thing after the other; return where it goes on, None at the end of the page."""
    for element in elements:
        # A page may hold thousands that take no time.
        await asyncio.sleep(0)
        if not line.is_in_progress:
            return None
        line.note(
            element.name, **element.attributes, **({"text": element.text.strip()} if element.text.strip() else {})
        )
        do = _ELEMENTS.get(element.name)
        if do is None:
            line.note("skipped", reason=f"the sandbox does not do what {element.name} says")
            continue
        jump = await do(line, element)
        if jump is not None:
            return jump
    return None


async def _pass(_: Line, __: Element) -> None:
    """Say, play or send something: nobody hears it."""


async def _wait(line: Line, element: Element) -> None:
    await line.outside.timers.at(line.now + seconds(element, "length", 1))


async def _pre_answer(line: Line, element: Element) -> Jump | None:
    return await _run(line, element.children)


async def _redirect(_: Line, element: Element) -> Jump:
    return Jump(element.text.strip(), element.attributes.get("method"), "Redirect", {})


async def _hang_up(line: Line, element: Element) -> None:
    later = seconds(element, "schedule", 0)
    if later:
        line.outside.spawn(partial(_hang_up_at, line, line.now + later))
    else:
        line.hang_up(4000, "Normal Hangup", "Answer XML")


async def _hang_up_at(line: Line, moment: float) -> None:
    await line.outside.timers.until(lambda: min(moment, line.call.ending.at))
    line.hang_up(6000, "Scheduled Hangup", "Plivo")


async def _get_digits(line: Line, element: Element) -> Jump | None:
    return await _gather(line, element, DTMF, seconds(element, "timeout", 5), seconds(element, "digitTimeout", 2))


async def _get_input(line: Line, element: Element) -> Jump | None:
    kinds = element.attributes.get("inputType", DTMF)
    gap = 2.0 if element.attributes.get("digitEndTimeout") == "auto" else seconds(element, "digitEndTimeout", 2)
    longest = seconds(element, "executionTimeout", 15)
    patience = min(longest, seconds(element, "startInputTimeout", longest))
    return await _gather(line, element, kinds, patience, gap)


async def _gather(line: Line, element: Element, kinds: str, patience: float, gap: float) -> Jump | None:
    """Ask for keys or words; without any, or without an action, the page goes on."""
    given = element.attributes
    finish = {"none": "", "any": "0123456789*#"}.get(given.get("finishOnKey", "#"), given.get("finishOnKey", "#"))
    valid = given.get("validDigits", "0123456789*#")
    most = int(seconds(element, "numDigits", 99))
    for _ in range(max(1, int(seconds(element, "retries", 1)))):
        for prompt in element.children:
            line.note(prompt.name, **prompt.attributes, **({"text": prompt.text} if prompt.text else {}))
        kind, text = await line.input(kinds, patience=patience, gap=gap, most=most, finish=finish)
        line.note("heard", kind=kind, text=text)
        if kind == SPEECH and (url := given.get("interimSpeechResultsCallback")):
            interim = {"StableSpeech": "", "UnstableSpeech": text, "Stability": "0.9", "SequenceNumber": 1}
            await line.ask(url, given.get("interimSpeechResultsCallbackMethod"), interim)
        if text and (kind != DTMF or set(text) <= set(valid)):
            return await follow(line, element, _heard(element, kind, text))
    return None


def _heard(element: Element, kind: str, text: str) -> Json:
    if element.name == "GetDigits":
        return {"Digits": text}
    if kind == DTMF:
        return {"InputType": kind, "Digits": text, "Speech": ""}
    return {"InputType": kind, "Digits": "", "Speech": text, "SpeechConfidenceScore": "0.95", "BilledAmount": "0.02000"}


async def _record(line: Line, element: Element) -> Jump | None:
    given = element.attributes
    limit = seconds(element, "maxLength", recordings.DEFAULT_LIMIT)
    request = line.acting(file_format=given.get("fileFormat"))
    about = {
        "call_uuid": line.call_uuid,
        "from_number": line.call.from_number,
        "to_number": line.call.to_number,
        "recording_type": "normal",
    }
    is_session = given.get("recordSession") == "true"
    most = math.inf if is_session else limit
    recording_id, recording = recordings.begin(request, line.call.owner, line.call.ending.at, about, most)
    told: Json = {"RecordUrl": recording.url, "RecordingID": recording_id}

    async def finish() -> None:
        recording.ends = min(recording.ends, line.now, line.call.ending.at)
        told.update(in_camel_case(recordings.measures(recording)))
        if callback := given.get("callbackUrl"):
            await line.ask(callback, given.get("callbackMethod"), told)
        if (url := given.get("transcriptionUrl")) and given.get("transcriptionType"):
            text = recordings.transcribed(recording_id, recording)
            await line.inform(url, given.get("transcriptionMethod"), text)

    async def hung_up() -> None:
        await finish()
        if action := given.get("action"):
            await line.ask(action, given.get("method"), told)

    if is_session:
        line.at_end.append(finish)
        unknown = dict.fromkeys(recordings.measures(recording), -1)
        return await follow(line, element, {**told, **in_camel_case(unknown)})
    line.at_end.append(hung_up)
    keys = {"any": "0123456789*#", "none": ""}.get(given.get("finishOnKey", "any"), given.get("finishOnKey", ""))
    await line.input(DTMF, patience=min(limit, SPEAKS_FOR), gap=limit, most=MOST_PAGES, finish=keys)
    line.at_end.remove(hung_up)
    await line.outside.finish(finish)
    return await follow(line, element, told)


async def _message(line: Line, element: Element) -> None:
    try:
        messages.send_element(line.acting(), element, source=line.call.to_number, destination=line.call.from_number)
    except Refusal as refusal:
        line.note("refused", reason=refusal.error)


_ELEMENTS: dict[str, Callable[[Line, Element], Awaitable[Jump | None]]] = {
    "Speak": _pass,
    "Play": _pass,
    "DTMF": _pass,
    "Wait": _wait,
    "PreAnswer": _pre_answer,
    "Redirect": _redirect,
    "Hangup": _hang_up,
    "GetDigits": _get_digits,
    "GetInput": _get_input,
    "Record": _record,
    "Dial": dial.dial,
    "Conference": conference_room.conference,
    "MultiPartyCall": multiparty_room.multi_party_call,
    "Stream": stream_reports.stream_call,
    "Message": _message,
}
