"""What a request would be, without making it: the dry run of every block, and the count of a text's SMS."""

from dataclasses import asdict
from typing import Any

from app.blocks import CleanArgs, Prepared
from app.datatypes.files import FileUrl, Upload
from app.manifest.model import Block
from app.plivo import Part
from app.protocol.sms import measure

HIDDEN = "(hidden)"


def show_request(call: Prepared, url: str) -> dict[str, Any]:
    """Return the request as it would be made, credentials and passwords masked, and the count where it sends a text.

    Args:
        call: what would be sent.
        url: where it would go.
    """
    request = call.request
    shown: dict[str, Any] = {"method": request.method, "url": url, "headers": {"Authorization": f"Basic {HIDDEN}"}}
    if request.json is not None:
        hosted = {
            wire: f"(URL of an answer that is hosted here: {_counted(len(answer.steps))})"
            for wire, answer in request.hosted
        }
        # What a dry run shows is kept in run histories and read by models.
        secret = {arg.wire_name for arg in call.block.args if arg.format == "secret"}
        shown["body"] = {**request.json, **hosted, **dict.fromkeys(secret & request.json.keys(), HIDDEN)}
    if request.parts is not None:
        shown["parts"] = [{"name": name, "value": _part(part)} for name, part in request.parts]
    result: dict[str, Any] = {"dryRun": True, "request": shown}
    count = count_messages(call.block, call.args)
    return result | {"preview": count} if count else result


def preview_message(call: Prepared) -> dict[str, Any] | None:
    """Answer the block previewMessage."""
    return count_messages(call.block, call.args)


def count_messages(block: Block, args: CleanArgs) -> dict[str, Any] | None:
    """Return encoding, characters and segments of the text that a block sends as SMS; None where it sends none."""
    text = next((args.values[arg.name] for arg in block.args if arg.sms_text and arg.name in args.values), None)
    if text is None or args.values.get("type", "sms") != "sms":
        return None
    segments = measure(text)
    destinations = len(args.values["destination"].split("<")) if "destination" in args.values else 1
    return asdict(segments) | {"destinations": destinations, "messages": segments.segments * destinations}


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"


def _part(part: Part) -> str:
    match part:
        case Upload():
            return f"{part.name} ({part.content_type}, {len(part.content)} bytes)"
        case FileUrl():
            return f"the file at {part.url}"
    return part
