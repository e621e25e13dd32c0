"""One act on many: what it leaves, what it refuses, how few statements it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound, PermissionDenied
from core.ids import uuid7
from tenancy.models import Member
from tests import factories
from tests.house import House
from workorders import actions
from workorders.actions.bulk import ACTS, MOST, NothingDone
from workorders.models import Assignment, BulkRun, Comment, Priority, StatusLog, Type, WorkOrder

SKIPPED = {
    "id", "number", "title", "created_at", "updated_at", "started_at", "completed_at", "closed_at", "cancelled_at",
    "search",
}  # fmt: skip
NOON = dt.datetime(2030, 5, 1, 12, tzinfo=dt.UTC)


def left(house: House, work_order: WorkOrder) -> dict[str, Any]:
    """What is in the database about a work order, less what differs by nature."""
    with house.inside():
        row: dict[str, Any] = dict(WorkOrder.objects.filter(pk=work_order.pk).values().get())
        return {
            "row": {name: value for name, value in row.items() if name not in SKIPPED},
            "times": [name for name in SKIPPED if name.endswith("_at") and row[name]],
            "log": [
                tuple(line)
                for line in StatusLog.objects.filter(work_order=work_order).values_list(
                    "from_meaning", "to_meaning", "from_status", "to_status", "by", "reason"
                )
            ],
            "helpers": sorted(Assignment.objects.filter(work_order=work_order).values_list("technician", flat=True)),
            "notes": list(Comment.objects.filter(work_order=work_order).values_list("text", "author", "for_requester")),
            "events": [
                (
                    kind,
                    actor,
                    {name: value for name, value in changes.items() if not name.endswith("_at") and name != "note"},
                )
                for kind, actor, changes in house.events(work_order_id=work_order.pk)
            ],
        }


def entry(house: House, kind: Any, key: str) -> Any:
    with house.inside():
        return kind.objects.get(tenant=house.tenant, key=key)


Single = Callable[[WorkOrder, Member, dict[str, Any]], Any]
# name → meaning before, the bulk act, its data, the single act
SAME: dict[str, tuple[str, str, Callable[[House], dict[str, Any]], Single]] = {
    "start": (
        "assigned", "status", lambda house: {"to": house.status("in_progress")},
        lambda row, by, data: actions.start(row, by=by),
    ),
    "hold": (
        "in_progress", "status",
        lambda house: {"to": house.status("on_hold"), "reason": "parts", "note": "Seal", "until": dt.date(2030, 1, 2)},
        lambda row, by, data: actions.hold(row, by=by, reason="parts", note="Seal", until=dt.date(2030, 1, 2)),
    ),
    "resume": (
        "on_hold", "status", lambda house: {"to": house.status("in_progress")},
        lambda row, by, data: actions.resume(row, by=by),
    ),
    "complete": (
        "in_progress", "status", lambda house: {"to": house.status("completed"), "resolution": "Sealed"},
        lambda row, by, data: actions.complete(row, by=by, resolution="Sealed"),
    ),
    "close": (
        "completed", "status", lambda house: {"to": house.status("closed")},
        lambda row, by, data: actions.verify(row, by=by),
    ),
    "send back": (
        "completed", "status", lambda house: {"to": house.status("in_progress"), "reason": "Drips"},
        lambda row, by, data: actions.send_back(row, by=by, reason="Drips"),
    ),
    "cancel": (
        "assigned", "status", lambda house: {"to": house.status("cancelled"), "reason": "Sold"},
        lambda row, by, data: actions.cancel(row, by=by, reason="Sold"),
    ),
    "reinstate": (
        "cancelled", "status", lambda house: {"to": house.status("open")},
        lambda row, by, data: actions.reinstate(row, by=by),
    ),
    "put back": (
        "assigned", "status", lambda house: {"to": house.status("open")},
        lambda row, by, data: actions.transition(row, data["to"], by=by, fields={}),
    ),
    "assign": (
        "", "assign", lambda house: {"to": house.profile("technician2")},
        lambda row, by, data: actions.assign(row, by=by, **data),
    ),
    "reassign": (
        "in_progress", "assign", lambda house: {"to": house.profile("technician2"), "helpers": [house.profile()]},
        lambda row, by, data: actions.assign(row, by=by, **data),
    ),
    "prioritise": (
        "", "priority", lambda house: {"priority": entry(house, Priority, "high")},
        lambda row, by, data: actions.update(row, by=by, changes=data),
    ),
    "type": (
        "on_hold", "type", lambda house: {"type": entry(house, Type, "inspection")},
        lambda row, by, data: actions.update(row, by=by, changes=data),
    ),
    "schedule": (
        "assigned", "schedule", lambda house: {"due_at": NOON, "scheduled_at": None},
        lambda row, by, data: actions.update(row, by=by, changes=data),
    ),
    "comment": (
        "closed", "comment", lambda house: {"text": "Seen", "for_requester": True},
        lambda row, by, data: actions.comment(row, by=by, **data),
    ),
}  # fmt: skip


def pair(house: House, meaning: str) -> tuple[WorkOrder, WorkOrder]:
    lead = "technician" if meaning else ""
    return house.work(meaning, to=lead, title="Job"), house.work(meaning, to=lead, title="Job")


@pytest.mark.parametrize("name", SAME)
def test_one_of_many_is_left_as_by_the_single_act(house: House, name: str) -> None:
    meaning, act, data_of, single = SAME[name]
    by = house["admin"]
    many, one = pair(house, meaning)
    data = data_of(house)
    with house.inside():
        run = actions.bulk(act, by=by, ids=[many.pk], data=data)
        single(one, by, data)
    assert (run.done, run.refused) == (1, 0)
    assert left(house, many) == left(house, one)


def test_every_act_is_compared_with_its_single_one() -> None:
    assert {act for _, act, _, _ in SAME.values()} | {"department"} == set(ACTS)


def test_a_row_each_is_done_or_refused_with_its_sentence_or_not_found(house: House, stranger: House) -> None:
    ready, closed, theirs = house.work("assigned", to="technician"), house.work("closed"), stranger.work("assigned")
    nobody = uuid7()
    with house.inside():
        run = actions.bulk(
            "status",
            by=house["manager"],
            ids=[closed.pk, ready.pk, theirs.pk, nobody],
            data={"to": house.status("in_progress")},
        )
    assert (run.done, run.refused) == (1, 3)
    found = {line["id"]: (line["outcome"], line.get("why", "")) for line in run.results}
    assert [line["id"] for line in run.results] == [str(pk) for pk in (closed.pk, ready.pk, theirs.pk, nobody)]
    assert found[str(ready.pk)] == ("done", "")
    assert found[str(closed.pk)][0] == "refused"
    assert found[str(closed.pk)][1].startswith("Work that is “Closed” cannot become")
    assert found[str(theirs.pk)] == found[str(nobody)] == ("not_found", "There is no such work order.")
    assert house.read(ready).meaning == "in_progress"
    assert stranger.read(theirs).meaning == "assigned"


def test_a_refused_row_leaves_nothing_while_its_neighbours_are_done(house: House) -> None:
    rows = [house.work("assigned", to="technician"), house.work("completed", to="technician"), house.work()]
    before = left(house, rows[1])
    with house.inside():
        run = actions.bulk(
            "assign", by=house["manager"], ids=[row.pk for row in rows], data={"to": house.profile("technician2")}
        )
    assert [line["outcome"] for line in run.results] == ["done", "refused", "done"]
    assert left(house, rows[1]) == before


def test_all_or_nothing(house: House) -> None:
    rows = [house.work("assigned", to="technician"), house.work("closed")]
    by, to = house["manager"], house.status("in_progress")
    with house.refuses(NothingDone, code="nothing_done", message="1 of 2 could not be done, so none was."):
        actions.bulk("status", by=by, ids=[row.pk for row in rows], data={"to": to}, atomic=True)
    assert house.read(rows[0]).meaning == "assigned"


def test_refusals_of_the_whole(house: House) -> None:
    work_order = house.work()
    manager, viewer, technician = house["manager"], house["viewer"], house.profile()
    with house.refuses(PermissionDenied, permission="workorder.assign"):
        actions.bulk("assign", by=viewer, ids=[work_order.pk], data={"to": technician})
    with house.refuses(Invalid, field="ids"):
        actions.bulk("assign", by=manager, ids=[], data={"to": technician})
    with house.refuses(Conflict, code="too_many"):
        actions.bulk("assign", by=manager, ids=[uuid7() for _ in range(MOST + 1)], data={"to": technician})


def test_technicians_move_their_own_only(house: House) -> None:
    mine, helping, theirs = (
        house.work("assigned", to="technician"),
        house.work("assigned", to="technician2"),
        house.work("assigned", to="technician2"),
    )
    with house.inside():
        actions.assign(helping, by=None, helpers=[house.profile()])
        actions.share(theirs, by=house["admin"], with_member=house["technician"])
        run = actions.bulk(
            "status",
            by=house["technician"],
            ids=[mine.pk, helping.pk, theirs.pk],
            data={"to": house.status("in_progress")},
        )
    assert [(line["outcome"], line.get("code", "")) for line in run.results] == [
        ("done", ""), ("done", ""), ("refused", "permission_denied"),
    ]  # fmt: skip


def test_all_that_match_is_asked_again_under_the_members_sight(house: House) -> None:
    site, hall = factories.make_location(house.tenant), factories.make_location(house.tenant)
    inside, outside = house.work(location=site), house.work(location=hall)
    lead = house.again(factories.make_member(house.tenant, "dispatcher", scoped=True, places=[site]))
    with house.inside():
        run = actions.bulk(
            "priority", by=lead, matching=WorkOrder.objects.visible_to(lead).active(),
            data={"priority": entry(house, Priority, "high")},
        )  # fmt: skip
    assert [line["id"] for line in run.results] == [str(inside.pk)]
    assert house.read(outside).priority.key != "high"


UNDONE = ["hold", "resume", "reinstate", "assign", "reassign", "prioritise", "type", "schedule"]


@pytest.mark.parametrize("name", UNDONE)
def test_undo_puts_back_what_was_there(house: House, name: str) -> None:
    meaning, act, data_of, _ = SAME[name]
    row, changed = pair(house, meaning)
    before = left(house, row)["row"]
    by = house["admin"]
    data = data_of(house)
    with house.inside():
        run = actions.bulk(act, by=by, ids=[row.pk, changed.pk], data=data)
    with house.inside():
        actions.update(changed, by=by, changes={"title": "Changed since"})
    since = left(house, changed)
    with house.inside():
        undone = actions.undo_bulk(run, by=by)
    assert [(line["outcome"], line.get("code", "")) for line in undone.results] == [
        ("done", ""),
        ("refused", "changed_since"),
    ]
    after = left(house, row)["row"]
    assert {name: value for name, value in after.items() if name != "version"} == {
        name: value for name, value in before.items() if name != "version"
    }
    assert left(house, changed) == since
    with house.refuses(Conflict, code="undone"):
        actions.undo_bulk(run, by=by)


def test_undo_is_for_who_did_it_and_for_what_has_a_way_back(house: House) -> None:
    row, manager, other = house.work("assigned", to="technician"), house["manager"], house["admin"]
    with house.inside():
        said = actions.bulk("comment", by=manager, ids=[row.pk], data={"text": "Hello"})
        run = actions.bulk("status", by=manager, ids=[row.pk], data={"to": house.status("in_progress")})
    with house.refuses(NotFound):
        actions.undo_bulk(run, by=other)
    with house.refuses(Conflict, code="not_reversible"):
        actions.undo_bulk(said, by=manager)
    with house.inside():
        undone = actions.undo_bulk(run, by=manager)
    assert [(line["outcome"], line["code"]) for line in undone.results] == [("refused", "no_way_back")]


def statements(house: House, count: int, act: str, data: dict[str, Any], meaning: str) -> int:
    rows = [house.work(meaning, to="technician") for _ in range(count)]
    with (
        house.inside(),
        CaptureQueriesContext(
            connection,
        ) as found,
    ):
        run = actions.bulk(act, by=house["manager"], ids=[row.pk for row in rows], data=data)
    assert run.refused == 0
    return len(found)


@pytest.mark.parametrize("name", ["start", "hold", "complete", "close", "cancel", "assign", "prioritise", "schedule"])
def test_it_takes_as_many_statements_for_one_as_for_many(house: House, name: str) -> None:
    meaning, act, data_of, _ = SAME[name]
    data, by = data_of(house), house["manager"]
    assert by
    few, many = (statements(house, count, act, data, meaning or "assigned") for count in (1, 5))
    assert few == many
    assert many <= 20


def test_the_run_is_kept_with_each_row(house: House) -> None:
    row = house.work("assigned", to="technician")
    with house.inside():
        run = actions.bulk(
            "status",
            by=house["manager"],
            ids=[row.pk, row.pk],
            data={"to": house.status("in_progress")},
            told="Started",
        )
        kept = BulkRun.objects.get(pk=run.pk)
    assert (kept.told, kept.done, kept.refused, kept.by_id) == ("Started", 1, 0, house["manager"].pk)
    assert kept.results[0]["number"] == row.number
    assert kept.created_at <= timezone.now()
