"""What a bulk may come as: JSON, NDJSON, CSV; and what is refused in each."""

import json
from typing import Any

import httpx
import pytest

from tests.support.in_process import AUTH_ID, CREDENTIALS, App, error_in

COMMON = {**CREDENTIALS, "src": "14155550100", "text": "Hi"}
PATH = "/api/Plivo/sendMessage/bulk"
BASIC = (AUTH_ID, CREDENTIALS["authToken"])
NDJSON = "application/x-ndjson"


def accept_message(request: httpx.Request) -> httpx.Response:
    return httpx.Response(202, json={"message_uuid": [json.loads(request.content)["dst"]]})


def post(app: App, content: str | bytes, content_type: str, **options: Any) -> httpx.Response:
    return app.request("POST", PATH, content=content, headers={"Content-Type": content_type}, **options)


def lines(*content: object) -> str:
    return "\n".join(json.dumps(line) for line in content)


def sent(app: App) -> list[tuple[str, str]]:
    bodies = [json.loads(request.content) for request in app.sent]
    return sorted((body["dst"], body["text"]) for body in bodies)


def item(number: int, **more: object) -> dict[str, object]:
    return {"destination": f"1415555000{number}", **more}


@pytest.mark.parametrize(
    "body",
    [
        lines({"args": COMMON}, item(1), {"args": item(2)}, {"args": item(3), "text": "Mine"}),
        lines({"args": COMMON}, {"args": item(1)}, {"args": item(2)}, {"args": item(3, text="Mine")}),
        lines(COMMON | item(1), {"args": COMMON | item(2)}, {"args": COMMON | item(3, text="Mine")}),
    ],
)
def test_no_line_is_swallowed(body: str) -> None:
    with App(accept_message) as app:
        assert post(app, body, NDJSON).json()["callback"] == "success"
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi"), ("14155550003", "Mine")]


def test_lines_of_which_the_first_may_be_either_are_refused() -> None:
    """It could be what all have in common, or the first of three calls."""
    with App(accept_message) as app:
        error = error_in(post(app, lines(*({"args": COMMON | item(n)} for n in (1, 2, 3))), NDJSON))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["items"])
        assert app.sent == []


def test_items_may_wrap_their_fields_in_json_too() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON, "items": [{"args": item(1)}, item(2)]}
        assert app.request("POST", PATH, json=body).json()["callback"] == "success"
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]
        wrong = app.request("POST", PATH, json={"args": COMMON, "items": [{"args": 1}]})
        assert error_in(wrong)["fields"] == ["items"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_table(delimiter: str, bom: str, newline: str) -> None:
    rows = [["ref", "src", " destination ", "text"], ["row 1", "14155550100", "14155550001", 'say "hi"']]
    rows += [
        ["row 2", "14155550100", "14155550002", "two\nlines"],
        ["", "", "", ""],
        ["", "14155550100", "14155550003", "x"],
    ]
    cells = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' if cell != "ref" else cell for cell in row] for row in rows]
    table = bom + newline.join(delimiter.join(row) for row in cells) + newline
    with App(accept_message) as app:
        answer = post(app, table.encode(), "text/csv", auth=BASIC).json()
        results = answer["contextWrites"]["to"]["results"]
        assert sent(app) == [("14155550001", 'say "hi"'), ("14155550002", "two\nlines"), ("14155550003", "x")]
    assert [row.get("ref") for row in results] == ["row 1", "row 2", None]


def test_a_table_as_a_file_of_a_form_whose_fields_are_common() -> None:
    table = b"destination\n14155550001\n14155550002\n"
    with App(accept_message) as app:
        answer = app.request("POST", PATH, data=COMMON, files={"items": ("list.csv", table, "text/csv")})
        assert answer.json()["callback"] == "success", answer.text
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "first line"),
        (b"\n14155550001\n", "first line"),
        (b"destination,destination\n1,2\n", "twice"),
        (b"destination\n1,2\n", "line 2"),
        (b"destination\n\xff\xfe\n", "UTF-8"),
        (b'destination\n"open\n', "cannot be read"),
        (b"destination\n", "1 to 10000"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(table: bytes, said: str) -> None:
    with App(accept_message) as app:
        error = error_in(post(app, table, "text/csv", auth=BASIC))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["items"])
        assert said in error["errors"]["items"]


def test_common_fields_that_do_not_fit_are_told_once() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON | {f"unknown{n}": 1 for n in range(20)}, "items": [{}] * 10_000}
        answer = app.request("POST", PATH, json=body)
        assert error_in(answer)["fields"] == [f"unknown{n}" for n in range(20)]
        assert len(answer.content) < 10_000


def test_of_many_items_that_cannot_be_run_some_are_told_and_how_many_there_are() -> None:
    with App(accept_message, max_reported_items=3) as app:
        error = error_in(app.request("POST", PATH, json={"args": COMMON, "items": [{}] * 1000}))
        assert [told["index"] for told in error["items"]] == [0, 1, 2]
        assert error["more"] == 997
        assert error["status_msg"].startswith("1000 items cannot be run")
        one = error_in(app.request("POST", PATH, json={"args": COMMON, "items": [{}]}))
        assert one["status_msg"].startswith("1 item cannot be run")
        assert "more" not in one


def test_common_fields_times_items_are_bounded() -> None:
    with App(accept_message, max_bulk_bytes=100_000) as app:
        error = error_in(
            app.request("POST", PATH, json={"args": COMMON | {"text": "x" * 1000}, "items": [item(1)] * 200})
        )
        assert error["status_code"] == "INVALID_FIELDS"
        assert "MAX_BULK_BYTES" in error["errors"]["args"]
        assert app.sent == []


def test_an_answer_that_grows_too_large_stops_the_bulk_and_says_how_to_go_on() -> None:
    with App(accept_message, max_answer_bytes=20_000) as app:
        body = {"args": COMMON | {"text": "x" * 1000, "dryRun": True}, "items": [item(n % 10) for n in range(500)]}
        result = app.request("POST", PATH, json=body).json()["contextWrites"]["to"]
    assert result["remaining"] > 0
    assert result["succeeded"] + result["remaining"] == 500
    assert "MAX_ANSWER_BYTES" in result["hint"]
