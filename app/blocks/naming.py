"""What a caller may have meant by a field that a block does not have."""

from collections.abc import Iterable
from difflib import get_close_matches

from app.manifest.model import Arg, Block

_LONGEST_NAME = 64

HABITS: dict[str, tuple[str, ...]] = {
    "to": ("destination", "callTo", "memberNumber"),
    "dst": ("destination", "callTo"),
    "recipient": ("destination", "callTo"),
    "recipients": ("destination", "callTo"),
    "phone": ("destination", "callTo", "number", "phoneNumber"),
    "from": ("src", "callFrom"),
    "sender": ("src", "callFrom"),
    "callerid": ("callFrom", "src"),
    "body": ("text", "message"),
    "message": ("text",),
    "content": ("text",),
    "msg": ("text",),
    "sms": ("text",),
    "media": ("mediaUrls",),
    "mediaurl": ("mediaUrls",),
    "url": ("answerUrl",),
    "twiml": ("answerUrl",),
    "username": ("authId",),
    "accountsid": ("authId",),
    "password": ("authToken",),
    "apikey": ("authToken",),
    "token": ("authToken",),
}
"""What other services and Plivo itself call a field, in small letters without separators → what it is called here."""

_IDENTIFIERS = frozenset(("uuid", "id", "sid", "callid", "messageid"))


class Names:
    """Suggests names of one block.

    Args:
        block: the block.
        known: all names that it takes.
    """

    def __init__(self, block: Block, known: Iterable[str]) -> None:
        self._names = list(known)
        self._args = block.args
        in_path = block.request.path_parameters
        self._ids = [arg.name for arg in block.args if arg.wire_name in in_path]
        self._recipient = next((arg.name for arg in block.args if _takes_recipients(arg)), None)

    def suggestion_for(self, name: str) -> str:
        """Return the end of a sentence that names what may have been meant; empty where nothing comes near."""
        if len(name) > _LONGEST_NAME:
            return ""
        folded = name.lower().replace("_", "").replace("-", "")
        candidates = HABITS.get(folded, ())
        meant = next((candidate for candidate in candidates if candidate in self._names), None)
        if meant is None and folded in _IDENTIFIERS and self._ids:
            meant = self._ids[0]
        if meant is None:
            # `to` is left out: it steers the answer, and who misses a field seldom means that.
            known = {known.lower(): known for known in self._names if known != "to"}
            known |= {arg.wire_name.lower(): arg.name for arg in self._args}
            near = get_close_matches(name.lower(), known, n=1)
            meant = known[near[0]] if near else None
        return f", did you mean {meant}?" if meant else ""

    def instead_of_to(self) -> str:
        """Return the end of a sentence that says which field takes the recipient; empty where none does."""
        return f": recipients go into {self._recipient}" if self._recipient else ""


def _takes_recipients(arg: Arg) -> bool:
    return arg.format in ("phone", "recipient") and arg.wire_name in ("to", "dst")
