"""WhatsApp templates."""

from tests.support.sandbox_driver import Driver


def test_whatsapp_template_life(plivo: Driver) -> None:
    """A template is approved after two seconds, and again after each change; accounts are apart."""
    templates = "WhatsApp/Template/200000000000001/"
    body = {
        "name": "hello",
        "language": "en_US",
        "category": "MARKETING",
        "components": [{"type": "BODY", "text": "x"}],
    }
    created = plivo.post(templates, body)
    assert (created["status"], created["category"]) == ("PENDING", "MARKETING")
    path = f"{templates}{created['template_id']}/"
    plivo.wait(2)
    shown = plivo.get(path)
    assert (shown["status"], shown["name"], shown["components"]) == ("APPROVED", "hello", body["components"])
    assert plivo.post(path, {"category": "UTILITY"})["status"] == "PENDING"
    assert [item["category"] for item in plivo.get(templates)["objects"]] == ["UTILITY"]
    assert plivo.get("WhatsApp/Template/9/")["objects"] == []
    plivo.delete(path, status=204)
    assert plivo.get(path, 404)["error"] == "not found"
