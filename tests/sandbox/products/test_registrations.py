"""The sandbox's registrations: profiles, brands, campaigns, toll-free verifications."""

from tests.support.sandbox_driver import Driver

PROFILE = {
    "profile_alias": "Corner Shop",
    "customer_type": "DIRECT",
    "entity_type": "PRIVATE",
    "company_name": "Corner Shop Ltd",
    "vertical": "RETAIL",
    "address": {"street": "1 Corner"},
}
CAMPAIGN = {
    "vertical": "RETAIL",
    "usecase": "MIXED",
    "campaign_alias": "news",
    "sub_usecases": ["MARKETING", "CUSTOMER_CARE"],
    "embedded_link": True,
}


def brand(plivo: Driver) -> str:
    profile = plivo.post("Profile/", PROFILE, 200)["profile_uuid"]
    body = {"brand_alias": "corner", "brand_type": "STANDARD", "profile_uuid": profile}
    return str(plivo.post("10dlc/Brand/", body, 200)["brand_id"])


def campaign(plivo: Driver, brand_id: str) -> str:
    return str(plivo.post("10dlc/Campaign/", {**CAMPAIGN, "brand_id": brand_id}, 200)["campaign_id"])


def test_profile_life(plivo: Driver) -> None:
    uuid = plivo.post("Profile/", PROFILE, 200)["profile_uuid"]
    profile = plivo.get(f"Profile/{uuid}/")["profile"]
    assert (profile["company_name"], profile["address"], profile["ein"]) == (
        "Corner Shop Ltd",
        {"street": "1 Corner"},
        "",
    )
    assert plivo.post(f"Profile/{uuid}/", {"ein": "77"}, 200)["profile"]["ein"] == "77"
    assert plivo.get("Profile/", type="SECONDARY")["profiles"][0]["profile_uuid"] == uuid
    plivo.delete(f"Profile/{uuid}/", status=200)
    plivo.get(f"Profile/{uuid}/", 404)


def test_brand_is_reviewed(plivo: Driver) -> None:
    """A brand is processed for two seconds, shows its profile's company, and is listed by its status."""
    brand_id = brand(plivo)
    shown = plivo.get(f"10dlc/Brand/{brand_id}/")["brand"]
    assert (shown["registration_status"], shown["vetting_score"]) == ("PROCESSING", None)
    assert (shown["company_name"], shown["brand_alias"]) == ("Corner Shop Ltd", "corner")
    assert len(plivo.get("10dlc/Brand/", status="PROCESSING")["brands"]) == 1
    plivo.wait(2)
    assert plivo.get(f"10dlc/Brand/{brand_id}/")["brand"]["registration_status"] == "COMPLETED"
    assert plivo.get("10dlc/Brand/", registration_status="PROCESSING")["brands"] == []
    assert plivo.get(f"10dlc/Brand/{brand_id}/usecases/")["brand_id"] == brand_id
    body = {"brand_alias": "x", "brand_type": "STARTER", "profile_uuid": "0"}
    assert plivo.post("10dlc/Brand/", body, 400)["error"].startswith("profile_uuid parameter is invalid")


def test_campaign_is_reviewed(plivo: Driver) -> None:
    """A campaign is processed after it was made, and again after each change."""
    path = f"10dlc/Campaign/{campaign(plivo, brand(plivo))}/"
    shown = plivo.get(path)["campaign"]
    assert (shown["registration_status"], shown["sub_usecase"]) == ("PROCESSING", "MARKETING,CUSTOMER_CARE")
    assert (shown["campaign_attributes"]["embedded_link"], shown["campaign_attributes"]["age_gated"]) == (True, False)
    plivo.wait(2)
    assert plivo.get(path)["campaign"]["registration_status"] == "ACTIVE"
    assert plivo.post(path, {"description": "new"}, 200)["campaign"]["registration_status"] == "PROCESSING"
    assert plivo.get("10dlc/Campaign/", registration_status="Active")["campaigns"][0]["campaign_id"] == "CEXMPL1"


def test_brand_with_campaigns_stays(plivo: Driver) -> None:
    brand_id = brand(plivo)
    campaign_id = campaign(plivo, brand_id)
    plivo.delete(f"10dlc/Brand/{brand_id}/", status=400)
    plivo.delete(f"10dlc/Campaign/{campaign_id}/", status=200)
    plivo.delete(f"10dlc/Brand/{brand_id}/", status=200)
    plivo.get(f"10dlc/Brand/{brand_id}/", 404)


def test_numbers_of_a_campaign(plivo: Driver) -> None:
    """Rented numbers are linked to a campaign, which cannot go while they are processed."""
    campaign_id = campaign(plivo, brand(plivo))
    numbers = f"10dlc/Campaign/{campaign_id}/Number/"
    plivo.post(numbers, {"numbers": ["14155550199"]}, 400)
    linked = plivo.post(numbers, {"numbers": ["14155550100"]}, 200)
    assert linked["message"].startswith(f"Request to link 14155550100 to campaign {campaign_id} was received")
    assert plivo.get(f"{numbers}14155550100/")["phone_numbers"] == [{"number": "14155550100", "status": "PROCESSING"}]
    plivo.delete(f"10dlc/Campaign/{campaign_id}/", status=400)
    plivo.wait(2)
    listed = plivo.get(numbers)
    assert listed["phone_numbers"] == [{"number": "14155550100", "status": "COMPLETED"}]
    assert (listed["campaign_id"], listed["campaign_alias"], listed["usecase"]) == (campaign_id, "news", "MIXED")
    assert plivo.get("Number/14155550100/")["tendlc_campaign_id"] == campaign_id
    plivo.delete(f"{numbers}14155550100/", status=200)
    plivo.get(f"{numbers}14155550100/", 404)
    assert plivo.get("Number/14155550100/")["tendlc_campaign_id"] is None
    plivo.get("10dlc/Campaign/C0/Number/", 404)


def test_imported_campaign(plivo: Driver) -> None:
    body = {"campaign_id": "CIMPORT", "campaign_alias": "theirs"}
    assert plivo.post("10dlc/Campaign/Import/", body, 200)["campaign_id"] == "CIMPORT"
    imported = plivo.get("10dlc/Campaign/CIMPORT/")["campaign"]
    assert (imported["campaign_source"], imported["campaign_alias"]) == ("shared", "theirs")


def test_tollfree_verification_life(plivo: Driver) -> None:
    """A verification is submitted, processed, approved; it can be changed and deleted only before that."""
    profile = plivo.post("Profile/", PROFILE)["profile_uuid"]
    body = {"number": "18005550100", "profile_uuid": profile, "usecase": "2FA", "callback_url": "https://example.com/"}
    created = plivo.post("TollfreeVerification/", body, 201)
    assert created["message"] == "Tollfree verification request for 18005550100 submitted succesfully"
    path = f"TollfreeVerification/{created['uuid']}/"
    plivo.post(path, {"extra_data": "x"}, 202)
    states = []
    for seconds in (0, 1, 1):
        plivo.wait(seconds)
        states.append(plivo.get(path)["status"])
    assert states == ["SUBMITTED", "PROCESSING", "APPROVED"]
    assert plivo.get("TollfreeVerification/", status="APPROVED")["meta"]["count"] == 1
    plivo.post(path, {"extra_data": "y"}, 400)
    assert plivo.delete(path, status=400)["error"] == "the verification is APPROVED"
