"""The official SDK goes through the sandbox's newer messaging and number families, over a real socket."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from plivo.exceptions import ResourceNotFoundError, ValidationError

from tests.support.sandbox_sdk import Running, running


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    with running(monkeypatch) as sandbox:
        yield sandbox


def profile(sdk: Running) -> str:
    made = sdk.client.profile.create("shop", "DIRECT", "PRIVATE", "Corner Shop", "RETAIL", ein="1")
    return str(made.profile_uuid)


def test_powerpacks(sdk: Running) -> None:
    powerpacks = sdk.client.powerpacks
    uuid = powerpacks.create("news").uuid
    pack = powerpacks.get(uuid)
    assert pack.add_number("14155550100").number == "14155550100"
    assert pack.buy_add_number(number="14155550199").number == "14155550199"
    assert (pack.count_numbers(), pack.list_numbers().meta.total_count) == (2, 2)
    assert pack.find_number("14155550199").service == "sms"
    pack.remove_number("14155550199", unrent=True)
    pack.add_tollfree("18005550100")
    assert pack.find_tollfree("18005550100").type == "tollfree"
    assert pack.list_tollfree().objects[0].number == "18005550100"
    pack.remove_tollfree("18005550100")
    assert pack.list_shortcodes().objects == []
    assert pack.update({"name": "other"}).name == "other"
    assert powerpacks.list().objects[0].name == "other"
    pack.delete()
    with pytest.raises(ResourceNotFoundError):
        powerpacks.get(uuid)


# The SDK leaves the files that it uploads to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_media(sdk: Running, tmp_path: Path) -> None:
    file = tmp_path / "menu.png"
    file.write_bytes(b"\x89PNG1234")
    stored = sdk.client.media.upload([str(file)]).objects[0]
    assert (stored.file_name, stored.content_type, stored.size) == ("menu.png", "image/png", 8)
    assert sdk.client.media.get(stored.media_id).size == 8
    assert sdk.client.media.list().objects[0].media_id == stored.media_id
    sent = sdk.client.messages.create(
        src="14155550100", dst="14155550123", text="menu", type_="mms", media_ids=[stored.media_id]
    )
    message = sdk.client.messages.get(sent.message_uuid[0])
    assert message.listMedia().objects[0].media_id == stored.media_id


def test_profiles(sdk: Running) -> None:
    uuid = profile(sdk)
    assert sdk.client.profile.get(uuid).profile.ein == "1"
    assert sdk.client.profile.update(uuid, {"website": "https://example.com"}).profile.website == "https://example.com"
    assert sdk.client.profile.list().profiles[0].profile_uuid == uuid
    sdk.client.profile.delete(uuid)
    with pytest.raises(ResourceNotFoundError):
        sdk.client.profile.get(uuid)


def test_brands_and_campaigns(sdk: Running) -> None:
    brands, campaigns = sdk.client.brand, sdk.client.campaign
    brand_id = brands.create("corner", "STANDARD", profile(sdk)).brand_id
    assert brands.get(brand_id).brand.registration_status == "PROCESSING"
    campaign_id = campaigns.create(brand_id, "RETAIL", "MIXED", campaign_alias="news").campaign_id
    sdk.wait(3)
    assert brands.get(brand_id).brand.registration_status == "COMPLETED"
    assert campaigns.get(campaign_id).campaign.registration_status == "ACTIVE"
    assert brands.list(type="STANDARD").brands[0].brand_id == brand_id
    assert brands.get_usecases(brand_id).use_cases
    assert campaigns.list(brand_id=brand_id).campaigns[0].campaign_id == campaign_id
    assert campaigns.update(campaign_id, description="d").campaign.description == "d"
    assert campaigns.import_campaign("CIMPORT", "theirs").campaign_id == "CIMPORT"
    campaigns.number_link(campaign_id, numbers=["14155550100"])
    sdk.wait(3)
    assert campaigns.get_numbers(campaign_id).phone_numbers[0].status == "COMPLETED"
    assert campaigns.get_number(campaign_id, "14155550100").phone_numbers[0].number == "14155550100"
    campaigns.number_unlink(campaign_id, "14155550100")
    with pytest.raises(ValidationError):
        brands.delete(brand_id)
    campaigns.delete(campaign_id)
    assert brands.delete(brand_id).brand_id == brand_id


def test_tollfree_verifications(sdk: Running) -> None:
    verifications = sdk.client.tollfree_verification
    uuid = verifications.create(profile(sdk), usecase="2FA", number="18005550100", volume="10,000").uuid
    assert verifications.get(uuid).status == "SUBMITTED"
    verifications.update(uuid, extra_data="x")
    assert verifications.list(status="SUBMITTED").objects[0].uuid == uuid
    verifications.delete(uuid)
    with pytest.raises(ResourceNotFoundError):
        verifications.get(uuid)


def test_lookup(sdk: Running) -> None:
    assert sdk.client.lookup.get("14155550123").country.iso2 == "US"
