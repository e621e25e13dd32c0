"""Assign, take, start, hold, resume, complete, verify, send back, cancel, reinstate: what each leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from core.ids import uuid7
from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import Assignment, StatusLog, WorkOrder


def told(changes: dict[str, Any]) -> dict[str, Any]:
    """Changes without the moments, which no test can know."""
    return {name: [bool(side) for side in sides] if name.endswith("_at") else sides for name, sides in changes.items()}


def since(house: House, seen: int) -> list[tuple[str, Any, dict[str, Any]]]:
    return [(kind, actor, told(changes)) for kind, actor, changes in house.events(after=seen)]


def test_assign_moves_open_work_and_names_everybody(house: House) -> None:
    by, lead, helper = house["dispatcher"], house.profile(), house.profile("technician2")
    crew = factories.make_crew(house.tenant)
    work_order = house.work()
    seen = house.last_event()
    with house.inside():
        actions.assign(work_order, by=by, to=lead, crew=crew, helpers=[helper, lead])
        helpers = list(Assignment.objects.filter(work_order=work_order).values_list("technician_id", flat=True))
    found = house.read(work_order)
    assert (found.meaning, found.status.key, found.assigned_to_id, found.crew_id, helpers, found.version) == (
        "assigned", "assigned", lead.pk, crew.pk, [helper.pk], 2,
    )  # fmt: skip
    assert house.log(work_order) == [("", "open", ""), ("open", "assigned", "")]
    assert since(house, seen) == [
        (
            "work_order.assigned",
            by.pk,
            {
                "status": ["open", "assigned"], "assigned_to": [None, str(lead.pk)], "crew": [None, str(crew.pk)],
                "helpers": [[], [str(helper.pk)]],
            },
        )
    ]  # fmt: skip


def test_reassigning_keeps_the_status_and_tells_one_event(house: House) -> None:
    work_order = house.work(to="technician")
    seen, log = house.last_event(), house.log(work_order)
    other = house.profile("technician2")
    with house.inside():
        actions.assign(work_order, by=house["manager"], to=other)
    assert (house.read(work_order).meaning, house.read(work_order).assigned_to_id) == ("assigned", other.pk)
    assert house.log(work_order) == log
    assert since(house, seen) == [
        ("work_order.assigned", house["manager"].pk, {"assigned_to": [str(house["technician"].pk), str(other.pk)]})
    ]


def test_assigning_the_same_people_again_writes_nothing(house: House) -> None:
    work_order = house.work(to="technician")
    lead, by, before = house.profile(), house["manager"], house.marks()
    with house.inside():
        actions.assign(work_order, by=by, to=lead, crew=None, helpers=())
    assert (house.marks()[1:], house.read(work_order).version) == (before[1:], work_order.version)


def test_taking_the_last_one_off_opens_the_job_again(house: House) -> None:
    work_order = house.work(to="technician")
    seen = house.last_event()
    with house.inside():
        actions.assign(work_order, by=house["manager"], to=None)
    assert (house.read(work_order).meaning, house.read(work_order).assigned_to_id) == ("open", None)
    assert house.log(work_order)[-1] == ("assigned", "open", "")
    assert since(house, seen) == [
        (
            "work_order.unassigned",
            house["manager"].pk,
            {"status": ["assigned", "open"], "assigned_to": [str(house["technician"].pk), None]},
        )
    ]


def test_a_job_with_a_crew_left_stays_assigned(house: House) -> None:
    work_order = house.work(crew=factories.make_crew(house.tenant), assigned_to=house.profile())
    with house.inside():
        actions.assign(work_order, by=house["manager"], to=None)
    assert house.read(work_order).meaning == "assigned"


def test_work_in_progress_changes_hands_without_a_new_status(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.inside():
        actions.assign(work_order, by=house["manager"], to=house.profile("technician2"))
    assert (house.read(work_order).meaning, house.log(work_order)[-1][1]) == ("in_progress", "in_progress")


def test_assign_refusals(house: House, stranger: House) -> None:
    work_order, manager = house.work(), house["manager"]
    gone = house.profile("technician9")
    with house.inside():
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    for people, field in (
        ({"to": house.read(gone)}, "assigned_to"),
        ({"to": stranger.profile()}, "assigned_to"),
        ({"crew": factories.make_crew(stranger.tenant)}, "crew"),
        ({"helpers": [stranger.profile()]}, "helpers"),
    ):
        with house.refuses(Invalid, field=field):
            actions.assign(work_order, by=manager, **people)
    with pytest.raises(Invalid) as caught, house.inside():
        actions.assign(
            work_order, by=manager, to=stranger.profile(), crew=factories.make_crew(stranger.tenant),
            helpers=[house.read(gone)],
        )  # fmt: skip
    assert caught.value.details.keys() == {"assigned_to", "crew", "helpers"}
    with house.refuses(PermissionDenied, permission="workorder.assign"):
        actions.assign(work_order, by=house["technician"], to=house.profile())
    with house.refuses(Stale):
        actions.assign(work_order, by=manager, to=house.profile(), expected_version=99)
    for meaning, code in (("closed", "closed"), ("completed", "completed"), ("cancelled", "cancelled")):
        finished = house.work(meaning)
        with house.refuses(Conflict, code=code):
            actions.assign(finished, by=manager, to=house.profile())


def test_take_makes_the_technician_the_lead(house: House) -> None:
    work_order, technician = house.work(), house["technician"]
    seen = house.last_event()
    with house.inside():
        actions.take(work_order, by=technician)
    assert (house.read(work_order).meaning, house.read(work_order).assigned_to_id) == ("assigned", technician.pk)
    assert since(house, seen) == [
        (
            "work_order.assigned",
            technician.pk,
            {"status": ["open", "assigned"], "assigned_to": [None, str(technician.pk)]},
        )
    ]


def test_take_refusals(house: House) -> None:
    taken, free = house.work(to="technician"), house.work()
    with house.refuses(Conflict, code="taken"):
        actions.take(taken, by=house["technician2"])
    with house.refuses(PermissionDenied, permission="workorder.take"):
        actions.take(free, by=house["manager"])
    with house.refuses(PermissionDenied, permission="workorder.take"):
        actions.take(free, by=house.having("workorder.take"))  # no technician's profile


def test_start_acknowledges_and_keeps_the_first_start(house: House) -> None:
    work_order = house.work(to="technician")
    first = timezone.now() - dt.timedelta(hours=1)
    seen = house.last_event()
    with house.inside():
        actions.start(work_order, by=house["technician"], at=first)
    assert (house.read(work_order).meaning, house.read(work_order).started_at) == ("in_progress", first)
    assert since(house, seen) == [
        (
            "work_order.started",
            house["technician"].pk,
            {"status": ["assigned", "in_progress"], "started_at": [False, True]},
        )
    ]
    with house.inside():
        actions.hold(work_order, by=house["technician"], reason="parts")
        actions.resume(work_order, by=house["technician"])
    assert house.read(work_order).started_at == first


def test_who_starts_what_nobody_has_leads_it(house: House) -> None:
    free, technician = house.work(), house["technician"]
    with house.inside():
        actions.start(free, by=technician)
    assert (house.read(free).assigned_to_id, house.log(free)[-1]) == (technician.pk, ("open", "in_progress", ""))
    for_all = house.work()
    with house.inside():
        actions.start(for_all, by=house["manager"])  # no technician: nobody leads it
    assert house.read(for_all).assigned_to_id is None


def test_start_refusals(house: House) -> None:
    mine, other = house.work(to="technician"), house.work(to="technician2")
    with house.refuses(PermissionDenied, permission="workorder.work_any"):
        actions.start(other, by=house["technician"])
    with house.refuses(PermissionDenied, permission="workorder.work"):
        actions.start(mine, by=house["viewer"])
    with house.refuses(Stale):
        actions.start(mine, by=house["technician"], expected_version=mine.version + 1)
    with house.refuses(Invalid, field="at"):
        actions.start(mine, by=house["technician"], at=timezone.now() + dt.timedelta(hours=1))
    with house.refuses(Invalid, field="at"):
        actions.start(mine, by=house["technician"], at=timezone.now() - dt.timedelta(days=400))


def test_hold_says_why_and_until_when(house: House) -> None:
    work_order, until = house.work("in_progress", to="technician"), dt.date(2030, 1, 2)
    seen = house.last_event()
    with house.inside():
        actions.hold(work_order, by=house["technician"], reason="parts", note="Seal kit", until=until)
    found = house.read(work_order)
    assert (found.meaning, found.hold_reason, found.hold_note, found.hold_until) == (
        "on_hold", "parts", "Seal kit", until,
    )  # fmt: skip
    assert house.log(work_order)[-1] == ("in_progress", "on_hold", "Waiting for parts: Seal kit")
    assert since(house, seen) == [
        (
            "work_order.held",
            house["technician"].pk,
            {
                "status": ["in_progress", "on_hold"], "hold_reason": ["", "parts"], "hold_note": ["", "Seal kit"],
                "hold_until": [None, "2030-01-02"], "reason": [None, "Waiting for parts: Seal kit"],
            },
        )
    ]  # fmt: skip


def test_resume_clears_the_hold(house: House) -> None:
    work_order = house.work("on_hold", to="technician")
    seen = house.last_event()
    with house.inside():
        actions.resume(work_order, by=house["technician"])
    found = house.read(work_order)
    assert (found.meaning, found.hold_reason, found.hold_note, found.hold_until) == ("in_progress", "", "", None)
    assert [kind for kind, _, _ in house.events(after=seen)] == ["work_order.resumed"]


def test_hold_refusals(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    with house.refuses(Invalid, field="reason"):
        actions.hold(work_order, by=house["technician"], reason="lunch")
    with house.refuses(Invalid, field="reason"):
        actions.hold(work_order, by=house["technician"], reason="")
    with house.refuses(Invalid, field="note"):
        actions.hold(work_order, by=house["technician"], reason="other", note="x" * 501)
    with house.refuses(PermissionDenied, permission="workorder.work_any"):
        actions.hold(work_order, by=house["technician2"], reason="other")


def test_complete_writes_what_was_done(house: House) -> None:
    work_order, technician = house.work("in_progress", to="technician"), house["technician"]
    seal = factories.make_failure_code(house.tenant, "SEAL")
    seen, done = house.last_event(), timezone.now() - dt.timedelta(minutes=5)
    with house.inside():
        actions.complete(
            work_order, by=technician, resolution=" New seal ", failure_cause="Age", problem=seal,
            actual_minutes=90, at=done,
        )  # fmt: skip
    found = house.read(work_order)
    assert (
        found.meaning, found.completed_at, found.resolution, found.failure_cause, found.problem,
        found.actual_minutes, found.progress,
    ) == ("completed", done, "New seal", "Age", seal, 90, 100)  # fmt: skip
    assert since(house, seen) == [
        (
            "work_order.completed",
            technician.pk,
            {
                "status": ["in_progress", "completed"], "completed_at": [False, True], "progress": [0, 100],
                "resolution": ["", "New seal"], "failure_cause": ["", "Age"], "problem": [None, "SEAL"],
                "actual_minutes": [None, 90],
            },
        )
    ]  # fmt: skip


def test_complete_refusals(house: House) -> None:
    mine, unstarted = house.work("in_progress", to="technician"), house.work(to="technician")
    with house.refuses(PermissionDenied, permission="workorder.work_any"):
        actions.complete(mine, by=house["technician2"])
    with house.refuses(Conflict, code="no_transition"):
        actions.complete(unstarted, by=house["technician"])
    with house.refuses(Invalid, field="completed_at"):
        actions.complete(mine, by=house["technician"], at=timezone.now() + dt.timedelta(hours=1))
    with house.refuses(Invalid, field="actual_minutes"):
        actions.complete(mine, by=house["technician"], actual_minutes=-5)
    with house.refuses(Invalid, field="actual_minutes"):
        actions.complete(mine, by=house["technician"], actual_minutes=2**31)
    retired = factories.make_failure_code(house.tenant, "OLD", is_active=False)
    wrong = factories.make_failure_code(house.tenant, kind="remedy")
    with house.refuses(Invalid, field="problem"):
        actions.complete(mine, by=house["technician"], problem=retired)
    with house.refuses(Invalid, field="cause"):
        actions.complete(mine, by=house["technician"], cause=wrong)


def test_verify_closes_and_send_back_returns(house: House) -> None:
    good, bad, manager = house.work("completed"), house.work("completed"), house["manager"]
    seen = house.last_event()
    with house.inside():
        actions.verify(good, by=manager)
        actions.send_back(bad, by=manager, reason=" Still drips ")
    assert (house.read(good).meaning, bool(house.read(good).closed_at)) == ("closed", True)
    assert house.read(good).completed_at == good.completed_at
    assert (house.read(bad).meaning, house.read(bad).completed_at) == ("in_progress", None)
    assert house.log(bad)[-1] == ("completed", "in_progress", "Still drips")
    assert since(house, seen) == [
        ("work_order.closed", manager.pk, {"status": ["completed", "closed"], "closed_at": [False, True]}),
        (
            "work_order.sent_back",
            manager.pk,
            {
                "status": ["completed", "in_progress"], "completed_at": [True, False], "reason": [None, "Still drips"],
            },
        ),
    ]  # fmt: skip


def test_sending_back_never_overwrites_the_first_completion_in_the_log(house: House) -> None:
    work_order = house.work("completed")
    with house.inside():
        actions.send_back(work_order, by=None, reason="Drips")
        actions.complete(work_order, by=None)
        rows = StatusLog.objects.filter(work_order=work_order, to_meaning="completed")
        first, second = [row.occurred_at for row in rows]
    assert (first, second) == (work_order.completed_at, house.read(work_order).completed_at)


def test_verify_and_send_back_refusals(house: House) -> None:
    done = house.work("completed", to="technician")
    with house.refuses(PermissionDenied, permission="workorder.close"):
        actions.verify(done, by=house["technician"])
    with house.refuses(PermissionDenied, permission="workorder.close"):
        actions.send_back(done, by=house["dispatcher"], reason="Drips")
    with house.refuses(Invalid, details={"reason": "Say why."}):
        actions.send_back(done, by=house["manager"], reason="  ")
    with house.refuses(Conflict, code="no_transition"):
        actions.send_back(house.work(to="technician"), by=house["manager"], reason="Drips")


def test_cancel_and_reinstate_give_the_job_back_to_who_had_it(house: House) -> None:
    work_order, manager = house.work("in_progress", to="technician"), house["manager"]
    seen = house.last_event()
    with house.inside():
        actions.cancel(work_order, by=manager, reason="Machine sold")
    found = house.read(work_order)
    assert (found.meaning, bool(found.cancelled_at), house.log(found)[-1]) == (
        "cancelled", True, ("in_progress", "cancelled", "Machine sold"),
    )  # fmt: skip
    with house.inside():
        actions.reinstate(work_order, by=manager)
    found = house.read(work_order)
    assert (found.meaning, found.cancelled_at, found.assigned_to_id) == ("assigned", None, house["technician"].pk)
    assert house.log(found)[-2:] == [("cancelled", "open", ""), ("open", "assigned", "")]
    assert [kind for kind, _, _ in house.events(after=seen)] == [
        "work_order.cancelled", "work_order.reinstated", "work_order.assigned",
    ]  # fmt: skip


def test_reinstating_unassigned_work_opens_it(house: House) -> None:
    work_order = house.work("cancelled")
    with house.inside():
        actions.reinstate(work_order, by=house["dispatcher"])
    assert (house.read(work_order).meaning, house.log(work_order)[-1]) == ("open", ("cancelled", "open", ""))


def test_reinstating_leaves_out_people_who_left(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    gone = house.profile()
    with house.inside():
        actions.cancel(work_order, by=None, reason="Sold")
        type(gone).objects.filter(pk=gone.pk).update(is_active=False)
        actions.reinstate(work_order, by=house["dispatcher"])
    assert (house.read(work_order).meaning, house.read(work_order).assigned_to_id) == ("open", None)


def test_cancel_and_reinstate_refusals(house: House) -> None:
    work_order, cancelled = house.work(), house.work("cancelled")
    with house.refuses(Invalid, details={"reason": "Say why."}):
        actions.cancel(work_order, by=house["dispatcher"], reason=" ")
    with house.refuses(PermissionDenied, permission="workorder.cancel"):
        actions.cancel(work_order, by=house["technician"], reason="No time")
    with house.refuses(PermissionDenied, permission="workorder.cancel"):
        actions.reinstate(cancelled, by=house["technician"])
    with house.refuses(Conflict, code="no_transition"):
        actions.reinstate(house.work(to="technician"), by=house["dispatcher"])


MOVES: dict[str, Callable[..., Any]] = {
    "assign": lambda work_order, by: actions.assign(work_order, by=by, to=None),
    "take": lambda work_order, by: actions.take(work_order, by=by),
    "start": lambda work_order, by: actions.start(work_order, by=by),
    "resume": lambda work_order, by: actions.resume(work_order, by=by),
    "hold": lambda work_order, by: actions.hold(work_order, by=by, reason="parts"),
    "complete": lambda work_order, by: actions.complete(work_order, by=by),
    "verify": lambda work_order, by: actions.verify(work_order, by=by),
    "send_back": lambda work_order, by: actions.send_back(work_order, by=by, reason="Drips"),
    "cancel": lambda work_order, by: actions.cancel(work_order, by=by, reason="Sold"),
    "reinstate": lambda work_order, by: actions.reinstate(work_order, by=by),
    "comment": lambda work_order, by: actions.comment(work_order, by=by, text="Hello"),
    "share": lambda work_order, by: actions.share(work_order, by=by, with_member=by),
    "unshare": lambda work_order, by: actions.unshare(work_order, by=by, with_member=by),
}


def test_every_act_finds_nothing_in_another_tenant(house: House, stranger: House) -> None:
    theirs = [stranger.work(), WorkOrder(pk=uuid7(), tenant=house.tenant)]
    before, admin = stranger.marks(), house["admin"]
    for work_order in theirs:
        for act in MOVES.values():
            with house.refuses(NotFound, headline="Work order not found"):
                act(work_order, admin)
        with house.refuses(NotFound, headline="Work order not found"):
            actions.relabel(work_order, house.status("on_hold"), by=admin)
    assert stranger.marks() == before
