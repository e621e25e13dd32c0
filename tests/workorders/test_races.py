"""Two people at the same moment: the second waits for the row and then meets what the first made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core import context
from core.ids import uuid7
from tests.house import House
from tests.racing import kinds, race, together
from workorders import actions
from workorders.models import Status, Type, WorkOrder

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def house(committed: None) -> House:
    made = House.build()
    for name in ("admin", "manager", "dispatcher"):
        made[name]
    made.profile("technician"), made.profile("technician2")
    return made


def last(house: House, work_order: WorkOrder, count: int) -> list[str]:
    """The last log rows' targets."""
    return [to for _, to, _ in house.log(work_order)][-count:]


RACES: dict[str, tuple[str, Callable[..., Any], Callable[..., Any], list[str], str]] = {
    # name: (meaning at first, first act, second act, outcomes, meaning at last)
    "start twice": (
        "assigned",
        lambda work_order, house: actions.start(work_order, by=house["technician"]),
        lambda work_order, house: actions.start(work_order, by=house["manager"]),
        ["ok", "no_transition"], "in_progress",
    ),
    "complete twice": (
        "in_progress",
        lambda work_order, house: actions.complete(work_order, by=house["technician"]),
        lambda work_order, house: actions.complete(work_order, by=house["manager"]),
        ["ok", "no_transition"], "completed",
    ),
    "complete and cancel": (
        "in_progress",
        lambda work_order, house: actions.complete(work_order, by=house["technician"]),
        lambda work_order, house: actions.cancel(work_order, by=house["manager"], reason="Sold"),
        ["ok", "no_transition"], "completed",
    ),
    "cancel and complete": (
        "in_progress",
        lambda work_order, house: actions.cancel(work_order, by=house["manager"], reason="Sold"),
        lambda work_order, house: actions.complete(work_order, by=house["technician"]),
        ["ok", "no_transition"], "cancelled",
    ),
    "take twice": (
        "",
        lambda work_order, house: actions.take(work_order, by=house["technician"]),
        lambda work_order, house: actions.take(work_order, by=house["technician2"]),
        ["ok", "taken"], "assigned",
    ),
    "assign and take": (
        "",
        lambda work_order, house: actions.assign(work_order, by=house["manager"], to=house.profile("technician2")),
        lambda work_order, house: actions.take(work_order, by=house["technician"]),
        ["ok", "taken"], "assigned",
    ),
    "cancel and assign": (
        "",
        lambda work_order, house: actions.cancel(work_order, by=house["manager"], reason="Sold"),
        lambda work_order, house: actions.assign(work_order, by=house["dispatcher"], to=house.profile("technician")),
        ["ok", "cancelled"], "cancelled",
    ),
    "hold and complete": (
        "in_progress",
        lambda work_order, house: actions.hold(work_order, by=house["technician"], reason="parts"),
        lambda work_order, house: actions.complete(work_order, by=house["manager"]),
        ["ok", "no_transition"], "on_hold",
    ),
    "verify and send back": (
        "completed",
        lambda work_order, house: actions.verify(work_order, by=house["manager"]),
        lambda work_order, house: actions.send_back(work_order, by=house["admin"], reason="Drips"),
        ["ok", "no_transition"], "closed",
    ),
    "verify and update": (
        "completed",
        lambda work_order, house: actions.verify(work_order, by=house["manager"]),
        lambda work_order, house: actions.update(work_order, by=house["admin"], changes={"title": "Late"}),
        ["ok", "closed"], "closed",
    ),
    "reinstate twice": (
        "cancelled",
        lambda work_order, house: actions.reinstate(work_order, by=house["manager"]),
        lambda work_order, house: actions.reinstate(work_order, by=house["admin"]),
        ["ok", "no_transition"], "open",
    ),
    "start and delete": (
        "assigned",
        lambda work_order, house: actions.start(work_order, by=house["technician"]),
        lambda work_order, house: actions.delete(work_order, by=house["manager"]),
        ["ok", "in_progress"], "in_progress",
    ),
    "delete and start": (
        "assigned",
        lambda work_order, house: actions.delete(work_order, by=house["manager"]),
        lambda work_order, house: actions.start(work_order, by=house["technician"]),
        ["ok", "not_found"], "gone",
    ),
    "delete and comment": (
        "assigned",
        lambda work_order, house: actions.delete(work_order, by=house["manager"]),
        lambda work_order, house: actions.comment(work_order, by=house["technician"], text="On my way"),
        ["ok", "not_found"], "gone",
    ),
    "two edits of one version": (
        "",
        lambda work_order, house: actions.update(
            work_order, by=house["manager"], changes={"title": "First"}, expected_version=work_order.version
        ),
        lambda work_order, house: actions.update(
            work_order, by=house["admin"], changes={"title": "Second"}, expected_version=work_order.version
        ),
        ["ok", "stale"], "open",
    ),
    "share twice": (
        "",
        lambda work_order, house: actions.share(work_order, by=house["manager"], with_member=house["technician"]),
        lambda work_order, house: actions.share(work_order, by=house["admin"], with_member=house["technician"]),
        ["ok", "ok"], "open",
    ),
    "assign twice": (
        "",
        lambda work_order, house: actions.assign(work_order, by=house["manager"], to=house.profile("technician")),
        lambda work_order, house: actions.assign(work_order, by=house["admin"], to=house.profile("technician2")),
        ["ok", "ok"], "assigned",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RACES)
def test_the_second_meets_what_the_first_did(house: House, name: str) -> None:
    meaning, first, second, expected, at_last = RACES[name]
    work_order = house.work(meaning, to="technician" if meaning not in ("", "cancelled") else "")
    rows = len(house.log(work_order))
    seen = house.last_event()
    outcomes = race(house.tenant, lambda: first(work_order, house), lambda: second(work_order, house))
    assert kinds(outcomes) == expected
    with house.inside():
        found = WorkOrder.objects.filter(pk=work_order.pk).first()
    assert (found.meaning if found else "gone") == at_last
    moves = 1 if at_last not in (meaning or "open", "gone") else 0
    assert len(house.log(work_order)) == (0 if at_last == "gone" else rows + moves)
    told = {"assign twice": 2}.get(name, 1)  # the second really changes hands
    assert len(house.events(after=seen, work_order_id=work_order.pk)) == told


def test_a_version_is_counted_for_every_writer(house: House) -> None:
    work_order = house.work()
    outcomes = together(
        [lambda n=n: actions.comment(work_order, by=None, text=f"Note {n}") for n in range(8)], house.tenant
    )
    assert kinds(outcomes) == ["ok"] * 8
    assert house.read(work_order).version == work_order.version + 8


def test_one_id_sent_twice_at_once_makes_one_work_order(house: House) -> None:
    id_, before = uuid7(), house.last_event()
    send = lambda: actions.report(by=house["manager"], title="Pump leaks", id=id_)  # noqa: E731
    assert kinds(race(house.tenant, send, send)) == ["ok", "duplicate_id"]
    assert [kind for kind, _, _ in house.events(after=before)] == ["work_order.created"]


def test_two_new_defaults_leave_one(house: House) -> None:
    with house.inside():
        first, second = Type.objects.get(key="inspection"), Type.objects.get(key="calibration")
    outcomes = race(
        house.tenant,
        lambda: actions.update_entry(first, by=house["admin"], changes={"is_default": True}),
        lambda: actions.update_entry(second, by=house["admin"], changes={"is_default": True}),
    )
    with house.inside():
        defaults = set(Type.objects.filter(is_default=True).values_list("key", flat=True))
    assert kinds(outcomes) in (["ok", "ok"], ["ok", "invalid"])
    assert len(defaults) == 1


def test_a_status_cannot_go_while_work_enters_it(house: House) -> None:
    with house.inside():
        made = actions.add_entry(Status, by=house["admin"], name="Parked", meaning="open")
        actions.save_transition(by=house["admin"], from_status=house.status("open"), to_status=made)
    work_order, admin = house.work(), house.again(house["admin"])
    outcomes = race(
        house.tenant,
        lambda: actions.relabel(work_order, made, by=admin),
        lambda: actions.delete_entry(made, by=admin),
    )
    with house.inside():
        assert Status.objects.filter(pk=made.pk).exists() == (kinds(outcomes)[1] != "ok")
        found = WorkOrder.objects.select_related("status").get(pk=work_order.pk)
        assert found.status.meaning == found.meaning
    assert context.current().tenant_id is None
