"""What the official SDK is told, and how what it sends differs from what the connector sends: data only.

One file per family of blocks; a further one is a file with ``ROWS`` and its name here.
"""

from tests.evidence.sdk_calls import (
    account,
    application,
    brand,
    call,
    campaign,
    compliance,
    conference,
    end_user,
    identity,
    masking_session,
    media,
    message,
    multiparty_call,
    number,
    phlo,
    phone_number_compliance,
    powerpack,
    profile,
    stream,
    token,
    tollfree_verification,
    transcription,
    verify,
)

_FAMILIES = (
    account,
    application,
    brand,
    call,
    campaign,
    compliance,
    conference,
    end_user,
    identity,
    masking_session,
    media,
    message,
    multiparty_call,
    number,
    phlo,
    phone_number_compliance,
    powerpack,
    profile,
    stream,
    token,
    tollfree_verification,
    transcription,
    verify,
)

ROWS = tuple(row for family in _FAMILIES for row in family.ROWS)

NOT_IN_SDK = frozenset(
    {
        # legacy: no current SDK
        "hangupCalls",
        "listIncomingCarriers",
        "getSingleIncomingCarrier",
        "addIncomingCarrier",
        "updateIncomingCarrier",
        "removeIncomingCarrier",
        # only Go's SDK
        "playTextToParticipant",
        "stopPlayingTextToParticipant",
        # only Node's SDK
        "createHostedMessagingNumber",
        "getSingleHostedMessagingNumber",
        "getHostedMessagingNumbers",
        "createLoa",
        "getSingleLoa",
        "getLoas",
        "deleteLoa",
        # only Plivo's documentation
        "getUccComplaints",
        "getSingleUccComplaint",
        "updateUccComplaint",
        "getZentrunkCalls",
        "getSingleZentrunkCall",
        "getZentrunkInsights",
        "createWhatsappTemplate",
        "getWhatsappTemplates",
        "getSingleWhatsappTemplate",
        "updateWhatsappTemplate",
        "deleteWhatsappTemplate",
        "createWhatsappEmbeddedSignup",
    }
)
"""Operations that the Python SDK does not have; hand-written cases in ``translations`` show them."""
