"""One block for every row of a table: what will be sent is shown before, what became of each row after."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.console.forms import field
from tests.support.browser import Visit
from tests.support.process import Process

ROWS = 40
TABLE = "ref,destination\n" + "".join(f"row {number},141555502{number:02}\n" for number in range(ROWS))


def open_bulk(visit: Visit) -> Page:
    """Open the bulk of a block, with what is the same for every row."""
    page = visit.open("#/blocks/sendMessage?src=14155550100&text=Hello")
    page.get_by_role("button", name="Many, from a CSV").click()
    expect(page.get_by_label("CSV file")).to_be_attached()
    return page


def test_every_row_of_a_file_is_sent(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "customers.csv"
    table.write_text(TABLE)
    page = open_bulk(visit)
    page.get_by_label("CSV file").set_input_files(table)
    expect(page.get_by_text("customers.csv")).to_be_visible()
    expect(page.get_by_role("region", name="First rows")).to_contain_text("14155550200")
    page.get_by_role("button", name="Send all").click()
    bar = page.get_by_role("progressbar", name="Rows that are done")
    expect(bar).to_have_attribute("max", str(ROWS))
    expect(bar).to_have_js_property("value", ROWS)
    expect(page.get_by_text(f"{ROWS} of {ROWS} done, 0 failed")).to_be_visible()
    results = page.get_by_role("region", name="Results").get_by_role("row")
    expect(results).to_have_count(ROWS + 1)
    expect(results.nth(1)).to_contain_text("row 0")


def test_rows_that_do_not_fit_are_named_and_nothing_is_sent(visit: Visit, service: Process) -> None:
    before = sent(service)
    page = open_bulk(visit)
    page.get_by_label("Rows, as CSV").fill("ref,destination\nAnna,14155550123\nBert,nobody\n")
    page.get_by_role("button", name="Send all").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Row 2 (Bert): destination")
    assert sent(service) == before


def test_the_others_are_sent_where_that_is_wanted(visit: Visit, service: Process) -> None:
    before = sent(service)
    page = open_bulk(visit)
    page.get_by_label("Rows, as CSV").fill("ref;destination\nAnna;14155550123\nBert;nobody\n")
    page.get_by_label("Send the others where a row does not fit").check()
    page.get_by_role("button", name="Send all").click()
    expect(page.get_by_text("2 of 2 done, 1 failed")).to_be_visible()
    first = page.get_by_role("region", name="Results").get_by_role("row").nth(1)
    expect(first).to_contain_text("Bert")
    expect(first).to_contain_text("INVALID_FIELDS")
    assert sent(service) == before + 1


def test_the_same_key_sends_nothing_twice(visit: Visit, service: Process) -> None:
    page = open_bulk(visit)
    page.get_by_label("Rows, as CSV").fill("destination\n14155550123\n14155550124\n")
    page.get_by_label("Idempotency key").fill("console")
    counts = []
    for _ in range(2):
        page.get_by_role("button", name="Send all").click()
        expect(page.get_by_text("2 of 2 done, 0 failed")).to_be_visible()
        expect(page.get_by_role("button", name="Send all")).to_be_enabled()
        counts.append(sent(service))
    assert counts[0] == counts[1]


def test_a_file_in_another_encoding_is_refused_and_taken_once_it_is_mended(visit: Visit, tmp_path: Path) -> None:
    table = tmp_path / "gäste.csv"
    table.write_text("destination,text\n14155550123,Grüße\n", encoding="cp1252")
    page = open_bulk(visit)
    page.get_by_label("CSV file").set_input_files(table)
    expect(page.get_by_role("alert")).to_contain_text("gäste.csv is not text in UTF-8. Save the table as “CSV UTF-8”")
    expect(page.get_by_label("Rows, as CSV")).to_have_value("")
    table.write_text("destination,text\n14155550123,Grüße\n", encoding="utf-8-sig")
    page.get_by_label("CSV file").set_input_files(table)
    expect(page.get_by_role("cell", name="Grüße")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Send all").click()
    expect(page.get_by_text("1 of 1 done, 0 failed")).to_be_visible()


def test_a_refusal_shows_no_progress_and_goes_with_its_file(visit: Visit, tmp_path: Path) -> None:
    page = open_bulk(visit)
    page.get_by_label("Rows, as CSV").fill("ref,destination,text\nAnna,14155550123,Hi\nBert,,Hi\n")
    page.get_by_role("button", name="Send all").click()
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Row 2 (Bert): destination is missing")
    expect(page.get_by_role("progressbar", name="Rows that are done")).to_have_count(0)
    table = tmp_path / "fixed.csv"
    table.write_text("ref,destination,text\nAnna,14155550123,Hi\n")
    page.get_by_label("CSV file").set_input_files(table)
    expect(told).to_have_count(0)


def test_columns_that_are_no_fields_are_marked(visit: Visit) -> None:
    page = open_bulk(visit)
    page.get_by_label("Rows, as CSV").fill('destination,colour,text\n14155550123,red,"Hello, ""you"""\n')
    expect(page.get_by_role("columnheader", name="colour")).to_contain_text("not a field")
    expect(page.get_by_role("cell", name='Hello, "you"')).to_be_visible()
    page.get_by_text("The same for all rows").click()
    expect(field(page, "src")).to_be_visible()
    expect(field(page, "text")).to_have_count(0)


def sent(service: Process) -> int:
    """Return how many messages the sandbox has."""
    listed = service.call("getMessages", authId="MASANDBOX00000000000", authToken="sandbox").json()
    total: int = listed["contextWrites"]["to"]["meta"]["total_count"]
    return total
