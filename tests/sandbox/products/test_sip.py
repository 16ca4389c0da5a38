"""SIP trunks with what they are made of, and credentials for SIP authentication."""

from tests.support.sandbox_driver import ANSWER, AUTH, Driver


def test_trunk_life(plivo: Driver) -> None:
    """A trunk has a domain of its own and names URIs and credentials that are there; a missing one is Plivo's 404."""
    uri = plivo.post("Zentrunk/URI/", {"uri": "pbx.example.com:5060"}, 201)["uri_uuid"]
    body = {"trunk_direction": "inbound", "name": "Office", "primary_uri_uuid": uri}
    assert plivo.post("Zentrunk/Trunk/", {**body, "primary_uri_uuid": "0"}, 400)["error"].startswith("primary_uri_uuid")
    trunk_id = plivo.post("Zentrunk/Trunk/", body, 201)["trunk_id"]
    path = f"Zentrunk/Trunk/{trunk_id}/"
    shown = plivo.get(path)["object"]
    assert (shown["trunk_domain"], shown["trunk_status"]) == (f"{trunk_id}.zt.plivo.com", "enabled")
    assert shown["primary_uri_uuid"] == uri
    plivo.post(path, {**body, "trunk_status": "disabled"})
    assert plivo.get("Zentrunk/Trunk/", trunk_status="disabled")["objects"][0]["trunk_id"] == trunk_id
    plivo.delete(path, status=204)
    missing = plivo.get(path, 404)
    assert {**missing, "api_id": ""} == {"api_id": "", "Error": f"Trunk details for {trunk_id} not found"}


def test_lists_of_addresses(plivo: Driver) -> None:
    acl = plivo.post("Zentrunk/IPAccessControlList/", {"ip_addresses": ["192.0.2.1"]}, 201)["ipacl_uuid"]
    assert plivo.get(f"Zentrunk/IPAccessControlList/{acl}/")["ip_addresses"] == ["192.0.2.1"]


def test_credential_that_is_relied_on(plivo: Driver) -> None:
    """A credential that an application relies on cannot be deleted, in Plivo's words; its password is never shown."""
    made = plivo.post("SipAuth/Credential/", {"username": "desk", "password": "Front-Desk-Secret1"}, 201)
    path, uuid = f"SipAuth/Credential/{made['credential_uuid']}/", made["credential_uuid"]
    assert "Secret" not in plivo.send("GET", path).text
    body = {"app_name": "sip", "answer_url": ANSWER, "sip_auth_type": "credential", "credential_uuid": uuid}
    plivo.post("Application/", {**body, "credential_uuid": "0"}, 400)
    app = plivo.post("Application/", body, 201)["app_id"]
    assert plivo.delete(path, status=409)["error"].startswith(
        "This credential is currently assigned to an application."
    )
    plivo.post(f"Application/{app}/", {"sip_auth_type": ""})
    plivo.delete(path, status=204)
    assert AUTH[0] in made["resource_uri"]
