"""Parts of a job: what each act leaves, what it refuses, what a line costs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import Conflict, Invalid, NotFound, PermissionDenied, Stale
from tests import factories
from tests.house import House
from workorders import actions
from workorders.models import PartLine, PartMovement, WorkOrder

D = Decimal


def figures(house: House, line: Any) -> tuple[str, ...]:
    """status, wanted, reserved, issued, returned."""
    row = house.read(line)
    return (
        row.status,
        *(str(getattr(row, name).normalize() + 0) for name in ("quantity", "reserved", "issued", "returned")),
    )


def movements(house: House, line: Any) -> list[tuple[str, str]]:
    with house.inside():
        found = PartMovement.objects.filter(line_id=line.pk)
        return [(row.kind, f"{row.quantity.normalize():f}") for row in found]


def cost(house: House, work_order: Any) -> Decimal:
    return house.read(work_order).material_cost


def asked(house: House, quantity: Any = 2, *, to: str = "", work: Any = None, **fields: Any) -> PartLine:
    part = factories.make_part(house.tenant, **fields)
    return factories.make_line(work or house.work("in_progress", to="technician"), part, quantity, to=to)


def act(house: House, name: str, line: Any, by: str = "", **options: Any) -> Any:
    with house.inside():
        return getattr(actions, name)(line, by=house[by] if by else None, **options)


def test_lines_are_asked_for_with_the_catalogues_cost_as_an_estimate(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    filter_, hose = (
        factories.make_part(house.tenant, name=name, unit_cost=D(cost))
        for name, cost in (("Filter", "12.5"), ("Hose", "80"))
    )
    before = house.last_event()
    with house.inside():
        made = actions.add_parts(
            work_order,
            by=house["technician"],
            lines=[{"part": filter_, "quantity": D(2), "note": " left side "}, {"part": hose, "quantity": D("0.125")}],
        )
    assert [figures(house, line) for line in made] == [
        ("requested", "2", "0", "0", "0"),
        ("requested", "0.125", "0", "0", "0"),
    ]
    first = house.read(made[0])
    assert (first.unit_cost, first.note, first.added_by_id) == (D("12.5"), "left side", house["technician"].pk)
    assert cost(house, work_order) == 0
    events = house.events(after=before)
    assert [(kind, who) for kind, who, _ in events] == [("work_order.part_added", house["technician"].pk)]
    assert events[0][2]["parts"][1][0].startswith("2 × P-")
    assert house.read(work_order).version == work_order.version + 1


def test_a_line_goes_from_the_shelf_into_the_machine(house: House) -> None:
    line = asked(house, 5)
    act(house, "reserve_part", line, "storekeeper")
    assert figures(house, line) == ("reserved", "5", "5", "0", "0")
    act(house, "issue_part", line, "storekeeper", quantity=D(2))
    assert figures(house, line) == ("reserved", "5", "3", "2", "0")
    act(house, "issue_part", line, "storekeeper")
    assert figures(house, line) == ("issued", "5", "0", "5", "0")
    act(house, "use_part", line, "technician", quantity=D(4))
    assert figures(house, line) == ("used", "5", "0", "5", "1")
    act(house, "return_part", line, "technician", quantity=D("0.5"))
    assert figures(house, line) == ("used", "5", "0", "5", "1.5")
    act(house, "return_part", line, "technician")
    assert figures(house, line) == ("returned", "5", "0", "5", "5")
    assert movements(house, line) == [
        ("reserve", "5"), ("issue", "2"), ("issue", "3"), ("return", "1"), ("return", "0.5"), ("return", "3.5"),
    ]  # fmt: skip


def test_a_technician_uses_what_nobody_issued(house: House) -> None:
    line = asked(house, 3, to="reserved")
    act(house, "use_part", line, "technician", quantity=D(1))
    assert figures(house, line) == ("used", "3", "0", "1", "0")
    assert movements(house, line) == [("reserve", "3"), ("issue", "1"), ("release", "2")]
    assert cost(house, line.work_order) == D("10.00")


def test_more_than_planned_may_be_used(house: House) -> None:
    line = asked(house, 1)
    act(house, "use_part", line, "technician", quantity=D(3))
    assert figures(house, line) == ("used", "1", "0", "3", "0")
    assert cost(house, line.work_order) == D("30.00")


def test_the_cost_is_that_of_the_moment_of_issue(house: House) -> None:
    line = asked(house, 2, unit_cost=D("10"))

    def reprice(value: str) -> None:
        with house.inside():
            type(line.part).objects.filter(pk=line.part_id).update(unit_cost=D(value))

    reprice("12.3456")
    act(house, "issue_part", line, quantity=D(1))
    assert house.read(line).unit_cost == D("12.3456")
    reprice("99")
    act(house, "issue_part", line)
    assert cost(house, line.work_order) == D("24.69")
    act(house, "return_part", line)
    act(house, "issue_part", line)
    assert cost(house, line.work_order) == D("198.00")


def test_a_price_named_by_hand_stays(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    part = factories.make_part(house.tenant, unit_cost=D("10"))
    with house.inside():
        (line,) = actions.add_parts(
            work_order, by=house["manager"], lines=[{"part": part, "quantity": D(2), "unit_cost": D("25.50")}]
        )
        actions.issue_part(line, by=house["manager"])
    assert cost(house, work_order) == D("51.00")


def test_the_actual_cost_goes_before_what_was_computed(house: House) -> None:
    line = asked(house, 2, to="used")
    act(house, "update_part", line, "manager", changes={"actual_cost": D("17.35")})
    assert cost(house, line.work_order) == D("17.35")
    act(house, "update_part", line, "manager", changes={"actual_cost": None})
    assert cost(house, line.work_order) == D("20.00")


PATHS: dict[tuple[str, str], list[tuple[str, str]]] = {
    ("requested", "reserved"): [("reserve", "4")],
    ("requested", "issued"): [("issue", "4")],
    ("requested", "used"): [("issue", "4")],
    ("reserved", "requested"): [("release", "4")],
    ("reserved", "issued"): [("issue", "4")],
    ("reserved", "used"): [("issue", "4")],
    ("issued", "requested"): [("return", "4")],
    ("issued", "reserved"): [("return", "4"), ("reserve", "4")],
    ("issued", "used"): [],
    ("issued", "returned"): [("return", "4")],
    ("used", "issued"): [],
    ("used", "returned"): [("return", "4")],
    ("used", "requested"): [("return", "4")],
    ("returned", "used"): [("issue", "4")],
    ("returned", "issued"): [("issue", "4")],
    ("returned", "requested"): [],
}


@pytest.mark.parametrize(("start", "end"), PATHS)
def test_a_status_stands_for_the_movements_that_lead_there(house: House, start: str, end: str) -> None:
    line = asked(house, 4, to="issued" if start == "returned" else start)
    if start == "returned":
        act(house, "return_part", line)
    before = len(movements(house, line))
    act(house, "update_part", line, "manager", changes={"status": end})
    assert (house.read(line).status, movements(house, line)[before:]) == (end, PATHS[start, end])


@pytest.mark.parametrize("start", ["requested", "reserved", "issued", "used", "returned"])
def test_quantity_and_used_in_one_call(house: House, start: str) -> None:
    """As the reference prints it, from any earlier state."""
    line = asked(house, 5, to="issued" if start == "returned" else start)
    if start == "returned":
        act(house, "return_part", line)
    changes = {"quantity": D(2), "status": "used", "actual_cost": D("51.00")}
    act(house, "update_part", line, "manager", changes=changes)
    row = house.read(line)
    assert (row.status, row.quantity, row.issued - row.returned, row.reserved) == ("used", 2, 2, 0)
    assert cost(house, line.work_order) == D("51.00")
    count = len(movements(house, line))
    version = row.version
    act(house, "update_part", line, "manager", changes=changes)
    assert (len(movements(house, line)), house.read(line).version) == (count, version)


def test_raising_the_quantity_of_what_was_given_asks_for_more(house: House) -> None:
    line = asked(house, 2, to="issued")
    act(house, "update_part", line, changes={"quantity": D(5)})
    assert figures(house, line) == ("requested", "5", "0", "2", "0")
    act(house, "reserve_part", line)
    act(house, "update_part", line, changes={"quantity": D(3)})
    assert figures(house, line) == ("reserved", "3", "1", "2", "0")
    act(house, "update_part", line, changes={"quantity": D(2)})
    assert figures(house, line) == ("issued", "2", "0", "2", "0")


@pytest.mark.parametrize("end", ["complete", "cancel", "delete"])
def test_the_end_of_a_job_frees_what_was_only_reserved(house: House, end: str) -> None:
    work_order = house.work("assigned" if end == "delete" else "in_progress", to="technician")
    reserved, issued = asked(house, 3, to="reserved", work=work_order), None
    if end != "delete":
        issued = asked(house, 3, work=work_order)
        act(house, "reserve_part", issued)
        act(house, "issue_part", issued, quantity=D(1))
    with house.inside():
        if end == "complete":
            actions.complete(work_order, by=house["technician"])
        elif end == "cancel":
            actions.cancel(work_order, by=house["manager"], reason="Sold")
        else:
            actions.delete(work_order, by=house["manager"])
            assert not PartLine.objects.filter(pk=reserved.pk).exists()
    if issued is not None:
        assert figures(house, reserved) == ("requested", "3", "0", "0", "0")
        assert figures(house, issued) == ("issued", "3", "0", "1", "0")
        assert movements(house, reserved) == [("reserve", "3"), ("release", "3")]


def test_work_with_parts_out_is_not_deleted(house: House) -> None:
    work_order = house.work("assigned", to="technician")
    asked(house, 1, to="issued", work=work_order)
    manager = house["manager"]
    with house.refuses(Conflict, code="work_booked"):
        actions.delete(work_order, by=manager)


def test_a_line_is_removed_as_long_as_nothing_is_out(house: House) -> None:
    line = asked(house, 2, to="reserved")
    technician, work_order, before = house["technician"], house.read(line.work_order), house.last_event()
    act(house, "issue_part", line, quantity=D(1))
    with house.refuses(Conflict, code="issued"):
        actions.remove_part(line, by=technician)
    act(house, "return_part", line)
    act(house, "remove_part", line, "technician")
    with house.inside():
        assert not PartLine.objects.filter(pk=line.pk).exists()
    assert [kind for kind, _, _ in house.events(after=before)][-1] == "work_order.part_removed"
    assert cost(house, work_order) == 0


@pytest.mark.parametrize(
    ("start", "name", "options", "error", "code"),
    [
        ("requested", "issue_part", {"quantity": D(3)}, Conflict, "more_than_wanted"),
        ("issued", "issue_part", {}, Conflict, "issued"),
        ("used", "issue_part", {}, Conflict, "issued"),
        ("reserved", "reserve_part", {}, Conflict, "reserved"),
        ("requested", "reserve_part", {"quantity": D(3)}, Conflict, "more_than_wanted"),
        ("issued", "reserve_part", {}, Conflict, "reserved"),
        ("requested", "return_part", {}, Conflict, "nothing_issued"),
        ("issued", "return_part", {"quantity": D("2.001")}, Conflict, "more_than_issued"),
        ("issued", "return_part", {"quantity": D(0)}, Invalid, "invalid"),
        ("requested", "use_part", {"quantity": D(-1)}, Invalid, "invalid"),
        ("requested", "use_part", {"quantity": D("0.0001")}, Invalid, "invalid"),
        ("requested", "use_part", {"quantity": D("NaN")}, Invalid, "invalid"),
        ("requested", "use_part", {"quantity": D(10**9)}, Invalid, "invalid"),
        ("requested", "use_part", {"actual_cost": D(-1)}, Invalid, "invalid"),
        ("issued", "update_part", {"changes": {"quantity": D(1)}}, Invalid, "invalid"),
        ("issued", "update_part", {"changes": {"unit_cost": D(1)}}, Invalid, "invalid"),
        ("requested", "update_part", {"changes": {"quantity": D(0)}}, Invalid, "invalid"),
        ("requested", "update_part", {"changes": {"status": "lost"}}, Invalid, "invalid"),
        ("requested", "update_part", {"changes": {"status": "returned"}}, Conflict, "nothing_issued"),
        ("requested", "update_part", {"changes": {"note": "x" * 301}}, Invalid, "invalid"),
        ("requested", "update_part", {"changes": {}, "expected_version": 9}, Stale, "stale"),
    ],
)
def test_what_cannot_be_is_refused(
    house: House, start: str, name: str, options: dict[str, Any], error: Any, code: str
) -> None:
    line, manager = asked(house, 2, to=start), house["manager"]
    with house.refuses(error, code=code):
        getattr(actions, name)(line, by=manager, **options)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"quantity": D(0)}, "parts[1].quantity"),
        ({"quantity": D("1.0005")}, "parts[1].quantity"),
        ({"quantity": None}, "parts[1].quantity"),
        ({"unit_cost": D(-1)}, "parts[1].unit_cost"),
        ({"unit_cost": D("0.00001")}, "parts[1].unit_cost"),
        ({"actual_cost": D("0.001")}, "parts[1].actual_cost"),
        ({"note": "x" * 301}, "parts[1].note"),
        ({"archived": True}, "parts[1].part"),
        ({"foreign": True}, "parts[1].part"),
    ],
)
def test_every_problem_of_a_new_line_is_named(house: House, stranger: House, given: dict[str, Any], path: str) -> None:
    work_order, manager = house.work(), house["manager"]
    good = factories.make_part(house.tenant)
    bad = factories.make_part(stranger.tenant if given.pop("foreign", False) else house.tenant)
    if given.pop("archived", False):
        bad.archived_at = work_order.created_at
    with house.refuses(Invalid, field=path):
        actions.add_parts(
            work_order, by=manager, lines=[{"part": good, "quantity": D(1)}, {"part": bad, "quantity": D(1)} | given]
        )


ENDED = {
    "add": lambda line, by: actions.add_parts(line.work_order, by=by, lines=[{"part": line.part, "quantity": D(1)}]),
    "update": lambda line, by: actions.update_part(line, by=by, changes={"quantity": D(9)}),
    "reserve": lambda line, by: actions.reserve_part(line, by=by),
    "issue": lambda line, by: actions.issue_part(line, by=by),
    "use": lambda line, by: actions.use_part(line, by=by),
    "return": lambda line, by: actions.return_part(line, by=by),
    "remove": lambda line, by: actions.remove_part(line, by=by),
}


@pytest.mark.parametrize("name", ENDED)
def test_closed_work_is_kept_as_it_is(house: House, name: str) -> None:
    work_order = house.work("in_progress", to="technician")
    line = asked(house, 1, work=work_order)
    with house.inside():
        actions.complete(work_order, by=None)
        actions.verify(work_order, by=None)
    line, manager = house.read(line), house["manager"]
    with house.refuses(Conflict, code="closed"):
        ENDED[name](line, manager)


@pytest.mark.parametrize("name", ["add", "reserve", "issue", "use"])
def test_nothing_is_given_for_cancelled_work(house: House, name: str) -> None:
    work_order = house.work()
    line = asked(house, 1, work=work_order)
    with house.inside():
        actions.cancel(work_order, by=None, reason="Sold")
    line, manager = house.read(line), house["manager"]
    with house.refuses(Conflict, code="cancelled"):
        ENDED[name](line, manager)


def test_what_was_used_may_be_booked_after_completing(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    line = asked(house, 1, work=work_order)
    with house.inside():
        actions.complete(work_order, by=house["technician"])
    act(house, "use_part", line, "technician")
    assert cost(house, work_order) == D("10.00")
    later, keeper = asked(house, 1, work=work_order), house["storekeeper"]
    with house.refuses(Conflict, code="completed"):
        actions.issue_part(later, by=keeper)


RIGHTS = {
    # who → the acts they may on the technician's job
    "technician": {"add", "update", "use", "return", "remove"},
    "technician2": set(),
    "storekeeper": set(ENDED),
    "dispatcher": set(ENDED),
    "manager": set(ENDED),
    "viewer": set(),
    "requester": set(),
}


@pytest.mark.parametrize("who", RIGHTS)
@pytest.mark.parametrize("name", ENDED)
def test_who_may(house: House, who: str, name: str) -> None:
    work_order = house.work("in_progress", to="technician")
    line = house.read(asked(house, 2, to="issued" if name == "return" else "requested", work=work_order))
    person = house[who]
    if name in RIGHTS[who]:
        with house.inside():
            ENDED[name](line, person)
    else:
        needed = {"reserve": "part.give", "issue": "part.give"}.get(
            name, "workorder.work_any" if who == "technician2" else "part.give"
        )
        with house.refuses(PermissionDenied, permission=needed):
            ENDED[name](line, person)


def test_who_does_not_see_prices_names_none(house: House) -> None:
    line, technician = asked(house, 1), house["technician"]
    for changes in ({"unit_cost": D(3)}, {"actual_cost": D(3)}):
        with house.refuses(PermissionDenied, permission="cost.view"):
            actions.update_part(line, by=technician, changes=changes)
    with house.refuses(PermissionDenied, permission="cost.view"):
        actions.add_parts(
            line.work_order, by=technician, lines=[{"part": line.part, "quantity": D(1), "unit_cost": D(3)}]
        )


def test_a_technician_gives_nothing_out_by_a_status(house: House) -> None:
    line, technician = asked(house, 1), house["technician"]
    for status in ("reserved", "issued"):
        with house.refuses(PermissionDenied, permission="part.give"):
            actions.update_part(line, by=technician, changes={"status": status})


def test_a_line_that_is_gone_is_not_found(house: House) -> None:
    line, manager = asked(house, 1), house["manager"]
    act(house, "remove_part", line)
    with house.refuses(NotFound):
        actions.use_part(line, by=manager)


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("reserve", [False, True])
def test_forty_lines_take_the_statements_of_one(house: House, count: int, reserve: bool) -> None:
    work_order = house.work()
    parts = [factories.make_part(house.tenant) for _ in range(count)]
    with house.inside(), CaptureQueriesContext(connection) as queries:
        actions.add_parts(
            work_order, by=None, lines=[{"part": part, "quantity": D(1)} for part in parts], reserve=reserve
        )
    assert len(queries) == (9 if reserve else 7)


def sees(house: House, who: str, work_order: Any) -> bool:
    with house.inside():
        return WorkOrder.objects.visible_to(house[who]).filter(pk=work_order.pk).exists()


def test_a_storekeeper_sees_work_with_parts_to_give(house: House) -> None:
    work_order = house.work("in_progress", to="technician")
    assert not sees(house, "storekeeper", work_order)
    line = asked(house, 2, work=work_order)
    assert sees(house, "storekeeper", work_order)
    act(house, "reserve_part", line, "storekeeper")
    act(house, "issue_part", line, "storekeeper", quantity=D(1))
    assert sees(house, "storekeeper", work_order)
    act(house, "issue_part", line, "storekeeper")
    assert not sees(house, "storekeeper", work_order)
    with house.inside():
        assert WorkOrder.objects.with_parts_for(house["storekeeper"]).filter(pk=work_order.pk).exists()
        assert not WorkOrder.objects.with_parts_for(house["technician2"]).filter(pk=work_order.pk).exists()
        later = actions.add_parts(work_order, by=None, lines=[{"part": line.part, "quantity": D(1)}])
        assert sees(house, "storekeeper", work_order)
        actions.complete(work_order, by=None)
    assert later
    assert not sees(house, "storekeeper", work_order)
