"""The generic engine: what is created can be shown, listed, changed and deleted."""

from tests.support.sandbox_driver import ANSWER, AUTH, Driver, application


def test_application_life(plivo: Driver) -> None:
    """What is created can be shown, listed, changed and deleted."""
    app_id = application(plivo, default_number_app=True)
    shown = plivo.get(f"Application/{app_id}/")
    assert (shown["app_name"], shown["answer_url"], shown["default_app"]) == ("shop", ANSWER, True)
    assert shown["hangup_url"] == ANSWER
    assert shown["message_url"] == ""
    assert shown["sip_uri"] == f"sip:{app_id}@app.plivo.com"
    assert shown["resource_uri"] == f"/v1/Account/{AUTH[0]}/Application/{app_id}/"
    assert plivo.post(f"Application/{app_id}/", {"answer_url": ANSWER + "2"}, 202)["message"] == "changed"
    assert plivo.get(f"Application/{app_id}/")["answer_url"] == ANSWER + "2"
    assert plivo.delete(f"Application/{app_id}/", status=204) is None
    plivo.get(f"Application/{app_id}/", 404)
    plivo.post(f"Application/{app_id}/", {"answer_url": ANSWER}, 404)
    plivo.delete(f"Application/{app_id}/", status=404)


def test_endpoint_life(plivo: Driver) -> None:
    """An endpoint's name gets digits, its password is shown as MD5, its application is a path."""
    app_id = application(plivo)
    body = {"username": "zumba", "password": "secret", "alias": "z", "app_id": app_id}
    created = plivo.post("Endpoint/", body, 200)
    path = f"Endpoint/{created['endpoint_id']}/"
    shown = plivo.get(path)
    assert created["username"] == shown["username"]
    assert shown["username"].startswith("zumba")
    assert len(shown["username"]) == len("zumba") + 12
    assert shown["password"] == "5ebe2294ecd0e0f08eab7690d2a6ee69"
    assert shown["application"] == f"/v1/Account/{AUTH[0]}/Application/{app_id}/"
    plivo.post(path, {"alias": "new"}, 202)
    assert plivo.get(path)["alias"] == "new"
    assert plivo.get(path)["password"] == shown["password"]
    plivo.post(path, {"alias": "half", "app_id": "1"}, 400)
    assert plivo.get(path)["alias"] == "new"


def test_deleted_application_takes_its_endpoints_along(plivo: Driver) -> None:
    """Deleting an application deletes its endpoints, or links them to its successor."""
    old, new = application(plivo), application(plivo)
    body = {"username": "u", "password": "secret", "alias": "a", "app_id": old}
    endpoint = plivo.post("Endpoint/", body)["endpoint_id"]
    successor = {"cascade": False, "new_endpoint_application": new}
    for wrong in ("1", old):
        plivo.delete(f"Application/{old}/", {**successor, "new_endpoint_application": wrong}, 400)
    plivo.delete(f"Application/{old}/", successor, 204)
    assert plivo.get(f"Endpoint/{endpoint}/")["application"].endswith(f"/Application/{new}/")
    plivo.delete(f"Application/{new}/", status=204)
    plivo.get(f"Endpoint/{endpoint}/", 404)


def test_carrier_life(plivo: Driver) -> None:
    """The generic engine serves what nothing else does."""
    carrier = plivo.post("IncomingCarrier/", {"name": "Carrier One", "ip_set": "192.0.2.1"}, 201)["carrier_id"]
    assert plivo.get(f"IncomingCarrier/{carrier}/")["ip_set"] == "192.0.2.1"
    assert [item["carrier_id"] for item in plivo.get("IncomingCarrier/", name="one")["objects"]] == [carrier]
    plivo.post(f"IncomingCarrier/{carrier}/", {"name": "Two"}, 202)
    plivo.delete(f"IncomingCarrier/{carrier}/", status=204)
    plivo.get(f"IncomingCarrier/{carrier}/", 404)


def test_records_to_read(plivo: Driver) -> None:
    """Complaints and SIP trunk calls are those of the examples."""
    complaint = plivo.get("Ucc/", status="open")["objects"][0]["reference_id"]
    plivo.post(f"Ucc/{complaint}/", {})
    plivo.get("Ucc/0/", 404)
    assert plivo.get("Zentrunk/Call/")["meta"]["total_count"] == 3
    assert plivo.get("Zentrunk/Call/", end_time__gt="2027-01-15 06:30:00")["meta"]["total_count"] == 1
    assert plivo.get("Zentrunk/Call/e2b4607f-1d95-4a83-b6c0-58f7d3e91a24/Insights/")["plivo_quality_score"]
    plivo.get("Zentrunk/Call/0/Insights/", 404)
