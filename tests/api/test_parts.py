"""Parts in the API: as the reference prints them, and the catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tenancy.models import Tenant
from tests import factories
from tests.api.conftest import Caller, caller
from workorders.models import PartMovement


@pytest.fixture
def job(north: Tenant) -> Any:
    technician = factories.make_technician(north)
    made = factories.make_work_order(north, meaning="in_progress", assigned_to=technician)
    made.tenant, made.assigned_to = north, technician
    return made


def test_the_printed_requests_do_what_they_say(admin: Caller, north: Tenant, job: Any) -> None:
    part = factories.make_part(north, name="Seal kit", unit_cost=Decimal(20), kept_in="A-03")
    made = admin.post(f"work-orders/{job.pk}/parts", {"partId": str(part.pk), "quantity": 1, "unitCost": 25.50})
    assert made.status_code == 201, made.content
    line = made.json()
    assert {name: line[name] for name in ("partId", "partName", "quantity", "unitCost", "totalCost", "status")} == {
        "partId": str(part.pk), "partName": "Seal kit", "quantity": 1, "unitCost": 25.5, "totalCost": 25.5,
        "status": "requested",
    }  # fmt: skip
    assert made.headers["Location"].endswith(f"/parts/{line['id']}")
    changed = admin.put(
        f"work-orders/{job.pk}/parts/{line['id']}", {"quantity": 2, "status": "used", "actualCost": 51.00}
    )
    assert changed.status_code == 200, changed.content
    assert {name: changed.json()[name] for name in ("quantity", "issued", "status", "actualCost", "totalCost")} == {
        "quantity": 2, "issued": 2, "status": "used", "actualCost": 51, "totalCost": 51,
    }  # fmt: skip
    with factories.inside(north):
        assert list(PartMovement.objects.values_list("kind", "quantity", "unit_cost")) == [
            ("issue", Decimal(2), Decimal("25.5"))
        ]
    assert admin.get(f"work-orders/{job.pk}/parts").json()["parts"] == [changed.json()]


def test_the_catalogues_id_names_the_only_line_of_it(admin: Caller, north: Tenant, job: Any) -> None:
    part = factories.make_part(north)
    factories.make_line(job, part)
    address = f"work-orders/{job.pk}/parts/{part.pk}"
    assert admin.put(address, {"status": "issued"}).json()["status"] == "issued"
    factories.make_line(job, part)
    assert admin.put(address, {"status": "used"}).status_code == 404


def test_a_line_is_removed_and_one_that_is_out_is_not(admin: Caller, north: Tenant, job: Any) -> None:
    out, free = factories.make_line(job, to="issued"), factories.make_line(job)
    refused = admin.delete(f"work-orders/{job.pk}/parts/{out.pk}")
    assert (refused.status_code, refused.json()["code"]) == (409, "issued")
    assert set(admin.delete(f"work-orders/{job.pk}/parts/{free.pk}").json()) == {"message", "deletedAt"}
    assert [line["id"] for line in admin.get(f"work-orders/{job.pk}/parts").json()["parts"]] == [str(out.pk)]


def test_sent_back_as_read_it_changes_nothing(admin: Caller, north: Tenant, job: Any) -> None:
    line = factories.make_line(job, quantity=1)
    with factories.inside(north):
        factories.actions.use_part(line, by=None, quantity=Decimal(3))
    address = f"work-orders/{job.pk}/parts/{line.pk}"
    read = admin.get(address)
    again = admin.put(address, read.json(), **{"If-Match": read.headers["ETag"]})
    assert again.json() == read.json()
    assert admin.put(address, {"note": "x"}, **{"If-Match": '"1"'}).status_code == 412


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"quantity": 0}, "quantity"), ({"quantity": -1}, "quantity"), ({"quantity": 1.0005}, "quantity"),
        ({"quantity": 1e300}, "quantity"), ({"quantity": "2"}, "quantity"), ({"quantity": True}, "quantity"),
        ({"quantity": None}, "quantity"), ({"unitCost": -1}, "unitCost"), ({"unitCost": 0.00001}, "unitCost"),
        ({"actualCost": 1.005}, "actualCost"), ({"status": "eaten"}, "status"), ({"note": "x" * 301}, "note"),
        ({"colour": 1}, "colour"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_named(admin: Caller, north: Tenant, job: Any, change: dict[str, Any], name: str) -> None:
    line = factories.make_line(job)
    answers = [admin.put(f"work-orders/{job.pk}/parts/{line.pk}", change)]
    sound = {"partId": str(line.part_id), "quantity": 1}
    answers.append(admin.post(f"work-orders/{job.pk}/parts", sound | change))
    for answer in answers:
        assert (answer.status_code, set(answer.json()["details"])) == (400, {name}), answer.content
        assert answer.json()["error"] == "Invalid part data"


def test_costs_are_for_those_who_may_see_them(north: Tenant, job: Any) -> None:
    line = factories.make_line(job, to="used")
    technician = caller(job.assigned_to.member)
    seen = technician.get(f"work-orders/{job.pk}/parts").json()["parts"][0]
    assert (seen["unitCost"], seen["actualCost"], seen["totalCost"]) == (None, None, None)
    assert technician.get(f"parts/{line.part_id}").json()["unitCost"] is None
    refused = technician.put(f"work-orders/{job.pk}/parts/{line.pk}", {"actualCost": 3})
    assert (refused.status_code, refused.json()["permission"]) == (403, "cost.view")


def test_a_storekeeper_takes_back_what_was_given(north: Tenant, job: Any) -> None:
    keeper = caller(factories.make_member(north, "storekeeper"))
    line = factories.make_line(job)
    address = f"work-orders/{job.pk}/parts/{line.pk}"
    assert keeper.get(f"work-orders/{job.pk}").status_code == 200
    assert keeper.put(address, {"status": "issued"}).status_code == 200
    assert keeper.get(f"work-orders/{job.pk}").status_code == 404
    assert keeper.put(address, {"status": "returned"}).json()["returned"] == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_takes_the_same_queries_for_one_line_and_three(
    admin: Caller, north: Tenant, job: Any, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        factories.make_line(job)
    admin.get("parts")
    with django_assert_num_queries(5):
        assert len(admin.get(f"work-orders/{job.pk}/parts").json()["parts"]) == count
    with django_assert_num_queries(6):
        assert len(admin.get("parts").json()) == count


def test_the_catalogue(admin: Caller, north: Tenant) -> None:
    heading = admin.post("part-categories", {"name": "Filters"}).json()
    other = admin.post("parts", {"number": "OF-2", "name": "Long oil filter"}).json()
    made = admin.post(
        "parts",
        {
            "number": "OF-1", "name": "Oil filter", "unitCost": 12.3456, "barcode": "4006381333931", "keptIn": "A-01-3",
            "categoryId": heading["id"], "alternateIds": [other["id"]],
            "manufacturerNumbers": [{"manufacturer": "Mann", "number": "W 950"}],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.content
    part = made.json()
    assert part["unitCost"] == 12.3456
    assert part["manufacturerNumbers"] == [{"manufacturer": "Mann", "number": "W 950"}]
    assert part["alternates"] == [{"id": other["id"], "number": "OF-2", "name": "Long oil filter"}]
    for question in (
        "search=w%20950",
        "search=oil%20of-1",
        "barcode=4006381333931",
        "manufacturerNumber=w%20950",
        f"categoryId={heading['id']}",
    ):
        assert [one["number"] for one in admin.get(f"parts?{question}").json()] == ["OF-1"], question
    echoed = admin.put(f"parts/{part['id']}", part)
    assert (echoed.status_code, echoed.json()["version"]) == (200, part["version"])
    for change, name in (
        ({"number": "of-2"}, "number"),
        ({"alternateIds": [part["id"]]}, "alternateIds"),
        ({"unitCost": -1}, "unitCost"),
        ({"name": ""}, "name"),
    ):
        assert set(admin.put(f"parts/{part['id']}", change).json()["details"]) == {name}
    assert admin.delete(f"part-categories/{heading['id']}").status_code == 409
    assert admin.put(f"parts/{part['id']}", {"archived": True}).json()["archivedAt"]
    assert [one["number"] for one in admin.get("parts").json()] == ["OF-2"]
    assert [one["number"] for one in admin.get("parts?archived=true").json()] == ["OF-1"]
    assert admin.put(f"parts/{part['id']}", {"archived": False}).json()["archivedAt"] is None


def test_delete_keeps_what_history_needs(admin: Caller, north: Tenant, job: Any) -> None:
    used, unused = factories.make_part(north), factories.make_part(north)
    factories.make_line(job, used)
    answers = [admin.delete(f"parts/{part.pk}").json()["message"] for part in (used, unused)]
    assert answers == ["Part archived", "Part deleted"]
    assert [admin.get(f"parts/{part.pk}").status_code for part in (used, unused)] == [200, 404]
