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


@pytest.mark.parametrize("own", [({}, {}, {}), ({"log": "true"}, {}, {}), ({"log": "true"}, {"type": "sms"}, {})])
def test_lines_of_which_the_first_may_be_either_are_refused(own: tuple[dict[str, str], ...]) -> None:
    """It could be what all have in common, or the first of three calls."""
    with App(accept_message) as app:
        calls = ({"args": COMMON | item(n) | more} for n, more in enumerate(own, start=1))
        error = error_in(post(app, lines(*calls), NDJSON))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["items"])
        assert app.sent == []


@pytest.mark.parametrize("media_type", ["application/ndjson", "application/jsonl; charset=utf-8"])
def test_lines_have_more_names_than_one(media_type: str) -> None:
    with App(accept_message) as app:
        assert post(app, lines({"args": COMMON}, item(1), item(2)), media_type).json()["callback"] == "success"
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]


def test_items_may_be_json_as_text() -> None:
    """Platforms that send forms hold every value as text."""
    with App(accept_message) as app:
        body = {"args": COMMON, "items": json.dumps([item(1), {"args": item(2)}])}
        assert app.request("POST", PATH, json=body).json()["callback"] == "success"
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]
        error = error_in(app.request("POST", PATH, json={"args": COMMON, "items": "[{"}))
        assert (error["status_code"], error["hint"][:16]) == ("JSON_VALIDATION", "The field items ")


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


def test_empty_columns_of_a_table_are_none() -> None:
    """As spreadsheets write them that once had something there."""
    with App(accept_message) as app:
        table = "destination,,text,,\n14155550001,,Hi,,,\n,,,,\n14155550002,,Hi\n"
        answer = app.request("POST", PATH, data=COMMON, files={"items": ("list.csv", table, "text/csv")})
        assert answer.json()["callback"] == "success", answer.text
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]


def test_a_table_as_a_file_of_a_form_whose_fields_are_common() -> None:
    table = b"destination\n14155550001\n14155550002\n"
    with App(accept_message) as app:
        answer = app.request("POST", PATH, data=COMMON, files={"items": ("list.csv", table, "text/csv")})
        assert answer.json()["callback"] == "success", answer.text
        assert sent(app) == [("14155550001", "Hi"), ("14155550002", "Hi")]


@pytest.mark.parametrize("media_type", ["application/csv", "text/tab-separated-values"])
def test_a_table_has_more_names_than_one(media_type: str) -> None:
    with App(accept_message) as app:
        table = "src\tdestination\ttext\n14155550100\t14155550001\tHi\n"
        assert post(app, table, media_type, auth=BASIC).json()["callback"] == "success"
        assert sent(app) == [("14155550001", "Hi")]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("src,destination\n14155550100,14155550001\n", "send it with Content-Type: text/csv"),
        (lines({"args": COMMON}, item(1)), "send it with Content-Type: application/x-ndjson"),
        (json.dumps([item(1)]), 'a list where an object is needed. Send {"args": '),
        ("args[src]=14155550100", 'Send {"args": '),
        ("", 'The body is empty. Send {"args": '),
        ('{"items": [}', "line 1, column 12"),
        ('[{"destination": 1,}]', "line 1, column 20"),
    ],
)
@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_what_is_sent_as_something_else_is_told_how_it_can_be_sent(body: str, said: str, media_type: str) -> None:
    """Curl calls everything a form unless it is told otherwise."""
    with App(accept_message) as app:
        error = error_in(post(app, body, media_type, auth=BASIC))
        assert error["status_code"] == "JSON_VALIDATION"
        assert said in error["hint"]
        assert "/bulk" not in error["hint"]


@pytest.mark.parametrize(("ref", "told"), [(True, "true"), (0, "0"), (False, "false"), ("", None), ("x y", "x y")])
def test_a_ref_is_any_text(ref: object, told: str | None) -> None:
    with App(accept_message) as app:
        answer = app.request("POST", PATH, json={"args": COMMON, "items": [item(1, ref=ref)]}).json()
        assert answer["contextWrites"]["to"]["results"][0].get("ref") == told


def test_a_ref_that_is_no_text_is_refused() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON, "items": [item(1, ref={"row": 1}), item(2, ref=["a"])]}
        error = error_in(app.request("POST", PATH, json=body))
        assert [told["errors"] for told in error["items"]] == [
            {"ref": "must be text, not an object"},
            {"ref": "must be text, not a list"},
        ]
        assert app.sent == []


@pytest.mark.parametrize("own", [{"authId": "MAOTHER"}, {"authToken": "other"}])
@pytest.mark.parametrize("in_header", [True, False])
def test_half_a_pair_of_credentials_is_not_made_whole_with_the_common_one(
    own: dict[str, str],
    in_header: bool,  # noqa: FBT001  # drawn
) -> None:
    with App(accept_message) as app:
        common = {name: value for name, value in COMMON.items() if not in_header or name not in CREDENTIALS}
        body = {"args": common, "items": [item(1, **own)]}
        error = error_in(app.request("POST", PATH, json=body, auth=BASIC if in_header else None))
        lacking = "authToken" if "authId" in own else "authId"
        assert (error["items"][0]["status_code"], error["items"][0]["fields"]) == ("REQUIRED_FIELDS", [lacking])
        assert app.sent == []


@pytest.mark.parametrize(
    ("common", "field", "said"),
    [
        ({"to": "+1 415 555 0123"}, "to", "recipients go into destination"),
        ({"to": ["x"]}, "to", "must be text"),
        ({"skipInvalid": []}, "skipInvalid", "must be true or false"),
        ({"skipDuplicates": {}}, "skipDuplicates", "must be true or false"),
    ],
)
def test_what_steers_a_bulk_is_checked(common: dict[str, Any], field: str, said: str) -> None:
    with App(accept_message) as app:
        error = error_in(app.request("POST", PATH, json={"args": COMMON | common, "items": [item(1)]}))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", [field])
        assert said in error["errors"][field]
        assert app.sent == []


def test_what_stands_in_the_query_is_refused() -> None:
    """Left unsaid, it would look as if it had counted, and what is there twice would be sent twice."""
    with App(accept_message) as app:
        body = {"args": COMMON, "items": [item(1), item(1)]}
        error = error_in(app.request("POST", f"{PATH}?skipDuplicates=true", json=body))
        assert (error["status_code"], error["fields"]) == ("INVALID_FIELDS", ["skipDuplicates"])
        assert app.sent == []


def test_an_item_with_a_field_twice_is_named() -> None:
    with App(accept_message) as app:
        body = {"args": COMMON, "items": [item(1), item(2, **{"destination ": "14155550009"})]}
        error = error_in(app.request("POST", PATH, json=body))
        assert "item 1 gives a field twice" in error["errors"]["items"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (b"", "first line"),
        (b"\n14155550001\n", "first line"),
        (b"destination,destination\n1,2\n", "twice"),
        (b"destination\n1,2\n", "line 2"),
        (b"destination,text,,\n1,2,,\n1,2,,lost\n", "line 3"),
        (b'destination,text\n\n1,"two\nlines"\n1,2,3\n', "line 5"),
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
