"""The official SDK goes through the sandbox's compliance families, over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from plivo.exceptions import ResourceNotFoundError, ValidationError

from tests.support.sandbox_sdk import Running, running

TYPE = "e84609fb-2f71-4adb-871e-393afb5c47ee"
PERSON = {"salutation": "Ms", "first_name": "Ada", "last_name": "Byron", "country_iso": "FR"}
PLACE = {"address_line1": "1", "address_line2": "Rue", "city": "Lyon", "region": "Rhone", "postal_code": "69001"}


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with running(monkeypatch) as sandbox:
        yield sandbox


@pytest.fixture
def pdf(tmp_path: Path) -> str:
    """A file to upload."""
    file = tmp_path / "passport.pdf"
    file.write_bytes(b"%PDF-1.7")
    return str(file)


# The SDK leaves the files that it uploads to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_compliance_applications(sdk: Running, pdf: str) -> None:
    client = sdk.client
    user = client.end_users.create(name="Ada", end_user_type="individual").end_user_id
    client.end_users.update(user, last_name="Byron")
    assert client.end_users.get(user).last_name == "Byron"
    assert client.end_users.list(last_name="Byron").meta.total_count == 1
    assert client.compliance_document_types.get(TYPE).document_name == "Passport"
    assert client.compliance_document_types.list().meta.total_count == 1
    requirement = client.compliance_requirements.list(country_iso2="FR", number_type="local")
    assert client.compliance_requirements.get(requirement.compliance_requirement_id)
    documents = client.compliance_documents
    document = documents.create(end_user_id=user, document_type_id=TYPE, alias="p", file=pdf, first_name="Ada")
    assert document.file_name == "passport.pdf"
    documents.update(document.document_id, alias="q")
    assert documents.get(document.document_id).alias == "q"
    assert documents.list(alias="q").meta.total_count == 1
    applications = client.compliance_applications
    uuid = applications.create(
        requirement.compliance_requirement_id, user, [document.document_id], "Ada"
    ).compliance_application_id
    applications.update(uuid, [document.document_id])
    assert applications.get(uuid).status == "draft"
    assert applications.submit(uuid).status == "submitted"
    sdk.wait(3)
    assert applications.list(status="accepted").objects[0].compliance_application_id == uuid
    applications.delete(uuid)
    documents.delete(document.document_id)
    client.end_users.delete(user)
    with pytest.raises(ResourceNotFoundError):
        client.end_users.get(user)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_number_compliance(sdk: Running, pdf: str) -> None:
    client = sdk.client
    asked = client.phone_number_compliance_requirements.get("IN", "local", "business")
    assert (asked.country_iso, asked.user_type) == ("IN", "business")
    compliances = client.phone_number_compliance
    data = {"country_iso": "IN", "number_type": "local", "alias": "one", "documents": [{"document_type_id": TYPE}]}
    uuid = compliances.create(data, [pdf]).compliance_id
    assert compliances.get(uuid, expand="documents").compliance.documents[0].file_name == "passport.pdf"
    with pytest.raises(ValidationError, match="in submitted status"):
        compliances.update(uuid, {"alias": "two"})
    sdk.wait(3)
    assert compliances.update(uuid, {"alias": "two"}).compliance.alias == "two"
    assert compliances.list(alias="two").compliances[0].compliance_id == uuid
    link = {"number": "+14155550100", "compliance_application_id": uuid}
    assert client.phone_number_compliance_link.link([link]).updated_count == 1
    compliances.delete(uuid)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_addresses_and_identities(sdk: Running, pdf: str) -> None:
    client = sdk.client
    client.addresses.create(**PERSON, **PLACE, address_proof_type="passport", file_to_upload=pdf)
    address = client.addresses.list(customer_name="Ada").objects[0]
    client.addresses.update(address.id, **PERSON, alias="home")
    assert client.addresses.get(address.id).alias == "home"
    client.addresses.delete(address.id)
    papers = {"id_nationality": "FR", "id_issue_date": "2019-06-01", "id_type": "passport", "id_number": "1"}
    birth = {"birth_place": "Lyon", "birth_date": "1984-03-15", "nationality": "FR"}
    client.identities.create(**PERSON, **PLACE, **papers, **birth, file_to_upload=pdf)
    sdk.wait(3)
    identity = client.identities.list(customer_name="Ada").objects[0]
    assert identity.verification_status == "accepted"
    client.identities.delete(identity.id)
    with pytest.raises(ResourceNotFoundError):
        client.identities.get(identity.id)
