"""Report, edit, follow up, delete: what is written, and each refusal by its reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from core.ids import uuid7
from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import Assignment, StatusLog, WorkOrder

YEAR = timezone.now().year


def test_report_leaves_an_open_work_order_one_log_row_and_one_event(house: House) -> None:
    by = house["dispatcher"]
    site = factories.make_location(house.tenant)
    department = factories.make_department(house.tenant)
    asset = factories.make_asset(house.tenant, location=site, department=department)
    with house.inside():
        made = actions.report(by=by, title="  Pump leaks  ", description="Under the seal", asset=asset)
    found = house.read(made)
    facts = (
        found.number, found.title, found.description, found.meaning, found.status_id, found.priority.key, found.type.key,
        found.asset_id, found.location_id, found.department_id, found.requested_by_id, found.assigned_to_id, found.version,
    )  # fmt: skip
    assert facts == (
        f"WO-{YEAR}-000001", "Pump leaks", "Under the seal", "open", house.status("open").pk, "medium", "corrective",
        asset.pk, site.pk, department.pk, by.pk, None, 1,
    )  # fmt: skip
    assert house.log(made) == [("", "open", "")]
    assert house.events(object_id=made.pk) == [("work_order.created", by.pk, {"title": [None, "Pump leaks"]})]


def test_report_with_people_is_assigned_at_once(house: House) -> None:
    by, crew = house["manager"], factories.make_crew(house.tenant)
    lead, helper = house.profile(), house.profile("technician2")
    with house.inside():
        people = [helper, lead, helper]  # the lead is no helper, and nobody helps twice
        made = actions.report(by=by, title="Belt slips", assigned_to=lead, crew=crew, helpers=people)
        helpers = list(Assignment.objects.filter(work_order=made).values_list("technician", "added_by"))
    assert (house.read(made).meaning, house.read(made).assigned_to_id, house.read(made).crew_id, helpers) == (
        "assigned", lead.pk, crew.pk, [(helper.pk, by.pk)],
    )  # fmt: skip
    assert house.log(made) == [("", "assigned", "")]
    assert house.events(object_id=made.pk) == [
        ("work_order.created", by.pk, {"title": [None, "Belt slips"]}),
        ("work_order.assigned", by.pk, {"assigned_to": [None, str(lead.pk)], "crew": [None, str(crew.pk)]}),
    ]


def test_a_requester_asks_with_few_fields(house: House) -> None:
    place = factories.make_location(house.tenant)
    with house.inside():
        made = actions.report(by=house["requester"], title="Light is out", description="Hall", location=place)
    assert (house.read(made).requested_by_id, house.read(made).location_id) == (house["requester"].pk, place.pk)
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.report(by=house["requester"], title="Light is out", due_at=timezone.now())
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.report(by=house["requester"], title="Light is out", assigned_to=house.profile())


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"title": "   "}, {"title"}),
        ({"title": "x" * 201}, {"title"}),
        ({"description": "x" * 20_001}, {"description"}),
        ({"estimated_minutes": -1, "actual_minutes": 525_601}, {"estimated_minutes", "actual_minutes"}),
        ({"progress": 101}, {"progress"}),
        ({"due_at": dt.datetime(157, 1, 1, tzinfo=dt.UTC)}, {"due_at"}),
        ({"title": "", "scheduled_at": dt.datetime(9999, 1, 1, tzinfo=dt.UTC)}, {"title", "scheduled_at"}),
        ({"at": timezone.now() + dt.timedelta(days=30)}, {"at"}),
    ],
)
def test_report_names_every_unsound_field_at_once(house: House, fields: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(Invalid) as caught, house.inside():
        actions.report(by=house["manager"], **{"title": "Pump leaks", **fields})
    assert caught.value.details.keys() == wrong
    assert house.marks()[1:] == (0, 0)


def test_report_needs_a_permission(house: House) -> None:
    with house.refuses(PermissionDenied, permission="workorder.request"):
        actions.report(by=house["viewer"], title="Pump leaks")
    with house.refuses(PermissionDenied, permission="workorder.assign"):
        actions.report(by=house["technician"], title="Pump leaks", assigned_to=house.profile())


def test_report_refuses_an_id_that_was_used(house: House) -> None:
    used = house.work()
    with house.refuses(Conflict, code="duplicate_id"):
        actions.report(by=house["manager"], title="Pump leaks", id=used.pk)


def test_report_refuses_an_id_of_another_tenant_in_the_same_words(house: House, stranger: House) -> None:
    used = stranger.work()
    with house.refuses(Conflict, code="duplicate_id"):
        actions.report(by=house["manager"], title="Pump leaks", id=used.pk)


def test_report_refuses_people_who_left(house: House) -> None:
    gone, idle = house.profile("technician"), house.profile("technician2")
    crew = factories.make_crew(house.tenant)
    with house.inside():
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
        type(crew).objects.filter(pk=crew.pk).update(is_active=False)
        type(idle.member).objects.filter(pk=idle.pk).update(is_active=False)
    for fields, wrong in (
        ({"assigned_to": house.read(gone)}, "assigned_to"),
        ({"crew": house.read(crew)}, "crew"),
        ({"helpers": [house.read(gone)]}, "helpers"),
    ):
        with house.refuses(Invalid, field=wrong):
            actions.report(by=house["manager"], title="Pump leaks", **fields)
    with house.refuses(Invalid, field="assigned_to"):
        actions.report(by=house["manager"], title="Pump leaks", assigned_to=house.profile("technician2"))
    with house.refuses(Invalid, field="helpers"):
        actions.report(by=house["manager"], title="Pump leaks", helpers=[house.profile("technician2")])


def references(other: House) -> dict[str, Any]:
    """A row of another tenant for every reference a work order has."""
    site = factories.make_location(other.tenant)
    return {
        "asset": factories.make_asset(other.tenant), "location": site, "requested_by": other["manager"],
        "department": factories.make_department(other.tenant), "priority": other.work().priority,
        "type": other.work().type,
    }  # fmt: skip


def test_no_field_refers_to_another_tenants_row(house: House, stranger: House) -> None:
    work_order = house.work()
    with stranger.inside():
        rows = references(stranger)
    for name, row in rows.items():
        with house.refuses(Invalid, details={name: "There is no such record."}):
            actions.report(by=house["manager"], title="Pump leaks", **{name: row})
        with house.refuses(Invalid, details={name: "There is no such record."}):
            actions.update(work_order, by=house["manager"], changes={name: row})
    people = {"assigned_to": stranger.profile(), "crew": factories.make_crew(stranger.tenant)}
    for name, row in (people | {"helpers": [stranger.profile()]}).items():
        with house.refuses(Invalid, field=name):
            actions.report(by=house["manager"], title="Pump leaks", **{name: row})


def test_report_of_the_past_keeps_both_times(house: House) -> None:
    happened = timezone.now() - dt.timedelta(hours=3)
    with house.inside():
        made = actions.report(by=house["technician"], title="Pump leaked", at=happened)
        row = StatusLog.objects.get(work_order=made)
    assert (row.occurred_at, house.read(made).created_at) == (happened, happened)
    assert row.recorded_at - happened > dt.timedelta(hours=2)


def test_update_writes_what_differs_and_says_so_once(house: House) -> None:
    work_order = house.work(title="Pump leaks")
    seen = house.last_event()
    high = work_order.priority.__class__
    with house.inside():
        urgent = high.objects.get(key="high")
        actions.update(
            work_order,
            by=house["dispatcher"],
            changes={"title": "Pump leaks", "description": "Oil", "priority": urgent},
        )
    found = house.read(work_order)
    assert (found.description, found.priority_id, found.version) == ("Oil", urgent.pk, work_order.version + 1)
    assert house.events(after=seen) == [
        ("work_order.updated", house["dispatcher"].pk, {"description": ["", "Oil"], "priority": ["medium", "high"]})
    ]


def test_update_without_a_difference_writes_nothing(house: House) -> None:
    work_order, before = house.work(title="Pump leaks"), house.marks()
    with house.inside():
        actions.update(work_order, by=house["manager"], changes={"title": " Pump leaks ", "description": ""})
    assert (house.marks(), house.read(work_order).version) == (house.marks(), work_order.version)
    assert house.marks()[1:] == (before[1], before[2])


def test_update_refusals(house: House) -> None:
    work_order, closed = house.work(), house.work("closed")
    manager = house["manager"]
    with house.refuses(Stale, current_version=work_order.version):
        actions.update(work_order, by=manager, changes={"title": "New"}, expected_version=work_order.version - 1)
    with house.refuses(Conflict, code="closed"):
        actions.update(closed, by=manager, changes={"title": "New"})
    with house.refuses(Invalid, field="title"):
        actions.update(work_order, by=manager, changes={"title": " "})
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.update(work_order, by=house["requester"], changes={"title": "New"})
    with pytest.raises(ValueError, match="number"), house.inside():
        actions.update(work_order, by=manager, changes={"number": "WO-1"})


def test_a_technician_edits_findings_of_their_own_work_only(house: House) -> None:
    mine, other = house.work("in_progress", to="technician"), house.work("in_progress", to="technician2")
    technician = house["technician"]
    with house.inside():
        actions.update(mine, by=technician, changes={"resolution": "New seal", "actual_minutes": 45})
    assert (house.read(mine).resolution, house.read(mine).actual_minutes) == ("New seal", 45)
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.update(mine, by=technician, changes={"resolution": "x", "title": "Mine now"})
    with house.refuses(PermissionDenied, permission="workorder.edit"):
        actions.update(other, by=technician, changes={"resolution": "x"})


def test_a_helper_and_a_crew_member_edit_findings(house: House) -> None:
    crew = factories.make_crew(house.tenant, [house["technician"]])
    helped = house.work()
    with house.inside():
        actions.assign(helped, by=None, to=house.profile("technician2"), helpers=[house.profile()])
    ours = house.work(crew=crew)
    seal = factories.make_failure_code(house.tenant, "SEAL")
    for work_order in (helped, ours):
        with house.inside():
            actions.update(work_order, by=house["technician"], changes={"problem": seal})
        assert house.read(work_order).problem == seal


def test_follow_up_is_linked_and_takes_the_asset_along(house: House) -> None:
    asset = factories.make_asset(house.tenant, location=factories.make_location(house.tenant))
    closed = house.work("closed", title="Pump leaks", asset=asset)
    with house.inside():
        made = actions.follow_up(closed, by=house["manager"])
    found = house.read(made)
    assert (found.follow_up_of_id, found.title, found.asset_id, found.meaning, found.description) == (
        closed.pk, "Pump leaks", asset.pk, "open", f"Follow-up of {closed.number}.",
    )  # fmt: skip
    assert house.read(closed).version == closed.version
    assert house.events(object_id=made.pk) == [
        ("work_order.created", house["manager"].pk, {"title": [None, "Pump leaks"]})
    ]
    with house.refuses(PermissionDenied, permission="workorder.create"):
        actions.follow_up(closed, by=house["requester"])


def test_delete_takes_the_rows_along_and_leaves_the_event(house: House) -> None:
    work_order = house.work("assigned", to="technician")
    factories.make_comment(work_order)
    seen = house.last_event()
    with house.inside():
        actions.delete(work_order, by=house["manager"])
        assert not WorkOrder.objects.filter(pk=work_order.pk).exists()
        assert not StatusLog.objects.filter(work_order_id=work_order.pk).exists()
    assert house.events(after=seen) == [
        (
            "work_order.deleted",
            house["manager"].pk,
            {"number": [work_order.number, None], "title": [work_order.title, None]},
        )
    ]


@pytest.mark.parametrize(
    ("meaning", "code"),
    [("in_progress", "in_progress"), ("on_hold", "on_hold"), ("completed", "completed"), ("closed", "closed"),
     ("cancelled", "cancelled")],
)  # fmt: skip
def test_delete_is_refused_once_work_was_booked(house: House, meaning: str, code: str) -> None:
    work_order = house.work(meaning)
    with house.refuses(Conflict, code=code, headline="Cannot delete work order"):
        actions.delete(work_order, by=house["manager"])


def test_delete_refusals(house: House) -> None:
    work_order = house.work()
    reopened = house.work("cancelled")
    with house.inside():
        actions.reinstate(reopened, by=None)
    origin = house.work()
    with house.inside():
        actions.follow_up(origin, by=None)
    with house.refuses(PermissionDenied, permission="workorder.delete"):
        actions.delete(work_order, by=house["dispatcher"])
    with house.refuses(Conflict, code="work_booked"):
        actions.delete(reopened, by=house["manager"])
    with house.refuses(Conflict, code="has_follow_up"):
        actions.delete(origin, by=house["manager"])
    with house.refuses(Stale):
        actions.delete(work_order, by=house["manager"], expected_version=work_order.version + 1)


def test_acts_on_what_does_not_exist_are_not_found(house: House, stranger: House) -> None:
    nowhere, theirs = WorkOrder(pk=uuid7(), tenant=house.tenant), stranger.work()
    for work_order in (nowhere, theirs):
        with house.refuses(NotFound):
            actions.update(work_order, by=house["manager"], changes={"title": "Mine"})
        with house.refuses(NotFound):
            actions.delete(work_order, by=house["manager"])
        with house.refuses(NotFound):
            actions.follow_up(work_order, by=house["manager"])
