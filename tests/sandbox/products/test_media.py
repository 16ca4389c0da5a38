"""Media: uploaded, listed, sent."""

from tests.support.sandbox_driver import Driver

PNG = ("menu.png", b"\x89PNG1234", "image/png")


def test_media_life(plivo: Driver) -> None:
    """Media is uploaded, listed, shown, and sent with a message."""
    files = [("file", PNG), ("file", ("big.png", b"x" * (2 * 1024 * 1024 + 1), "image/png"))]
    stored, refused = plivo.upload("Media/", {}, files, 201)["objects"]
    assert (stored["file_name"], stored["content_type"], stored["size"]) == ("menu.png", "image/png", 8)
    assert (stored["status"], refused["status"], refused["media_id"]) == ("success", "failed", None)
    assert plivo.get("Media/")["objects"][0]["media_id"] == stored["media_id"]
    assert plivo.get(f"Media/{stored['media_id']}/")["media_url"].endswith(stored["media_id"])
    body = {"src": "14155550100", "dst": "14155550123", "type": "mms", "text": "menu"}
    plivo.post("Message/", {**body, "media_ids": ["0"]}, 400)
    carried = {"media_ids": [stored["media_id"]], "media_urls": ["https://example.com/a.gif"]}
    uuid = plivo.post("Message/", {**body, **carried})["message_uuid"][0]
    first, second = plivo.get(f"Message/{uuid}/Media/")["objects"]
    assert (first["media_id"], first["size"], second["content_type"]) == (stored["media_id"], 8, "image/gif")
    plivo.get("Message/0/Media/", 404)
    plivo.upload("Media/", {}, [("file", PNG)] * 11, 400)
