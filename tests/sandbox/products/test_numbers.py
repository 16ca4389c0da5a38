"""Numbers: searched, bought, changed, given back."""

import pytest

from tests.support.sandbox_driver import Driver


def test_number_life(plivo: Driver) -> None:
    """A number is found, bought, listed, changed and given back."""
    search = {"country_iso": "US", "pattern": "415", "type": "local"}
    found = [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]
    assert len(found) == 20
    assert all(number.startswith("1415") and len(number) == 11 for number in found)
    bought = plivo.post(f"PhoneNumber/{found[0]}/", {"app_id": "21000000000000001"}, 202)
    assert (bought["status"], bought["numbers"][0]["number"]) == ("fulfilled", found[0])
    assert found[0] not in [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]
    assert plivo.post(f"PhoneNumber/{found[0]}/", status=400)["error"].endswith("is already rented")
    shown = plivo.get(f"Number/{found[0]}/")
    assert (shown["added_on"], shown["renewal_date"]) == ("2027-01-15", "2027-02-15")
    assert shown["application"].endswith("/Application/21000000000000001/")
    assert plivo.get("Number/")["objects"][0]["number"] == found[0]
    plivo.post(f"Number/{found[0]}/", {"alias": "main line", "app_id": None}, 202)
    changed = plivo.get(f"Number/{found[0]}/")
    assert (changed["alias"], changed["application"]) == ("main line", None)
    plivo.delete(f"Number/{found[0]}/", status=204)
    plivo.get(f"Number/{found[0]}/", 404)
    assert found[0] in [item["number"] for item in plivo.get("PhoneNumber/", **search)["objects"]]


@pytest.mark.parametrize(
    ("search", "prefix", "length"),
    [
        ({"country_iso": "DE"}, "4930", 13),
        ({"country_iso": "GB", "type": "mobile"}, "4474", 12),
        ({"country_iso": "US", "type": "tollfree"}, "1800", 11),
        ({"country_iso": "us", "pattern": "2125550"}, "12125550", 11),
    ],
)
def test_search(plivo: Driver, search: dict[str, str], prefix: str, length: int) -> None:
    """A search offers numbers of the country, type and pattern, always the same ones."""
    reply = plivo.get("PhoneNumber/", **search)
    assert all(item["number"].startswith(prefix) and len(item["number"]) == length for item in reply["objects"])
    assert reply["meta"]["total_count"] > 5
    assert reply["objects"] == Driver(seed=99).get("PhoneNumber/", **search)["objects"]


def test_numbers_never_run_out(plivo: Driver) -> None:
    """However many were bought, a search offers as many as before, until there are no more."""
    search = {"country_iso": "US", "pattern": "2125550"}
    bought = set()
    for _ in range(4):
        for item in plivo.get("PhoneNumber/", **search)["objects"]:
            plivo.post(f"PhoneNumber/{item['number']}/", status=202)
            assert item["number"] not in bought
            bought.add(item["number"])
    assert len(bought) == 80
    one_left = {"country_iso": "US", "pattern": "2125550199"}
    assert plivo.get("PhoneNumber/", **one_left)["meta"]["total_count"] == (0 if "12125550199" in bought else 1)
    assert plivo.get("PhoneNumber/", country_iso="US", pattern="212555019")["meta"]["total_count"] <= 10


@pytest.mark.parametrize(("country", "prefix"), [("KE", "254"), ("AI", "1264"), ("VA", "39")])
def test_every_country_has_numbers(plivo: Driver, country: str, prefix: str) -> None:
    """Numbers can be had everywhere, and bought."""
    number = plivo.get("PhoneNumber/", country_iso=country)["objects"][0]["number"]
    assert number.startswith(prefix)
    plivo.post(f"PhoneNumber/+{number}/", status=202)


def test_search_by_service(plivo: Driver) -> None:
    """Only numbers with the services asked for are offered; an unknown country is refused."""
    assert plivo.get("PhoneNumber/", country_iso="DE", services="voice,mms")["objects"] == []
    assert plivo.get("PhoneNumber/", country_iso="US", services="voice,mms")["objects"]
    plivo.get("PhoneNumber/", 400, country_iso="ZZ")
    plivo.post("PhoneNumber/999/", status=404)


def test_number_filters(plivo: Driver) -> None:
    """Rented numbers are filtered by prefix, type, alias, service and renewal."""
    plivo.post("Number/18005550100/", {"alias": "free"})

    def found(**filters: object) -> list[str]:
        return [item["number"] for item in plivo.get("Number/", **filters)["objects"]]

    assert found(number_startswith="1415") == ["14155550100"]
    assert found(type="tollfree") == ["18005550100"]
    assert found(alias="fr") == ["18005550100"]
    assert found(services="sms,mms") == ["14155550100"]
    assert found(renewal_date__gt="2027-02-15") == []
    assert len(found(renewal_date__gte="2027-02-15")) == 2


def test_number_of_a_subaccount(plivo: Driver) -> None:
    """A number can be handed to a subaccount."""
    created = plivo.post("Subaccount/", {"name": "branch"})
    branch = plivo.as_account(created["auth_id"], created["auth_token"])
    branch.get("Number/14155550100/", 404)
    plivo.post("Number/14155550100/", {"subaccount": created["auth_id"]}, 202)
    branch.get("Number/14155550100/")


def test_numbers_of_an_own_carrier(plivo: Driver) -> None:
    """Numbers of one's own carrier are added all together or not at all."""
    body = {"numbers": "18555550123,18555550124", "carrier": "19000000000000", "region": "United States"}
    plivo.post("Number/", {**body, "carrier": "0"}, 400)
    plivo.post("Number/", {**body, "numbers": "18555550123,14155550100"}, 400)
    plivo.get("Number/18555550123/", 404)
    plivo.post("Number/", body, 202)
    assert plivo.get("Number/18555550124/")["carrier"] == "19000000000000"
