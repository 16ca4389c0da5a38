"""The sandbox's compliance: end users, documents, applications, addresses and identities, hosted numbers."""

import pytest

from tests.support.sandbox_driver import Driver

PDF = ("passport.pdf", b"%PDF-1.7", "application/pdf")
TYPE = "e84609fb-2f71-4adb-871e-393afb5c47ee"
REQUIREMENT = "60ce8173-a7f9-4253-8f96-b1b273decf56"


def end_user(plivo: Driver) -> str:
    return str(plivo.post("EndUser/", {"name": "Ada", "last_name": None, "end_user_type": "individual"})["end_user_id"])


def document(plivo: Driver, user: str) -> str:
    fields = {"end_user_id": user, "document_type_id": TYPE, "alias": "Ada's passport", "first_name": "Ada"}
    return str(plivo.upload("ComplianceDocument/", fields, {"file": PDF})["document_id"])


def test_end_user_life(plivo: Driver) -> None:
    user = end_user(plivo)
    plivo.post(f"EndUser/{user}/", {"last_name": "Byron"})
    shown = plivo.get(f"EndUser/{user}/")
    assert (shown["name"], shown["last_name"], shown["created_at"]) == ("Ada", "Byron", "2027-01-15T08:00:00Z")
    assert len(plivo.get("EndUser/", last_name="Byron")["objects"]) == 1
    plivo.delete(f"EndUser/{user}/", status=204)
    plivo.get(f"EndUser/{user}/", 404)


def test_document_life(plivo: Driver) -> None:
    """A document travels as a form; of its file the name is kept."""
    user = end_user(plivo)
    path = f"ComplianceDocument/{document(plivo, user)}/"
    shown = plivo.get(path)
    assert (shown["file_name"], shown["alias"], shown["end_user_id"]) == ("passport.pdf", "Ada's passport", user)
    assert shown["meta_information"] == {"first_name": "Ada"}
    plivo.upload(path, {"last_name": "Byron"}, {"file": ("new.pdf", b"%PDF", "application/pdf")})
    assert plivo.get(path)["meta_information"] == {"first_name": "Ada", "last_name": "Byron"}
    assert plivo.get(path)["file_name"] == "new.pdf"
    plivo.upload("ComplianceDocument/", {"end_user_id": "0"}, None, 400)
    plivo.delete(path, status=204)


def test_application_life(plivo: Driver) -> None:
    """An application is a draft until it is submitted, and accepted two seconds later."""
    user = end_user(plivo)
    first, second = document(plivo, user), document(plivo, user)
    body = {"compliance_requirement_id": REQUIREMENT, "end_user_id": user, "document_ids": [first], "alias": "Ada"}
    created = plivo.post("ComplianceApplication/", body)
    assert (created["status"], created["documents"][0]["document_name"]) == ("draft", "Ada's passport")
    path = f"ComplianceApplication/{created['compliance_application_id']}/"
    plivo.post(path, {"document_ids": [first, second]})
    assert [item["document_id"] for item in plivo.get(path)["documents"]] == [first, second]
    plivo.post(path, {"document_ids": ["0"]}, 400)
    assert plivo.post(f"{path}Submit/")["status"] == "submitted"
    plivo.post(f"{path}Submit/", status=400)
    plivo.wait(2)
    assert plivo.get(path)["status"] == "accepted"
    assert len(plivo.get("ComplianceApplication/", status="accepted")["objects"]) == 1
    plivo.delete(path, status=204)
    plivo.post(f"{path}Submit/", status=404)


def test_requirements(plivo: Driver) -> None:
    found = plivo.get("ComplianceRequirement/", country_iso2="DE", number_type="mobile", end_user_type="business")
    assert (found["country_iso2"], found["number_type"]) == ("DE", "mobile")
    plivo.get(f"ComplianceRequirement/{found['compliance_requirement_id']}/")
    assert plivo.get("ComplianceDocumentType/")["meta"]["total_count"] == 1
    plivo.get("ComplianceDocumentType/0/", 404)


def test_subaccounts_are_apart(plivo: Driver) -> None:
    """A subaccount has its own end users and documents; what documents there can be is the same for all."""
    created = plivo.post("Subaccount/", {"name": "branch"})
    branch = plivo.as_account(created["auth_id"], created["auth_token"])
    user = end_user(branch)
    document(branch, user)
    assert [item["end_user_id"] for item in branch.get("EndUser/")["objects"]] == [user]
    branch.get("EndUser/93f1b4a6-da2c-4586-b2c9-e485a607f299/", 404)
    branch.get(f"ComplianceDocumentType/{TYPE}/")
    branch.get(f"ComplianceRequirement/{REQUIREMENT}/")


def test_number_compliance_life(plivo: Driver) -> None:
    """A number compliance comes as JSON inside a form, is accepted after two seconds, and takes numbers."""
    data = {
        "country_iso": "IN",
        "number_type": "local",
        "alias": "first",
        "end_user": {"type": "business", "name": "Ada Ltd"},
        "documents": [{"document_type_id": TYPE}],
    }
    plivo.upload("PhoneNumber/Compliance/", {"data": {"alias": "x"}}, None, 400)
    plivo.upload("PhoneNumber/Compliance/", {"data": "{"}, None, 400)
    created = plivo.upload("PhoneNumber/Compliance/", {"data": data}, {"documents[0].file": PDF})
    path = f"PhoneNumber/Compliance/{created['compliance_id']}/"
    shown = plivo.get(path, expand="documents")["compliance"]
    assert (shown["status"], shown["user_type"], shown["end_user"]["name"]) == ("submitted", "business", "Ada Ltd")
    assert (shown["documents"][0]["file_name"], shown["linked_numbers"]) == ("passport.pdf", [])
    plivo.wait(2)
    assert plivo.get(path)["compliance"]["status"] == "accepted"
    changed = plivo.upload(path, {"data": {"alias": "second"}}, None, patch=True)["compliance"]
    assert (changed["alias"], changed["status"]) == ("second", "submitted")
    links = [{"number": "+14155550100", "compliance_application_id": id_} for id_ in (created["compliance_id"], "0")]
    report = plivo.post("PhoneNumber/Compliance/Link/", {"numbers": links})
    assert (report["total_count"], report["updated_count"]) == (2, 1)
    assert [line["status"] for line in report["report"]] == ["success", "failed"]
    assert plivo.get(path)["compliance"]["linked_numbers"][0]["number"] == "+14155550100"
    assert len(plivo.get("PhoneNumber/Compliance/", limit=100)["compliances"]) == 2
    assert plivo.delete(path, status=200)["compliance_id"] == created["compliance_id"]


@pytest.mark.parametrize("name", ["Address", "Identity"])
def test_verified_person_life(plivo: Driver, name: str) -> None:
    """Addresses and identities are accepted without telling their id, then verified."""
    fields = {
        "country_iso": "FR", "salutation": "Ms", "first_name": "Ada", "last_name": "B", "birth_place": "Lyon",
        "birth_date": "1984-03-15", "nationality": "FR", "id_nationality": "FR", "id_issue_date": "2019-06-01",
        "id_type": "passport", "id_number": "1", "address_line1": "1", "address_line2": "Rue", "city": "Lyon",
        "region": "Rhone", "postal_code": "69001", "address_proof_type": "passport", "callback_url": "https://e.com/",
    }  # fmt: skip
    assert (
        plivo.upload(f"Verification/{name}/", fields, {"file": PDF}, 202)["message"]
        == "Your request has been accepted."
    )
    (shown, _) = plivo.get(f"Verification/{name}/")["objects"]
    assert (shown["first_name"], shown["document_details"]["first_name"]) == ("Ada", "Ada")
    assert shown["url"].endswith(f"/Verification/{name}/{shown['id']}/")
    assert shown["verification_status"] == "pending"
    plivo.wait(2)
    path = f"Verification/{name}/{shown['id']}/"
    assert plivo.get(path)["verification_status"] == "accepted"
    assert len(plivo.get(f"Verification/{name}/", customer_name="ada")["objects"]) == 1
    # Without a file the SDKs send a plain form.
    changed = {**fields, "first_name": "Grace"}
    assert plivo.send("POST", path, data=changed).status_code == 202
    assert plivo.get(path)["first_name"] == "Grace"
    plivo.delete(path, status=204)
    plivo.get(path, 404)


def test_hosted_number_life(plivo: Driver) -> None:
    """A letter is uploaded, and names the numbers that are hosted under it."""
    letter = plivo.upload("HostedMessagingNumber/LOA/", {"alias": "letter"}, {"file": PDF})
    assert letter["file"].endswith(f"{letter['loa_id']}/passport.pdf")
    body = {"alias": "office", "application_id": "1", "loa_id": letter["loa_id"], "number": "14155550188"}
    hosted = plivo.post("HostedMessagingNumber/", body)
    assert (hosted["hosted_status"], hosted["number"]) == ("processing", "14155550188")
    plivo.wait(2)
    assert plivo.get(f"HostedMessagingNumber/{hosted['hosted_messaging_number_id']}/")["hosted_status"] == "completed"
    assert plivo.get(f"HostedMessagingNumber/LOA/{letter['loa_id']}/")["linked_numbers"] == ["14155550188"]
    plivo.post("HostedMessagingNumber/", {**body, "loa_id": "0"}, 400)
    plivo.delete(f"HostedMessagingNumber/LOA/{letter['loa_id']}/", status=204)


def test_forms_that_are_none(plivo: Driver) -> None:
    """A form that cannot be read is 400, and so is a missing file."""
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        sent = plivo.send("POST", "Media/", content=b"--y\r\nnonsense", headers={"content-type": content_type})
        assert sent.status_code == 400
    assert plivo.upload("Media/", {}, None, 400)["error"] == "file parameter is missing"
    assert plivo.upload("Media/", {"file": "text"}, None, 400)["error"] == "file parameter is invalid. Must be a file"
