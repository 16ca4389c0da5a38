"""Sends a message to every row of a CSV, and writes what became of each: Python alone, no package.

    python send_csv.py guests.csv "reminders for 28 May"

The file's first line names the fields: ref, src, destination, text. Run again with the same name, nothing goes out
twice, whatever rows were added or removed. CONNECTOR_URL, PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN say where and for whom.
"""

import csv
import json
import os
import sys
from base64 import b64encode
from pathlib import Path
from urllib.request import Request, urlopen


def send(table: bytes, key: str) -> list[dict[str, object]]:
    """Send a CSV as one bulk, again as long as that leads on, and return the results.

    Raises:
        SystemExit: it could not be sent; says why.
    """
    url = os.environ.get("CONNECTOR_URL", "http://localhost:8080")
    pair = f"{os.environ.get('PLIVO_AUTH_ID', '')}:{os.environ.get('PLIVO_AUTH_TOKEN', '')}"
    headers = {
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "Content-Type": "text/csv",
        "Idempotency-Key": key,
    }
    remaining = None
    while True:
        request = Request(f"{url}/api/Plivo/sendMessage/bulk", table, headers)  # noqa: S310  # the address is the user's
        with urlopen(request, timeout=70) as response:  # noqa: S310  # as above
            answer = json.load(response)
        content = answer["contextWrites"]["to"]
        if answer["callback"] != "success":
            raise SystemExit(json.dumps(content, indent=2, ensure_ascii=False))
        if content["remaining"] in (0, remaining):
            results: list[dict[str, object]] = content["results"]
            return results
        remaining = content["remaining"]


def main() -> None:
    """Send the file that is named, and write a CSV of the outcome to standard output."""
    path, key = sys.argv[1:]
    written = csv.writer(sys.stdout)
    written.writerow(("ref", "outcome", "message_uuid or reason"))
    for one in send(Path(path).read_bytes(), key):
        result = one["result"]
        told = result.get("message_uuid") or result.get("status_msg") if isinstance(result, dict) else result
        written.writerow((one.get("ref", one["index"]), one["callback"], told[0] if isinstance(told, list) else told))


if __name__ == "__main__":
    main()
