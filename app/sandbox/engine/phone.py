"""Phone numbers as people write them, and as Plivo keeps them: digits with the country code, no plus."""

import re

_SEPARATORS = str.maketrans("", "", " \u00a0()-./")
_ADDRESS = re.compile(r"[0-9]{3,15}|sip:\S+", re.IGNORECASE)


def cleaned(text: str) -> str:
    """Return ``14155550100`` for ``+1 (415) 555-0100``; SIP addresses stay as they are."""
    stripped = text.strip()
    return stripped if stripped[:4].lower() == "sip:" else stripped.translate(_SEPARATORS).removeprefix("+")


def is_address(cleaned_text: str) -> bool:
    """Say whether this can be called at all: digits, as many as a number may have, or a SIP address."""
    return _ADDRESS.fullmatch(cleaned_text) is not None
