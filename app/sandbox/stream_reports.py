"""Audio streams while they last: nothing is sent over them, but their status callback URLs hear of them."""

from app.protocol.xml.document import Element
from app.sandbox.chronicle import Happening, recount
from app.sandbox.engine.notation import timestamp
from app.sandbox.engine.replies import Json
from app.sandbox.line import Line
from app.sandbox.outside import Outside
from app.sandbox.page import seconds
from app.sandbox.products import streams
from app.sandbox.products.streams import CONNECTS_AFTER, Stream


async def follow(outside: Outside, stream_id: str, stream: Stream) -> None:
    """Tell when a stream begins and when it ends."""

    async def tell(happening: Happening) -> None:
        outside.timelines.note(stream.owner, stream.call_uuid, happening.name, stream_id=stream_id)
        if url := stream.settings["status_callback_url"]:
            told = _parameters(stream_id, stream, happening)
            about = (stream.owner, stream.call_uuid)
            await outside.ask(about, url, stream.hidden["status_callback_method"], told)

    await recount(outside, lambda: _happenings(stream), tell, since=stream.created)


def _happenings(stream: Stream) -> list[Happening]:
    begins, ends = stream.created + CONNECTS_AFTER, stream.end()
    return [Happening(begins, 0, "StartStream"), Happening(ends, 1, "StopStream")] if begins < ends else []


def _parameters(stream_id: str, stream: Stream, happening: Happening) -> Json:
    call, settings = stream.call, stream.settings
    return {
        "Event": happening.name,
        "CallUUID": stream.call_uuid,
        "StreamID": stream_id,
        "From": None if call is None else call.from_number,
        "To": None if call is None else call.to_number,
        "Direction": None if call is None else call.direction,
        "Timestamp": timestamp(happening.at, "microseconds"),
        "ServiceURL": settings["service_url"],
        "bidirectional": settings["bidirectional"],
        "audioTrack": settings["audio_track"],
        "streamTimeout": round(stream.ends - stream.created),
        "contentType": settings["content_type"],
        "extraHeaders": stream.hidden["extra_headers"],
        "keepCallAlive": bool(stream.hidden["keep_call_alive"]),
    }


async def stream_call(line: Line, element: Element) -> None:
    """Stream a call, as an element of its page says; the page goes on at once unless the stream keeps the call."""
    given = element.attributes
    parameters = {
        "service_url": element.text.strip(),
        "bidirectional": given.get("bidirectional") == "true",
        "keep_call_alive": given.get("keepCallAlive") == "true",
        "audio_track": given.get("audioTrack"),
        "content_type": given.get("contentType"),
        "extra_headers": given.get("extraHeaders"),
        "status_callback_url": given.get("statusCallbackUrl"),
        "status_callback_method": given.get("statusCallbackMethod"),
        "stream_timeout": seconds(element, "streamTimeout", streams.LONGEST),
    }
    try:
        _, stream = streams.begin(line.acting(**parameters), line.call_uuid, line.call)
    except ValueError as error:
        line.note("refused", reason=f"the address {error}")
        return
    if parameters["keep_call_alive"]:
        await line.outside.timers.until(stream.end)
