"""What a caller's connection may do to the service, byte by byte on a socket."""

import json
from collections.abc import Iterator

import pytest

from tests.support.raw_http import Caller, Response, post
from tests.support.recorder import Recorder
from tests.support.service import AUTH_ID, AUTH_TOKEN, Service

CALL = {
    "authId": AUTH_ID,
    "authToken": AUTH_TOKEN,
    "callFrom": "14155550100",
    "callTo": "14155550123",
    "answerUrl": "https://example.com/answer",
}
BODY = json.dumps(CALL).encode()
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
MAX_HEADER_BYTES = 65536
MAX_URL_BYTES = 8192

# As Java's HttpClient sends a POST unless it is told to speak HTTP/1.1 (captured from 17.0.15).
JAVA = (
    b"POST /api/Plivo/makeCall HTTP/1.1\r\n"
    b"Connection: Upgrade, HTTP2-Settings\r\n"
    b"Content-Length: %d\r\n"
    b"Host: 127.0.0.1:8080\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\n"
    b"Upgrade: h2c\r\n"
    b"User-Agent: Java-http-client/17.0.15\r\n"
    b"Content-Type: application/json\r\n"
    b"\r\n"
) % len(BODY)
WEBSOCKET = (
    b"Connection: keep-alive, Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)


@pytest.fixture(scope="module")
def service(shared_recorder: Recorder) -> Iterator[Service]:
    """The service with default bounds; its Plivo is the ``recorder``."""
    with Service(plivo_api_url=shared_recorder.url) as running:
        yield running


@pytest.fixture
def caller(service: Service) -> Iterator[Caller]:
    with Caller(service.port) as connected:
        yield connected


def succeeded(response: Response) -> bool:
    return response.status == 200 and json.loads(response.body)["callback"] == "success"


class TestUpgrade:
    """No upgrade is taken: the request is answered in HTTP/1.1, its body arrives, nothing of it is a request."""

    def test_javas_offer_of_http_2(self, caller: Caller, recorder: Recorder) -> None:
        assert succeeded(caller.send(JAVA + BODY).read())
        assert recorder.only.json["to"] == CALL["callTo"]
        assert caller.send(HEALTH).read().status == 200

    @pytest.mark.parametrize("offer", [WEBSOCKET, (b"Upgrade: h2c", b"Connection: upgrade"), (b"UPGRADE: x/1",)])
    def test_any_offer(self, offer: tuple[bytes, ...], caller: Caller, recorder: Recorder) -> None:
        assert succeeded(caller.send(post(BODY, *offer)).read())
        assert recorder.only.json["to"] == CALL["callTo"]

    def test_an_offer_without_a_body(self, caller: Caller) -> None:
        offer = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"\r\n".join(WEBSOCKET) + b"\r\n\r\n"
        assert [caller.send(offer).read().status for _ in range(3)] == [200] * 3
        # And many at once, each a request of its own.
        caller.send(offer * 10)
        assert [caller.read().status for _ in range(10)] == [200] * 10

    def test_a_body_in_a_second_segment_is_no_request(self, caller: Caller, recorder: Recorder) -> None:
        """What looks like a request in it is part of the body, and the next request is read after it."""
        hidden = b"DELETE /api/Plivo/makeCall HTTP/1.1\r\nHost: x\r\n\r\n"
        body = BODY[:-1] + b', "callerName": "' + hidden.replace(b"\r\n", b"\\r\\n") + b'"}\r\n' + hidden
        head, _, _ = post(body, *WEBSOCKET).partition(b"\r\n\r\n")
        caller.send(head + b"\r\n\r\n")
        caller.send(body[:10])
        caller.send(body[10:] + HEALTH)
        refused, health = caller.read(), caller.read()
        assert refused.code == "JSON_VALIDATION"
        assert health.status == 200
        assert json.loads(health.body)["status"]
        assert recorder.requests == []

    @pytest.mark.parametrize("size", [1, 7, 64])
    def test_however_the_bytes_arrive(self, size: int, caller: Caller, recorder: Recorder) -> None:
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
        whole = JAVA.replace(b"Content-Length: %d" % len(BODY), b"Transfer-Encoding: chunked") + chunked + HEALTH
        for start in range(0, len(whole), size):
            caller.send(whole[start : start + size])
        assert succeeded(caller.read())
        assert caller.read().status == 200
        assert len(recorder.requests) == 1

    def test_connect_is_refused(self, caller: Caller) -> None:
        response = caller.send(b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n").read()
        assert (response.status, response.code) == (400, "BAD_REQUEST")
        assert caller.read_to_end() == b""

    def test_http_2_without_an_offer_is_refused(self, caller: Caller) -> None:
        response = caller.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").read()
        assert (response.status, response.code) == (400, "BAD_REQUEST")


class TestMalformed:
    @pytest.mark.parametrize(
        "request_bytes",
        [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
            b"hello\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n",
            b"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
            post(b"{}").replace(b"Content-Length: 2", b"Content-Length: 2\r\nContent-Length: 3"),
            post(b"{}").replace(b"Content-Length: 2", b"Content-Length: -2"),
            post(b"{}", b"Transfer-Encoding: chunked"),
            post(b"{}").replace(b"Content-Length: 2", b"Transfer-Encoding: chunked, identity"),
        ],
    )
    def test_what_is_not_http_is_refused_in_the_one_error_shape(self, request_bytes: bytes, caller: Caller) -> None:
        response = caller.send(request_bytes).read()
        assert (response.status, response.code) == (400, "BAD_REQUEST")
        assert response.headers["connection"] == "close"
        assert caller.read_to_end() == b""

    def test_a_body_that_breaks_off_its_coding(self, caller: Caller, recorder: Recorder) -> None:
        head = post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        response = caller.send(head + b"2\r\n{}\r\nno number\r\n").read()
        assert (response.status, response.code) == (400, "BAD_REQUEST")
        assert caller.read_to_end() == b""
        assert recorder.requests == []

    def test_the_answer_waits_for_those_before_it(self, caller: Caller, recorder: Recorder) -> None:
        """A caller, or a proxy with many callers, would take it for the answer to the first request."""
        caller.send(post(BODY) + b"garbage\r\n\r\n")
        assert succeeded(caller.read())
        assert caller.read().code == "BAD_REQUEST"
        assert caller.read_to_end() == b""
        assert len(recorder.requests) == 1

    def test_nothing_follows_a_request_that_closes(self, caller: Caller, recorder: Recorder) -> None:
        caller.send(post(BODY, b"Connection: close") + post(BODY) + b"garbage\r\n\r\n")
        assert succeeded(caller.read())
        assert caller.read_to_end() == b""
        assert len(recorder.requests) == 1

    def test_a_header_after_the_body_is_none(self, caller: Caller) -> None:
        head = b"POST /api/Plivo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        response = caller.send(head + b"2\r\n{}\r\n0\r\nX-Request-Id: trailer\r\n\r\n").read()
        assert response.status == 200
        assert response.headers["x-request-id"] != "trailer"


class TestSizes:
    """More than a bound is refused, in whatever pieces it arrives; up to it everything is read."""

    def test_headers_up_to_the_bound(self, caller: Caller) -> None:
        head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
        assert caller.send(head + b"A: " + b"x" * 60_000 + b"\r\n\r\n").read().status == 200
        assert (
            caller.send(head + b"".join(b"A%d: %0100d\r\n" % (n, n) for n in range(400)) + b"\r\n").read().status == 200
        )

    @pytest.mark.parametrize(
        "headers",
        [
            b"A: " + b"x" * MAX_HEADER_BYTES + b"\r\n\r\n",
            b"A: " + b"x" * 10 * MAX_HEADER_BYTES,
            b"x" * 2 * MAX_HEADER_BYTES,
            b"".join(b"A%d: %0100d\r\n" % (n, n) for n in range(600)) + b"\r\n",
            b"a:\r\n" * 2500 + b"\r\n",
        ],
        ids=["one", "an endless value", "an endless name", "many", "many empty ones"],
    )
    @pytest.mark.parametrize("size", [1000, 1_000_000])
    def test_larger_headers(self, headers: bytes, size: int, caller: Caller) -> None:
        whole = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + headers
        for start in range(0, len(whole), size):
            caller.send(whole[start : start + size])
        response = caller.read()
        assert (response.status, response.code) == (431, "PAYLOAD_TOO_LARGE")
        assert "MAX_HEADER_BYTES" in response.error["status_msg"]
        assert response.error["limit"] == MAX_HEADER_BYTES
        assert caller.read_to_end() == b""

    @pytest.mark.parametrize("end", [b" HTTP/1.1\r\nHost: x\r\n\r\n", b""], ids=["ended", "endless"])
    @pytest.mark.parametrize("size", [1000, 1_000_000])
    def test_a_longer_url(self, end: bytes, size: int, caller: Caller) -> None:
        whole = b"GET /healthz?" + b"x" * MAX_URL_BYTES + end
        for start in range(0, len(whole), size):
            caller.send(whole[start : start + size])
        response = caller.read()
        assert (response.status, response.code) == (414, "PAYLOAD_TOO_LARGE")
        assert "MAX_URL_BYTES" in response.error["status_msg"]
        assert caller.read_to_end() == b""

    def test_a_url_up_to_the_bound(self, caller: Caller) -> None:
        url = b"/healthz?".ljust(MAX_URL_BYTES, b"x")
        assert caller.send(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % url).read().status == 200

    @pytest.mark.parametrize("endless", [b"0\r\nX: ", b"5;x="], ids=["trailer", "chunk extension"])
    def test_what_stands_between_pieces_of_a_body_is_bounded(self, endless: bytes, caller: Caller) -> None:
        caller.send(post(b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + endless)
        for _ in range(100):
            if not caller.try_to_send(b"x" * 1000):
                break
        response = caller.read()
        assert (response.status, response.code) == (431, "PAYLOAD_TOO_LARGE")
        assert caller.read_to_end() == b""

    def test_a_large_body_is_no_large_header(self, caller: Caller, recorder: Recorder) -> None:
        body = BODY[:-1] + b', "callerName": "' + b"x" * 500_000 + b'"}'
        caller.send(post(body) + HEALTH)
        assert succeeded(caller.read())
        assert caller.read().status == 200
        assert len(recorder.requests) == 1

    def test_requests_sent_ahead_are_few(self, caller: Caller) -> None:
        """The connection closes after the last that is taken, and says so in its answer."""
        caller.send(HEALTH * 1000)
        answers: list[Response] = []
        while not answers or "connection" not in answers[-1].headers:
            answers.append(caller.read())
        assert {answer.status for answer in answers} == {200}
        assert 2 < len(answers) < 100
        assert caller.read_to_end() == b""
