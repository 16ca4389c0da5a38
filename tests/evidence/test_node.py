"""The judges that run on Node accept what is right and refuse what is not: else their verdicts are worth nothing."""

import hmac
import time
from base64 import b64decode, b64encode

import pytest

from tests.support.node import Judges, RaisedError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"type": "message.received"}'


@pytest.mark.parametrize("judge", ["standardWebhooks", "svix"])
def test_a_delivery_signed_as_standard_webhooks_says_is_accepted(judge: str, judges: Judges) -> None:
    assert judges.call(judge, SECRET, BODY, _signed(BODY)) == {"type": "message.received"}


@pytest.mark.parametrize("judge", ["standardWebhooks", "svix"])
def test_a_delivery_with_another_body_is_refused(judge: str, judges: Judges) -> None:
    with pytest.raises(RaisedError, match="No matching signature"):
        judges.call(judge, SECRET, BODY, _signed(BODY + " "))


def test_many_calls_are_answered_in_their_order(judges: Judges) -> None:
    vector = ("https://answer.url", "12345", "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=", "my_auth_token")
    calls = [("plivoV2", *vector), ("nobody",), ("plivoV2", "https://other.url", *vector[1:])]
    first, second, third = judges.outcomes(calls)
    assert first == {"returned": True}
    assert "TypeError" in second["raised"]
    assert third == {"returned": False}


def _signed(body: str) -> dict[str, str]:
    now = str(int(time.time()))
    text = f"msg_1.{now}.{body}".encode()
    signature = b64encode(hmac.digest(b64decode(SECRET.removeprefix("whsec_")), text, "sha256")).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": now, "webhook-signature": f"v1,{signature}"}
