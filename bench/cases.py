"""What is measured: the calls that are made, and what the stub of Plivo answers to them."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.manifest import METADATA, load_manifest

ACCOUNTS = 1000
"""Requests come from this many accounts in turn, so that none meets the limit that Plivo sets to each."""

ITEMS = 20

CALL_FIRED = {
    "message": "call fired",
    "request_uuid": "9834029e-58b6-11e1-b8b7-a5bd0e4e126f",
    "api_id": "97ceeb52-58b6-11e1-86da-77300b68f8bb",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One block call with the fields that a platform usually sends."""

    title: str
    block: str
    args: dict[str, object]

    @property
    def requests(self) -> tuple[bytes, ...]:
        """The HTTP request, once for each account."""
        return tuple(self._request(f"MA{number:018}") for number in range(ACCOUNTS))

    def _request(self, auth_id: str) -> bytes:
        body = json.dumps({"args": {"authId": auth_id, "authToken": "bench-token"} | self.args}).encode()
        head = (
            f"POST /api/Plivo/{self.block} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


MAKE_CALL = Case(
    "makeCall",
    "makeCall",
    {
        "callFrom": "14155550100",
        "callTo": "14155550123",
        "answerUrl": "https://example.com/answer",
        "answerMethod": "POST",
        "hangupUrl": "https://example.com/hangup",
        "timeLimit": 3600,
    },
)
LIST_CALLS = Case(
    f"getCallsDetails, {ITEMS} items",
    "getCallsDetails",
    {"callDirection": "outbound", "endTimeGte": "2026-01-01 00:00:00", "limit": ITEMS, "offset": 0},
)


def call_list(metadata: Path = METADATA) -> dict[str, object]:
    """Return a full page of calls: the manifest's example with its one call repeated."""
    example = load_manifest(metadata).blocks[LIST_CALLS.block].example
    return example | {"objects": example["objects"][:1] * ITEMS}
