"""Powerpacks and their pools of numbers."""

from tests.support.sandbox_driver import Driver


def powerpack(plivo: Driver) -> tuple[str, str]:
    """Make a powerpack and return its path and its pool's."""
    made = plivo.post("Powerpack/", {"name": "news", "application_type": "phlo"}, 200)
    assert (made["name"], made["application_type"], made["sticky_sender"]) == ("news", "PHLO", True)
    return f"Powerpack/{made['uuid']}/", made["number_pool"]


def test_powerpack_life(plivo: Driver) -> None:
    path, pool = powerpack(plivo)
    assert plivo.post(path, {"name": "more news"}, 200)["number_pool"] == pool
    assert plivo.get("Powerpack/", service="sms")["objects"][0]["name"] == "more news"
    plivo.post(f"{pool}Number/14155550188/", {"rent": "true"})
    assert plivo.delete(path, {"unrent_numbers": True}, 200)["response"] == "success"
    plivo.get(path, 404)
    plivo.get(f"{pool}Number/", 404)
    plivo.get("Number/14155550188/", 404)


def test_numbers_of_a_pool(plivo: Driver) -> None:
    """Rented numbers are added to a pool, bought into it, found and removed."""
    _, pool = powerpack(plivo)
    plivo.post(f"{pool}Number/14155550199/", status=404)
    added = plivo.post(f"{pool}Number/14155550100/", status=200)
    assert (added["number"], added["country_iso2"], added["type"]) == ("14155550100", "US", "fixed")
    plivo.post(f"{pool}Number/14155550199/", {"rent": "true", "service": "mms"}, 200)
    plivo.get("Number/14155550199/")
    listed = plivo.get(f"{pool}Number/")
    assert [item["number"] for item in listed["objects"]] == ["14155550199", "14155550100"]
    assert (listed["uuid"], listed["meta"]["next"]) == (pool.split("/")[5], "")
    assert plivo.get(f"{pool}Number/", starts_with="628")["objects"] == []
    assert len(plivo.get(f"{pool}Number/", starts_with="415,628")["objects"]) == 2
    assert plivo.get(f"{pool}Number/", service="mms")["meta"]["total_count"] == 1
    plivo.delete(f"{pool}Number/14155550199/", {"unrent": True}, 200)
    plivo.get(f"{pool}Number/14155550199/", 404)
    plivo.get("Number/14155550199/", 404)


def test_other_parts_of_a_pool(plivo: Driver) -> None:
    _, pool = powerpack(plivo)
    plivo.post(f"{pool}Tollfree/14155550100/", status=400)
    assert plivo.post(f"{pool}Tollfree/18005550100/", status=200)["tollfree"] == "18005550100"
    assert plivo.get(f"{pool}Tollfree/18005550100/")["type"] == "tollfree"
    assert plivo.get(f"{pool}Shortcode/")["objects"] == []
    plivo.get(f"{pool}Shortcode/555010/", 404)
    plivo.delete(f"{pool}Tollfree/18005550100/", status=200)
    assert plivo.get(f"{pool}Tollfree/")["objects"] == []


def test_message_from_a_powerpack(plivo: Driver) -> None:
    """A powerpack sends from its pool."""
    path, pool = powerpack(plivo)
    plivo.post(f"{pool}Tollfree/18005550100/")
    uuid = path.split("/")[1]
    sent = plivo.post("Message/", {"powerpack_uuid": uuid, "dst": "14155550123", "text": "hi"})["message_uuid"][0]
    assert plivo.get(f"Message/{sent}/")["from_number"] == "18005550100"
