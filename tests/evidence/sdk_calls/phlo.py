"""PHLOs, which the SDK reaches through a client of their own and through objects."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from plivo.resources.phlos import Phlo
from plivo.rest.phlo_client import PhloClient

from tests.evidence.sdk_calls.row import Row

_PHLO = {"phloId": "3c2f9a7e-0000-4000-8000-000000000001"}
_NODE = {**_PHLO, "nodeId": "5d0b8c7e-0000-4000-8000-000000000001"}
_MEMBER = {**_NODE, "memberId": "14155550123"}
_TRANSFER = {"triggerSource": "14155550100", "callTo": "14155550123", "role": "agent"}


@contextmanager
def _client_like(client: Any) -> Iterator[PhloClient]:
    with PhloClient(*client.session.auth) as phlo_client:
        phlo_client.session.trust_env = client.session.trust_env
        yield phlo_client


def _get(client: Any, phlo_id: str) -> None:
    with _client_like(client) as phlo_client:
        phlo_client.phlo.get(phlo_id)


def _get_node(client: Any, phlo_id: str, **arguments: str) -> None:
    with _client_like(client) as phlo_client:
        Phlo(phlo_client, {"phlo_id": phlo_id}).node(**arguments)


def _run(client: Any, phlo_id: str) -> None:
    with _client_like(client) as phlo_client:
        Phlo(phlo_client, {"phlo_id": phlo_id}).run()


def _act_on_node(client: Any, **arguments: str) -> None:
    with _client_like(client) as phlo_client:
        phlo_client.phlo.multi_party_call(**arguments)


def _act_on_member(client: Any, **arguments: str) -> None:
    with _client_like(client) as phlo_client:
        phlo_client.phlo.member(**arguments)


ROWS = (
    Row("getPhlo", _get, required=_PHLO),
    Row("getPhloNode", _get_node, required={**_NODE, "nodeType": "conference_bridge"}),
    Row("runPhlo", _run, required=_PHLO),
    *(
        Row(
            "runPhloNodeAction",
            _act_on_node,
            required={**_NODE, **_TRANSFER, "action": action},
            keywords={"callTo": "to"},
        )
        for action in ("call", "warm_transfer", "cold_transfer")
    ),
    *(
        Row("runPhloMemberAction", _act_on_member, required={**_MEMBER, "nodeType": node_type, "action": action})
        for node_type, action in (
            ("multi_party_call", "abort_transfer"),
            ("multi_party_call", "resume_call"),
            ("multi_party_call", "voicemail_drop"),
            ("multi_party_call", "hangup"),
            ("multi_party_call", "hold"),
            ("multi_party_call", "unhold"),
            ("conference_bridge", "hangup"),
            ("conference_bridge", "mute"),
            ("conference_bridge", "unmute"),
        )
    ),
)
