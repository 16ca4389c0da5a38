"""Blocks that are answered here: the request is looked at, not made."""

from typing import Any

from app.blocks import Prepared
from app.errors import InvalidFields
from app.protocol.answers import State
from app.protocol.answers.flow import page
from app.protocol.voices import VOICES
from app.protocol.xml.check import check

_NEXT_PAGE = "https://example.com/next-page"
"""Stands for the pages that come after the first one."""


def render_xml(call: Prepared) -> dict[str, Any]:
    """Answer the block renderXml.

    Raises:
        InvalidFields: the XML has problems.
    """
    values = call.args.values
    if "answer" in values:
        variables = {f"vars.{name}": value for name, value in values.get("answerVars", {}).items()}
        document = page(values["answer"], State(values=variables), {}, lambda _: _NEXT_PAGE).decode()
        return {"xml": document, "warnings": check(document).warnings}
    findings = check(values["xml"])
    if findings.problems:
        raise InvalidFields({"xml": "; ".join(findings.problems)})
    return {"xml": values["xml"], "warnings": findings.warnings}


def get_voices(call: Prepared) -> dict[str, Any]:
    """Answer the block getVoices."""
    wanted = str(call.args.values.get("language", "")).lower()
    return {
        "voices": [
            {"voice": voice.name, "language": voice.language, "gender": voice.gender}
            for voice in VOICES
            if voice.language.lower().startswith(wanted)
        ]
    }
